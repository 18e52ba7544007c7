"""Rooms as a table: brought in by administrators at and below their units, and taken out again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from roomctl.database import write_transaction
from roomctl.exchange import names, sheets
from roomctl.exchange.columns import Column, Line
from roomctl.exchange.outcome import Done, Outcome, Reading
from roomctl.exchange.units import UnitsNamed
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms import catalogue, tables
from roomctl.rooms.catalogue import NewRoom, RoomFacts
from roomctl.rooms.suitability import EQUIPMENT, EVERY_DAY, LONGEST_AHEAD_DAYS, MIDNIGHT
from roomctl.rooms.tables import Room
from roomctl.typed import Typed

COLUMNS = (
    Column("code", "Mã phòng", "Room code", needed=True), Column("name", "Tên phòng", "Room name", needed=True),
    Column("unit", "Mã đơn vị", "Unit code", needed=True), Column("seats", "Số chỗ", "Seats"),
    Column("setup", "Chuẩn bị (phút)", "Setup (minutes)"), Column("teardown", "Dọn phòng (phút)", "Teardown (minutes)"),
    Column("open_to", "Tự duyệt cho", "Granted at once to"), Column("opens", "Mở cửa", "Opens"), Column("closes", "Đóng cửa", "Closes"),
    Column("open_days", "Ngày mở", "Open days"), Column("ahead_days", "Đặt trước tối đa (ngày)", "Bookable ahead (days)"),
    Column("equipment", "Trang bị", "Equipment"), Column("support_phone", "Điện thoại hỗ trợ", "Support phone"),
)
DEFAULTS = RoomFacts(name="")
_BETWEEN = ";"  # Between pieces of equipment, and between days; a comma stands inside some names.


def preview(lines: Sequence[Line], *, by: User) -> Outcome:
    """Return what a file would do; raise BadLines."""
    return _planned(lines, by)[0]


def bring_in(lines: Sequence[Line], *, by: User) -> Outcome:
    """Add and change the rooms of a file, all or none; a file that was brought in before changes nothing.

    A room is known by its code.  Raises NotAllowed and BadLines.
    """
    access.require(by, Action.KEEP_ROOMS)
    outcome, new, changed = _planned(lines, by)
    if not new and not changed:
        return outcome  # Nobody needs to wait for a file that says nothing new.
    with write_transaction():
        catalogue.lock_for(new, by=by)
        tables.lock_rooms([room.id for room in _known(lines).values()])
        outcome, new, changed = _planned(lines, by)  # Asked again: somebody may have been faster.
        catalogue.add_within(new, by=by)
        for room, facts in changed:
            catalogue.change_within(room, facts, by=by)
    return outcome


def _known(lines: Sequence[Line]) -> dict[str, Room]:
    return tables.rooms_with_codes({line.text("code") for line in lines if line.text("code").isprintable()})


def _planned(lines: Sequence[Line], by: User) -> tuple[Outcome, list[NewRoom], list[tuple[Room, RoomFacts]]]:
    reading, outcome, known, units = Reading(COLUMNS, {"opens_min": "opens", "closes_min": "closes"}), Outcome(), _known(lines), UnitsNamed()
    new: list[NewRoom] = []
    changed: list[tuple[Room, RoomFacts]] = []
    reading.refuse_doubles(lines, "code")
    for line in lines:
        room, typed = known.get(line.text("code")), Typed()
        before = _facts_of(room) if room is not None else DEFAULTS
        unit = units.of(line, "unit", line.text("unit"), reading)
        facts = _facts(line, before, typed)
        if room is None:
            facts = NewRoom(unit=unit, code=line.text("code"), **{name: getattr(facts, name) for name in RoomFacts.__dataclass_fields__})
        facts = catalogue.cleaned(facts, typed)
        reading.note(line, typed.problems)
        if unit is not None and not access.can(by, Action.KEEP_ROOMS, unit):
            reading.refuse("unit", "unit_out_of_reach", on=line)
            continue
        if unit is None or typed.problems:
            continue
        if room is None:
            new.append(facts)
            outcome.note(line, Done.ADDED, facts.code)
        elif room.retired_at is not None:
            reading.refuse("code", "room_retired", on=line, code=room.code)
        elif room.unit_id != unit.id:
            reading.refuse("unit", "room_of_other_unit", on=line, unit=room.unit.code)
        elif catalogue.differing(room, facts):
            changed.append((room, facts))
            outcome.note(line, Done.CHANGED, room.code)
        else:
            outcome.note(line, Done.UNCHANGED, room.code)
    reading.insist()
    return outcome, new, changed


def _facts(line: Line, before: RoomFacts, typed: Typed) -> RoomFacts:
    """Read a line; what the file has no column for stays as it is, and so does a number or a choice whose cell is empty."""
    return replace(
        before, name=line.text("name"), seats=_number(line, "seats", before.seats, typed),
        setup=timedelta(minutes=_number(line, "setup", _minutes(before.setup), typed)),
        teardown=timedelta(minutes=_number(line, "teardown", _minutes(before.teardown), typed)),
        open_to=_choice(line, before.open_to, typed), opens_min=_hour(line, "opens", before.opens_min, typed),
        closes_min=_hour(line, "closes", before.closes_min, typed), open_days=_days(line, before.open_days, typed),
        ahead_days=_number(line, "ahead_days", before.ahead_days, typed),
        equipment=_equipment(line, typed) if "equipment" in line.cells else before.equipment,
        support_phone=line.cells.get("support_phone", before.support_phone))


def _number(line: Line, key: str, before: int, typed: Typed) -> int:
    text = line.text(key)
    if not text:
        return before
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        typed.refuse(key, "bad_number")
        return before
    return int(text)


def _choice(line: Line, before: str, typed: Typed) -> str:
    if not line.text("open_to"):
        return before
    found = names.meant(names.OPEN_TO, line.text("open_to"))
    if found is None:
        typed.refuse("open_to", "not_one_of", choices=", ".join(both[0] for both in names.OPEN_TO.values()))
    return found or before


def _hour(line: Line, key: str, before: int, typed: Typed) -> int:
    text = line.text(key).lower().replace("h", ":").replace(".", ":")
    if not text:
        return before
    hour, _, minute = text.partition(":")
    minute = minute or "00"
    if not all(part.isascii() and part.isdigit() and len(part) <= 2 for part in (hour, minute)) or int(minute) > 59 or int(hour) > 24:
        typed.refuse(key, "bad_opening_hour")
        return before
    return min(int(hour) * 60 + int(minute), MIDNIGHT)


def _days(line: Line, before: str, typed: Typed) -> str:
    text = line.text("open_days")
    if not text:
        return before
    days = [names.meant(names.DAYS, day) for day in text.replace(",", _BETWEEN).split(_BETWEEN) if day.strip()]
    if None in days:
        typed.refuse("open_days", "not_one_of", choices=", ".join(both[0] for both in names.DAYS.values()))
        return before
    return "".join(day for day in days if day)


def _equipment(line: Line, typed: Typed) -> tuple[str, ...]:
    pieces = [names.meant(names.EQUIPMENT, piece) for piece in line.text("equipment").split(_BETWEEN) if piece.strip()]
    if None in pieces:
        typed.refuse("equipment", "not_one_of", choices=f"{_BETWEEN} ".join(both[0] for both in names.EQUIPMENT.values()))
    return tuple(piece for piece in EQUIPMENT if piece in pieces)


def _facts_of(room: Room) -> RoomFacts:
    return RoomFacts(name=room.name, seats=room.seats, setup=room.setup, teardown=room.teardown, open_to=room.open_to,
                     support_phone=room.support_phone, opens_min=room.opens_min, closes_min=room.closes_min, open_days=room.open_days,
                     ahead_days=room.ahead_days, equipment=tuple(room.equipment.split()))


def _minutes(length: timedelta) -> int:
    return int(length.total_seconds() // 60)


def taken_out(*, by: User, form: str, english: bool = False) -> bytes:
    """Return the rooms in use that `by` keeps, as a file that can be brought in again; raises NotAllowed."""
    access.require(by, Action.KEEP_ROOMS)
    kept = access.visible(by, Action.KEEP_ROOMS, tables.rooms_below_any(access.reach_of(by, Action.KEEP_ROOMS)))
    return sheets.written(COLUMNS, [_row(room, english=english) for room in kept], form=form, english=english)


def _row(room: Room, *, english: bool) -> list[str]:
    return [
        room.code, room.name, room.unit.code, str(room.seats), str(room.setup_s // 60), str(room.teardown_s // 60),
        names.said(names.OPEN_TO, room.open_to, english=english), _clock(room.opens_min), _clock(room.closes_min),
        f"{_BETWEEN} ".join(names.said(names.DAYS, day, english=english) for day in room.open_days or EVERY_DAY),
        str(min(room.ahead_days, LONGEST_AHEAD_DAYS)),
        f"{_BETWEEN} ".join(names.said(names.EQUIPMENT, piece, english=english) for piece in room.equipment.split()), room.support_phone]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
