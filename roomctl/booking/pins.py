"""The PIN with which a session is started at a room's panel."""

import secrets

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import tables
from roomctl.booking.availability import viewer_of
from roomctl.booking.visibility import Busy, view
from roomctl.database import db, write_transaction
from roomctl.errors import NotVisible, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation import access, signin
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, forget_tries


def make_pin(occurrence_id: int, *, by: User | None) -> str:
    """Make a fresh six-digit PIN, store its hash, and return it to be shown once; the old one dies."""
    pin = f"{secrets.randbelow(10**6):06d}"
    hashed = signin.hash_secret(pin)
    with write_transaction() as session:
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
    Raises Refused("wrong_pin"), Refused("no_pin_made") and Throttled.
    """
    subjects = (f"pin-room:{room_id}", f"pin-occurrence:{occurrence_id}")
    row = db.session.get(tables.SessionPin, occurrence_id)
    if row is None:
        raise Refused("no_pin_made")
    pin_hash = row.pin_hash
    tries = signin.count_try(dict.fromkeys(subjects, signin.TRIES))  # Before it is checked: many tries at once are still five.
    if signin.secret_matches(pin_hash, pin):
        with write_transaction():
            forget_tries(tries)
        return
    with write_transaction():
        occurrence = tables.occurrence_by_id(occurrence_id)
        trail.append(EventKind.PIN_REFUSED, subject=f"occurrence:{occurrence_id}", origin=f"room:{room_id}", outcome="refused")
        if occurrence is not None and signin.is_throttled(subjects[1], signin.TRIES):
            outbox.enqueue(NoticeKind.PIN_CLOSED, to=[occurrence.conference.organizer_id, occurrence.conference.chair_id],
                           occurrence_id=occurrence_id, room_id=room_id)
            trail.append(EventKind.PIN_CLOSED, subject=f"occurrence:{occurrence_id}", origin=f"room:{room_id}")
    raise Refused("wrong_pin")
