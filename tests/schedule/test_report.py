"""What the report counts, on both engines."""

from datetime import date, time, timedelta

import pytest
from builders import Place, a_room, a_span

from roomctl.booking import tables
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.days_off import set_special_day
from roomctl.booking.decide import grant_reservation, queue_of, refuse_reservation
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.reorganise import merge_units
from roomctl.database import write_transaction
from roomctl.devices import inventory
from roomctl.errors import InvalidInput, NotAllowed, NotVisible
from roomctl.schedule.report import usage_report
from roomctl.schedule.usage import Figures, total
from roomctl.timespan import Span, from_local


@pytest.fixture
def counting(app_on, set_clock) -> Place:
    """A place on each engine in turn."""
    return Place()


def figures(place, set_clock, *, month: int = 3, unit=None, year: int = 2027) -> Figures:
    report = usage_report((unit or place.centre).id, year, by=place.clerk, now=set_clock())
    return total(cell for cell in report.cells if cell.month == month)


def two_hours(place, **facts) -> int:
    span = Span(a_span().start, a_span().start + timedelta(hours=2))
    return place.book(**{"span": span, "room_ids": (place.hall.id,), **facts})


def run(conference_id: int, minutes: int) -> None:
    """Let the session of a conference have taken so long."""
    with write_transaction():
        occurrence = tables.conference_by_id(conference_id).occurrences[0]
        occurrence.actual_start_at = occurrence.planned_start_at
        occurrence.actual_end_at = occurrence.planned_start_at + timedelta(minutes=minutes)


def give_codecs(*rooms) -> None:
    for room in rooms:
        inventory.add_device(kind="codec", family="cisco_roomos", unit=room.unit, room=room, name=f"codec {room.code}", host="192.0.2.1",
                             port=room.id, dial_address=f"{room.code}@vc.example", username="roomctl", password="geheim")


def grant_all(place) -> None:
    for reservation in queue_of(place.province_approver):
        grant_reservation(reservation.id, by=place.province_approver)


def test_u03_forty_minutes_are_used_of_the_hundred_and_twenty_that_were_booked(counting, set_clock):
    run(two_hours(counting), 40)

    found = figures(counting, set_clock)

    assert (found.granted, found.booked_s / 60, found.held, found.used_s / 60) == (1, 120, 1, 40)


def test_every_room_of_a_conference_counts_for_itself_and_what_waits_does_not_count_yet(counting, set_clock):
    two_hours(counting, room_ids=(counting.hall.id, counting.room.id))
    waiting = figures(counting, set_clock).granted
    grant_all(counting)

    assert (waiting, figures(counting, set_clock).granted) == (1, 2)
    assert figures(counting, set_clock, unit=counting.province).booked_s == 7200


def test_setup_and_teardown_are_not_counted(counting, set_clock):
    room = a_room(counting.centre, setup=timedelta(minutes=30), teardown=timedelta(minutes=30))
    two_hours(counting, room_ids=(room.id,), host_room_id=room.id)

    assert figures(counting, set_clock).booked_s == 7200


def test_what_was_cancelled_is_counted_as_that_and_not_as_booked(counting, set_clock):
    cancel_conference(two_hours(counting), by=counting.clerk, reason="x")

    found = figures(counting, set_clock)

    assert (found.cancelled, found.granted, found.booked_s) == (1, 0, 0)


def test_what_was_refused_is_counted_with_the_unit_whose_room_it_is(counting, set_clock):
    two_hours(counting, room_ids=(counting.hall.id, counting.room.id))
    refuse_reservation(queue_of(counting.province_approver)[0].id, by=counting.province_approver, reason="Bận")

    assert [figures(counting, set_clock, unit=unit).refused for unit in (counting.province, counting.other_province)] == [1, 0]


@pytest.mark.parametrize("state", [ReservationState.DISPLACED, ReservationState.LAPSED])
def test_what_was_displaced_or_lapsed_is_counted_as_that(counting, set_clock, state):
    conference_id = two_hours(counting)
    with write_transaction():
        tables.conference_by_id(conference_id).occurrences[0].reservations[0].state = state

    found = figures(counting, set_clock)

    assert (found.displaced, found.lapsed, found.granted) == (state == "displaced", state == "lapsed", 0)


def test_nobody_came_when_it_is_over_and_never_began_though_it_could_have(counting, set_clock):
    give_codecs(counting.hall, counting.room)
    two_hours(counting, room_ids=(counting.hall.id, counting.room.id))
    grant_all(counting)
    before = figures(counting, set_clock).no_shows
    set_clock.forward(days=2)

    assert (before, figures(counting, set_clock).no_shows) == (0, 2)


def test_a_session_that_began_is_no_no_show(counting, set_clock):
    give_codecs(counting.hall, counting.room)
    conference_id = two_hours(counting, room_ids=(counting.hall.id, counting.room.id))
    grant_all(counting)
    run(conference_id, 5)
    set_clock.forward(days=2)

    assert figures(counting, set_clock).no_shows == 0


@pytest.mark.parametrize("with_codec", [0, 1])
def test_where_no_session_could_be_nobody_failed_to_come(counting, set_clock, with_codec):
    give_codecs(*[counting.hall, counting.room][:with_codec])
    two_hours(counting, room_ids=(counting.hall.id, counting.room.id))
    grant_all(counting)
    set_clock.forward(days=2)

    assert figures(counting, set_clock).no_shows == 0


def test_a_conference_over_the_end_of_a_month_counts_where_it_begins(counting, set_clock):
    span = Span(from_local(date(2027, 3, 31), time(22)), from_local(date(2027, 4, 1), time(2)))
    two_hours(counting, span=span)

    assert [figures(counting, set_clock, month=month).booked_s / 3600 for month in (3, 4)] == [4, 0]


def test_a_month_begins_at_midnight_in_ha_noi(counting, set_clock):
    two_hours(counting, span=Span(from_local(date(2027, 4, 1), time(0)), from_local(date(2027, 4, 1), time(1))))

    assert [figures(counting, set_clock, month=month).granted for month in (3, 4)] == [0, 1]


def test_other_years_do_not_count(counting, set_clock):
    two_hours(counting)

    assert [figures(counting, set_clock, year=year).granted for year in (2026, 2027, 2028)] == [0, 1, 0]


def test_a_room_offers_eight_hours_on_each_day_that_is_worked(counting, set_clock):
    before = figures(counting, set_clock, unit=counting.province)
    set_special_day(date(2027, 3, 8), False, "Nghỉ", by=counting.administrator)

    assert [one.offered_s / 3600 for one in (before, figures(counting, set_clock, unit=counting.province))] == [23 * 8, 22 * 8]


def test_rooms_of_a_merged_unit_count_with_its_successor(counting, set_clock):
    two_hours(counting, room_ids=(counting.hall.id, counting.room.id))
    grant_all(counting)
    merge_units([counting.province.id], into=counting.other_province.id, by=counting.administrator, reason="NQ")

    assert figures(counting, set_clock, unit=counting.other_province).granted == 1


def test_a_report_is_for_those_whose_role_reaches_the_unit(place, set_clock):
    with pytest.raises(NotAllowed):
        usage_report(place.centre.id, 2027, by=place.province_approver, now=set_clock())
    with pytest.raises(NotVisible):
        usage_report(999, 2027, by=place.clerk, now=set_clock())


@pytest.mark.parametrize("year", [0, 1999, 2101, 10**8])
def test_a_year_far_away_is_refused(place, set_clock, year):
    with pytest.raises(InvalidInput):
        usage_report(place.centre.id, year, by=place.clerk, now=set_clock())
