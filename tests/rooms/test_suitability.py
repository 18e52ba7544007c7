"""What a room asks of a conference: hours, days, how far ahead, no maintenance."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from roomctl.rooms.suitability import EVERY_DAY, MIDNIGHT, Maintenance, in_order, reasons_against
from roomctl.timespan import Span

NOW = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)  # Monday 08:00 in Hà Nội.
OFFICE = (390, 1080)  # 06:30 to 18:00


@dataclass
class Terms:
    opens_min: int = 0
    closes_min: int = MIDNIGHT
    open_days: str = EVERY_DAY
    ahead_days: int = 740
    timezone: str = "Asia/Ho_Chi_Minh"


def local(start: str, end: str) -> Span:
    return Span(*(datetime.fromisoformat(f"{one}+07:00").astimezone(UTC) for one in (start, end)))


def kinds(terms: Terms, span: Span, *, occupied: Span | None = None, maintenance=()) -> list[str]:
    return [str(one.kind) for one in reasons_against(terms, span, occupied=occupied or span, maintenance=maintenance, now=NOW)]


@pytest.mark.parametrize(("start", "end", "open_then"), [
    ("06:30", "18:00", True), ("06:29", "07:00", False), ("17:00", "18:01", False), ("18:00", "19:00", False), ("08:00", "09:00", True)])
def test_a_conference_is_within_the_rooms_hours_to_the_minute(start, end, open_then):
    assert (kinds(Terms(*OFFICE), local(f"2027-03-02T{start}", f"2027-03-02T{end}")) == []) is open_then


def test_a_conference_over_midnight_is_outside_of_any_hours_but_the_whole_day():
    over_midnight = local("2027-03-02T17:00", "2027-03-03T07:00")

    assert kinds(Terms(*OFFICE), over_midnight) == ["closed_hours"]
    assert kinds(Terms(420, MIDNIGHT), over_midnight) == ["closed_hours"]
    assert kinds(Terms(), over_midnight) == []


def test_a_room_open_until_midnight_takes_what_ends_at_midnight():
    assert kinds(Terms(420, MIDNIGHT), local("2027-03-02T22:00", "2027-03-03T00:00")) == []


def test_a_day_on_which_the_room_is_closed_is_named():
    reason, = reasons_against(Terms(open_days="12345"), local("2027-03-05T20:00", "2027-03-06T01:00"), maintenance=(), now=NOW,
                              occupied=local("2027-03-05T20:00", "2027-03-06T01:00"))

    assert (reason.kind, reason.facts) == ("closed_day", (("day", date(2027, 3, 6)),))


def test_what_ends_at_midnight_takes_nothing_of_the_closed_day_behind_it():
    assert kinds(Terms(open_days="12345"), local("2027-03-05T20:00", "2027-03-06T00:00")) == []


@pytest.mark.parametrize(("day", "allowed"), [("2027-03-31", True), ("2027-04-01", False)])
def test_a_room_is_booked_as_many_days_ahead_as_it_says(day, allowed):
    assert (kinds(Terms(ahead_days=30), local(f"{day}T08:00", f"{day}T09:00")) == []) is allowed


def test_maintenance_keeps_the_occupied_span_away_not_only_the_shown_one():
    shown, repaired = local("2027-03-02T08:00", "2027-03-02T09:00"), Maintenance(local("2027-03-02T09:00", "2027-03-02T12:00"), "Sửa điện")

    assert kinds(Terms(), shown, maintenance=[repaired]) == []
    assert kinds(Terms(), shown, occupied=shown.widened(timedelta(0), timedelta(minutes=10)), maintenance=[repaired]) == ["maintenance"]


def test_all_reasons_are_named_at_once():
    sunday = local("2027-03-07T20:00", "2027-03-07T21:00")

    assert kinds(Terms(*OFFICE, open_days="12345", ahead_days=3), sunday, maintenance=[Maintenance(sunday)]) == [
        "closed_hours", "closed_day", "too_far_ahead", "maintenance"]


def test_equipment_is_kept_once_and_in_one_order():
    assert in_order(["wheelchair", "projector", "wheelchair"]) == "projector wheelchair"
