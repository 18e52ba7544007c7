"""The PIN with which a session is started at a room's panel."""

import secrets

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import Busy, view
from roomctl.database import db, lock_name, write_transaction
from roomctl.errors import NotVisible, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access, signin
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import FailedTry, User


def make_pin(occurrence_id: int, *, by: User | None) -> str:
    """Make a fresh six-digit PIN, store its hash, and return it to be shown once; the old one dies."""
    pin = f"{secrets.randbelow(10**6):06d}"
    hashed = signin.hash_secret(pin)
    with write_transaction() as session:
        lock_name(_closed_by(occurrence_id))  # Two who make one at once: the later one's counts, and neither meets an error.
        occurrence = tables.occurrence_by_id(occurrence_id)
        if occurrence is None or by is None or isinstance(view(occurrence.facts(), viewer_of(by)), Busy):
            raise NotVisible
        by = access.require(by, Action.RENEW_PIN, occurrence.conference)
        row = session.get(tables.SessionPin, occurrence_id)
        if row is None:
            session.add(tables.SessionPin(occurrence_id=occurrence_id, pin_hash=hashed, made_at=clock.now(), made_by=by.id))
        else:
            row.pin_hash, row.made_at, row.made_by = hashed, clock.now(), by.id
        trail.append(EventKind.PIN_MADE, actor=by.id, subject=occurrence.ref)
    return pin


def check_pin(occurrence_id: int, pin: str, *, room_id: int) -> None:
    """Return when the PIN is right.

    Five wrong tries within fifteen minutes close it for the room and for the occurrence, and the organizer is told.
    Tries are looked at one after another, so that many wrong ones at once are still five, and many right ones all open.
    Raises Refused("wrong_pin"), Refused("no_pin_made") and Throttled.
    """
    subjects = (_closed_by(occurrence_id), f"pin-room:{room_id}")
    with write_transaction() as session:
        for subject in subjects:
            lock_name(subject)
        row = session.get(tables.SessionPin, occurrence_id)
        if row is None:
            raise Refused("no_pin_made")
        for subject in subjects:
            signin.refuse_when_throttled(subject, signin.TRIES)
        if signin.secret_matches(row.pin_hash, pin):
            return
        _count_wrong(occurrence_id, room_id, subjects)
    raise Refused("wrong_pin")


def _closed_by(occurrence_id: int) -> str:
    return f"pin-occurrence:{occurrence_id}"


def _count_wrong(occurrence_id: int, room_id: int, subjects: tuple[str, ...]) -> None:
    occurrence = tables.occurrence_by_id(occurrence_id)
    db.session.add_all(FailedTry(subject=subject, at=clock.now()) for subject in subjects)
    trail.append(EventKind.PIN_REFUSED, subject=f"occurrence:{occurrence_id}", origin=f"room:{room_id}", outcome="refused")
    if occurrence is not None and signin.is_throttled(_closed_by(occurrence_id), signin.TRIES):
        outbox.enqueue(NoticeKind.PIN_CLOSED, to=[occurrence.conference.organizer_id, occurrence.conference.chair_id],
                       occurrence_id=occurrence_id, room_id=room_id)
        trail.append(EventKind.PIN_CLOSED, subject=f"occurrence:{occurrence_id}", origin=f"room:{room_id}")
