"""How a session's legs are laid when it starts: the plan that was made at booking, as far as its bridges are there and free now."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

from roomctl.booking import port_tables
from roomctl.booking.bridge_ports import reserved_parts
from roomctl.booking.tables import Occurrence
from roomctl.booking.topology import BridgeFacts, ConnectionPlan, NoConnection, Part, Site, Topology, plan_connections, upward
from roomctl.devices import connect
from roomctl.devices.tables import Device, bridges
from roomctl.errors import Refused
from roomctl.rooms.tables import Room
from roomctl.sessions import tables
from roomctl.sessions.tables import Leg, LegKind
from roomctl.timespan import Span


def plan_now(occurrence: Occurrence, rooms: Mapping[int, Room], codecs: Mapping[int, Device], *, unusable: Collection[int],
             now: datetime) -> ConnectionPlan:
    """Return how these rooms' codecs are connected now, inside the caller's transaction; raise Refused("no_bridge").

    `unusable` are rooms whose codec waits for somebody's decision: none of them can be the one that the others call.
    """
    sites = {room_id: _site(rooms[room_id], codec, usable=room_id not in unusable) for room_id, codec in codecs.items()}
    host_room = occurrence.conference.host_room
    host = sites.get(host_room.id) or Site(host_room.id, host_room.unit.path, has_codec=False)
    others = [site for site in sites.values() if site is not host]
    reserved = reserved_parts(occurrence.id)
    near = {path for site in (host, *others) for path in upward(site.unit_path)}
    there = {one.id: one for one in bridges() if one.pinned_fingerprint is not None and one.unit.path in near}
    if there:
        port_tables.lock_bridges(sorted(there))
    places = {row.id: place for place, row in enumerate(reserved)}
    preset = [Part(row.bridge_id, row.address, row.ports, places.get(row.upper_id) if row.upper_id else None) for row in reserved]
    try:
        return plan_connections(host, others, _facts(there, occurrence, now), preset=preset)
    except NoConnection as error:
        raise Refused("no_bridge") from error


def _site(room: Room, codec: Device, *, usable: bool) -> Site:
    answers = usable and bool(codec.dial_address) and "answer" in connect.supports(codec.family)
    return Site(room.id, room.unit.path, can_answer=answers, sites=max(codec.ports, 1) if answers else 0)


def _facts(there: Mapping[int, Device], occurrence: Occurrence, now: datetime) -> list[BridgeFacts]:
    """Return the bridges with what nobody else holds: neither a conference that booked it, nor a session that runs."""
    held: defaultdict[int, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))  # By bridge and occurrence.
    addresses: defaultdict[int, set[str]] = defaultdict(set)
    for _, _, occurrence_id, bridge_id, address, ports in port_tables.held_during(list(there), Span(now, occurrence.planned_end_at)):
        if occurrence_id != occurrence.id:
            held[bridge_id][occurrence_id] = max(held[bridge_id][occurrence_id], ports)
            addresses[bridge_id].add(address)
    for occurrence_id, bridge_id, ports in tables.ports_in_session():
        if occurrence_id != occurrence.id:
            held[bridge_id][occurrence_id] = max(held[bridge_id][occurrence_id], ports)
    return [BridgeFacts(one.id, one.unit.path, one.ports, max(0, one.ports - sum(held[one.id].values())),
                        tuple(address for address in one.pool if address not in addresses[one.id] | tables.busy_bridge_addresses(one.id)),
                        "dial" in connect.supports(one.family)) for one in there.values()]


def mixer_of(plan: ConnectionPlan, host_codec: Device | None) -> tuple[int, str]:
    """Return the device and the address that mix for all: the bridge at the top, or the host's own codec."""
    if plan.topology in (Topology.DIRECT, Topology.MULTISITE):
        return host_codec.id, host_codec.dial_address
    return plan.parts[0].bridge_id, plan.parts[0].address


def legs_of(plan: ConnectionPlan, session: tables.ConferenceSession, codecs: Mapping[int, Device], now: datetime) -> list[Leg]:
    """Return the session's legs, not yet stored: the host's first, then the links between bridges, then the other rooms."""

    def leg(room_id: int) -> Leg:
        part = plan.parts[plan.part_of[room_id]] if plan.parts else Part(session.bridge_id, session.bridge_address, 0)
        return Leg(session_id=session.id, kind=LegKind.ROOM, room_id=room_id, device_id=codecs[room_id].id, since=now,
                   bridge_id=part.bridge_id, bridge_address=part.address, own_address=codecs[room_id].dial_address)

    names = {one.id: one.name for one in bridges()}
    links = [Leg(session_id=session.id, kind=LegKind.LINK, name=f"{names[part.bridge_id]} → {names[plan.parts[part.upper].bridge_id]}",
                 device_id=part.bridge_id, since=now, bridge_id=plan.parts[part.upper].bridge_id,
                 bridge_address=plan.parts[part.upper].address, own_address=part.address) for part in plan.parts if part.upper is not None]
    host = [leg(session.host_room_id)] if session.host_room_id in codecs else []
    return [*host, *links, *(leg(room_id) for room_id in sorted(codecs) if room_id != session.host_room_id)]
