"""Deciding many at once, knowing who waits behind, and taking a fresh decision back."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import Place, a_person, a_room, a_span

from booking.asked import alone, behind, half_an_hour_later, kinds, now, state_of, told
from roomctl.booking import cancel, decide, invariants
from roomctl.booking.decide import UNDO_WINDOW, NotAllDecided
from roomctl.booking.tables import Reservation, conference_by_id
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices import outbox
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User

MINUTES = int(UNDO_WINDOW.total_seconds() // 60)


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in invariants.checked().values() for line in lines]


def on_days(place, *days: int, **facts) -> list[int]:
    """Ask for the province's room at 08:00 on some days of March; return the reservations' ids."""
    return [alone(place, span=a_span(f"2027-03-{day:02}T01:00"), **facts) for day in days]


def of_one_conference(reservation_ids: list[int]) -> None:
    """Make the reservations dates of the first one's conference."""
    with write_transaction():
        first = db.session.get_one(Reservation, reservation_ids[0]).occurrence.conference_id
        for reservation_id in reservation_ids:
            db.session.get_one(Reservation, reservation_id).occurrence.conference_id = first


# Many at once


def test_all_that_was_chosen_is_decided_and_the_organizer_is_told_once_a_conference(place):
    series, single = on_days(place, 2, 9, 16), on_days(place, 3)
    of_one_conference(series)

    decide.grant_reservations([*series, *single], by=place.province_approver)

    assert {state_of(one) for one in (*series, *single)} == {"granted"}
    assert sorted(one.times for one in told(place.clerk, "reservation_granted")) == [1, 3]


def test_one_that_cannot_be_decided_is_named_and_nothing_is_half_done(place):
    first, second, third = on_days(place, 2, 3, 4)
    decide.refuse_reservation(second, by=place.province_approver, reason="Sửa phòng")

    with pytest.raises(NotAllDecided) as refused:
        decide.grant_reservations([first, second, third], by=place.province_approver)

    assert {key: error.reason for key, error in refused.value.refusals.items()} == {second: "already_decided"}
    assert [state_of(one) for one in (first, second, third)] == ["requested", "refused", "requested"]
    assert told(place.clerk, "reservation_granted") == []


def test_one_room_of_another_unit_among_many_is_not_allowed_and_nothing_is_done(place):
    ours, theirs = alone(place), alone(place, place.other_room)

    with pytest.raises(NotAllowed):
        decide.grant_reservations([ours, theirs], by=place.province_approver)

    assert (state_of(ours), state_of(theirs)) == ("requested", "requested")


@pytest.mark.parametrize(("ids", "reason"), [([], "nothing_chosen"), (list(range(1, 1002)), "too_many_chosen")])
def test_nothing_and_too_much_are_asked_for_again(place, ids, reason):
    with pytest.raises(InvalidInput) as refused:
        decide.grant_reservations(ids, by=place.province_approver)

    assert [one.reason for one in refused.value.problems] == [reason]


def test_one_that_is_not_there_makes_the_rest_invisible(place):
    asked = alone(place)

    with pytest.raises(NotVisible):
        decide.refuse_reservations([asked, 987_654], by=place.province_approver, reason="Sửa phòng")

    assert state_of(asked) == "requested"


def test_named_twice_it_is_decided_once(place):
    asked = alone(place)

    decide.grant_reservations([asked, asked], by=place.province_approver)

    assert kinds(of=asked).count("reservation_granted") == 1


# Who waits behind


def test_u12_granting_while_others_wait_needs_to_be_told_of_them(place):
    holder, waits = alone(place), behind(place, span=half_an_hour_later())

    with pytest.raises(Refused, match="others_wait"):
        decide.grant_reservation(holder, by=place.province_approver)

    assert (state_of(holder), state_of(waits)) == ("requested", "waiting")


def test_u12_the_one_who_loses_is_refused_by_rule_told_why_and_offered_free_rooms(place):
    free = a_room(place.province, "Phòng họp số 2")
    busy = a_room(place.province, "Phòng họp số 3")
    alone(place, busy)
    holder, waits = alone(place), behind(place, span=half_an_hour_later())

    decide.grant_reservation(holder, by=place.province_approver, know=[waits])

    assert (state_of(holder), now(waits).state, now(waits).decided_rule) == ("granted", "refused", "given_to_another")
    (notice,) = told(place.clerk, "given_to_another")
    assert notice.reason.split("\n")[-1] == free.name
    assert broken() == []


def test_somebody_who_began_to_wait_after_the_page_was_read_is_not_refused_unseen(place):
    holder, first = alone(place), behind(place)
    second = behind(place)

    with pytest.raises(Refused, match="others_wait"):
        decide.grant_reservation(holder, by=place.province_approver, know=[first])

    assert {state_of(one) for one in (first, second)} == {"waiting"}


def test_who_waits_at_another_time_is_not_concerned(place):
    alone(place, span=a_span("2027-03-02T05:00"))
    elsewhen = behind(place, span=a_span("2027-03-02T05:00"))
    holder = alone(place)

    decide.grant_reservation(holder, by=place.province_approver)

    assert state_of(elsewhen) == "waiting"


def test_p16_a_refused_and_a_cancelled_request_do_not_block(place):
    x = alone(place)
    decide.refuse_reservation(x, by=place.province_approver, reason="Sửa phòng")
    y = alone(place)
    cancel.cancel_conference(now(y).occurrence.conference_id, by=place.clerk, reason="")
    z = alone(place)

    assert [state_of(one) for one in (x, y, z)] == ["refused", "released", "requested"]
    assert [one.id for one in decide.queue_of(place.province_approver)] == [z]


def test_p13_an_approver_who_books_decides_their_own_units_rooms_by_rule_and_no_other_units(place):
    both = a_person(place.province, Role.STAFF, Role.APPROVER)
    conference = conference_by_id(place.book(by=both, room_ids=(place.room.id, place.other_room.id), host_room_id=place.room.id))
    ours, theirs = sorted(conference.occurrences[0].reservations, key=lambda one: one.room_id != place.room.id)

    with pytest.raises(NotAllowed):
        decide.grant_reservation(theirs.id, by=both)

    assert (state_of(ours.id), now(ours.id).decided_rule, state_of(theirs.id)) == ("granted", "own_unit", "requested")


# Taking back


def test_a_fresh_grant_is_taken_back_and_its_notice_is_as_if_it_had_never_been(place, set_clock):
    asked = alone(place)
    decide.grant_reservation(asked, by=place.province_approver)
    set_clock.forward(minutes=MINUTES - 1)

    decide.undo_decision([asked], by=place.province_approver)

    row = now(asked)
    assert (row.state, row.decided_at, row.decided_by) == ("requested", None, None)
    assert kinds(of=asked)[-1] == "decision_undone"
    assert (told(place.clerk, "reservation_granted"), told(place.clerk, "decision_undone")) == ([], [])
    assert broken() == []


def test_the_mail_of_a_decision_waits_as_long_as_it_can_be_taken_back(place, set_clock):
    asked = alone(place)
    decide.grant_reservation(asked, by=place.province_approver)

    assert [one.mail_due_at for one in told(place.clerk, "reservation_granted")] == [set_clock.at + UNDO_WINDOW]


def test_who_has_read_it_already_is_told_that_it_was_taken_back_and_gets_no_mail_of_it(place):
    asked = alone(place)
    decide.refuse_reservation(asked, by=place.province_approver, reason="Nhầm")
    outbox.read_all(place.clerk.id)

    decide.undo_decision([asked], by=place.province_approver)

    assert [one.mail_due_at for one in told(place.clerk, "reservation_refused")] == [None]
    assert len(told(place.clerk, "decision_undone")) == 1


def test_of_a_series_one_date_is_taken_back_and_the_others_are_told_anew(place):
    dates = on_days(place, 2, 9, 16)
    of_one_conference(dates)
    decide.grant_reservations(dates, by=place.province_approver)

    decide.undo_decision([dates[0]], by=place.province_approver)

    assert [state_of(one) for one in dates] == ["requested", "granted", "granted"]
    assert [(one.times, one.occurrence_id) for one in told(place.clerk, "reservation_granted")] == [(2, now(dates[1]).occurrence_id)]


def test_a_refusal_taken_back_is_decided_anew_and_the_trail_still_fits(place):
    asked = alone(place)
    decide.refuse_reservation(asked, by=place.province_approver, reason="Nhầm")
    decide.undo_decision([asked], by=place.province_approver)

    assert broken() == []
    decide.grant_reservation(asked, by=place.province_approver)
    assert broken() == []
    cancel.cancel_conference(now(asked).occurrence.conference_id, by=place.clerk, reason="")
    assert broken() == []


def test_a_refusal_is_not_taken_back_when_the_place_was_taken_meanwhile(place):
    asked = alone(place)
    decide.refuse_reservation(asked, by=place.province_approver, reason="Nhầm")
    alone(place)

    with pytest.raises(Conflict, match="just_taken"):
        decide.undo_decision([asked], by=place.province_approver)

    assert state_of(asked) == "refused"
    assert broken() == []


def test_a_grant_taken_back_lets_those_wait_again_who_were_passed_over(place):
    holder, waits = alone(place), behind(place)
    decide.grant_reservation(holder, by=place.province_approver, know=[waits])

    decide.undo_decision([holder], by=place.province_approver)

    assert (state_of(holder), state_of(waits)) == ("requested", "waiting")
    assert told(place.clerk, "given_to_another") == []
    assert broken() == []
    decide.refuse_reservation(holder, by=place.province_approver, reason="Sửa phòng")
    assert state_of(waits) == "requested"


def test_after_some_minutes_and_by_somebody_else_nothing_is_taken_back(place, set_clock):
    asked, colleague = alone(place), a_person(place.province, Role.APPROVER)
    decide.grant_reservation(asked, by=place.province_approver)

    with pytest.raises(NotAllowed):
        decide.undo_decision([asked], by=colleague)
    set_clock.forward(minutes=MINUTES)
    with pytest.raises(Refused, match="undo_too_late"):
        decide.undo_decision([asked], by=place.province_approver)

    assert state_of(asked) == "granted"


def test_what_a_rule_granted_is_nobodys_to_take_back(place):
    clerk = a_person(place.province, Role.STAFF)
    asked = alone(place, by=clerk)

    with pytest.raises(NotAllowed):
        decide.undo_decision([asked], by=place.province_approver)


@pytest.mark.parametrize(("happens", "reason"), [("begins", "conference_begun"), ("runs", "session_running"), ("is cancelled", "already_decided")])
def test_nothing_is_taken_back_of_a_conference_that(place, set_clock, happens, reason):
    asked = alone(place, span=a_span("2027-03-01T01:05"))
    decide.grant_reservation(asked, by=place.province_approver)
    if happens == "begins":
        set_clock.forward(minutes=5)
    elif happens == "runs":
        with write_transaction():
            db.session.get_one(Reservation, asked).occurrence.actual_start_at = set_clock.at
    else:
        cancel.cancel_conference(now(asked).occurrence.conference_id, by=place.clerk, reason="")

    with pytest.raises(Refused, match=reason):
        decide.undo_decision([asked], by=place.province_approver)


def test_a_refusal_of_what_was_cancelled_meanwhile_stays(place):
    asked = alone(place)
    decide.refuse_reservation(asked, by=place.province_approver, reason="Nhầm")
    cancel.cancel_conference(now(asked).occurrence.conference_id, by=place.clerk, reason="")

    with pytest.raises(Refused, match="cancelled"):
        decide.undo_decision([asked], by=place.province_approver)


def test_decisions_on_the_same_many_at_once_queue_and_one_of_them_counts(app_on, set_clock):
    place = Place()
    asked, together = on_days(place, 2, 3, 4, 5), threading.Barrier(2)
    approvers = [place.province_approver.id, a_person(place.province, Role.APPROVER).id]
    db.session.rollback()

    def decide_as(place_in_line: int) -> str:
        with app_on.app_context():
            by = db.session.get(User, approvers[place_in_line])
            together.wait()
            try:
                decide.grant_reservations(asked if place_in_line else asked[::-1], by=by)
            except NotAllDecided as late:
                return late.reason
            return "granted"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(decide_as, range(2)))

    assert sorted(said) == ["granted", "not_all_decided"]
    assert broken() == []
