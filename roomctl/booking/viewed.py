"""Who viewed a classified conference is in the trail: once a person, conference and day.

Whatever shows one conference from mật up, in full or by its code name, notes it here before it shows anything; when the
trail cannot be written, nothing is shown.
"""

from collections.abc import Iterable

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking.tables import Conference
from roomctl.booking.view_tables import ConferenceView, viewed_by
from roomctl.booking.visibility import Busy, View
from roomctl.database import db, lock_name, write_transaction
from roomctl.timespan import to_local


def note_view(user_id: int, shown: View, *, where: str) -> bool:
    """Note that a person is about to be shown a conference; `where` is a stable word: "conference", "session", "evidence", "feed"."""
    return note_views(user_id, [shown], where=where)


def note_views(user_id: int, shown: Iterable[View], *, where: str) -> bool:
    """Note all that one answer shows; True when anything was written, and rows read before must be read again.

    Nearly always there is nothing classified in it, or it was noted today already.  Inside a transaction it is part of that.
    """
    classified = {one.conference_id for one in shown if not isinstance(one, Busy) and one.classification.is_classified}
    day = to_local(clock.now()).date()
    if not classified or not classified - viewed_by(user_id, classified, day):
        return False
    if db.session().info.get("writing"):
        _note(user_id, classified, where)
    else:
        with write_transaction():
            _note(user_id, classified, where)
    return True


def _note(user_id: int, conference_ids: set[int], where: str) -> None:
    day = to_local(clock.now()).date()
    lock_name(f"views of user:{user_id}")  # The same page opened twice at once is one entry.
    for conference_id in sorted(conference_ids - viewed_by(user_id, conference_ids, day)):
        conference = db.session.get_one(Conference, conference_id)
        db.session.add(ConferenceView(user_id=user_id, conference_id=conference_id, day=day))
        trail.append(EventKind.CONFERENCE_VIEWED, actor=user_id, subject=conference.ref, unit=conference.unit_id,
                     classification=conference.classification, where=where)
    db.session.flush()
