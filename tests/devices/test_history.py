"""Numbers over time: only what changed is kept, and what was not known leaves a gap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomctl.devices import history
from roomctl.devices.history import Before

AT = datetime(2027, 3, 1, 1, 30, tzinfo=UTC)
MINUTE, HOUR_START = timedelta(seconds=60), datetime(2027, 3, 1, 1, 0, tzinfo=UTC)


def before(numbers, *, ago: timedelta = MINUTE, then_failed: bool = False) -> Before:
    return Before(AT - ago, numbers, then_failed)


def at(minutes: float) -> datetime:
    return HOUR_START + timedelta(minutes=minutes)


def test_only_numbers_are_kept_and_not_what_only_grows():
    rows = [["battery_charge", "", 98, "%", "ok", "", ""], ["outlet_state", "3", "on", "", "ok", "", ""], ["uptime", "", 1000, "s", "ok", "", ""],
            ["port_traffic_in", "gi1", 2.5, "Mbit/s", "unknown", "", ""], ["input_voltage", "", None, "V", "unknown", "implausible", ""]]

    assert history.numbers_of(rows) == {"battery_charge": 98, "port_traffic_in/gi1": 2.5}


def test_the_first_numbers_are_all_kept():
    assert history.rows_for({"a": 1}, None, AT, MINUTE) == [(AT, {"a": 1})]


def test_only_what_changed_is_kept():
    assert history.rows_for({"a": 1, "b": 3}, before({"a": 1, "b": 2}), AT, MINUTE) == [(AT, {"b": 3})]


def test_nothing_is_written_when_nothing_changed():
    assert history.rows_for({"a": 1}, before({"a": 1}), AT, MINUTE) == []


def test_a_number_that_is_not_told_any_more_is_unknown_from_then_on():
    assert history.rows_for({"a": 1}, before({"a": 1, "b": 2}), AT, MINUTE) == [(AT, {"b": None})]


def test_the_first_row_of_an_hour_holds_everything():
    assert history.rows_for({"a": 1, "b": 2}, before({"a": 1, "b": 2}, ago=timedelta(minutes=31)), AT, timedelta(minutes=20)) == [
        (AT, {"a": 1, "b": 2})]


def test_the_first_row_after_a_failure_holds_everything():
    assert history.rows_for({"a": 1}, before({"a": 1}, then_failed=True), AT, MINUTE) == [(AT, {"a": 1})]


def test_a_time_in_which_nobody_looked_is_a_gap():
    then = AT - timedelta(minutes=20)

    assert history.rows_for({"a": 1}, before({"a": 1}, ago=timedelta(minutes=20)), AT, MINUTE) == [(then + 2 * MINUTE, {}), (AT, {"a": 1})]


def test_a_clock_that_went_back_writes_a_whole_row():
    assert history.rows_for({"a": 1}, before({"a": 1}, ago=-timedelta(hours=3)), AT, MINUTE) == [(AT, {"a": 1})]


@pytest.mark.parametrize(("known", "failing", "rows"), [
    (before({"a": 1}), False, [(AT, {})]), (before({"a": 1}, then_failed=True), True, []), (before({}), False, []), (None, False, []),
    (before({"a": 1}, then_failed=True), False, [(AT, {})])])
def test_the_first_failure_says_that_nothing_is_known_and_the_next_ones_say_nothing(known, failing, rows):
    assert history.row_of_failure(known, AT, failing=failing) == rows


def test_an_hour_is_least_mean_and_most_and_the_mean_is_weighed_by_time():
    rows = [(at(0), {"a": 10}), (at(45), {"a": 50})]

    assert history.folded(rows, at(60)) == {"a": [10, 20.0, 50]}


def test_a_gap_weighs_nothing():
    rows = [(at(0), {"a": 10, "b": 1}), (at(15), {}), (at(45), {"a": 30})]

    assert history.folded(rows, at(60)) == {"a": [10, 20.0, 30], "b": [1, 1.0, 1]}


def test_an_hour_in_which_nothing_was_known_is_nothing():
    assert history.folded([(at(0), {})], at(60)) == {}


@given(st.lists(st.tuples(st.floats(0, 59), st.one_of(st.none(), st.floats(-1e6, 1e6))), max_size=30))
def test_the_mean_lies_between_least_and_most(points):
    rows = [(at(minutes), {} if value is None else {"a": value}) for minutes, value in sorted(points, key=lambda point: point[0])]

    for least, mean, most in history.folded(rows, at(60)).values():
        assert least - 0.001 <= mean <= most + 0.001


def test_a_line_goes_through_what_changed():
    rows = [(at(0), {"a": 1, "b": 5}), (at(1), {"b": 6}), (at(2), {"a": 2})]

    assert history.line_of(rows, "a") == [(at(0), 1), (at(2), 2)]


def test_a_line_ends_where_nothing_is_known():
    rows = [(at(0), {"a": 1}), (at(5), {}), (at(9), {"a": 1})]

    assert history.line_of(rows, "a") == [(at(0), 1), (at(5), None), (at(9), 1)]


def test_a_line_ends_where_rows_stay_away():
    rows = [(at(0), {"a": 1}), (at(600), {"a": 2})]

    assert history.line_of(rows, "a") == [(at(0), 1), (at(70), None), (at(600), 2)]
