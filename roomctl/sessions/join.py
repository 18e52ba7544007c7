"""Adding to a running session: a room of the conference, a room that is free and granted at once, or a guest that the bridge calls.

A guest's device is nobody's here to read: no guest is ever proven, and from mật up there are none.
"""

import re

from sqlalchemy.exc import IntegrityError

from device_drivers.readings import Legacy
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.booking import availability
from roomctl.booking.lifecycle import Change, ReservationState
from roomctl.booking.request import Asker, granted_at_once, reserve
from roomctl.booking.tables import Occurrence
from roomctl.database import db, write_transaction
from roomctl.devices import connect
from roomctl.devices.tables import Device, bridges, codecs_of_rooms
from roomctl.duty import order_tables
from roomctl.duty.carrying_out import CLAIM_LASTS
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation.units import covers
from roomctl.rooms.tables import Room, lock_rooms, room_by_id, rooms_matching
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import attest, tables, trial_tables, ways
from roomctl.sessions.chair import led_running
from roomctl.sessions.control import OLD_SSH, Lead
from roomctl.sessions.floor import wish_for
from roomctl.sessions.states import LegState
from roomctl.text import TextRefused, clean_line

LONGEST_NAME = 200
LONGEST_ADDRESS = 200
MOST_FOUND = 20
_ADDRESS = re.compile(r"[A-Za-z0-9@.:;=%~+_-]+")  # A driver puts it between quotes on a command line.


def add_room(session_id: int, room_id: int, *, lead: Lead) -> int:
    """Add a room and return its leg's id; one that is in already, that leg's.

    A room that the conference has not reserved is reserved now, to the end: only where a rule grants it at once and it is free.
    Raises what `chair.led_running` raises, NotVisible, Conflict: device_in_use, device_ordered, just_taken,
    bridge_full and bridge_no_address (of the ports that conferences hold from booking on), and Refused:
    session_locked, room_not_granted, room_needs_approver, room_not_free_now, room_has_no_codec, no_room_for_more, no_bridge.
    """
    try:
        with write_transaction():
            session = led_running(session_id, lead)
            known = next((leg for leg in session.legs if leg.room_id == room_id), None)
            if known is not None:
                return known.id
            room = room_by_id(room_id)
            if room is None or room.retired_at is not None:
                raise NotVisible
            _insist_on_a_place(session)
            codec = codecs_of_rooms([room.id]).get(room.id)
            if codec is None or not codec.dial_address:
                raise Refused("room_has_no_codec", room=room.name)
            _hold(session.occurrence, room)
            return add_leg(session, room, codec, lead=lead).id
    except IntegrityError as error:
        raise Conflict("just_taken") from error  # Two at once: the database's own guarantee answered before our question could.


def add_leg(session: tables.ConferenceSession, room: Room, codec: Device, *, lead: Lead) -> tables.Leg:
    """Add a granted room's leg to a session that is locked for this, and take its codec.  Inside the caller's transaction."""
    now, profile = clock.now(), session.profile
    bridge_id, address = _far_end(session, room.unit.path)
    order_tables.lock_use_of_devices()  # After the bridge, as a session's start does.
    if codec.id in tables.leased_device_ids():
        raise Conflict("device_in_use")
    if order_tables.claimed_device_ids([codec.id], now - CLAIM_LASTS):
        raise Conflict("device_ordered", devices=codec.name)
    leg = tables.Leg(session_id=session.id, kind=tables.LegKind.ROOM, room_id=room.id, device_id=codec.id, since=now, bridge_id=bridge_id,
                     bridge_address=address, own_address=codec.dial_address, state=LegState.WAITING, wanted=True)
    lacks = attest.lacking({room.id: room}, profile, until=session.occurrence.planned_end_at).get(room.id, "")
    if codec.ssh_legacy != Legacy.NONE and Classification(profile.classification).is_classified:
        leg.state, leg.finding = LegState.HUNG_UP, OLD_SSH  # It waits for the chair's decision like a leg that failed.
    elif lacks:
        leg.state, leg.finding, leg.lacks = LegState.HUNG_UP, lacks, lacks
    leg.mute_wanted = wish_for(session, leg)
    db.session.add(leg)
    db.session.add(tables.DeviceLease(device_id=codec.id, session_id=session.id))
    session.version += 1
    db.session.flush()
    trail.append(EventKind.LEG_ADDED, actor=lead.actor, origin=lead.origin, subject=session.ref, leg=leg.id, room=room.id, lacking=lacks)
    return leg


def add_guest(session_id: int, name: str, address: str, *, lead: Lead) -> int:
    """Let the bridge call an outside address, and return the leg's id; one that is in already under this address, that leg's.

    Raises what `chair.led_running` raises, InvalidInput (name, address), and Refused: guest_at_classified, session_locked,
    no_room_for_more, bridge_cannot_call, guest_is_ours, no_bridge.
    """
    name, address = _checked(name, address)
    with write_transaction():
        session = led_running(session_id, lead)
        known = next((leg for leg in session.legs if leg.kind == tables.LegKind.GUEST and leg.own_address == address), None)
        if known is not None:
            return known.id
        why = why_no_guest(session)
        if why:
            raise Refused(why)
        _insist_on_a_place(session)
        if trial_tables.device_dialled_as(address) is not None or any(address in bridge.pool for bridge in bridges()):
            raise Refused("guest_is_ours")
        tables.lock_bridge(session.bridge_id)
        if tables.busy_bridge_ports(session.bridge_id) >= session.bridge.ports:
            raise Refused("no_bridge")
        leg = tables.Leg(session_id=session.id, kind=tables.LegKind.GUEST, room_id=None, name=name, device_id=session.bridge_id, since=clock.now(),
                         bridge_id=session.bridge_id, bridge_address=session.bridge_address, own_address=address, state=LegState.WAITING,
                         wanted=True)
        db.session.add(leg)
        session.version += 1
        db.session.flush()
        trail.append(EventKind.GUEST_ADDED, actor=lead.actor, origin=lead.origin, subject=session.ref, leg=leg.id, name=name, address=address)
        return leg.id


def why_no_guest(session: tables.ConferenceSession) -> str:
    """Return the reason for which no guest at all may be called in this session, or an empty string."""
    if Classification(session.profile.classification).is_classified:
        return "guest_at_classified"
    if session.topology in ways.BY_THE_HOSTS_CODEC:
        return "no_room_for_more"
    return "" if "dial" in connect.supports(session.bridge.family) else "bridge_cannot_call"


def rooms_to_add(session: tables.ConferenceSession, words: str) -> list[tuple[Room, str]]:
    """Return rooms with a codec that are not in, each with why it cannot be added now, or an empty string.

    Without words, those that the conference has reserved; with words, the first that are called so, anywhere.
    """
    inside = {leg.room_id for leg in session.legs}
    reserved = [one.room for one in session.occurrence.standing]
    found = rooms_matching(words, limit=MOST_FOUND) if words else sorted(reserved, key=lambda room: (room.unit.order_key, room.order_key))
    outside = [room for room in found if room.id not in inside]
    codecs = codecs_of_rooms([room.id for room in outside])
    return [(room, _why_not(session.occurrence, room) if room.id in codecs else "room_has_no_codec") for room in outside]


def _why_not(occurrence: Occurrence, room: Room) -> str:
    """Return why the conference may not have a room now, or an empty string."""
    held = next((one for one in occurrence.reservations if one.room_id == room.id), None)
    if held is not None:
        return "" if held.state == ReservationState.GRANTED else "room_not_granted"
    conference = occurrence.conference
    if not granted_at_once(room, Asker.of(conference.organizer), mandatory=conference if conference.mandatory_at else None):
        return "room_needs_approver"
    return "" if availability.all_free([room], occurrence.span) else "room_not_free_now"


def _hold(occurrence: Occurrence, room: Room) -> None:
    """See that the conference has the room, reserving it where a rule grants that at once.

    It is held for the whole of the planned time, as every reservation is: a room that somebody else left within it is not free.
    """
    if all(one.room_id != room.id for one in occurrence.reservations):
        lock_rooms([room.id])
    why = _why_not(occurrence, room)
    if why:
        raise Refused(why, room=room.name)
    if all(one.room_id != room.id for one in occurrence.reservations):
        conference = occurrence.conference
        reserve(conference, [occurrence], [room], Asker.of(conference.organizer), change=Change.ROOM, optional=[room.id])
        conference.sequence += 1
        occurrence.changed_at = clock.now()


def _insist_on_a_place(session: tables.ConferenceSession) -> None:
    if session.lock_wanted:
        raise Refused("session_locked")
    if session.topology in ways.BY_THE_HOSTS_CODEC:
        raise Refused("no_room_for_more")


def _far_end(session: tables.ConferenceSession, path: str) -> tuple[int, str]:
    """Return the bridge, and its address, that takes a room of this unit: the nearest of the session's that has a port; or raise."""
    parts = dict(ways.bridges_of(session)) | {session.bridge_id: session.bridge_address}
    known = {bridge.id: bridge for bridge in bridges() if bridge.id in parts}
    nearest = sorted((one for one in known.values() if covers(one.unit.path, path)), key=lambda one: (-len(one.unit.path), one.id))
    for bridge in nearest or [one for one in known.values() if one.id == session.bridge_id]:
        tables.lock_bridge(bridge.id)
        if tables.busy_bridge_ports(bridge.id) < bridge.ports:
            return bridge.id, parts[bridge.id]
    raise Refused("no_bridge")


def _checked(name: str, address: str) -> tuple[str, str]:
    problems = []
    try:
        name = clean_line(name, longest=LONGEST_NAME)
    except TextRefused as error:
        problems.append(Problem("name", f"text_{error.reason}", (("limit", LONGEST_NAME),)))
    else:
        problems += [] if name else [Problem("name", "name_missing")]
    address = address.strip()
    if not _ADDRESS.fullmatch(address) or len(address) > LONGEST_ADDRESS:
        problems.append(Problem("address", "bad_dial_address"))
    if problems:
        raise InvalidInput(problems)
    return name, address
