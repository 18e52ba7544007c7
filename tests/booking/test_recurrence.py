"""On which dates a series takes place: rules are expanded within bounds that are checked first."""

import time
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomctl.booking.lifecycle import LeftOut, OnDayOff
from roomctl.booking.recurrence import MOST_DATES, DaysOff, Recurrence, Wanted, rule_dates, rule_of, slots, with_end
from roomctl.errors import InvalidInput

TUESDAY = datetime(2027, 3, 2, 8)


def days(rule: str, first: datetime) -> list[str]:
    return [f"{at:%d/%m}" for at in rule_dates(rule, first)]


def refused(rule: str, first: datetime = TUESDAY) -> tuple[str, dict]:
    with pytest.raises(InvalidInput) as error:
        rule_dates(rule, first)
    (problem,) = error.value.problems
    return problem.reason, dict(problem.facts)


@pytest.mark.parametrize(("until", "expected"), [("20270330T010000Z", ["02/03", "09/03", "16/03", "23/03", "30/03"]),
                                                 ("20270330T005959Z", ["02/03", "09/03", "16/03", "23/03"])])
def test_p03_an_until_in_utc_is_read_as_utc(until, expected):
    assert days(f"FREQ=WEEKLY;UNTIL={until}", TUESDAY) == expected


@pytest.mark.parametrize(("until", "last"), [("20270330", "30/03"), ("20270330T080000", "30/03"), ("20270330T075959", "23/03")])
def test_an_until_without_a_zone_is_wall_time_and_a_date_is_all_of_that_day(until, last):
    assert days(f"FREQ=WEEKLY;UNTIL={until}", TUESDAY)[-1] == last


@pytest.mark.parametrize(("rule", "first", "expected"), [
    ("FREQ=MONTHLY;BYMONTHDAY=31", datetime(2027, 1, 31, 9), ["31/01", "31/03", "31/05", "31/07", "31/08", "31/10", "31/12"]),
    ("FREQ=MONTHLY;BYMONTHDAY=-1", datetime(2027, 1, 31, 9),
     ["31/01", "28/02", "31/03", "30/04", "31/05", "30/06", "31/07", "31/08", "30/09", "31/10", "30/11", "31/12"]),
    ("FREQ=MONTHLY;BYDAY=5FR", datetime(2027, 1, 29, 9), ["29/01", "30/04", "30/07", "29/10", "31/12"]),
    ("FREQ=MONTHLY;BYDAY=-1FR", datetime(2027, 1, 29, 9),
     ["29/01", "26/02", "26/03", "30/04", "28/05", "25/06", "30/07", "27/08", "24/09", "29/10", "26/11", "31/12"]),
], ids=["day 31", "last day", "5th Friday", "last Friday"])
def test_p04_a_month_without_such_a_day_is_skipped_and_the_last_day_is_a_choice_of_its_own(rule, first, expected):
    assert days(f"{rule};UNTIL=20271231", first) == expected


@pytest.mark.parametrize(("monthly", "rule"), [("date", "BYMONTHDAY=29"), ("weekday", "BYDAY=5FR"), ("last_weekday", "BYDAY=-1FR"),
                                               ("last_day", "BYMONTHDAY=-1")])
def test_p04_the_four_choices_of_the_form_are_four_rules(monthly, rule):
    first = datetime(2027, 1, 29, 9)

    assert rule_of(Wanted("month", monthly=monthly, until=date(2027, 12, 31)), first) == f"FREQ=MONTHLY;{rule};UNTIL=20271231T020000Z"


def test_a_weekly_rule_of_the_form_always_has_the_first_dates_own_weekday():
    rule = rule_of(Wanted("week", interval=2, weekdays=(3,), count=4), TUESDAY)

    assert days(rule, TUESDAY) == ["02/03", "04/03", "16/03", "18/03"]


HOPELESS = {
    "a thousand million": ("FREQ=DAILY;COUNT=1000000000", ("too_many_dates", {"limit": MOST_DATES})),
    "every second": ("FREQ=SECONDLY;COUNT=100000", ("rule_frequency", {"part": "SECONDLY"})),
    "every minute": ("FREQ=MINUTELY;COUNT=3", ("rule_frequency", {"part": "MINUTELY"})),
    "all lists full": ("FREQ=YEARLY;BYMONTH=1,2,3;BYMONTHDAY=1,2,3;BYHOUR=0,1,2;BYMINUTE=0,1;BYSECOND=0,1;COUNT=1",
                       ("rule_part_unknown", {"part": "BYHOUR"})),
    "interval of nothing": ("FREQ=DAILY;INTERVAL=0;COUNT=2", ("rule_malformed", {"part": "INTERVAL=0"})),
    "count of nothing": ("FREQ=DAILY;COUNT=0", ("rule_malformed", {"part": "COUNT=0"})),
    "30 February": ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=3", ("rule_gives_no_date", {})),
    "30 February every year": ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20280101", ("rule_gives_no_date", {})),
    "no end": ("FREQ=DAILY", ("rule_without_end", {})),
    "two ends": ("FREQ=DAILY;COUNT=2;UNTIL=20270401", ("rule_two_ends", {})),
    "401 days": ("FREQ=DAILY;COUNT=401", ("too_many_dates", {"limit": MOST_DATES})),
    "500 days by date": ("FREQ=DAILY;UNTIL=20280715", ("too_many_dates", {"limit": MOST_DATES})),
    "eight years of weeks": ("FREQ=WEEKLY;COUNT=400", ("series_too_long", {"limit": MOST_DATES})),
    "until the year 9999": ("FREQ=YEARLY;UNTIL=99991231T235959Z", ("series_too_long", {"limit": MOST_DATES})),
    "an end that is none": ("FREQ=DAILY;UNTIL=tomorrow", ("rule_malformed", {"part": "UNTIL=TOMORROW"})),
    "a day that is none": ("FREQ=WEEKLY;BYDAY=XX;COUNT=2", ("rule_malformed", {"part": "BYDAY=XX"})),
    "month 13": ("FREQ=YEARLY;BYMONTH=13;COUNT=2", ("rule_malformed", {"part": "BYMONTH=13"})),
    "the 54th Monday": ("FREQ=YEARLY;BYDAY=54MO;COUNT=2", ("rule_malformed", {"part": "BYDAY=54MO"})),
    "no rule at all": ("every tuesday", ("rule_malformed", {"part": "EVERY TUESDAY"})),
    "a part twice": ("FREQ=DAILY;COUNT=2;COUNT=3", ("rule_malformed", {"part": "COUNT=3"})),
}


@pytest.mark.parametrize(("rule", "expected"), HOPELESS.values(), ids=HOPELESS)
def test_p14_a_rule_that_cannot_be_is_refused_naming_what_and_the_limit(rule, expected):
    assert refused(rule) == expected


@pytest.mark.parametrize("rule", [rule for rule, _ in HOPELESS.values()], ids=HOPELESS)
def test_p14_no_rule_takes_the_time_of_others(rule):
    begun = time.process_time()

    refused(rule)

    assert time.process_time() - begun < 2


PART = st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY", "INTERVAL=3", "COUNT=5", "COUNT=400", "UNTIL=20280101",
                        "BYDAY=MO,-1FR", "BYDAY=53SU",
                        "BYMONTHDAY=-31,30", "BYMONTH=2", "BYSETPOS=-366", "BYYEARDAY=366", "BYWEEKNO=53", "WKST=SU", "BYHOUR=1", "X=1",
                        "=", ";", "COUNT=", "INTERVAL=١"])


@given(st.lists(PART, max_size=8).map(";".join) | st.text(max_size=60))
def test_whatever_is_sent_as_a_rule_gives_dates_or_the_one_error_that_is_promised(rule):
    try:
        found = rule_dates(rule, TUESDAY)
    except InvalidInput:
        return
    assert 1 <= len(found) <= MOST_DATES
    assert found == sorted(set(found))


def test_a_series_at_the_first_date_that_its_rule_does_not_give_has_that_date_too():
    found = slots(Recurrence(rule="FREQ=WEEKLY;BYDAY=WE;COUNT=2"), TUESDAY, DaysOff())

    assert [f"{one.at:%d/%m}" for one in found] == ["02/03", "03/03", "10/03"]


TET = DaysOff(holidays={date(2027, 2, day) for day in range(5, 12)}, worked={date(2027, 2, 13)})


@pytest.mark.parametrize(("on_day_off", "expected"), [
    (OnDayOff.KEEP, ["29/01", "05/02", "12/02"]), (OnDayOff.SKIP, ["29/01", "12/02"]), (OnDayOff.MOVE, ["29/01", "12/02"])])
def test_a_date_on_a_day_off_is_kept_skipped_or_carried_to_the_next_working_day(on_day_off, expected):
    found = slots(Recurrence(rule="FREQ=WEEKLY;COUNT=3", on_day_off=on_day_off), datetime(2027, 1, 29, 8), TET)

    assert [f"{one.held:%d/%m}" for one in found if not one.left_out] == expected  # 12/02 is a date of its own already: two would meet on it.
    assert [f"{one.at:%d/%m}" for one in found] == ["29/01", "05/02", "12/02"]


def test_a_weekend_day_that_is_worked_in_place_of_another_is_a_working_day():
    found = slots(Recurrence(days=(date(2027, 2, 6), date(2027, 2, 13)), on_day_off=OnDayOff.MOVE), datetime(2027, 1, 29, 8), TET)

    assert [f"{one.held:%d/%m}" for one in found] == ["29/01", "12/02", "13/02"]


def test_two_dates_carried_to_the_same_day_are_one():
    found = slots(Recurrence(days=(date(2027, 2, 5), date(2027, 2, 8)), on_day_off=OnDayOff.MOVE), datetime(2027, 1, 29, 8), TET)

    assert [(f"{one.held:%d/%m}", one.left_out) for one in found] == [("29/01", ""), ("12/02", ""), ("08/02", LeftOut.DAY_OFF)]


def test_the_stored_rule_ends_in_utc_and_gives_the_same_dates():
    stored = with_end("FREQ=WEEKLY;COUNT=5", rule_dates("FREQ=WEEKLY;COUNT=5", TUESDAY)[-1])

    assert stored == "FREQ=WEEKLY;UNTIL=20270330T010000Z"
    assert rule_dates(stored, TUESDAY) == rule_dates("FREQ=WEEKLY;COUNT=5", TUESDAY)
