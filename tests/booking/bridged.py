"""What the tests of bridges' ports ask for: a Place whose rooms have codecs, and bridges of any size."""

import itertools
from collections.abc import Collection

from builders import Place, a_room

from roomctl.booking import invariants, port_tables
from roomctl.booking.tables import Occurrence, conference_by_id
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.devices.tables import Device
from roomctl.organisation.tables import Unit
from roomctl.rooms.tables import Room

_ports = itertools.count(1)


def a_device(unit: Unit, *, kind: str = "codec", family: str = "cisco_roomos", room: Room | None = None, **facts) -> Device:
    return inventory.add_device(kind=kind, family=family, unit=unit, room=room, name=facts.pop("name", kind), host="192.0.2.1",
                                port=next(_ports), username="roomctl", password="geheim", **facts)


def a_bridge(unit: Unit, *, ports: int, addresses: int = 5, name: str = "Cầu") -> Device:
    number = next(_ports)
    return a_device(unit, kind="bridge", family="simulated_bridge", name=name, ports=ports, pool=[f"{number}0{n}@b" for n in range(addresses)])


def with_codecs(*rooms: Room) -> list[int]:
    """Give rooms a codec each, and return their ids."""
    for room in rooms:
        a_device(room.unit, room=room)
    return [room.id for room in rooms]


def equipped_rooms(unit: Unit, count: int) -> list[int]:
    return with_codecs(*(a_room(unit) for _ in range(count)))


def occurrences_of(conference_id: int) -> list[Occurrence]:
    db.session.rollback()
    db.session.expire_all()
    return list(conference_by_id(conference_id).occurrences)


def held_by(conference_id: int) -> list[list[tuple[int, int]]]:
    """Return what each date of a conference holds: (bridge, ports), the top first."""
    return [[(one.bridge_id, one.ports) for one in port_tables.ports_of([occurrence.id])] for occurrence in occurrences_of(conference_id)]


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in invariants.checked().values() for line in lines]


def book(place: Place, rooms: Collection[int], **facts) -> int:
    rooms = list(rooms)
    return place.book(**{"room_ids": tuple(rooms), "host_room_id": rooms[0], **facts})
