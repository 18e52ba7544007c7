"""What is due is said by the calendar, and what nobody wrote down is unknown."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomctl.devices.due import Due, Word, differs, inspection, latest_before, maintenance, months_after, warranty

TODAY = date(2027, 3, 1)
DAYS, MONTHS = st.dates(date(1990, 1, 1), date(2080, 12, 31)), st.integers(1, 120)


@pytest.mark.parametrize(("day", "months", "after"), [
    (date(2027, 1, 31), 1, date(2027, 2, 28)), (date(2028, 1, 31), 1, date(2028, 2, 29)), (date(2027, 12, 15), 1, date(2028, 1, 15)),
    (date(2027, 2, 28), 12, date(2028, 2, 28)), (date(2028, 2, 29), 12, date(2029, 2, 28))])
def test_a_month_that_has_no_such_day_ends_on_its_last_one(day, months, after):
    assert months_after(day, months) == after


@given(DAYS, MONTHS)
def test_the_latest_day_before_is_the_last_one_that_is_due(day, months):
    latest = latest_before(day, months)

    assert months_after(latest, months) <= day < months_after(latest + timedelta(days=1), months)


def test_maintenance_counts_from_the_last_one_and_before_that_from_the_purchase():
    assert maintenance(date(2026, 9, 1), date(2020, 1, 1), 6, TODAY) == Word(Due.NOW, date(2027, 3, 1))
    assert maintenance(None, date(2026, 9, 2), 6, TODAY) == Word(Due.LATER, date(2027, 3, 2))


def test_a_plan_without_a_known_beginning_is_unknown_and_no_plan_is_no_plan():
    assert (maintenance(None, None, 6, TODAY).due, maintenance(date(2020, 1, 1), None, 0, TODAY).due) == (Due.UNKNOWN, Due.NO_PLAN)


def test_an_inspection_is_due_once_a_year_and_unknown_when_there_was_none():
    assert [inspection(day, TODAY).due for day in (date(2026, 3, 1), date(2026, 3, 2), None)] == [Due.NOW, Due.LATER, Due.UNKNOWN]


def test_a_warranty_is_pointed_out_ninety_days_ahead_and_once_it_is_over():
    assert [warranty(day, TODAY).due for day in (date(2027, 5, 30), date(2027, 5, 31), date(2026, 1, 1), None)] == [
        Due.NOW, Due.LATER, Due.NOW, Due.UNKNOWN]


@pytest.mark.parametrize(("label", "told", "is_other"), [
    ("FTT-12 34", "ftt1234", False), ("FTT1234", "FTT1235", True), ("", "FTT1234", False), ("FTT1234", "", False), ("Máy 1", "MAY1", False)])
def test_a_label_differs_only_when_both_are_known_and_say_something_else(label, told, is_other):
    assert differs(label, told) == is_other
