"""Figures that add up."""

from datetime import date

import pytest

from roomctl.booking.recurrence import DaysOff
from roomctl.organisation.units import Level
from roomctl.schedule.usage import Cell, Figures, Place, by_branch, by_level, by_month, total, workdays

CENTRE, NORTH, SOUTH = Place(1, "/1/", Level.CENTRAL), Place(2, "/1/2/", Level.PROVINCIAL), Place(3, "/1/3/", Level.PROVINCIAL)
COMMUNE = Place(20, "/1/2/20/", Level.COMMUNE)


def cell(place: Place = CENTRE, month: int = 3, **figures: int) -> Cell:
    return Cell(place, month, Figures(**figures))


def test_figures_add_up_and_a_units_rooms_count_once_in_all_its_months():
    assert total([cell(rooms=2, booked_s=10), cell(month=4, rooms=2, booked_s=5, no_shows=1), cell(NORTH, rooms=1, held=3)]) == Figures(
        rooms=3, booked_s=15, no_shows=1, held=3)


def test_nothing_adds_up_to_nought():
    assert total([]) == Figures()


def test_every_month_of_the_year_has_its_line():
    lines = by_month([cell(month=1, granted=1), cell(month=12, granted=2)])

    assert [month for month, _ in lines] == list(range(1, 13))
    assert [figures.granted for _, figures in lines] == [1, *[0] * 10, 2]


def test_levels_come_from_above_and_only_those_that_are_there():
    lines = by_level([cell(COMMUNE, granted=1), cell(NORTH, granted=2), cell(SOUTH, granted=3)])

    assert [(level, figures.granted) for level, figures in lines] == [(Level.PROVINCIAL, 5), (Level.COMMUNE, 1)]


def test_a_unit_below_brings_all_that_stands_under_it():
    lines = by_branch([cell(granted=1), cell(NORTH, granted=2), cell(COMMUNE, granted=4), cell(SOUTH, granted=8)], CENTRE, [NORTH, SOUTH])

    assert [(place.unit_id, figures.granted) for place, figures in lines] == [(1, 1), (2, 6), (3, 8)]


def test_a_unit_at_the_bottom_has_itself_alone():
    assert by_branch([cell(COMMUNE, granted=4)], COMMUNE, []) == [(COMMUNE, Figures(granted=4))]


@pytest.mark.parametrize(("figures", "used", "booked"), [
    (Figures(), None, None), (Figures(booked_s=7200, used_s=2400), 1 / 3, None), (Figures(booked_s=7200, used_s=9000, offered_s=28_800), 1.25, 0.25)])
def test_shares_are_of_something_or_not_said(figures, used, booked):
    assert (figures.used_of_booked, figures.booked_of_offered) == (used, booked)


def test_the_days_that_are_worked_are_counted_by_month():
    days_off = DaysOff(holidays={date(2027, 1, 1), date(2027, 5, 1)}, worked={date(2027, 3, 6)})

    found = workdays(2027, days_off)

    assert (found[1], found[2], found[3], sum(found.values())) == (20, 20, 24, 261)
