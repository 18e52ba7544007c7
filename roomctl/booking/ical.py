"""A conference as an iCalendar file (RFC 5545), as much of it as the viewer may know."""

from icalendar import Calendar, Event

from roomctl import clock
from roomctl.booking import tables
from roomctl.booking.visibility import CodeName, Full, View


def as_calendar(occurrence: tables.Occurrence, shown: View) -> bytes:
    """Return one VCALENDAR with one VEVENT; times in UTC, so that no client needs a time zone table."""
    calendar, event = Calendar(), Event()
    calendar.add("prodid", "-//roomctl//roomctl//VI")
    calendar.add("version", "2.0")
    event.add("uid", occurrence.conference.uid)
    event.add("sequence", occurrence.conference.sequence)
    event.add("dtstamp", clock.now())
    event.add("dtstart", shown.span.start)
    event.add("dtend", shown.span.end)
    event.add("status", "CANCELLED" if occurrence.cancelled_at else "CONFIRMED")
    match shown:
        case Full():
            event.add("summary", shown.title)
            event.add("location", ", ".join(shown.sites))
        case CodeName():
            event.add("summary", shown.code_name)
        case _:
            event.add("summary", "Bận")
    calendar.add_component(event)
    return calendar.to_ical()
