"""A series that leaves as a file and comes back has the same dates; a file that loses one is named."""

import re

import pytest
from builders import a_span

from roomctl.booking.availability import viewer_of
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.scope import Scope
from roomctl.booking.tables import conference_by_id
from roomctl.calendars.invariants import checked, dates_lost
from roomctl.calendars.writing import as_calendar


@pytest.fixture
def series(place) -> int:
    """Four Tuesdays, of which the second was cancelled."""
    conference_id = place.book(span=a_span(), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=4"))
    second = conference_by_id(conference_id).occurrences[1].id
    cancel_conference(conference_id, by=place.clerk, reason="", scope=Scope.THIS, occurrence_id=second)
    return conference_id


def test_a_series_with_a_cancelled_date_survives_the_way_out_and_in(series):
    assert [line for lines in checked().values() for line in lines] == []


@pytest.mark.parametrize(("pattern", "said"), [(rb"RRULE:[^\r]*\r\n", "loses"), (rb"EXDATE[^\r]*\r\n", "gains"), (rb"DTSTART", "cannot be read")])
def test_a_file_with_other_dates_is_named(place, series, pattern, said):
    conference = conference_by_id(series)
    raw = re.sub(pattern, b"", as_calendar(conference, viewer_of(place.clerk)))

    found = dates_lost(conference, raw)

    assert found and all(said in line for line in found)
