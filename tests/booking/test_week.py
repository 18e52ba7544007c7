"""What stands on the week sheet, on which day and in which half of it."""

from datetime import date, time, timedelta

import pytest
from builders import a_profile

from roomctl.booking.decide import grant_reservation, queue_of
from roomctl.booking.lifecycle import OccurrenceState
from roomctl.booking.tables import conference_by_id
from roomctl.booking.visibility import Busy
from roomctl.booking.week import Half, Part, half_of, part_of_day, week_rows
from roomctl.database import write_transaction
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local

DAY = date(2027, 3, 3)  # Wednesday of week 9.


def local(first: date, start: str, last: date, end: str) -> Span:
    return Span(from_local(first, time.fromisoformat(start)), from_local(last, time.fromisoformat(end)))


def sheet(place, set_clock, *, week: tuple[int, int] = (2027, 9), by=None) -> list[tuple]:
    return [(row.day, row.part, row.half) for row in week_rows(*week, by=by or place.clerk, now=set_clock())]


@pytest.mark.parametrize(("before", "start", "behind", "end", "part"), [
    (0, "08:00", 0, "09:00", Part.HOURS), (0, "00:00", 0, "09:00", Part.HOURS), (0, "22:00", 1, "00:00", Part.HOURS),
    (0, "00:00", 1, "00:00", Part.ALL_DAY), (0, "00:00", 1, "08:00", Part.ALL_DAY), (1, "08:00", 1, "08:00", Part.ALL_DAY),
    (1, "08:00", 1, "00:00", Part.ALL_DAY), (0, "08:00", 1, "08:00", Part.FROM), (1, "08:00", 0, "08:00", Part.UNTIL)])
def test_a_day_says_how_much_of_it_a_conference_takes(before, start, behind, end, part):
    assert part_of_day(local(DAY - timedelta(days=before), start, DAY + timedelta(days=behind), end), DAY) is part


@pytest.mark.parametrize(("hour", "half"), [(0, Half.MORNING), (11, Half.MORNING), (12, Half.AFTERNOON), (17, Half.AFTERNOON),
                                            (18, Half.EVENING), (23, Half.EVENING)])
def test_the_halves_of_a_day_change_at_noon_and_at_six(hour, half):
    assert half_of(hour) is half


def test_a_conference_of_several_days_stands_on_each_of_them(place, set_clock):
    place.book(span=local(DAY, "14:00", DAY + timedelta(days=2), "11:00"))

    assert sheet(place, set_clock) == [(date(2027, 3, 3), Part.FROM, Half.AFTERNOON), (date(2027, 3, 4), Part.ALL_DAY, None),
                                       (date(2027, 3, 5), Part.UNTIL, None)]


def test_a_conference_of_seven_days_stands_in_both_weeks_that_it_meets(place, set_clock):
    place.book(span=local(DAY, "14:00", DAY + timedelta(days=7), "14:00"))

    first, second = sheet(place, set_clock), sheet(place, set_clock, week=(2027, 10))

    assert [day.isoformat() for day, _, _ in first] == ["2027-03-03", "2027-03-04", "2027-03-05", "2027-03-06", "2027-03-07"]
    assert [(day.isoformat(), part) for day, part, _ in second] == [
        ("2027-03-08", Part.ALL_DAY), ("2027-03-09", Part.ALL_DAY), ("2027-03-10", Part.UNTIL)]


def test_a_conference_that_ends_at_midnight_on_sunday_is_not_in_the_week_after(place, set_clock):
    place.book(span=local(date(2027, 3, 7), "20:00", date(2027, 3, 8), "00:00"))

    assert (sheet(place, set_clock), sheet(place, set_clock, week=(2027, 10))) == ([(date(2027, 3, 7), Part.HOURS, Half.EVENING)], [])


def test_the_rows_of_a_day_are_in_order_of_the_time_they_take_of_it(place, set_clock):
    place.book(title="sáng", span=local(DAY, "08:00", DAY, "09:00"), room_ids=(place.other_room.id,), host_room_id=place.other_room.id)
    place.book(title="nhiều ngày", span=local(DAY - timedelta(days=1), "20:00", DAY, "11:00"))
    place.book(title="chiều", span=local(DAY, "14:00", DAY, "15:00"))

    rows = week_rows(2027, 9, by=place.clerk, now=set_clock())

    assert [row.view.title for row in rows if row.day == DAY] == ["nhiều ngày", "sáng", "chiều"]


def test_a_conference_on_new_years_day_stands_in_week_53(place, set_clock):
    set_clock.at = from_local(date(2026, 12, 20), time(8))
    place.book(span=local(date(2026, 12, 31), "20:00", date(2027, 1, 1), "09:00"))

    assert sheet(place, set_clock, week=(2026, 53)) == [(date(2026, 12, 31), Part.FROM, Half.EVENING), (date(2027, 1, 1), Part.UNTIL, None)]
    assert sheet(place, set_clock, week=(2027, 1)) == []


def test_a_restricted_conference_is_busy_on_each_of_its_days(place, set_clock):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, span=local(DAY, "14:00", DAY + timedelta(days=1), "11:00"))

    rows = week_rows(2027, 9, by=place.technician, now=set_clock())

    assert [(type(row.view), row.host_room, row.sites, row.state) for row in rows] == [(Busy, "Hội trường", 0, None)] * 2


def test_the_sheet_tells_what_still_waits_from_what_is_granted(place, set_clock):
    place.book()
    before = [row.state for row in week_rows(2027, 9, by=place.clerk, now=set_clock())]

    grant_reservation(queue_of(place.province_approver)[0].id, by=place.province_approver)

    assert before == [OccurrenceState.REQUESTED]
    assert [row.state for row in week_rows(2027, 9, by=place.clerk, now=set_clock())] == [OccurrenceState.GRANTED]


def test_a_conference_of_several_days_that_ended_early_stands_on_no_day_that_it_gave_back(place, set_clock):
    conference_id = place.book(span=local(date(2027, 3, 6), "14:00", date(2027, 3, 9), "11:00"))
    held = local(date(2027, 3, 6), "14:00", date(2027, 3, 7), "09:00")
    with write_transaction():
        occurrence = conference_by_id(conference_id).occurrences[0]
        occurrence.actual_start_at, occurrence.actual_end_at = held.start, held.end

    assert sheet(place, set_clock) == [(date(2027, 3, 6), Part.FROM, Half.AFTERNOON), (date(2027, 3, 7), Part.UNTIL, None)]
    assert sheet(place, set_clock, week=(2027, 10)) == []
