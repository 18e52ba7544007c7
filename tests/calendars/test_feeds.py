"""Calendar feeds: what one person may see, as it is when it is asked, and no work for what has not changed."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from builders import Place, a_person, a_profile, a_span
from icalendar import Calendar
from sqlalchemy import event, text

from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.scope import Scope
from roomctl.booking.tables import conference_by_id
from roomctl.calendars import feeds
from roomctl.calendars.feeds import make_feed, open_feed, revoke_feed
from roomctl.database import db
from roomctl.errors import InvalidInput, NotSignedIn, NotVisible, Refused
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span


def opened(token: str) -> feeds.Feed:
    db.session.rollback()
    return open_feed(token)


def summaries(token: str) -> list[str]:
    return [str(one["summary"]) for one in Calendar.from_ical(opened(token).calendar()).walk("VEVENT")]


@pytest.fixture
def hall_feed(place) -> str:
    return make_feed(f"room:{place.hall.id}", by=place.clerk)


@pytest.mark.parametrize(("who", "subject", "shown"), [
    ("clerk", "me", ["Giao ban tuần"]), ("chair", "me", ["Giao ban tuần"]), ("stranger", "me", []),
    ("clerk", "hall", ["Giao ban tuần"]), ("stranger", "hall", ["Bận"]), ("stranger", "other_room", []),
    ("clerk", "centre", ["Giao ban tuần"]), ("clerk", "province", ["Giao ban tuần"]), ("stranger", "province", ["Bận"]),
    ("clerk", "other_province", []),
])
def test_a_feed_shows_what_its_person_may_see_of_its_subject(place, who, subject, shown):
    place.book()
    thing = getattr(place, subject, None)

    token = make_feed("me" if subject == "me" else thing.ref, by=getattr(place, who))

    assert summaries(token) == shown


def test_whoever_is_invited_or_chairs_one_date_finds_it_among_their_own(place):
    guest, deputy = a_person(place.other_province, Role.STAFF), a_person(place.centre, Role.CHAIR)
    conference_id = place.book(invited_ids=frozenset({guest.id}), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=2"))
    first = conference_by_id(conference_id).occurrences[0].id
    amend_conference(conference_id, Amendment(chair_id=deputy.id), scope=Scope.THIS, occurrence_id=first, by=place.clerk)

    assert [len(opened(make_feed("me", by=one)).marks) for one in (guest, deputy)] == [2, 1]


@pytest.mark.parametrize("classification", [Classification.INTERNAL, Classification.CONFIDENTIAL])
def test_a_restricted_conference_is_busy_in_a_rooms_feed(place, hall_feed, classification):
    facts = {"title": "", "code_name": "SONG-1"} if classification == Classification.CONFIDENTIAL else {"title": "Kiểm điểm Z41"}
    place.book(profile_id=a_profile(classification).id, by=a_person(place.centre, Role.STAFF), **facts)

    raw = opened(hall_feed).calendar()

    assert [str(one["summary"]) for one in Calendar.from_ical(raw).walk("VEVENT")] == ["Bận"]
    assert [word for word in (b"Z41", b"SONG") if word in raw] == []


def test_a_feed_says_how_often_to_ask_again(place, hall_feed):
    raw = opened(hall_feed).calendar()

    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT15M\r\n" in raw
    assert b"X-PUBLISHED-TTL:PT15M\r\n" in raw


@pytest.mark.parametrize("days", [-40, 400])
def test_what_lies_far_away_is_not_in_it(place, hall_feed, set_clock, days):
    place.book(span=a_span("2027-03-02T01:00"))
    set_clock.forward(days=40 if days < 0 else -399)

    assert summaries(hall_feed) == []


def test_lately_past_conferences_are_still_in_it(place, hall_feed, set_clock):
    place.book()
    set_clock.forward(days=30)

    assert summaries(hall_feed) == ["Giao ban tuần"]


CHANGES = {
    "booked": lambda place, conference_id: place.book(span=a_span("2027-03-09T01:00")),
    "cancelled": lambda place, conference_id: cancel_conference(conference_id, by=place.clerk, reason=""),
    "renamed": lambda place, conference_id: amend_conference(conference_id, Amendment(title="Khác"), by=place.clerk),
    "moved": lambda place, conference_id: amend_conference(conference_id, Amendment(span=a_span("2027-03-02T03:00")), by=place.clerk),
    "another room": lambda place, conference_id: amend_conference(
        conference_id, Amendment(room_ids=(place.hall.id, place.other_room.id)), by=place.clerk),
    "another chair": lambda place, conference_id: amend_conference(
        conference_id, Amendment(chair_id=a_person(place.centre, Role.CHAIR).id), by=place.clerk),
}


@pytest.mark.parametrize("subject", ["me", "hall", "centre"])
@pytest.mark.parametrize("what", CHANGES)
def test_its_mark_changes_with_whatever_is_seen_and_only_then(place, set_clock, what, subject):
    token = make_feed("me" if subject == "me" else getattr(place, subject).ref, by=place.clerk)
    conference_id = place.book()
    set_clock.forward(minutes=5)
    before, again, content = opened(token), opened(token), opened(token).calendar()

    CHANGES[what](place, conference_id)

    assert before.etag == again.etag
    assert opened(token).etag != before.etag
    assert opened(token).calendar() != content


def test_its_mark_changes_even_when_the_clock_was_put_back(place, hall_feed, set_clock):
    conference_id = place.book()
    before = opened(hall_feed).etag
    set_clock.forward(days=-1)

    amend_conference(conference_id, Amendment(title="Khác"), by=place.clerk)
    renamed = opened(hall_feed).etag
    set_clock.forward(days=1)

    assert len({before, renamed, opened(hall_feed).etag}) == 3


def test_a_role_that_is_gone_counts_at_once(place):
    person = a_person(place.centre, Role.STAFF)
    token = make_feed(f"room:{place.hall.id}", by=person)
    opened(token)

    directory.revoke_role(person.standing_grants()[0].id, by=None)

    with pytest.raises(NotVisible):
        opened(token)


def test_a_role_that_is_new_counts_at_once(place):
    place.book(profile_id=a_profile(Classification.INTERNAL).id)
    person = a_person(place.province, Role.STAFF)
    token = make_feed(f"room:{place.hall.id}", by=person)
    before = opened(token).etag
    assert summaries(token) == ["Bận"]

    directory.grant_role(person, Role.APPROVER, place.province, by=None)

    db.session.expire_all()
    assert summaries(token) == ["Giao ban tuần"]
    assert opened(token).etag != before


def test_a_closed_account_has_no_feed_any_more(place):
    person = a_person(place.centre, Role.STAFF)
    token = make_feed("me", by=person)

    directory.close_account(person.id, by=place.administrator)

    with pytest.raises(NotVisible):
        opened(token)


def test_a_revoked_feed_is_dead_at_once(place, hall_feed):
    revoke_feed(feeds.feeds_of(place.clerk)[0][0].id, by=place.clerk)

    with pytest.raises(NotVisible):
        opened(hall_feed)


@pytest.mark.parametrize("token", ["", "x", "0" * 43, "Đ"])
def test_an_unknown_token_opens_nothing(place, hall_feed, token):
    with pytest.raises(NotVisible):
        opened(token)


def test_somebody_elses_feed_cannot_be_revoked(place, hall_feed):
    with pytest.raises(NotVisible):
        revoke_feed(feeds.feeds_of(place.clerk)[0][0].id, by=place.stranger)


@pytest.mark.parametrize("subject", ["", "room:", "room:999", "room:x", "unit:999", "room:99999999999", "person:1", "room:-1", "room:٣"])
def test_what_does_not_exist_has_no_feed(place, subject):
    with pytest.raises(InvalidInput):
        make_feed(subject, by=place.clerk)


def test_nobody_without_a_role_reads_a_room(place):
    with pytest.raises(InvalidInput):
        make_feed(f"room:{place.hall.id}", by=a_person(place.centre))


def test_nobody_makes_no_feed(place):
    with pytest.raises(NotSignedIn):
        make_feed("me", by=None)


def test_there_is_an_end_to_feeds(place, monkeypatch):
    monkeypatch.setattr(feeds, "MOST_FEEDS", 1)
    make_feed("me", by=place.clerk)

    with pytest.raises(Refused):
        make_feed("me", by=place.clerk)


def test_only_the_tokens_hash_is_kept_and_the_trail_knows_of_it(place, hall_feed):
    stored = db.session.execute(text("SELECT * FROM calendar_feeds")).all()
    kinds = db.session.scalars(text("SELECT kind FROM trail_entries WHERE kind LIKE 'calendar_feed%'")).all()

    assert hall_feed not in str(stored)
    assert len(hall_feed) >= 43
    assert kinds == ["calendar_feed_made"]


def test_it_is_found_unchanged_with_few_questions_and_in_no_time(app_on, set_clock):
    place = Place()
    token = make_feed(f"room:{place.hall.id}", by=place.clerk)
    for week in range(6):
        start = datetime(2027, 3, 2, 1, tzinfo=UTC) + timedelta(days=week)
        place.book(span=Span(start, start + timedelta(hours=1)), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=50"), room_ids=(place.hall.id,))
    questions = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: questions.append(args[2]))
    opened(token)
    db.session.remove()
    questions.clear()

    begun = time.process_time()
    feed = open_feed(token)
    took = time.process_time() - begun

    assert len(feed.marks) == 300
    assert len(questions) <= 7
    assert took < 0.2  # A calendar that is built for nothing takes longer; how long it takes at all, the benchmark measures.
