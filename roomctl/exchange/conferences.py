"""Conferences as a table: asked for by office staff, all of a file or none, and taken out as far as the reader may know.

A line is known by what it says: the same line again, by the same person, asks for nothing new.  Series are not in tables; they
come in with calendar files.
"""

import hashlib
import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError

from roomctl.booking import availability, visibility, week_tables
from roomctl.booking.bridge_ports import settle_touched
from roomctl.booking.request import request_within
from roomctl.booking.tables import Occurrence
from roomctl.booking.visibility import CodeName, Full, View
from roomctl.booking.wish import Wish
from roomctl.database import write_transaction
from roomctl.errors import Conflict, InvalidInput, Problem
from roomctl.exchange import sheets
from roomctl.exchange.columns import Column, Line, plain
from roomctl.exchange.outcome import Done, Outcome, Reading
from roomctl.organisation import access, once
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, chairs_to_choose_from
from roomctl.rooms.tables import lock_rooms, rooms_with_codes
from roomctl.security_profiles.tables import current_profiles
from roomctl.timespan import Span, day_span, from_local, to_local

COLUMNS = (
    Column("day", "Ngày", "Date", needed=True), Column("start", "Bắt đầu", "Start", needed=True), Column("end", "Kết thúc", "End", needed=True),
    Column("end_day", "Ngày kết thúc", "End date"), Column("title", "Nội dung", "Title"), Column("code_name", "Bí danh", "Code name"),
    Column("profile", "Hồ sơ bảo mật", "Security profile", needed=True), Column("rooms", "Mã các phòng", "Room codes", needed=True),
    Column("host_room", "Mã phòng chủ trì", "Host room code"), Column("chair", "Chủ trì", "Chair", needed=True),
    Column("on_behalf_of", "Thay cho", "On behalf of"), Column("attendees", "Thành phần", "Attendees"),
    Column("contact_name", "Đầu mối", "Contact"), Column("contact_phone", "Điện thoại đầu mối", "Contact phone"),
)
SHOWN_COLUMNS = (
    Column("day", "Ngày", "Date"), Column("start", "Bắt đầu", "Start"), Column("end_day", "Ngày kết thúc", "End date"),
    Column("end", "Kết thúc", "End"), Column("title", "Nội dung", "Title"), Column("chair", "Chủ trì", "Chair"),
    Column("on_behalf_of", "Thay cho", "On behalf of"), Column("rooms", "Phòng", "Rooms"), Column("attendees", "Thành phần", "Attendees"),
    Column("contact", "Đầu mối", "Contact"), Column("organizer", "Người đăng ký", "Organizer"),
)
MOST_LINES = 500  # They are asked for in one transaction, and others wait for it.
LONGEST_EXPORT = timedelta(days=31)
BUSY = ("Bận", "Busy")
_SAME_AS_IN_FORM = ("title", "code_name", "on_behalf_of", "attendees", "contact_name", "contact_phone")


class _OnlyLooked(Exception):
    """Ends a transaction that was only to show what would happen."""


def preview(lines: Sequence[Line], *, by: User) -> Outcome:
    """Return what a file would do, by doing it and taking all of it back; raise NotAllowed, BadLines and Conflict."""
    return _carried_out(lines, by, for_good=False)


def bring_in(lines: Sequence[Line], *, by: User) -> Outcome:
    """Ask for the conferences of a file, all or none; lines that were brought in before are left alone.

    Raises NotAllowed, BadLines, and Conflict("just_taken") when somebody was faster.
    """
    return _carried_out(lines, by, for_good=True)


def _carried_out(lines: Sequence[Line], by: User, *, for_good: bool) -> Outcome:
    access.require(by, Action.REQUEST_CONFERENCE)
    if len(lines) > MOST_LINES:
        raise InvalidInput([Problem("file", "too_many_conferences", (("limit", MOST_LINES),))])
    outcome = Outcome()
    try:
        with write_transaction():
            _ask_for_all(lines, by, outcome)
            if not for_good:
                raise _OnlyLooked
    except _OnlyLooked:
        pass
    except IntegrityError as error:
        raise Conflict("just_taken") from error
    return outcome


def _ask_for_all(lines: Sequence[Line], by: User, outcome: Outcome) -> None:
    reading, wishes, seen = Reading(COLUMNS), _Wishes(lines), dict[str, int]()
    lock_rooms(wishes.room_ids)  # All at once and in order: two files that share rooms wait for each other, and never both.
    for line in lines:
        key = _key(line)
        if seen.setdefault(key, line.number) != line.number:
            reading.refuse("", "line_twice", on=line, line=seen[key])
            continue
        if once.made_before(by, key) is not None:
            outcome.note(line, Done.UNCHANGED, line.text("day"))
            continue
        wish = wishes.read(line, reading)
        if wish is None:
            continue
        try:
            conference = request_within(wish, by=by)
            settle_touched()  # At once, not at the end: so that the line is known whose rooms find no ports of a bridge.
        except InvalidInput as error:
            reading.note(line, error.problems)
        except availability.RoomsNotFree as error:
            taken = [answer.room.code for answer in error.answers if not answer.is_free]
            reading.refuse("rooms", "line_rooms_taken", on=line, rooms=", ".join(taken))
        except Conflict as error:
            if "bridge" not in error.facts:
                raise
            reading.refuse("rooms", "line_bridge_full", on=line, bridge=error.facts["bridge"])
        else:
            once.remember(by, key, conference.ref)
            outcome.note(line, Done.ADDED, line.text("day"))
    reading.insist()


def _key(line: Line) -> str:
    said = json.dumps(sorted((key, text) for key, text in line.cells.items() if text), ensure_ascii=False)
    return f"line:{hashlib.sha256(said.encode()).hexdigest()[:56]}"


class _Wishes:
    """Turns lines into wishes; what lines name by code or by name is looked up once."""

    def __init__(self, lines: Sequence[Line]) -> None:
        codes = {code for line in lines for key in ("rooms", "host_room") for code in _codes(line.text(key)) if code.isprintable()}
        self._rooms = {code: room.id for code, room in rooms_with_codes(codes).items() if room.retired_at is None}
        self._profiles = {plain(name): one.id for one in current_profiles() for name in (one.name_en, one.name_vi, one.key)}
        self._chairs: dict[str, set[int]] = {}
        for chair in chairs_to_choose_from():
            for name in (chair.username.casefold(), chair.name.casefold()):
                self._chairs.setdefault(name, set()).add(chair.id)

    @property
    def room_ids(self) -> list[int]:
        return sorted(self._rooms.values())

    def read(self, line: Line, reading: Reading) -> Wish | None:
        """Return a line's wish, or None with its problems noted; what only the rules know is left to them."""
        before = len(reading.bad)
        span, profile = _span(line, reading), self._profiles.get(plain(line.text("profile")))
        if profile is None:
            reading.refuse("profile", "unknown_profile_name", on=line)
        chairs = self._chairs.get(line.text("chair").casefold(), set())
        if len(chairs) != 1:
            reading.refuse("chair", "chair_not_unique" if chairs else "unknown_chair_name", on=line)
        rooms = _codes(line.text("rooms"))
        hosts = _codes(line.text("host_room")) or rooms[:1]
        unknown = [code for code in dict.fromkeys([*rooms, *hosts]) if code not in self._rooms]
        if unknown:
            reading.refuse("rooms", "unknown_room_codes", on=line, codes=", ".join(unknown)[:200])
        if span is None or len(reading.bad) > before:
            return None
        return Wish(span=span, room_ids=tuple(self._rooms[code] for code in rooms), host_room_id=self._rooms[hosts[0]] if hosts else 0,
                    chair_id=next(iter(chairs)), profile_id=profile, **{key: line.text(key) for key in _SAME_AS_IN_FORM})


def _codes(text: str) -> list[str]:
    return [code for code in text.replace(",", " ").replace(";", " ").split() if code]


def _span(line: Line, reading: Reading) -> Span | None:
    day, start, end = _day(line, "day", reading), _time(line, "start", reading), _time(line, "end", reading)
    last = _day(line, "end_day", reading) if line.text("end_day") else day
    if day is None or last is None or start is None or end is None:
        return None
    return Span(from_local(day, start), from_local(last, end))


def _day(line: Line, key: str, reading: Reading) -> date | None:
    text = line.text(key).replace(".", "/").replace("-", "/")
    for form in ("%d/%m/%Y", "%Y/%m/%d"):
        try:
            day = datetime.strptime(text, form).date()
        except ValueError:
            continue
        if 1900 <= day.year <= 2100:
            return day
    reading.refuse(key, "bad_date", on=line)
    return None


def _time(line: Line, key: str, reading: Reading) -> time | None:
    try:
        return datetime.strptime(line.text(key).lower().replace("h", ":").replace(".", ":"), "%H:%M").time()
    except ValueError:
        reading.refuse(key, "bad_time", on=line)
        return None


def taken_out(first: date, last: date, *, by: User, form: str, english: bool = False) -> bytes:
    """Return the conferences of some days, as much of each as `by` may know: those of their unit's rooms and below, and their own.

    Of one that is only "busy" the file has the time and the rooms of their own unit, and nothing when there are none.  Raises
    NotAllowed and InvalidInput.
    """
    access.require(by, Action.SEE_WEEK)
    if last < first:
        raise InvalidInput([Problem("last", "end_not_after_start")])
    if last - first >= LONGEST_EXPORT:
        raise InvalidInput([Problem("last", "longer_than_a_month")])
    span, viewer = Span(day_span(first).start, day_span(last).end), availability.viewer_of(by)
    rows = []
    for occurrence in week_tables.occurrences_in(span, unit_path=by.unit.path, person_id=by.id):
        here = [one.room.name for one in occurrence.standing if one.room.unit_id in {viewer.unit_id, *viewer.took_over}]
        row = _row(occurrence, visibility.view(occurrence.facts(), viewer), here, english=english)
        if row:
            rows.append(row)
    return sheets.written(SHOWN_COLUMNS, rows, form=form, english=english)


def _row(occurrence: Occurrence, shown: View, here: Sequence[str], *, english: bool) -> list[str]:
    start, end = to_local(shown.span.start), to_local(shown.span.end)
    when = [f"{start:%d/%m/%Y}", f"{start:%H:%M}", f"{end:%d/%m/%Y}", f"{end:%H:%M}"]
    match shown:
        case Full():
            return [*when, shown.title, shown.chair, shown.on_behalf_of, "; ".join(shown.sites), shown.attendees, shown.contact, shown.organizer]
        case CodeName():
            return [*when, shown.code_name, "", "", "; ".join(here), "", "", ""]
    return [*when, BUSY[english], "", "", "; ".join(here), "", "", ""] if here else []
