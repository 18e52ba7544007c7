"""A conference as a calendar file that every client reads back letter for letter."""

import pytest
from builders import a_profile
from icalendar import Calendar

from roomctl.booking import cancel
from roomctl.booking.availability import viewer_of
from roomctl.booking.ical import as_calendar
from roomctl.booking.tables import conference_by_id
from roomctl.booking.visibility import view
from roomctl.database import db
from roomctl.security_profiles.profile import Classification

LONG_TITLE = ("Họp giao ban trực tuyến toàn quốc – Ủy ban nhân dân xã Đường Lâm, thị xã Sơn Tây, Hà Nội – phòng số 3; tầng 2, khối A")


def file_for(user, conference_id: int) -> bytes:
    db.session.rollback()
    occurrence = conference_by_id(conference_id).occurrences[0]
    return as_calendar(occurrence, view(occurrence.facts(), viewer_of(user)))


def event_in(raw: bytes):
    return Calendar.from_ical(raw).walk("VEVENT")[0]


def test_no_line_is_longer_than_75_octets_and_none_splits_a_letter(place):
    raw = file_for(place.clerk, place.book(title=LONG_TITLE))

    lines = raw.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines]  # Raises where a letter is split.
    assert b"\n" not in raw.replace(b"\r\n", b"")


def test_unfolded_and_unescaped_the_title_is_the_one_that_was_given(place):
    raw = file_for(place.clerk, place.book(title=LONG_TITLE))

    unfolded = raw.replace(b"\r\n ", b"").decode()
    summary = next(line.removeprefix("SUMMARY:") for line in unfolded.split("\r\n") if line.startswith("SUMMARY:"))
    assert "\\," in summary
    assert "\\;" in summary
    assert summary.replace("\\,", ",").replace("\\;", ";") == LONG_TITLE


@pytest.mark.parametrize("title", [LONG_TITLE, "Họp \\n; , \"giao ban\"", "BEGIN:VEVENT", "a:b;c=d", "Ữ" * 300])
def test_read_back_it_says_the_same(place, title):
    conference_id = place.book(title=title)

    event = event_in(file_for(place.clerk, conference_id))

    assert str(event["summary"]) == title
    assert (event["dtstart"].dt, event["dtend"].dt) == (place.wish().span.start, place.wish().span.end)
    assert str(event["uid"]) == conference_by_id(conference_id).uid
    assert str(event["location"]).split(", ")[0] == "Hội trường"


def test_written_again_from_what_was_read_it_is_the_same_file(place):
    raw = file_for(place.clerk, place.book(title=LONG_TITLE))

    assert Calendar.from_ical(raw).to_ical() == raw


def test_times_are_in_utc_so_that_no_client_needs_a_zone_table(place):
    raw = file_for(place.clerk, place.book())

    assert b"DTSTART:20270302T010000Z" in raw
    assert b"TZID" not in raw


@pytest.mark.parametrize(("who", "summary"), [("officer", "HN-"), ("administrator", "Bận"), ("stranger", "Bận")])
def test_a_restricted_title_is_in_nobody_elses_file(place, who, summary):
    conference_id = place.book(title="Phuong an Z41", profile_id=a_profile(Classification.INTERNAL).id)

    raw = file_for(getattr(place, who), conference_id)

    assert b"Z41" not in raw
    assert b"LOCATION" not in raw
    assert str(event_in(raw)["summary"]).startswith(summary)


def test_a_cancelled_conference_says_so_under_its_old_uid_and_a_higher_sequence(place):
    conference_id = place.book()
    before = event_in(file_for(place.clerk, conference_id))
    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    after = event_in(file_for(place.clerk, conference_id))

    assert (str(after["status"]), after["uid"]) == ("CANCELLED", before["uid"])
    assert after["sequence"] > before["sequence"]
