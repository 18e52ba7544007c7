"""Orders to many devices: what would be done first, then the order itself, carried out in the background, to be stopped at any time.

Four kinds: "check" looks at devices now, "restart" restarts them, "set_encryption" sets what they wish of their calls, "assign" says who
is responsible for them or how often they are looked at.  `carrying_out` does them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from device_drivers.readings import EncryptionSetting
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import write_transaction
from roomctl.devices import codec_facts, connect, reading_tables, snmp_tables
from roomctl.devices.tables import Device
from roomctl.duty import order_tables, sight_tables
from roomctl.duty.order_tables import ACTING, DeviceOrder, OrderTarget
from roomctl.errors import NotAllowed, NotVisible, Refused
from roomctl.organisation import access, once
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, user_by_id
from roomctl.typed import Typed

KINDS = ("check", "restart", "set_encryption", "assign")
NEEDS = {"restart": "restart", "set_encryption": "require_encryption"}  # Of a family's driver (`connect.supports`).
MOST_DEVICES = 1000  # Of one order.
CONFERENCE_WITHIN = timedelta(hours=1)
LEAST_EVERY_S, MOST_EVERY_S = 15, 3600
MAY_BE_FORCED = frozenset({"in_call", "conference_soon"})


@dataclass(frozen=True, slots=True)
class Line:
    """One device of a proposal, and what stands in the way: "in_session", "in_call", "conference_soon", "not_supported", ..."""

    device: Device
    in_the_way: tuple[str, ...]

    def is_skipped(self, *, force: bool) -> bool:
        return any(word not in MAY_BE_FORCED or not force for word in self.in_the_way)


def arguments_of(kind: str, *, setting: str = "", responsible_id: int = 0, every_s: int = 0, force: bool = False) -> dict[str, Any]:
    """Return an order's arguments as they are stored.  Raises InvalidInput (kind, setting, responsible, every)."""
    typed, arguments = Typed(), {}
    if kind not in KINDS:
        typed.refuse("kind", "unknown_choice")
    if kind in ACTING:
        arguments["force"] = force
    if kind == "set_encryption":
        if setting not in set(EncryptionSetting):
            typed.refuse("setting", "unknown_choice")
        arguments["setting"] = setting
    if kind == "assign":
        if responsible_id:
            person = user_by_id(responsible_id)
            if person is None or not person.active:
                typed.refuse("responsible", "unknown_person_chosen")
            arguments["responsible_id"] = responsible_id
        if every_s:
            arguments["every_s"] = typed.within("every", every_s, LEAST_EVERY_S, MOST_EVERY_S)
        if not responsible_id and not every_s:
            typed.refuse("responsible", "nothing_to_assign")
    typed.insist()
    return arguments


def propose(kind: str, devices: Collection[Device], *, by: User, leased: Collection[int]) -> list[Line]:
    """Return what would be done, device by device, and what is in the way of it now; `leased` are the devices that sessions use.

    Whether a device is in a call is what it said when it was last looked at; it is asked again before anything is done.
    """
    now = clock.now()
    in_calls = _in_calls(devices, now) if kind in ACTING else set()
    busy = rooms_soon_needed({device.room_id for device in devices if device.room_id is not None}, now) if kind in ACTING else set()
    askable = _askable(devices) if kind == "check" else set()
    lines = []
    for device in devices:
        words = [word for word, stands in (
            ("not_yours", not access.can(by, Action.ORDER_DEVICES, device)), ("not_supported", is_beyond(kind, device)),
            ("not_asked", kind == "check" and device.id not in askable), ("in_session", kind != "assign" and device.id in leased),
            ("in_call", device.id in in_calls), ("conference_soon", device.room_id in busy)) if stands]
        lines.append(Line(device, tuple(words)))
    return lines


def is_beyond(kind: str, device: Device) -> bool:
    """True when the device's family cannot do it."""
    return kind in NEEDS and NEEDS[kind] not in connect.supports(device.family)


def rooms_soon_needed(room_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of some rooms that have a conference now or within the hour."""
    return {one.room_id for one in sight_tables.conferences_ahead(room_ids, now, now + CONFERENCE_WITHIN)}


def _in_calls(devices: Collection[Device], now: datetime) -> set[int]:
    every = {device.id: device.probe_every_s for device in devices}
    return {device_id for device_id, (read_at, rows) in reading_tables.latest_readings(list(every)).items()
            if sight_tables.fresh(read_at, now, every[device_id]) and any(row[0] == codec_facts.CALLS_UP and row[2] for row in rows)}


def _askable(devices: Collection[Device]) -> set[int]:
    """Return the devices that anybody has said how to ask."""
    over_snmp = snmp_tables.learned([device.id for device in devices if device.kind == "equipment"])
    return {device.id for device in devices if device.kind != "equipment"} | over_snmp.keys()


def place(kind: str, arguments: Mapping[str, Any], device_ids: Collection[int], *, by: User, key: str) -> int:
    """Place an order and return its id; the same `key` again returns the first one's.

    What stands in the way of a device is asked again when its turn comes.  Raises Refused (nothing_chosen, too_many_chosen), NotAllowed
    when a device is not in one's units, NotVisible when one is not there.
    """
    if not device_ids:
        raise Refused("nothing_chosen")
    if len(set(device_ids)) > MOST_DEVICES:
        raise Refused("too_many_chosen", limit=MOST_DEVICES)
    with write_transaction() as session:
        earlier = once.made_before(by, key)
        if earlier is not None:
            return earlier
        access.require(by, Action.ORDER_DEVICES)
        devices = order_tables.devices_by_ids(set(device_ids))
        if len(devices) != len(set(device_ids)) or kind not in KINDS:
            raise NotVisible
        for device in devices:
            if not access.can(by, Action.ORDER_DEVICES, device):
                raise NotAllowed(action=Action.ORDER_DEVICES, subject=device.ref)
        order = DeviceOrder(kind=kind, arguments=dict(arguments), asked_by=by.id, asked_at=clock.now())
        session.add(order)
        session.flush()
        session.add_all([OrderTarget(order_id=order.id, device_id=device.id) for device in devices])
        trail.append(EventKind.DEVICES_ORDERED, actor=by.id, subject=order.ref, unit=by.unit_id, order=kind, arguments=dict(arguments),
                     devices=[device.id for device in devices])
        once.remember(by, key, order.ref)
    return order.id


def stop(order_id: int, *, by: User) -> None:
    """Begin no further device of an order; what is under way is carried to its end.  Stopped twice it is stopped once.

    Raises NotVisible, and NotAllowed unless it is one's own order or all its devices are in one's units.
    """
    with write_transaction():
        order = order_tables.order_for_update(order_id)
        if order is None or not may_see(by, order):
            raise NotVisible
        if not may_stop(by, order):
            raise NotAllowed(action=Action.ORDER_DEVICES, subject=order.ref)
        if order.finished_at is not None or order.stop_asked_at is not None:
            return
        order.stop_asked_at = clock.now()
        left = order_tables.skip_waiting(order.id, "stopped", clock.now())
        trail.append(EventKind.DEVICE_ORDER_STOPPED, actor=by.id, subject=order.ref, unit=by.unit_id, devices_left=left)


def may_see(user: User, order: DeviceOrder) -> bool:
    return order.asked_by == user.id or access.can(user, Action.SEE_DEVICES, order)


def may_stop(user: User, order: DeviceOrder) -> bool:
    if order.asked_by == user.id:
        return access.can(user, Action.ORDER_DEVICES)
    return all(access.can(user, Action.ORDER_DEVICES, target.device) for target in order.targets)
