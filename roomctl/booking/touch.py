"""When an occurrence last changed, kept by itself: whatever is seen of it moves `changed_at`, so that feeds know without looking.

A changed room or person touches the dates that show their name.  Nobody is waited for: a row that another transaction holds is
passed over, since whoever holds it may wait for what is held here, and nearly always changes it too.
"""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, event, false, inspect, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from roomctl import clock
from roomctl.booking.tables import Conference, Invitation, Occurrence, Reservation
from roomctl.database import db
from roomctl.organisation.tables import User
from roomctl.rooms.tables import Room

SEEN = ("planned_start_at", "planned_end_at", "cancelled_at", "slot_at", "left_out", "title", "chair_id", "own_chair")
SEEN_OF_RESERVATION = ("room_id", "deciding_unit_id", "deciding_unit", "occurrence_id")  # Its state is asked for itself.
LOOK_BACK = timedelta(days=60)  # Further back no feed looks.


def watch() -> None:
    """Look at everything that is written from here on."""
    if not event.contains(db.session, "before_flush", _before_flush):
        event.listen(db.session, "before_flush", _before_flush)


def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    for one in _kind(session.new, Occurrence):
        one.changed_at = one.changed_at or clock.now()
    for one in _kind(session.dirty, Occurrence):
        if _differs(one, SEEN):
            one.changed_at = clock.now()
    concerned = _concerned(session)
    if concerned is not None:
        _touch(session, concerned)


def _concerned(session: Session) -> ColumnElement[bool] | None:
    """Return which stored occurrences show something that is being written, or None where there is nothing of the kind."""
    new, changed = set(session.new), [*session.dirty, *session.deleted]
    conferences = {one.id for one in _kind(changed, Conference) if session.is_modified(one, include_collections=False)}
    conferences |= {one.conference_id or getattr(one.conference, "id", None) for one in _kind([*new, *session.deleted], Invitation)}
    dates = {one.occurrence_id or getattr(one.occurrence, "id", None) for one in _kind(new, Reservation)}
    dates |= {one.occurrence_id for one in _kind(changed, Reservation) if one in session.deleted or _differs(one, SEEN_OF_RESERVATION)}
    dates -= {one.id for one in _kind(new, Occurrence)}
    rooms = {one.id for one in _kind(session.dirty, Room) if _differs(one, ("name", "unit_id"))}
    people = {one.id for one in _kind(session.dirty, User) if _differs(one, ("name",))}
    if not (_known(conferences) or _known(dates) or rooms or people):
        return None
    named = select(Conference.id).where(or_(Conference.chair_id.in_(people), Conference.organizer_id.in_(people)))
    held = select(Reservation.occurrence_id).where(Reservation.room_id.in_(rooms))
    lately = Occurrence.planned_end_at > clock.now() - LOOK_BACK
    return or_(
        Occurrence.conference_id.in_(_known(conferences)) if _known(conferences) else false(), Occurrence.id.in_(_known(dates)),
        lately & or_(Occurrence.id.in_(held) if rooms else false(),
                     or_(Occurrence.conference_id.in_(named), Occurrence.chair_id.in_(people)) if people else false()))


def _known(ids: Collection[int | None]) -> list[int]:
    return sorted(one for one in ids if one is not None)


def _touch(session: Session, concerned: ColumnElement[bool]) -> None:
    ids = session.scalars(select(Occurrence.id).where(concerned).order_by(Occurrence.id).with_for_update(skip_locked=True, key_share=True)).all()
    now = clock.now()
    if ids:
        session.execute(update(Occurrence).where(Occurrence.id.in_(ids)).values(changed_at=now), execution_options={"synchronize_session": False})
    for one in ids:
        loaded = session.identity_map.get(identity_key(Occurrence, one))
        if loaded is not None:
            set_committed_value(loaded, "changed_at", now)


def _kind(things: Iterable[Any], kind: type) -> list[Any]:
    return [one for one in things if isinstance(one, kind)]


def _differs(thing: Any, names: Iterable[str]) -> bool:
    attributes = inspect(thing).attrs
    return any(attributes[name].history.has_changes() for name in names)
