"""What the chair does in a running session: mute, give the floor, lock, drop.

Each writes what is wanted, once however often it is pressed; the worker carries it out and writes what was read back.
"""

from collections.abc import Sequence

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.devices import connect
from roomctl.documents.tables import agenda_of
from roomctl.errors import Conflict, NotVisible, Refused
from roomctl.organisation.units import covers
from roomctl.sessions import floor, overriding, states, tables, ways
from roomctl.sessions.control import Lead, led_session
from roomctl.sessions.floor import wish_for
from roomctl.sessions.record import DROPPED_BY_CHAIR
from roomctl.sessions.states import LegEvent, LegState, SessionState


def led_running(session_id: int, lead: Lead) -> tables.ConferenceSession:
    """Lock a running session and return it for who leads it.  Inside the caller's transaction.

    Raises NotVisible, NotAllowed, and Conflict("session_not_running") for one that is ending or over.
    """
    session = led_session(session_id, lead)
    if session.state not in states.RUNNING or session.state == SessionState.ENDING:
        raise Conflict("session_not_running")
    return session


def leg_in(session: tables.ConferenceSession, leg_id: int) -> tables.Leg:
    """Return a session's leg; raise NotVisible for any other."""
    leg = next((one for one in session.legs if one.id == leg_id), None)
    if leg is None:
        raise NotVisible
    return leg


def mute_all(session_id: int, *, lead: Lead) -> None:
    """Want every room muted but the host's and the one that has the floor; who joins later is muted too.

    Raises what `led_running` raises, as all below do.
    """
    with write_transaction():
        session = led_running(session_id, lead)
        if session.all_muted:
            return
        session.all_muted = True
        for leg in session.legs:
            floor.want(leg, wish_for(session, leg))
        _changed(session, EventKind.ALL_MUTED, lead, floor=session.floor_leg_id)


def unmute_all(session_id: int, *, lead: Lead) -> None:
    """Want the rooms open again that the chair had muted; nobody has the floor any more, and no other room's microphones are touched."""
    with write_transaction():
        session = led_running(session_id, lead)
        muted = [leg for leg in session.legs if leg.mute_wanted]
        if not session.all_muted and not muted and session.floor_leg_id is None:
            return
        session.all_muted, session.floor_leg_id = False, None
        for leg in muted:
            floor.want(leg, False)
        _changed(session, EventKind.ALL_UNMUTED, lead, legs=[leg.id for leg in muted])


def give_floor(session_id: int, leg_id: int | None, *, lead: Lead) -> None:
    """Open one room's microphones and mute the one that had the floor; None takes the floor back and gives it to nobody.

    Raises Conflict("leg_moved_on") for a leg that is not there, and Refused("no_microphones") for one that is no room's.
    """
    with write_transaction():
        session = led_running(session_id, lead)
        if session.floor_leg_id == leg_id:
            return
        if leg_id is not None:
            _insist_that_it_may_speak(leg_in(session, leg_id))
        _pass_floor(session, leg_id, lead)


def next_speaker(session_id: int, *, after: int | None, lead: Lead) -> None:
    """Give the floor to the first of the speaking order that is there.

    `after` is who had the floor on the screen where this was pressed: pressed twice, nobody is passed over.  Raises
    Conflict("nobody_waits_to_speak").
    """
    with write_transaction():
        session = led_running(session_id, lead)
        if session.floor_leg_id != after:
            return
        following = floor.next_in_order(session)
        if following is None:
            raise Conflict("nobody_waits_to_speak")
        _pass_floor(session, following, lead)


def _pass_floor(session: tables.ConferenceSession, leg_id: int | None, lead: Lead) -> None:
    before = next((leg for leg in session.legs if leg.id == session.floor_leg_id), None)
    session.floor_leg_id = leg_id
    session.speaking_order = [one for one in session.speaking_order if one != leg_id]
    if before is not None:  # It was opened by the chair, so it is the chair who closes it; the host's own stays its own.
        floor.want(before, None if floor.is_hosts(session, before) else True)
    if leg_id is not None:
        floor.want(leg_in(session, leg_id), False)
    _changed(session, EventKind.FLOOR_GIVEN, lead, leg=leg_id, before=before.id if before is not None else None)


def _insist_that_it_may_speak(leg: tables.Leg) -> None:
    if leg.kind != tables.LegKind.ROOM:
        raise Refused("no_microphones")
    if not floor.may_speak(leg):
        raise Conflict("leg_moved_on", state=leg.state)


def set_speaking_order(session_id: int, leg_ids: Sequence[int], *, lead: Lead) -> None:
    """Write down who speaks one after the other, the next one first; a leg named twice keeps its first place.

    Raises NotVisible for a leg of another session, and Refused("no_microphones") for one that is no room's.
    """
    with write_transaction():
        session = led_running(session_id, lead)
        order = list(dict.fromkeys(leg_ids))
        if any(leg_in(session, leg_id).kind != tables.LegKind.ROOM for leg_id in order):
            raise Refused("no_microphones")
        if session.speaking_order == order:
            return
        session.speaking_order = order
        _changed(session, EventKind.SPEAKING_ORDER_SET, lead, legs=order)


def proposed_order(session: tables.ConferenceSession) -> list[int]:
    """Return an order to begin with: the agenda's units as they speak, then the host, then the rest in Vietnamese order.

    A unit of the agenda brings its own rooms before those of units below it.
    """
    rooms = [leg for leg in session.legs if leg.room is not None]
    rooms.sort(key=lambda leg: (not floor.is_hosts(session, leg), leg.room.unit.order_key, leg.room.order_key))
    paths = [speaker.unit.path for item in agenda_of(session.occurrence.conference_id) for speaker in item.speakers]
    speaking = [leg.id for path in paths for leg in sorted(rooms, key=lambda leg: len(leg.room.unit.path)) if covers(path, leg.room.unit.path)]
    return list(dict.fromkeys([*speaking, *(leg.id for leg in rooms)]))


def lock(session_id: int, locked: bool, *, lead: Lead) -> None:
    """Want the conference on the bridge locked, so that nobody else gets in, or open again.

    Raises Refused("lock_not_possible") where no bridge mixes, or one that cannot be locked.
    """
    with write_transaction():
        session = led_running(session_id, lead)
        if session.lock_wanted == locked or (session.lock_wanted is None and not locked):
            return
        if not can_lock(session):
            raise Refused("lock_not_possible")
        session.lock_wanted = locked
        _changed(session, EventKind.SESSION_LOCK_ASKED, lead, locked=locked)


def can_lock(session: tables.ConferenceSession) -> bool:
    return session.topology not in ways.BY_THE_HOSTS_CODEC and "lock" in connect.supports(session.bridge.family)


def drop_leg(session_id: int, leg_id: int, *, lead: Lead) -> None:
    """Hang a leg up, and do not dial it again unless somebody tries it again; one that was never dialled is left out at once.

    Raises Refused: host_not_dropped, link_not_dropped.
    """
    with write_transaction():
        session = led_running(session_id, lead)
        leg, now = leg_in(session, leg_id), clock.now()
        if leg.kind == tables.LegKind.LINK:
            raise Refused("link_not_dropped")
        if floor.is_hosts(session, leg):
            raise Refused("host_not_dropped")
        if not leg.wanted or leg.state in floor.NOT_IN:
            return
        leg.wanted, leg.finding, leg.finding_detail = False, DROPPED_BY_CHAIR, ""
        if leg.state == LegState.WAITING:
            for step in (LegEvent.FAILED, LegEvent.LEFT_OUT):
                leg.state = states.move(LegState(leg.state), step)
            leg.since = now
        if session.floor_leg_id == leg.id:
            session.floor_leg_id = None
        session.speaking_order = [one for one in session.speaking_order if one != leg.id]
        overriding.end(session, leg, "left_out", now)
        _changed(session, EventKind.LEG_DROPPED_BY_CHAIR, lead, leg=leg.id, room=leg.room_id)


def _changed(session: tables.ConferenceSession, kind: EventKind, lead: Lead, **facts: object) -> None:
    """Let the screens know, and the trail."""
    session.version += 1
    trail.append(kind, actor=lead.actor, origin=lead.origin, subject=session.ref, **facts)
