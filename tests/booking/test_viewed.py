"""Who viewed a classified conference is in the trail: once a person, conference and day."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import Place, a_profile, a_span
from sqlalchemy import text

from roomctl.booking import viewed
from roomctl.booking.agenda import conference_seen_by
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import conference_by_id
from roomctl.booking.visibility import view
from roomctl.calendars.feeds import make_feed, open_feed
from roomctl.database import db, write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation.tables import User
from roomctl.security_profiles.profile import Classification


@pytest.fixture
def place(app_on, set_clock, furnished) -> Place:
    """The place that the SQLite file comes with; on PostgreSQL a fresh one."""
    if db.engine.dialect.name == "postgresql":
        return Place()
    place = object.__new__(Place)
    vars(place).update({name: db.session.get_one(kind, row_id) for name, (kind, row_id) in furnished.rows.items()})
    return place


@pytest.fixture
def coded(place) -> int:
    return place.book(profile_id=a_profile(Classification.CONFIDENTIAL).id, title="", code_name="HN7")


def views() -> list[tuple[int, str]]:
    """Return (who, what) of each entry."""
    db.session.rollback()
    return [tuple(row) for row in db.session.execute(text("SELECT actor, subject FROM trail_entries WHERE kind = 'conference_viewed' ORDER BY id"))]


def test_who_looks_at_a_classified_conference_is_noted_once_a_day(place, coded, set_clock):
    for _ in range(3):
        conference_seen_by(place.clerk, coded)
    conference_seen_by(place.chair, coded)
    set_clock.forward(hours=17)  # Past midnight in Hà Nội.
    conference_seen_by(place.clerk, coded)

    assert views() == [(who.id, f"conference:{coded}") for who in (place.clerk, place.chair, place.clerk)]


@pytest.mark.parametrize("classification", [Classification.ORDINARY, Classification.INTERNAL])
def test_who_looks_at_what_is_not_classified_is_not_noted(place, classification):
    conference_id = place.book(profile_id=a_profile(classification).id)

    conference_seen_by(place.clerk, conference_id)

    assert views() == []


def test_who_is_shown_nothing_has_viewed_nothing(place, coded):
    with pytest.raises(NotVisible):
        conference_seen_by(place.stranger, coded)

    assert views() == []


def test_inside_a_transaction_the_entry_is_part_of_it(place, coded):
    with pytest.raises(ZeroDivisionError), write_transaction():
        conference_seen_by(place.clerk, coded)
        raise ZeroDivisionError
    before = views()

    with write_transaction():
        conference_seen_by(place.clerk, coded)

    assert (before, views()) == ([], [(place.clerk.id, f"conference:{coded}")])


def test_the_same_page_opened_many_times_at_once_is_one_entry(app_on, place, coded):
    who, together = place.clerk.id, threading.Barrier(4)

    def look(_) -> None:
        with app_on.app_context():
            user = db.session.get(User, who)
            together.wait()
            conference_seen_by(user, coded)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(4)))

    assert views() == [(who, f"conference:{coded}")]


def test_a_feed_notes_each_classified_conference_in_it_and_is_still_written(place, coded):
    second = place.book(profile_id=a_profile(Classification.SECRET).id, title="", code_name="HN8", span=a_span("2027-03-03T01:00"))
    place.book(span=a_span("2027-03-04T01:00"))
    token = make_feed("me", by=place.clerk)

    calendar = open_feed(token).calendar()

    assert views() == [(place.clerk.id, f"conference:{coded}"), (place.clerk.id, f"conference:{second}")]
    assert all(name in calendar.decode() for name in ("HN7", "HN8", "Giao ban"))


def test_an_officer_who_is_shown_the_code_name_has_viewed_it_too(place, coded):
    shown = view(conference_by_id(coded).occurrences[0].facts(), viewer_of(place.officer))

    viewed.note_view(place.officer.id, shown, where="evidence")

    assert views() == [(place.officer.id, f"conference:{coded}")]
