"""Who may speak: what the chair wants of each leg's microphones.  Pure, over a session's rows.

Muting all leaves alone the host's room, where the chair speaks, and the leg that has the floor.  A link and a guest have no
microphones that anybody here could reach.
"""

from roomctl.sessions.states import LegState
from roomctl.sessions.tables import ConferenceSession, Leg, LegKind

NOT_IN = frozenset({LegState.HUNG_UP, LegState.LEFT_OUT})


def wish_for(session: ConferenceSession, leg: Leg) -> bool | None:
    """Return what is wanted of a leg's microphones, also of one that is added or tried again later: True muted, False open, None nothing."""
    if leg.kind != LegKind.ROOM:
        return None
    if leg.id is not None and leg.id == session.floor_leg_id:
        return False
    return True if session.all_muted and not is_hosts(session, leg) else None


def is_hosts(session: ConferenceSession, leg: Leg) -> bool:
    """True of the leg of the room from which the session is led; muting all leaves its microphones as they are."""
    return leg.room_id == session.host_room_id


def may_speak(leg: Leg) -> bool:
    """True of a leg that may be given the floor: a room's that takes part, or is about to."""
    return leg.kind == LegKind.ROOM and leg.wanted and leg.state not in NOT_IN


def next_in_order(session: ConferenceSession) -> int | None:
    """Return the leg that speaks next: the first of the order that is there; who is not stays in it and may come later."""
    there = {leg.id for leg in session.legs if may_speak(leg)}
    return next((leg_id for leg_id in session.speaking_order if leg_id in there), None)


def want(leg: Leg, wish: bool | None) -> bool:
    """Write a wish down; True when it is another one than before, and is then carried out at once."""
    if leg.mute_wanted == wish:
        return False
    leg.mute_wanted, leg.mute_due_at = wish, None
    return True
