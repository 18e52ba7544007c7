"""Devices as a table: their names and inventory cards, changed by administrators at and below their units, and taken out again.

A device is known by its address and port.  What speaks SNMP only may be added; whatever is signed in to is added on its page, since no
password is ever in a file.  What a device says of itself is there to be read only.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from roomctl.database import write_transaction
from roomctl.devices import card, card_tables, connect, enrol, inventory
from roomctl.devices.card import CardFacts
from roomctl.devices.inventory import NewRow
from roomctl.devices.tables import Device
from roomctl.errors import InvalidInput
from roomctl.exchange import sheets
from roomctl.exchange.columns import MOST_ROWS, Column, Line
from roomctl.exchange.outcome import Done, Outcome, Reading
from roomctl.exchange.units import UnitsNamed
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User, users_named
from roomctl.rooms.tables import Room, rooms_with_codes
from roomctl.typed import Typed

COLUMNS = (
    Column("host", "Địa chỉ mạng", "Network address", needed=True), Column("port", "Cổng", "Port", needed=True),
    Column("name", "Tên thiết bị", "Device name"), Column("family", "Dòng thiết bị", "Family"), Column("room", "Mã phòng", "Room code"),
    Column("unit", "Mã đơn vị", "Unit code"), Column("asset_number", "Số tài sản", "Asset number"),
    Column("serial", "Số máy trên nhãn", "Serial on the label"), Column("model", "Kiểu máy trên nhãn", "Model on the label"),
    Column("bought_on", "Ngày mua", "Bought on"), Column("warranty_until", "Bảo hành đến", "Warranty until"),
    Column("maintained_on", "Bảo dưỡng gần nhất", "Maintained on"),
    Column("maintain_every_months", "Bảo dưỡng mỗi (tháng)", "Maintenance every (months)"),
    Column("inspected_on", "Kiểm kê gần nhất", "Inspected on"), Column("inspection", "Kết quả kiểm kê", "Inspection result"),
    Column("responsible", "Người phụ trách", "Responsible person"), Column("note", "Ghi chú", "Note"),
    Column("told_serial", "Thiết bị báo: số máy (chỉ xem)", "Device says: serial (read only)"),
    Column("told_model", "Thiết bị báo: kiểu máy (chỉ xem)", "Device says: model (read only)"),
    Column("told_firmware", "Thiết bị báo: phần mềm (chỉ xem)", "Device says: firmware (read only)"),
)
_DAYS = ("bought_on", "warranty_until", "maintained_on", "inspected_on")
_LINES = ("asset_number", "serial", "model", "inspection", "note")
Place = tuple[str, int]


@dataclass(slots=True)
class _Plan:
    """What a file would do: devices to add with their cards, and devices to change."""

    outcome: Outcome = field(default_factory=Outcome)
    new: list[tuple[NewRow, CardFacts]] = field(default_factory=list)
    changed: list[tuple[Device, str, CardFacts]] = field(default_factory=list)


def preview(lines: Sequence[Line], *, by: User) -> Outcome:
    """Return what a file would do; raise NotAllowed and BadLines."""
    access.require(by, Action.KEEP_DEVICES)
    return _planned(lines, by).outcome


def bring_in(lines: Sequence[Line], *, by: User) -> Outcome:
    """Add and change the devices of a file, all or none; a file that was brought in before changes nothing.

    Raises NotAllowed and BadLines.
    """
    access.require(by, Action.KEEP_DEVICES)
    plan = _planned(lines, by)
    if not plan.new and not plan.changed:
        return plan.outcome  # Nobody needs to wait for a file that says nothing new.
    with write_transaction():
        card_tables.lock_devices([device.id for device, _, _ in plan.changed])
        plan = _planned(lines, by)  # Asked again: somebody may have been faster.
        _carry_out(plan, lines, by)
    return plan.outcome


def _carry_out(plan: _Plan, lines: Sequence[Line], by: User) -> None:
    reading, at = Reading(COLUMNS), {_place(line): line for line in lines}
    for row, facts in plan.new:
        try:
            card.change_within(inventory.add_within(row, by=by), facts, by=by)
        except InvalidInput as error:  # Somebody was faster.
            reading.note(at[row.host, row.port], error.problems)
    reading.insist()
    for device, name, facts in plan.changed:
        if name != device.name:
            inventory.rename_within(device, name, by=by)
        card.change_within(device, facts, by=by)


def _place(line: Line) -> Place | None:
    """Return the address a line is about, or None when its port is no number."""
    port = line.text("port")
    return (line.text("host"), int(port)) if port.isascii() and port.isdigit() and len(port) < 6 else None


class _Known:
    """What the lines of one file name: devices, rooms, units and people, each looked up once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        places = [place for line in lines if (place := _place(line)) is not None and place[0].isprintable()]
        self.devices = {place: device for start in range(0, len(places), 500)
                        for place, device in card_tables.devices_at(places[start:start + 500]).items()}
        ids = [device.id for device in self.devices.values()]
        self.cards = {device_id: one for start in range(0, len(ids), 500)
                      for device_id, one in card_tables.cards_of(ids[start:start + 500]).items()}
        self.rooms = rooms_with_codes({line.text("room") for line in lines if line.text("room").isprintable()} - {""})
        self.people = users_named({line.text("responsible") for line in lines if line.text("responsible").isprintable()} - {""})
        self.units = UnitsNamed()


def _planned(lines: Sequence[Line], by: User) -> _Plan:
    reading, plan, known, first, today = Reading(COLUMNS), _Plan(), _Known(lines), dict[Place, int](), card.today()
    for line in lines:
        place, typed = _place(line), Typed()
        if place is None:
            reading.refuse("port", "bad_number", on=line)
            continue
        if first.setdefault(place, line.number) != line.number:
            reading.refuse("host", "line_twice", on=line, line=first[place])
            continue
        device = known.devices.get(place)
        facts = card.cleaned(_facts(line, card.facts_of(known.cards.get(device.id) if device else None), known, typed), typed, on=today)
        if device is None or device.retired_at is not None:
            row = _new_row(line, place, known, typed, reading, by) if _is_free(device, line, by, reading) else None
            reading.note(line, typed.problems)
            if row is not None and not typed.problems:
                plan.new.append((row, facts))
                plan.outcome.note(line, Done.ADDED, row.name)
            continue
        name = typed.line("name", line.cells.get("name", device.name), longest=120, missing="name_missing")
        reading.note(line, typed.problems)
        if _stays_where_it_is(device, line, by, reading) and not typed.problems:
            is_other = name != device.name or bool(card.differing(known.cards.get(device.id), facts))
            if is_other:
                plan.changed.append((device, name, facts))
            plan.outcome.note(line, Done.CHANGED if is_other else Done.UNCHANGED, name)
    reading.insist()
    return plan


def _is_free(retired: Device | None, line: Line, by: User, reading: Reading) -> bool:
    """False, with the reason noted, where a retired device of another kind, or of somebody else, had the address."""
    if retired is None or (retired.kind == "equipment" and access.can(by, Action.KEEP_DEVICES, retired)):
        return True
    reading.refuse("host", "address_of_retired", on=line, name=retired.name)
    return False


def _stays_where_it_is(device: Device, line: Line, by: User, reading: Reading) -> bool:
    """False, with the reason noted, for a device out of reach, and for a line that would move it or make it another."""
    if not access.can(by, Action.KEEP_DEVICES, device):
        reading.refuse("host", "unit_out_of_reach", on=line)
        return False
    before = len(reading.bad)
    for key, is_now in (("family", device.family), ("room", device.room.code if device.room else ""), ("unit", device.unit.code)):
        if line.text(key) and line.text(key) != is_now:
            reading.refuse(key, "device_stays", on=line, now=is_now or "—")
    return len(reading.bad) == before


def _new_row(line: Line, place: Place, known: _Known, typed: Typed, reading: Reading, by: User) -> NewRow | None:
    """Return the device a line adds, or None with its problems noted."""
    family = line.text("family")
    if connect.kind_of(family) != "equipment":
        reading.refuse("host", "device_not_known", on=line, family=connect.SNMP_FAMILY)
        return None
    enrol.checked_host(typed, place[0])
    typed.within("port", place[1], 1, 65535)
    name = typed.line("name", line.text("name"), longest=120, missing="name_missing")
    before = len(reading.bad)
    unit, room = _where(line, known, reading)
    if unit is not None and not access.can(by, Action.KEEP_DEVICES, unit):
        reading.refuse("unit", "unit_out_of_reach", on=line)
    if unit is None or len(reading.bad) > before:
        return None
    return NewRow(kind="equipment", family=family, unit_id=unit.id, room_id=room.id if room else None, name=name, host=place[0], port=place[1])


def _where(line: Line, known: _Known, reading: Reading) -> tuple[Unit | None, Room | None]:
    """Return the unit and, when one is named, the room; a room's device belongs to the room's unit."""
    code = line.text("room")
    if not code:
        if not line.text("unit"):
            reading.refuse("room", "place_missing", on=line)
            return None, None
        return known.units.of(line, "unit", line.text("unit"), reading), None
    room = known.rooms.get(code)
    if room is None or room.retired_at is not None:
        reading.refuse("room", "unknown_room_code", on=line)
        return None, None
    if line.text("unit") and line.text("unit") != room.unit.code:
        reading.refuse("unit", "room_of_other_unit", on=line, unit=room.unit.code)
    return room.unit, room


def _facts(line: Line, before: CardFacts, known: _Known, typed: Typed) -> CardFacts:
    """Read a line; what the file has no column for stays as it is, and so does a number whose cell is empty."""
    texts = {key: line.cells.get(key, getattr(before, key)) for key in _LINES}
    days = {key: _day(line, key, getattr(before, key), typed) for key in _DAYS}
    return replace(before, **texts, **days, maintain_every_months=_months(line, before.maintain_every_months, typed),
                   responsible_id=_responsible(line, before.responsible_id, known, typed))


def _day(line: Line, key: str, before: date | None, typed: Typed) -> date | None:
    if key not in line.cells or not line.text(key):
        return before if key not in line.cells else None
    text = line.text(key).replace(".", "/").replace("-", "/")
    for form in ("%d/%m/%Y", "%Y/%m/%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    typed.refuse(key, "bad_date")
    return before


def _months(line: Line, before: int, typed: Typed) -> int:
    text = line.text("maintain_every_months")
    if not text:
        return before
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        typed.refuse("maintain_every_months", "bad_number")
        return before
    return int(text)


def _responsible(line: Line, before: int | None, known: _Known, typed: Typed) -> int | None:
    if "responsible" not in line.cells:
        return before
    person = known.people.get(line.text("responsible"))
    if line.text("responsible") and (person is None or not (person.active or person.id == before)):
        typed.refuse("responsible", "unknown_username")
        return before
    return person.id if person is not None else None


def taken_out(*, by: User, form: str, english: bool = False) -> bytes:
    """Return the devices in use that `by` keeps, as a file that can be brought in again; raises NotAllowed."""
    access.require(by, Action.KEEP_DEVICES)
    rows = card_tables.listed(card_tables.Wanted(), below=access.reach_of(by, Action.KEEP_DEVICES), today=card.today(), limit=MOST_ROWS)
    return sheets.written(COLUMNS, [_row(*row) for row in rows], form=form, english=english)


def _row(device: Device, kept: card_tables.InventoryCard | None, responsible: User | None) -> list[str]:
    facts = card.facts_of(kept)
    days = {key: f"{day:%d/%m/%Y}" if (day := getattr(facts, key)) else "" for key in _DAYS}
    return [device.host, str(device.port), device.name, device.family, device.room.code if device.room else "", device.unit.code,
            facts.asset_number, facts.serial, facts.model, days["bought_on"], days["warranty_until"], days["maintained_on"],
            str(facts.maintain_every_months), days["inspected_on"], facts.inspection, responsible.username if responsible else "", facts.note,
            device.serial, device.model, device.firmware]
