"""Who waits for a taken room holds nothing, and comes next when its holder lets it go."""

import pytest
from builders import Place, a_person, a_room, a_span

from booking.asked import alone, behind, half_an_hour_later, kinds, now, state_of, told
from roomctl.booking import cancel, decide, invariants, waiting
from roomctl.booking.tables import Reservation
from roomctl.database import db, write_transaction
from roomctl.organisation.roles import Role
from roomctl.timespan import Span


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in invariants.checked().values() for line in lines]


def test_one_who_waits_holds_nothing(place):
    holder = alone(place)
    waits = behind(place)

    assert (state_of(holder), state_of(waits)) == ("requested", "waiting")
    assert waits not in {one.id for one in decide.queue_of(place.province_approver)}


def test_when_the_holder_is_refused_the_first_who_waits_takes_over_and_both_sides_are_told(place, set_clock):
    holder, first = alone(place), behind(place)
    set_clock.forward(minutes=1)
    second = behind(place)
    set_clock.forward(minutes=1)

    decide.refuse_reservation(holder, by=place.province_approver, reason="Sửa phòng")

    assert [state_of(one) for one in (holder, first, second)] == ["refused", "requested", "waiting"]
    assert "reservation_came_next" in kinds(of=first)
    assert [one.room_id for one in told(place.clerk, "place_came_free")] == [place.room.id]
    assert [one.occurrence_id for one in told(place.province_approver, "decision_wanted")][-1] == now(first).occurrence_id
    assert now(first).deadline_at == now(first).occurrence.planned_start_at - (now(first).occurrence.planned_start_at - set_clock.at) / 2
    assert broken() == []


def test_when_the_holder_cancels_the_one_who_waits_holds_the_room(place):
    holder, waits = alone(place), behind(place)

    cancel.cancel_conference(now(holder).occurrence.conference_id, by=place.clerk, reason="Hoãn")

    assert (state_of(holder), state_of(waits)) == ("released", "requested")


def test_a_place_that_a_rule_grants_at_once_is_granted_when_it_comes_free(place):
    clerk = a_person(place.province, Role.STAFF)
    holder, waits = alone(place), behind(place, by=clerk)

    decide.refuse_reservation(holder, by=place.province_approver, reason="Sửa phòng")

    assert (now(waits).state, now(waits).decided_rule) == ("granted", "own_unit")
    assert broken() == []


def test_two_who_wait_for_different_parts_of_the_freed_time_both_come_next(place):
    holder = alone(place, span=a_span(minutes=120))
    early, late = behind(place, span=a_span(minutes=60)), behind(place, span=a_span("2027-03-02T02:00"))

    decide.refuse_reservation(holder, by=place.province_approver, reason="Sửa phòng")

    assert (state_of(early), state_of(late)) == ("requested", "requested")


def test_who_still_meets_another_holder_waits_on(place):
    holder = alone(place)
    alone(place, span=a_span("2027-03-02T02:00"))
    waits = behind(place, span=half_an_hour_later())

    decide.refuse_reservation(holder, by=place.province_approver, reason="Sửa phòng")

    assert state_of(waits) == "waiting"


def test_who_waits_for_another_room_or_for_what_is_cancelled_or_past_does_not_come_next(place, set_clock):
    other = a_room(place.province)
    alone(place, other)
    holder, elsewhere, cancelled = alone(place), behind(place, other), behind(place)
    cancel.cancel_conference(now(cancelled).occurrence.conference_id, by=place.clerk, reason="")

    decide.refuse_reservation(holder, by=place.province_approver, reason="Sửa phòng")

    assert (state_of(elsewhere), state_of(cancelled)) == ("waiting", "released")


def test_dates_of_one_series_that_come_free_together_are_told_once(place):
    holders = [alone(place, span=a_span(f"2027-03-{day:02}T01:00")) for day in (2, 9)]
    waits = [behind(place, span=a_span(f"2027-03-{day:02}T01:00")) for day in (2, 9)]
    with write_transaction():  # One conference on two dates, as a series has it.
        second = db.session.get_one(Reservation, waits[1])
        second.occurrence.conference_id = db.session.get_one(Reservation, waits[0]).occurrence.conference_id

    decide.refuse_reservations(holders, by=place.province_approver, reason="Sửa phòng")

    assert [one.times for one in told(place.clerk, "place_came_free")] == [2]


def test_what_came_free_without_anybody_saying_so_is_offered_by_the_worker(place):
    holder, waits = alone(place), behind(place)
    with write_transaction():
        db.session.get_one(Reservation, holder).held_end_at = a_span().start.replace(minute=1)  # As a session that ended early would.
        db.session.get_one(Reservation, waits).held_start_at = a_span().start.replace(minute=2)
        occurrence = db.session.get_one(Reservation, waits).occurrence
        occurrence.planned_start_at = a_span().start.replace(minute=2)

    assert (waiting.offer_what_came_free(), waiting.offer_what_came_free()) == (1, 0)
    assert state_of(waits) == "requested"


def test_while_a_holder_stands_the_worker_offers_nothing(place):
    alone(place)
    waits = behind(place)

    assert waiting.offer_what_came_free() == 0
    assert state_of(waits) == "waiting"


def test_who_waits_until_the_start_lapses_and_is_told(place, set_clock):
    alone(place)
    waits = behind(place)
    set_clock.at = a_span().start

    decide.lapse_undecided()

    assert state_of(waits) == "lapsed"
    assert now(waits).occurrence_id in {one.occurrence_id for one in told(place.clerk, "request_lapsed")}
    assert broken() == []


def test_nobody_waits_is_nobody_comes(place):
    with write_transaction():
        assert waiting.come_next(place.room.id, Span(a_span().start, a_span().end)) == []
