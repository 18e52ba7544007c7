"""A process that sends mail, and dies by SIGKILL where it is told to.

Called with ROOMCTL_HOME, the database's address, the SMTP port where to die ("", "before_sending", "before_recording") and a moment;
waits for a line on its input, sends what is due at the moment given last, and prints how many mails it sent.
"""

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from roomctl import clock
from roomctl.app import create_app
from roomctl.calendars import post
from roomctl.config import MailServer, Settings


def die(*_args, **_facts) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    home, url, port, death, now = sys.argv[1:]
    if death == "before_sending":
        post._Connection.send = die
    if death == "before_recording":
        post._record = die
    clock.set_source(lambda: datetime.fromisoformat(now))
    mail = MailServer("127.0.0.1", int(port), "no-reply@hop.example", "none")
    app = create_app(Settings(home=Path(home), database_url=url, mail=mail))
    print("ready", flush=True)
    sys.stdin.readline()
    sent = 0
    with app.app_context():
        while this_time := post.deliver_due().sent:
            sent += this_time
    print(sent, flush=True)


if __name__ == "__main__":
    main()
