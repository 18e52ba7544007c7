"""Telling the security officers of a session's host unit, and of the units above it, what happens to it; inside the caller's transaction."""

from collections.abc import Collection

from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import people_with_role_over
from roomctl.rooms.tables import room_by_id
from roomctl.sessions import tables


def officers_over(session: tables.ConferenceSession) -> list[int]:
    """Return the ids of the officers of the unit that hosts a session and of every unit above it."""
    host = room_by_id(session.host_room_id)
    return [one.id for one in people_with_role_over(Role.AUDITOR, host.unit.path)] if host is not None else []


def tell_officers(kind: NoticeKind, session: tables.ConferenceSession, *, room_id: int | None = None, reason: str = "",
                  also: Collection[int] = (), but_not: Collection[int] = ()) -> None:
    """Leave a notice about a session for its officers, and for `also`."""
    to = {*officers_over(session), *also} - set(but_not)
    outbox.enqueue(kind, to=to, occurrence_id=session.occurrence_id, room_id=room_id, reason=reason)
