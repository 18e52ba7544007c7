"""One racer: a process of its own that asks for conferences when it is told to.

Each line of its input is {"enter": {"home", "url", "by", "chair", "profile", "title"}}, answered with {"ready": true},
or a round: {"start", "rooms", "key"}, answered with {"won": id}, {"lost": the refusal's class} or {"broke": what else
happened}.
"""

import json
import sys
from datetime import datetime, timedelta
from pathlib import Path

from roomctl.app import create_app
from roomctl.booking.request import request_conference
from roomctl.booking.wish import Wish
from roomctl.config import Settings
from roomctl.database import db
from roomctl.errors import Conflict
from roomctl.organisation.tables import User
from roomctl.timespan import Span


def run_round(facts: dict, asked: dict) -> dict:
    begin = datetime.fromisoformat(asked["start"])
    wish = Wish(span=Span(begin, begin + timedelta(hours=1)), room_ids=tuple(asked["rooms"]), host_room_id=asked["rooms"][0],
                chair_id=facts["chair"], profile_id=facts["profile"], title=facts["title"])
    try:
        return {"won": request_conference(wish, by=db.session.get(User, facts["by"]), key=asked["key"])}
    except Conflict as lost:
        return {"lost": type(lost).__name__, "reason": lost.reason}
    except Exception as error:  # Whatever else it is, the test wants to read it.
        return {"broke": repr(error)}


def main() -> None:
    app, facts = None, {}
    for line in sys.stdin:
        told = json.loads(line)
        if "enter" in told:
            facts = told["enter"]
            app = create_app(Settings(home=Path(facts["home"]), database_url=facts["url"]))
            answer = {"ready": True}
        else:
            with app.app_context():
                answer = run_round(facts, told)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
