"""The xAPI's words with a meaning: moments that say their offset, and what several answers come to."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.readings import Tri
from device_drivers.xapi import words

WITHOUT_FILES = settings(deadline=None, database=None)


@pytest.mark.parametrize(("answers", "all_in_all"), [
    ([], Tri.UNKNOWN), ([Tri.UNKNOWN], Tri.UNKNOWN), ([Tri.NO], Tri.NO), ([Tri.NO, Tri.NO], Tri.NO), ([Tri.NO, Tri.UNKNOWN], Tri.UNKNOWN),
    ([Tri.NO, Tri.YES], Tri.YES), ([Tri.UNKNOWN, Tri.YES], Tri.YES),
])
def test_one_yes_is_enough_and_a_no_takes_all(answers, all_in_all):
    assert words.any_of(answers) is all_in_all


@pytest.mark.parametrize("word", ["2026-11-28T10:05:07Z", "2026-11-28T17:05:07+07:00", "2026-11-28 17:05:07+0700", "2026-11-28T10:05:07.000Z"])
def test_a_moment_with_an_offset_is_told_in_utc(word):
    found = words.moment(word)

    assert found == datetime(2026, 11, 28, 10, 5, 7, tzinfo=UTC)
    assert found.tzinfo is UTC


@pytest.mark.parametrize("word", [
    "2026-11-28T17:05:07", "2026-11-28 17:05:07", "2026-13-28T10:05:07Z", "2026-02-30T10:05:07Z", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", "2026-11-28T24:00:01Z", "2026-11-28T10:05:60Z", "2026-11-28T10:05:07+99:99", "２０２６-11-28T10:05:07Z",
    "2026-11-28T10:05:07Z\n", "1764324307", "Sat Nov 28 10:05:07 2026", "", None, 7, {"deep": "1"},
])
def test_any_other_word_is_no_moment(word):
    assert words.moment(word) is None


@WITHOUT_FILES
@given(st.one_of(st.text(alphabet="0123456789-:.TZ+ ", max_size=40), st.text(max_size=40), st.integers(), st.none()))
def test_no_word_breaks_the_reading_of_a_moment(word):
    found = words.moment(word)

    assert found is None or found.tzinfo is UTC


@WITHOUT_FILES
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))
def test_a_moment_is_the_same_one_in_every_zone(told):
    if told.utcoffset().total_seconds() % 60 == 0:
        assert words.moment(told.isoformat(timespec="microseconds")) == told.astimezone(UTC)
