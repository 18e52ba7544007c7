"""What a line of a published week is marked with."""

from datetime import UTC, datetime, timedelta

import pytest

from roomctl.schedule.changes import Mark, Published, mark_of_gone, marks_of
from roomctl.timespan import Span

START = datetime(2027, 3, 2, 1, tzinfo=UTC)


def line(*, later: int = 0, host: int = 1, sites: int = 2, digest: str = "a", state: str = "requested") -> Published:
    begin = START + timedelta(minutes=later)
    return Published(7, Span(begin, begin + timedelta(hours=1)), host, (1, 2), state, sites, digest)


@pytest.mark.parametrize(("now", "marks"), [
    (line(), ()), (line(state="granted"), ()), (line(later=15), (Mark.TIME,)), (line(host=2), (Mark.ROOM,)), (line(digest="b"), (Mark.CONTENT,)),
    (line(sites=3), (Mark.SITES,)), (line(later=15, host=2, digest="b", sites=3), (Mark.TIME, Mark.ROOM, Mark.CONTENT, Mark.SITES))])
def test_a_line_is_marked_with_each_thing_that_changed(now, marks):
    assert marks_of(line(), now, in_full=True) == marks


def test_whoever_may_know_only_the_time_is_told_of_the_time_alone():
    assert marks_of(line(), line(later=15, host=2, digest="b", sites=3), in_full=False) == (Mark.TIME,)


@pytest.mark.parametrize("in_full", [True, False])
def test_a_line_that_was_not_published_is_new(in_full):
    assert marks_of(None, line(), in_full=in_full) == (Mark.NEW,)


@pytest.mark.parametrize(("cancelled", "elsewhere", "mark"), [
    (True, False, Mark.CANCELLED), (True, True, Mark.CANCELLED), (False, True, Mark.MOVED_AWAY), (False, False, Mark.WITHDRAWN)])
def test_a_line_that_is_gone_says_why_to_those_who_may_know(cancelled, elsewhere, mark):
    assert mark_of_gone(cancelled=cancelled, elsewhere=elsewhere, in_full=True) is mark
    assert mark_of_gone(cancelled=cancelled, elsewhere=elsewhere, in_full=False) is Mark.WITHDRAWN
