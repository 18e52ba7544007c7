"""What must always be true of calendar files: taken out and read in again, a series has the same dates.  `roomctl check` asks."""

from roomctl.booking.availability import viewer_of
from roomctl.booking.check_tables import all_series
from roomctl.booking.tables import Conference
from roomctl.calendars.reading import read_calendar
from roomctl.calendars.writing import as_calendar, stands
from roomctl.errors import InvalidInput


def checked() -> dict[str, list[str]]:
    """Return the promise with a sentence for every series that breaks it."""
    return {"A series that is taken out as a calendar file and read again has the same dates.":
            [line for series in all_series() for line in dates_lost(series, as_calendar(series, viewer_of(series.organizer)))]}


def dates_lost(series: Conference, raw: bytes) -> list[str]:
    """Compare the dates of a series with those of a calendar file of it."""
    stored = {one.span for one in series.occurrences if stands(one)}
    try:
        read = {date.span for one in read_calendar(raw).conferences for date in one.dates if not date.cancelled} if stored else set()
    except InvalidInput as error:
        return [f"conference:{series.id} cannot be read again: {error.problems[0].reason}."]
    return [*(f"conference:{series.id} loses its date {span.start.isoformat()} in a calendar file." for span in sorted(stored - read, key=str)),
            *(f"conference:{series.id} gains a date {span.start.isoformat()} in a calendar file." for span in sorted(read - stored, key=str))]
