"""What a chair wants of the rooms beside their calls: whether it is done yet, and what was read back of it.

A wish that was not read back as done stays a wish: it is tried again, and "unknown" is what the screen says meanwhile.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from device_drivers.readings import Tri
from roomctl.devices import connect
from roomctl.sessions import chair_tables, states, tables, ways
from roomctl.sessions.observe import Outcome
from roomctl.sessions.plan import Step

MUTE_AGAIN = timedelta(seconds=10)  # A microphone that did not obey, or did not tell.
LOCK_AGAIN = timedelta(seconds=5)


def steps_for(session: tables.ConferenceSession, leg: tables.Leg, now: datetime, messages: Mapping[int, tuple[int, str]]) -> set[Step]:
    """Return what is wanted of a leg that is on the call, and is not known to be done."""
    found = set()
    if leg.state not in states.MAY_TAKE_PART or leg.kind != tables.LegKind.ROOM:
        return found
    if leg.mute_wanted is not None and leg.muted != _word(leg.mute_wanted) and (leg.mute_due_at is None or now >= leg.mute_due_at
                                                                               or leg.mute_due_at - now > MUTE_AGAIN):
        found.add(Step.MUTE)
    if leg.id in messages:
        found.add(Step.MESSAGE)
    if _locks(session, leg, now):
        found.add(Step.LOCK)
    return found


def _locks(session: tables.ConferenceSession, leg: tables.Leg, now: datetime) -> bool:
    """True of the one leg through whose far end the session's lock is set."""
    if session.lock_wanted is None or session.topology in ways.BY_THE_HOSTS_CODEC or session.locked == _word(session.lock_wanted):
        return False
    if session.lock_read_at is not None and timedelta(0) <= now - session.lock_read_at < LOCK_AGAIN and session.locked != "unknown":
        return False
    first = next((one for one in session.legs if one.state in states.MAY_TAKE_PART and one.kind == tables.LegKind.ROOM
                  and one.bridge_id == session.bridge_id), None)
    return leg is first


def applied(session: tables.ConferenceSession, leg: tables.Leg, outcome: Outcome, now: datetime) -> None:
    """Record what was read back of what the chair wants."""
    if outcome.step is Step.MUTE or outcome.muted is not None:
        muted = outcome.muted if outcome.muted is not None and not outcome.error else Tri.UNKNOWN
        leg.muted, leg.mute_read_at = muted.value, now
        leg.mute_due_at = now + MUTE_AGAIN if leg.mute_wanted is not None and leg.muted != _word(leg.mute_wanted) else None
        if leg.mute_wanted is False and leg.muted == "no" and session.floor_leg_id != leg.id:
            leg.mute_wanted = None  # Opened, and from now on the room's own business: nobody is to be heard against their will.
    elif outcome.step is Step.CHECK and outcome.error:
        leg.muted = Tri.UNKNOWN.value  # What was read before says nothing of now.
    if outcome.step is Step.LOCK:
        session.locked = (outcome.locked if outcome.locked is not None and not outcome.error else Tri.UNKNOWN).value
        session.lock_read_at = now
    elif outcome.bridge is not None and outcome.bridge.address == session.bridge_address and session.lock_wanted is not None:
        session.locked, session.lock_read_at = outcome.bridge.locked.value, now
    if outcome.message_id is not None:
        row = chair_tables.delivery(outcome.message_id, leg.id)
        if row is not None:
            row.state = "taken" if not outcome.error else "refused" if outcome.error == "command_refused" else "unknown"
            row.at = now


def obeys(leg: tables.Leg) -> bool | None:
    """True when a leg's microphones are read back as the chair wants them, None when nobody asked or nobody knows."""
    if leg.mute_wanted is None or leg.muted == "unknown":
        return None
    return leg.muted == _word(leg.mute_wanted)


def can_show_messages(leg: tables.Leg) -> bool:
    return leg.kind == tables.LegKind.ROOM and "message" in connect.supports(leg.device.family)


def _word(wanted: bool) -> str:
    return "yes" if wanted else "no"
