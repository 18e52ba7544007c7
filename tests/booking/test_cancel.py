"""Cancelling: by whom, until when, and what is left."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import Place, a_profile, until_somebody_waits
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry
from roomctl.booking import cancel
from roomctl.booking.lifecycle import OccurrenceState, ReservationState
from roomctl.booking.tables import Conference, conference_by_id, occurrence_for_update, reservation_for_update
from roomctl.booking.week import state_of
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation.tables import User
from roomctl.security_profiles.profile import Classification


def reread(conference_id: int) -> Conference:
    db.session.rollback()
    db.session.expire_all()
    return conference_by_id(conference_id)


@pytest.mark.parametrize("who", ["clerk", "chair"])
def test_organizer_and_chair_may_cancel_and_the_rows_stay(place, set_clock, who):
    conference_id = place.book()

    cancel.cancel_conference(conference_id, by=getattr(place, who), reason="Hoãn sang tuần sau")

    conference = reread(conference_id)
    occurrence = conference.occurrences[0]
    assert (conference.cancelled_by, conference.cancel_reason) == (getattr(place, who).id, "Hoãn sang tuần sau")
    assert [one.state for one in occurrence.reservations] == [ReservationState.RELEASED] * 2
    assert state_of(occurrence, set_clock.at) == OccurrenceState.CANCELLED


def test_the_calendar_sequence_rises(place):
    conference_id = place.book()

    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    assert reread(conference_id).sequence == 1


def test_the_rooms_are_free_at_once(place):
    cancel.cancel_conference(place.book(), by=place.clerk, reason="")

    assert place.book()


def test_whoever_decides_and_the_chair_are_told(place):
    conference_id = place.book()

    cancel.cancel_conference(conference_id, by=place.clerk, reason="Hoãn")

    told = set(db.session.scalars(select(Notice.user_id).where(Notice.kind.in_(("conference_cancelled", "invitation_withdrawn")))))
    assert {place.province_approver.id, place.centre_approver.id, place.chair.id} <= told
    assert place.other_approver.id not in told


def test_the_trail_says_who_cancelled_and_not_what_it_was_about(place):
    conference_id = place.book(title="Giao ban tuần 9")

    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    entry = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc()).limit(1)).one()
    assert (entry.kind, entry.actor, entry.subject) == ("conference_cancelled", place.clerk.id, f"conference:{conference_id}")
    assert b"Giao ban" not in entry.header


@pytest.mark.parametrize(("who", "error"), [("province_approver", NotAllowed), ("administrator", NotAllowed), ("stranger", NotVisible),
                                            ("other_approver", NotVisible)])
def test_others_may_not_cancel_and_strangers_do_not_even_see_it(place, who, error):
    conference_id = place.book()

    with pytest.raises(error):
        cancel.cancel_conference(conference_id, by=getattr(place, who), reason="")

    assert reread(conference_id).cancelled_at is None


def test_a_restricted_conference_is_not_visible_to_the_administrator(place):
    conference_id = place.book(profile_id=a_profile(Classification.INTERNAL).id)

    with pytest.raises(NotVisible):
        cancel.cancel_conference(conference_id, by=place.administrator, reason="")


def test_without_a_person_and_without_a_conference_there_is_nothing_to_cancel(place):
    with pytest.raises(NotVisible):
        cancel.cancel_conference(place.book(), by=None, reason="")
    with pytest.raises(NotVisible):
        cancel.cancel_conference(987_654, by=place.clerk, reason="")


def test_it_is_cancelled_only_once(place):
    conference_id = place.book()
    cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    with pytest.raises(Conflict, match="already_cancelled"):
        cancel.cancel_conference(conference_id, by=place.clerk, reason="")

    assert reread(conference_id).sequence == 1


def test_of_two_cancellations_at_once_one_counts(app_on, set_clock):
    place = Place()
    clerk_id, conference_id, together = place.clerk.id, place.book(), threading.Barrier(2)

    def cancel_it(_) -> str:
        with app_on.app_context():
            by = db.session.get(User, clerk_id)
            together.wait()
            try:
                cancel.cancel_conference(conference_id, by=by, reason="")
            except Conflict as late:
                return late.reason
            return "cancelled"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(cancel_it, range(2)))

    assert sorted(said) == ["already_cancelled", "cancelled"]
    assert reread(conference_id).sequence == 1


def test_what_is_over_is_not_cancelled(place, set_clock):
    conference_id = place.book()
    set_clock.forward(days=2)

    with pytest.raises(Refused, match="conference_over"):
        cancel.cancel_conference(conference_id, by=place.clerk, reason="")


def test_what_is_running_is_not_cancelled(place, set_clock):
    conference_id = place.book()
    with write_transaction():
        conference_by_id(conference_id).occurrences[0].actual_start_at = set_clock.at

    with pytest.raises(Refused, match="session_running"):
        cancel.cancel_conference(conference_id, by=place.clerk, reason="")


@pytest.mark.parametrize("reason", ["x" * 301, "a\x00", "\u202ea"])
def test_a_reason_that_cannot_be_shown_is_refused(place, reason):
    conference_id = place.book()

    with pytest.raises(InvalidInput):
        cancel.cancel_conference(conference_id, by=place.clerk, reason=reason)

    assert reread(conference_id).cancelled_at is None


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_refusal_that_is_being_written_is_waited_for_and_not_overwritten(app_on, set_clock):
    place = Place()
    clerk_id, conference_id = place.clerk.id, place.book()
    waiting = next(one for one in conference_by_id(conference_id).occurrences[0].reservations if one.state == ReservationState.REQUESTED)
    waiting_id = waiting.id

    def cancel_it() -> None:
        with app_on.app_context():
            cancel.cancel_conference(conference_id, by=db.session.get(User, clerk_id), reason="")

    with ThreadPoolExecutor(1) as pool:
        with write_transaction() as session:
            reservation_for_update(waiting_id).state = ReservationState.REFUSED
            session.flush()
            cancelling = pool.submit(cancel_it)
            until_somebody_waits()
        cancelling.result(10)

    states = {one.id: one.state for one in reread(conference_id).occurrences[0].reservations}
    assert states.pop(waiting_id) == ReservationState.REFUSED
    assert set(states.values()) == {ReservationState.RELEASED}


@pytest.mark.parametrize("engine_url", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_session_that_is_about_to_begin_is_waited_for(app_on, set_clock):
    place = Place()
    clerk_id, conference_id = place.clerk.id, place.book()
    occurrence_id = conference_by_id(conference_id).occurrences[0].id

    def cancel_it() -> str:
        with app_on.app_context(), pytest.raises(Refused) as refused:
            cancel.cancel_conference(conference_id, by=db.session.get(User, clerk_id), reason="")
        return refused.value.reason

    with ThreadPoolExecutor(1) as pool:
        with write_transaction():
            occurrence_for_update(occurrence_id).actual_start_at = set_clock.at
            cancelling = pool.submit(cancel_it)
            until_somebody_waits()
        assert cancelling.result(10) == "session_running"
