"""Calendar feeds as a calendar program reads them."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from builders import a_profile
from icalendar import Calendar

from roomctl.booking.cancel import cancel_conference
from roomctl.booking.recurrence import Recurrence
from roomctl.calendars.feeds import feeds_of, make_feed, revoke_feed
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span


@pytest.fixture
def address(place) -> str:
    return f"/calendar/{make_feed(f'room:{place.hall.id}', by=place.clerk)}.ics"


def test_the_address_alone_opens_the_calendar(place, browser, address):
    place.book()

    answer = browser().get(address)

    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert [str(one["summary"]) for one in Calendar.from_ical(answer.data).walk("VEVENT")] == ["Giao ban tuần"]
    assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("private, no-cache", "nosniff")
    assert "Set-Cookie" not in answer.headers


def test_what_has_not_changed_is_not_sent_again(place, browser, address):
    conference_id = place.book()
    etag = browser().get(address).headers["ETag"]

    unchanged = browser().get(address, headers={"If-None-Match": etag})
    cancel_conference(conference_id, by=place.clerk, reason="")
    changed = browser().get(address, headers={"If-None-Match": f'"other", {etag}'})

    assert (unchanged.status_code, unchanged.data, unchanged.headers["ETag"]) == (304, b"", etag)
    assert (changed.status_code, changed.headers["ETag"] != etag) == (200, True)


def test_a_program_that_only_asks_about_it_gets_no_body(place, browser, address):
    answer = browser().head(address)

    assert (answer.status_code, answer.data, bool(answer.headers["ETag"])) == (200, b"", True)


@pytest.mark.parametrize("token", ["x", "0" * 43, "%C4%90", "a" * 5000])
def test_an_unknown_address_is_no_page(place, browser, token):
    assert browser().get(f"/calendar/{token}.ics").status_code == 404


def test_a_revoked_address_is_no_page(place, browser, address):
    revoke_feed(feeds_of(place.clerk)[0][0].id, by=place.clerk)

    assert browser().get(address).status_code == 404


def test_somebody_who_signed_in_sees_no_more_under_it_than_its_own_person(place, signed_in, browser):
    place.book(profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm")
    address = f"/calendar/{make_feed(f'room:{place.hall.id}', by=place.stranger)}.ics"

    assert signed_in(place.clerk).get(address).data == browser().get(address).data


def test_a_rooms_unchanged_feed_is_answered_in_no_time(place, browser, address):
    for week in range(6):
        start = datetime(2027, 3, 2, 1, tzinfo=UTC) + timedelta(days=week)
        place.book(span=Span(start, start + timedelta(hours=1)), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=50"), room_ids=(place.hall.id,))
    client = browser()
    etag = client.get(address).headers["ETag"]

    took = []
    for _ in range(20):
        begun = time.process_time()
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
        took.append(time.process_time() - begun)

    assert sorted(took)[10] < 0.05  # Usually a tenth of it; the benchmark measures, this only notices a calendar that is built for nothing.
