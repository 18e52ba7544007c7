"""A conference as a calendar file that every client reads back letter for letter and date for date."""

from datetime import UTC, date, datetime, timedelta

import pytest
import recurring_ical_events
from builders import a_person, a_profile
from icalendar import Calendar

from roomctl.booking import cancel
from roomctl.booking.availability import viewer_of
from roomctl.booking.lifecycle import OnDayOff
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.tables import conference_by_id
from roomctl.calendars.writing import as_calendar, as_feed, stands
from roomctl.database import db, write_transaction
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span

P08_TITLE = ("Họp giao ban trực tuyến toàn quốc – Ủy ban nhân dân xã Đường Lâm, thị xã Sơn Tây, Hà Nội – phòng số 3; tầng 2, khối A")
U17_TITLE = ("Hội nghị trực tuyến toàn quốc triển khai Nghị quyết của Chính phủ về chuyển đổi số ở các xã, phường, đặc khu")
AROUND = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
HOUR = timedelta(hours=1)


def at(day: int, hour: int = 1, month: int = 3) -> datetime:
    """Return a moment of 2027 in UTC; 01:00 is 08:00 in Hà Nội."""
    return datetime(2027, month, day, hour, tzinfo=UTC)


def file_for(user, conference_id: int, **facts) -> bytes:
    db.session.rollback()
    return as_calendar(conference_by_id(conference_id), viewer_of(user), **facts)


def feed_for(user, conference_id: int, window: Span) -> bytes:
    standing = [one for one in conference_by_id(conference_id).occurrences if stands(one)]
    return as_feed([one for one in standing if one.span.overlaps(window)], viewer_of(user), name="Hội trường", window=window)


def events_in(raw: bytes) -> list:
    return Calendar.from_ical(raw).walk("VEVENT")


def event_in(raw: bytes):
    return events_in(raw)[0]


def expanded(raw: bytes) -> list[tuple[datetime, datetime]]:
    """Return (start, end) in UTC of everything a client shows of a file."""
    found = recurring_ical_events.of(Calendar.from_ical(raw)).between(*AROUND)
    return sorted((one["dtstart"].dt.astimezone(UTC), one["dtend"].dt.astimezone(UTC)) for one in found)


def standing(conference_id: int) -> list[tuple[datetime, datetime]]:
    db.session.rollback()
    return sorted((one.planned_start_at, one.planned_end_at) for one in conference_by_id(conference_id).occurrences if stands(one))


def change(conference_id: int, number: int, **facts) -> None:
    """Change one date of a conference as an amendment would."""
    with write_transaction():
        occurrence = conference_by_id(conference_id).occurrences[number]
        for name, value in facts.items():
            setattr(occurrence, name, value)


@pytest.fixture
def mondays(place) -> int:
    """A series on the five Mondays of March 2027 from the 8th on, 08:00 to 09:00; returns its id."""
    return place.book(span=Span(at(8), at(8) + HOUR), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"))


@pytest.mark.parametrize("title", [P08_TITLE, U17_TITLE])
def test_p08_u17_no_line_is_longer_than_75_octets_and_none_splits_a_letter(place, title):
    raw = file_for(place.clerk, place.book(title=title, attendees=f"{title}\n{title}"))

    lines = raw.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines]  # Raises where a letter is split.
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize("title", [P08_TITLE, U17_TITLE])
def test_p08_u17_unfolded_and_unescaped_the_title_is_the_one_that_was_given(place, title):
    raw = file_for(place.clerk, place.book(title=title))

    unfolded = raw.replace(b"\r\n ", b"").decode()
    summary = next(line.removeprefix("SUMMARY:") for line in unfolded.split("\r\n") if line.startswith("SUMMARY:"))
    assert "\\," in summary
    assert summary.count("\\;") == title.count(";")
    assert summary.replace("\\,", ",").replace("\\;", ";") == title


@pytest.mark.parametrize(("first", "rule", "dates"), [
    (31, "FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20271231", 7), (31, "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20271231", 12),
    (29, "FREQ=MONTHLY;BYDAY=5FR;UNTIL=20271231", 5), (29, "FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20271231", 12)],
    ids=["day 31", "last day", "5th Friday", "last Friday"])
def test_p04_the_exported_rule_gives_the_same_dates(place, set_clock, first, rule, dates):
    set_clock.at = at(1, month=1)

    series = place.book(span=Span(at(first, 2, month=1), at(first, 3, month=1)), recurrence=Recurrence(rule=rule))

    assert len(standing(series)) == dates
    assert expanded(file_for(place.clerk, series)) == standing(series)
    assert event_in(file_for(place.clerk, series))["rrule"]["freq"] == ["MONTHLY"]


@pytest.mark.parametrize("title", [P08_TITLE, "Họp \\n; , \"giao ban\"", "BEGIN:VEVENT", "a:b;c=d", "Ữ" * 300])
def test_read_back_it_says_the_same(place, title):
    conference_id = place.book(title=title, attendees="Các sở, ngành; các xã\nCác phường")

    event = event_in(file_for(place.clerk, conference_id))

    assert str(event["summary"]) == title
    assert (event["dtstart"].dt, event["dtend"].dt) == (place.wish().span.start, place.wish().span.end)
    assert str(event["uid"]) == conference_by_id(conference_id).uid
    assert str(event["location"]) == "Hội trường, Phòng họp Đắk Lắk"
    assert str(event["description"]) == "Chủ trì: Chủ trì\nThành phần: Các sở, ngành; các xã\nCác phường"


def test_written_again_from_what_was_read_it_is_the_same_file(place, mondays):
    raw = file_for(place.clerk, mondays)

    assert Calendar.from_ical(raw).to_ical() == raw


def test_a_single_conference_is_in_utc_so_that_no_client_needs_a_zone_table(place):
    raw = file_for(place.clerk, place.book())

    assert b"DTSTART:20270302T010000Z" in raw
    assert b"TZID" not in raw


def test_p06_a_series_ends_in_utc_and_brings_its_zone_with_it(place):
    conference_id = place.book(span=Span(at(2), at(2) + HOUR), recurrence=Recurrence(rule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20270330T010000Z"))

    raw = file_for(place.clerk, conference_id)

    event = event_in(raw)
    assert event["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert b"UNTIL=20270330T010000Z" in raw
    assert [str(zone["tzid"]) for zone in Calendar.from_ical(raw).walk("VTIMEZONE")] == ["Asia/Ho_Chi_Minh"]
    assert [start for start, _ in expanded(raw)] == [at(day) for day in (2, 9, 16, 23, 30)]


def test_p05_a_cancelled_date_is_taken_off_and_a_moved_one_stands_at_its_place(place, set_clock):
    conference_id = place.book(span=Span(at(1, 2), at(1, 3)), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=5"))
    change(conference_id, 2, cancelled_at=set_clock())
    change(conference_id, 3, planned_start_at=at(22, 4), planned_end_at=at(22, 5))

    raw = file_for(place.clerk, conference_id)

    series, moved = events_in(raw)
    assert [one.dt.astimezone(UTC) for one in series["exdate"].dts] == [at(15, 2)]
    assert moved["recurrence-id"].dt == at(22, 2)
    assert (moved["uid"], moved["sequence"]) == (series["uid"], series["sequence"])
    assert [start for start, _ in expanded(raw)] == [at(1, 2), at(8, 2), at(22, 4), at(29, 2)]


RULES = {
    "weekly": Recurrence(rule="FREQ=WEEKLY;COUNT=10"),
    "every second week on two days": Recurrence(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;COUNT=9"),
    "the 31st": Recurrence(rule="FREQ=MONTHLY;BYMONTHDAY=31;COUNT=6"),
    "the last day": Recurrence(rule="FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=12"),
    "the last Friday": Recurrence(rule="FREQ=MONTHLY;BYDAY=-1FR;COUNT=12"),
    "the third working day": Recurrence(rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=3;COUNT=8"),
    "every day, carried over weekends": Recurrence(rule="FREQ=DAILY;INTERVAL=2;COUNT=20", on_day_off=OnDayOff.MOVE),
    "every day, but for weekends": Recurrence(rule="FREQ=DAILY;COUNT=20", on_day_off=OnDayOff.SKIP),
    "yearly": Recurrence(rule="FREQ=YEARLY;COUNT=2"),
    "days picked by hand": Recurrence(days=(date(2027, 3, 11), date(2027, 4, 2), date(2027, 6, 30))),
}


@pytest.mark.parametrize("what", RULES)
def test_expanded_again_it_gives_exactly_the_dates_that_stand(place, what):
    conference_id = place.book(span=Span(at(8), at(8) + HOUR), recurrence=RULES[what])

    assert expanded(file_for(place.clerk, conference_id)) == standing(conference_id)


@pytest.mark.parametrize("what", RULES)
def test_expanded_again_it_gives_what_stands_after_every_kind_of_change(place, set_clock, what):
    conference_id = place.book(span=Span(at(8), at(8) + HOUR), recurrence=RULES[what])
    last = conference_by_id(conference_id).occurrences[-1]
    change(conference_id, 0, cancelled_at=set_clock())
    change(conference_id, -1, planned_start_at=last.planned_start_at + 3 * HOUR, planned_end_at=last.planned_end_at + 5 * HOUR)

    assert expanded(file_for(place.clerk, conference_id)) == standing(conference_id)


@pytest.mark.parametrize("what", RULES)
@pytest.mark.parametrize("days", [(0, 40), (20, 90), (50, 400), (3, 12)])
def test_a_feed_gives_exactly_what_stands_within_its_window(place, what, days):
    conference_id = place.book(span=Span(at(8), at(8) + HOUR), recurrence=RULES[what])
    window = Span(at(1) + timedelta(days=days[0]), at(1) + timedelta(days=days[1]))

    raw = feed_for(place.clerk, conference_id, window)

    assert expanded(raw) == [one for one in standing(conference_id) if Span(*one).overlaps(window)]


def test_a_first_date_that_its_rule_does_not_give_is_there_too(place):
    conference_id = place.book(span=Span(at(8), at(8) + HOUR), recurrence=Recurrence(rule="FREQ=WEEKLY;BYDAY=TU;COUNT=3"))

    assert [start for start, _ in expanded(file_for(place.clerk, conference_id))] == [at(8), at(9), at(16), at(23)]


@pytest.mark.parametrize(("facts", "name", "words"), [
    ({"title": "Giao ban quý"}, "summary", "Giao ban quý"),
    ({"chair": True}, "description", "Chủ trì: Phó chủ tịch"),
])
def test_a_date_with_its_own_title_or_chair_says_so_and_the_others_do_not(place, mondays, facts, name, words):
    other = a_person(place.centre, Role.CHAIR, name="Phó chủ tịch")
    change(mondays, 1, **({"chair_id": other.id} if "chair" in facts else facts))

    series, own = events_in(file_for(place.clerk, mondays))

    assert (str(own[name]), own["recurrence-id"].dt) == (words, at(15))
    assert str(series[name]) != words


def test_one_date_of_a_series_is_told_by_where_the_series_puts_it(place, mondays):
    change(mondays, 1, planned_start_at=at(16, 7), planned_end_at=at(16, 8))

    event, = events_in(file_for(place.clerk, mondays, occurrence=conference_by_id(mondays).occurrences[1]))

    assert (event["recurrence-id"].dt, event["dtstart"].dt) == (at(15), at(16, 7))
    assert "rrule" not in event


def test_p17_a_message_names_its_method_who_asks_and_who_is_asked(place):
    conference_id = place.book()

    raw = file_for(place.clerk, conference_id, method="REQUEST", organizer=("Văn thư", "vanthu@tw.example"),
                   people=[("Ông Đặng \"Ba\", Hà Nội", "ba@hn.example", ""), ("Bà Tư", "tu@hn.example", "declined")])

    calendar, event = Calendar.from_ical(raw), event_in(raw)
    first, second = event["attendee"]
    assert str(calendar["method"]) == "REQUEST"
    assert "method" not in event
    assert (str(event["organizer"]), event["organizer"].params["CN"]) == ("mailto:vanthu@tw.example", "Văn thư")
    assert (str(first), first.params["PARTSTAT"], first.params["RSVP"]) == ("mailto:ba@hn.example", "NEEDS-ACTION", "TRUE")
    assert first.params["CN"] == "Ông Đặng \"Ba\", Hà Nội"
    assert (second.params["PARTSTAT"], "RSVP" in second.params) == ("DECLINED", False)


@pytest.mark.parametrize("mail", ["", "nobody", "a@b.example\r\nATTENDEE:mailto:x@y.example", "a@b.example;CN=x"])
def test_an_address_that_would_break_the_line_is_left_out(place, mail):
    raw = file_for(place.clerk, place.book(), method="REQUEST", organizer=("A", "a@b.example"), people=[("Ai đó", mail, "")])

    assert b"ATTENDEE" not in raw


@pytest.mark.parametrize("whole", [True, False])
def test_p17_a_cancelling_message_says_of_its_event_that_it_is_cancelled(place, mondays, whole):
    occurrence = None if whole else conference_by_id(mondays).occurrences[1]

    raw = file_for(place.clerk, mondays, method="CANCEL", occurrence=occurrence)

    event, = events_in(raw)
    assert (str(Calendar.from_ical(raw)["method"]), str(event["status"])) == ("CANCEL", "CANCELLED")
    assert ("recurrence-id" in event) != whole


def test_a_cancelled_conference_says_so_under_its_old_uid_and_a_higher_sequence(place):
    conference_id = place.book()
    before = event_in(file_for(place.clerk, conference_id))
    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    after = event_in(file_for(place.clerk, conference_id))

    assert (str(after["status"]), after["uid"]) == ("CANCELLED", before["uid"])
    assert after["sequence"] > before["sequence"]


@pytest.mark.parametrize(("who", "summary"), [("officer", "HN-"), ("administrator", "Bận"), ("stranger", "Bận")])
@pytest.mark.parametrize("recurrence", [None, Recurrence(rule="FREQ=WEEKLY;COUNT=3")])
def test_a_restricted_title_is_in_nobody_elses_file(place, who, summary, recurrence):
    conference_id = place.book(title="Phuong an Z41", profile_id=a_profile(Classification.INTERNAL).id, attendees="Z41", recurrence=recurrence)
    uid = conference_by_id(conference_id).uid.encode()

    raw = file_for(getattr(place, who), conference_id)

    assert [word for word in (b"Z41", b"LOCATION", b"DESCRIPTION", uid) if word in raw] == []
    assert {str(event["summary"])[:3] for event in events_in(raw)} == {summary}
    assert expanded(raw) == standing(conference_id)


def test_what_is_only_busy_does_not_tell_that_its_dates_belong_together(place):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id, recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3"))

    events = events_in(file_for(place.stranger, conference_id))

    assert len({str(event["uid"]) for event in events}) == 3
    assert {frozenset(event) for event in events} == {frozenset(("UID", "SEQUENCE", "DTSTAMP", "STATUS", "SUMMARY", "DTSTART", "DTEND"))}
    assert {event["sequence"] for event in events} == {0}


def test_a_cancelled_conference_is_not_even_busy(place):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id)
    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    assert events_in(file_for(place.stranger, conference_id)) == []
