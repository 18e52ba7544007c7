"""Calling a technician from a room's panel: one press, and whoever is on duty for the room's unit is told.

Pressed again within five minutes nobody is told twice.  The panel shows who was told and how to reach them; whether they are
on their way nobody knows, so nothing says so.
"""

from datetime import timedelta

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.duty import on_call
from roomctl.errors import NotVisible, Refused
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.rooms import tables

AGAIN_AFTER = timedelta(minutes=5)
MOST_NAMED = 3
LONGEST = 300  # As the column is.


def call_technician(panel_id: int) -> None:
    """Tell those on duty for the panel's room, or all technicians of its unit or of the nearest one above, that they are wanted.

    Raises NotVisible, and Refused("nobody_to_call") where no unit up to the root has a technician.
    """
    with write_transaction():
        panel, now = tables.panel_for_update(panel_id), clock.now()
        if panel is None or panel.revoked_at is not None:
            raise NotVisible
        if panel.called_at is not None and abs(now - panel.called_at) < AGAIN_AFTER:
            return
        room = panel.room
        people = on_call.nearest({room.unit.path}, now)[room.unit.path]
        if not people:
            raise Refused("nobody_to_call")
        panel.called_at = now
        panel.called_people = _named(people)
        outbox.enqueue(NoticeKind.TECHNICIAN_CALLED, to=[one.user_id for one in people], room_id=room.id)
        trail.append(EventKind.TECHNICIAN_CALLED, origin=f"panel of {room.ref}", subject=room.ref, unit=room.unit_id,
                     people=sorted(one.user_id for one in people), on_duty=people[0].until is not None)


def _named(people: tuple[on_call.OnCall, ...]) -> str:
    """Return the first few of them, one a line, each with a phone number where one is known."""
    lines = [" · ".join(filter(None, (one.name, one.phone))) for one in people[:MOST_NAMED]]
    while len("\n".join(lines)) > LONGEST:
        lines = [line[:-1] for line in lines]
    return "\n".join(lines)
