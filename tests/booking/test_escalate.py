"""A request that nobody decides in time goes up, one step at a time; at the root it stays, and says so once."""

from datetime import timedelta

import pytest
from builders import Place, a_person, a_room, a_span, a_unit, fresh

from booking.asked import alone, kinds, now, state_of, told
from roomctl.booking import decide, escalate, invariants
from roomctl.booking.tables import Reservation
from roomctl.database import db, write_transaction
from roomctl.errors import NotAllowed
from roomctl.organisation import directory
from roomctl.organisation.roles import Role


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


def test_a_request_past_its_deadline_is_decided_by_the_unit_above(place, set_clock):
    asked = alone(place)
    set_clock.at = now(asked).deadline_at

    assert escalate.escalate_overdue() == 1

    assert (now(asked).state, now(asked).deciding_unit_id) == ("requested", place.centre.id)
    assert "reservation_escalated" in kinds(of=asked)
    with pytest.raises(NotAllowed):
        decide.grant_reservation(asked, by=place.province_approver)
    decide.grant_reservation(asked, by=place.centre_approver)
    assert [line for lines in invariants.checked().values() for line in lines] == []


def test_its_new_deadline_is_half_of_what_is_left_and_those_concerned_are_told(place, set_clock):
    asked = alone(place)
    set_clock.at = now(asked).deadline_at

    escalate.escalate_overdue()

    assert now(asked).deadline_at == set_clock.at + (a_span().start - set_clock.at) / 2
    assert len(told(place.centre_approver, "decision_wanted")) == 1
    assert [one.reason for one in told(place.clerk, "decision_overdue")] == [place.centre.name]


def test_before_its_deadline_and_once_decided_it_stays(place, set_clock):
    asked, decided = alone(place), alone(place, span=a_span("2027-03-01T23:00"))
    decide.grant_reservation(decided, by=place.province_approver)
    set_clock.at = now(asked).deadline_at - timedelta(seconds=1)

    assert escalate.escalate_overdue() == 0
    assert [now(one).deciding_unit_id for one in (asked, decided)] == [place.province.id, place.province.id]


def test_units_without_an_approver_and_the_organizer_themselves_are_passed_over(place, set_clock):
    commune = a_unit(parent=a_unit(parent=place.province))
    a_person(commune, Role.APPROVER)
    room = a_room(commune)
    directory.grant_role(place.province_approver, Role.STAFF, place.province, by=None)
    asked = alone(place, room, by=fresh(place.province_approver))
    set_clock.at = now(asked).deadline_at

    escalate.escalate_overdue()

    assert now(asked).deciding_unit_id == place.centre.id


def test_at_the_root_it_stays_and_alerts_once(place, set_clock):
    strict = a_room(place.centre, open_to="nobody")
    asked = alone(place, strict)
    set_clock.at = now(asked).deadline_at

    assert (escalate.escalate_overdue(), escalate.escalate_overdue()) == (1, 0)

    assert (now(asked).state, now(asked).deciding_unit_id, now(asked).deadline_at) == ("requested", place.centre.id, a_span().start)
    assert [[one.reason for one in told(user, "decision_overdue")] for user in (place.clerk, place.centre_approver)] == [[""], [""]]


def test_a_worker_that_was_away_for_days_goes_one_step_a_tick_until_it_is_right(place, set_clock):
    commune = a_unit(parent=place.province)
    a_person(commune, Role.APPROVER)
    asked = alone(place, a_room(commune), span=a_span("2027-03-20T01:00"))
    steps = []

    set_clock.at = now(asked).deadline_at + timedelta(hours=12)
    for _ in range(4):
        escalate.escalate_overdue()
        steps.append(now(asked).deciding_unit_id)
        set_clock.at = max(set_clock.at, now(asked).deadline_at)

    assert steps == [place.province.id, place.centre.id, place.centre.id, place.centre.id]


def test_what_has_begun_is_left_to_lapse_and_the_organizer_is_told(place, set_clock):
    asked = alone(place)
    set_clock.at = a_span().start

    assert escalate.escalate_overdue() == 0
    assert decide.lapse_undecided() == 1

    assert state_of(asked) == "lapsed"
    assert len(told(place.clerk, "request_lapsed")) == 1


def test_dates_of_one_conference_that_are_late_together_are_told_once(place, set_clock):

    first, second = alone(place), alone(place, span=a_span("2027-03-02T05:00"))
    with write_transaction():
        db.session.get_one(Reservation, second).occurrence.conference_id = db.session.get_one(Reservation, first).occurrence.conference_id
    set_clock.at = now(second).deadline_at

    escalate.escalate_overdue()

    assert [one.times for one in told(place.clerk, "decision_overdue")] == [2]
