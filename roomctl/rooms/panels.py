"""Pairing a panel with a room, by a code that works once."""

import secrets
from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.errors import NotVisible, Refused
from roomctl.organisation import access, signin
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import FailedTry, User
from roomctl.rooms import tables

CODE_LASTS = timedelta(hours=24)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # Nothing that looks like something else.


def make_code(room_id: int, *, by: User | None) -> str:
    """Return a fresh pairing code for a room; `by` is None for the installation itself."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(8))
    with write_transaction() as session:
        room = tables.room_by_id(room_id)
        if room is None:
            raise NotVisible
        if by is not None:
            access.require(by, Action.PAIR_PANEL, room)
        now = clock.now()
        session.add(tables.PanelCode(room_id=room_id, code_hash=signin.token_hash(code), made_by=by.id if by else None, made_at=now,
                                     expires_at=now + CODE_LASTS))
        trail.append(EventKind.PANEL_CODE_MADE, actor=by.id if by else None, subject=room.ref, unit=room.unit_id)
    return code


def pair(code: str, *, address: str) -> str:
    """Use up a code and return the panel's token.

    A room has one panel: an earlier one is revoked.  Raises Refused("wrong_code") for a code that is unknown, used or
    too old, and Throttled after many wrong ones from one address.
    """
    subject = f"pairing:{address}"
    signin.refuse_when_throttled(subject, signin.TRIES * 2)
    token, now = secrets.token_urlsafe(32), clock.now()
    with write_transaction() as session:
        row = tables.code_for_update(signin.token_hash(code.strip().upper().replace("-", "").replace(" ", "")))
        good = row is not None and row.used_at is None and row.expires_at > now
        if good:
            row.used_at = now
            for former in tables.panels_in_use():
                if former.room_id == row.room_id:
                    former.revoked_at = now
            session.add(tables.Panel(room_id=row.room_id, token_hash=signin.token_hash(token), paired_at=now))
            trail.append(EventKind.PANEL_PAIRED, subject=f"room:{row.room_id}", origin=address)
        else:
            session.add(FailedTry(subject=subject, at=now))
            trail.append(EventKind.PANEL_REFUSED, origin=address, outcome="refused")
    if not good:
        raise Refused("wrong_code")
    return token


def panel_of_token(token: str) -> tables.Panel | None:
    """Return the panel that holds a token, unless it was revoked."""
    return tables.panel_by_hash(signin.token_hash(token))


def revoke(panel_id: int, *, by: User) -> None:
    """Take a panel out of service; its token is dead at once."""
    with write_transaction() as session:
        panel = session.get(tables.Panel, panel_id)
        if panel is None:
            raise NotVisible
        access.require(by, Action.PAIR_PANEL, panel.room)
        panel.revoked_at = clock.now()
        trail.append(EventKind.PANEL_REVOKED, actor=by.id, subject=panel.room.ref, unit=panel.room.unit_id)
