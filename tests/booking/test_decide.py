"""Who decides on a request, once, and who is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import Place, a_person, a_room, a_span, a_unit, fresh
from sqlalchemy import select

from roomctl.audit.tables import TrailEntry
from roomctl.booking import cancel, decide, tables
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.tables import Reservation, conference_by_id
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.notices.tables import Notice
from roomctl.organisation import directory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import User


def waiting(place, **facts) -> int:
    """Book, and return the reservation that the province decides on."""
    conference = conference_by_id(place.book(**facts))
    return next(one.id for one in conference.occurrences[0].reservations if one.room_id == place.room.id)


def state_of(reservation_id: int) -> str:
    db.session.rollback()
    return db.session.get_one(Reservation, reservation_id).state


def kinds() -> list[str]:
    return list(db.session.scalars(select(TrailEntry.kind).order_by(TrailEntry.id)))


def test_the_units_own_approver_grants_and_the_organizer_is_told(place):
    asked = waiting(place)

    decide.grant_reservation(asked, by=place.province_approver)

    granted = db.session.get_one(Reservation, asked)
    assert (granted.state, granted.decided_by) == (ReservationState.GRANTED, place.province_approver.id)
    assert [one.kind for one in db.session.scalars(select(Notice).where(Notice.user_id == place.clerk.id))] == ["reservation_granted"]
    assert kinds()[-1] == "reservation_granted"


def test_a_refusal_carries_its_reason_to_the_organizer(place):
    asked = waiting(place)

    decide.refuse_reservation(asked, by=place.province_approver, reason="  Phòng  đang sửa ")

    notice = db.session.scalar(select(Notice).where(Notice.user_id == place.clerk.id))
    assert (state_of(asked), notice.kind, notice.reason) == (ReservationState.REFUSED, "reservation_refused", "Phòng đang sửa")
    assert kinds()[-1] == "reservation_refused"


@pytest.mark.parametrize(("reason", "problem"), [("", "reason_missing"), ("  ", "reason_missing"), ("x" * 301, "text_too_long"),
                                                 ("a\x00", "text_control"), ("\u202ea", "text_direction")])
def test_a_refusal_without_a_reason_that_can_be_shown_changes_nothing(place, reason, problem):
    asked = waiting(place)

    with pytest.raises(InvalidInput) as refused:
        decide.refuse_reservation(asked, by=place.province_approver, reason=reason)

    assert [one.reason for one in refused.value.problems] == [problem]
    assert state_of(asked) == ReservationState.REQUESTED


@pytest.mark.parametrize(("who", "error"), [("centre_approver", NotAllowed), ("other_approver", NotAllowed), ("clerk", NotVisible),
                                            ("administrator", NotVisible), ("officer", NotVisible), ("technician", NotVisible)])
def test_nobody_but_the_deciding_units_approver_decides(place, who, error):
    asked = waiting(place)

    with pytest.raises(error):
        decide.grant_reservation(asked, by=getattr(place, who))
    with pytest.raises(error):
        decide.refuse_reservation(asked, by=getattr(place, who), reason="Không")

    assert state_of(asked) == ReservationState.REQUESTED


def test_without_a_person_and_without_a_reservation_there_is_nothing_to_decide(place):
    asked = waiting(place)

    with pytest.raises(NotVisible):
        decide.grant_reservation(asked, by=None)
    with pytest.raises(NotVisible):
        decide.grant_reservation(987_654, by=place.province_approver)


def test_a_revoked_approver_decides_nothing(place):
    asked = waiting(place)
    directory.revoke_role(place.province_approver.grants[0].id, by=None)

    with pytest.raises(NotVisible):
        decide.grant_reservation(asked, by=fresh(place.province_approver))


@pytest.mark.parametrize("first", ["granted", "refused", "cancelled"])
def test_a_second_decision_is_already_decided(place, first):
    asked = waiting(place)
    if first == "granted":
        decide.grant_reservation(asked, by=place.province_approver)
    elif first == "refused":
        decide.refuse_reservation(asked, by=place.province_approver, reason="Không")
    else:
        cancel.cancel_conference(db.session.get_one(Reservation, asked).occurrence.conference_id, by=place.clerk, reason="")
    before = state_of(asked)

    for again in (lambda: decide.grant_reservation(asked, by=place.province_approver),
                  lambda: decide.refuse_reservation(asked, by=place.province_approver, reason="Không")):
        with pytest.raises(Conflict, match="already_decided"):
            again()

    assert state_of(asked) == before


def test_of_two_decisions_at_once_one_counts(app_on, set_clock):
    place = Place()
    asked, together = waiting(place), threading.Barrier(2)
    approvers = [place.province_approver.id, a_person(place.province, Role.APPROVER).id]
    db.session.rollback()

    def decide_as(user_id: int) -> str:
        with app_on.app_context():
            by = db.session.get(User, user_id)
            together.wait()
            try:
                decide.grant_reservation(asked, by=by)
            except Conflict as late:
                return late.reason
            return "granted"

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(decide_as, approvers))

    assert sorted(said) == ["already_decided", "granted"]


def test_nobody_decides_their_own_request(place):
    directory.grant_role(place.province_approver, Role.STAFF, place.province, by=None)
    a_person(place.province, Role.APPROVER)
    strict = a_room(place.province, open_to="nobody")
    conference_id = place.book(by=place.province_approver, room_ids=(strict.id,), host_room_id=strict.id)
    asked = conference_by_id(conference_id).occurrences[0].reservations[0]

    with pytest.raises(Refused, match="own_request"):
        decide.grant_reservation(asked.id, by=place.province_approver)
    assert decide.queue_of(place.province_approver) == []


def test_an_escalated_request_is_decided_by_the_upper_unit(place):
    room = a_room(a_unit(parent=place.centre))
    conference = conference_by_id(place.book(room_ids=(place.hall.id, room.id)))
    asked = next(one.id for one in conference.occurrences[0].reservations if one.room_id == room.id)

    decide.grant_reservation(asked, by=place.centre_approver)

    assert state_of(asked) == ReservationState.GRANTED


def test_a_conference_that_is_over_is_not_decided_any_more(place, set_clock):
    asked = waiting(place)
    set_clock.forward(days=2)

    with pytest.raises(Refused, match="conference_over"):
        decide.grant_reservation(asked, by=place.province_approver)


def test_the_queue_holds_what_waits_for_ones_own_unit_the_most_urgent_first(place):
    later = waiting(place, span=a_span("2027-03-09T01:00"))
    sooner = waiting(place, span=a_span("2027-03-02T01:00"))

    assert [one.id for one in decide.queue_of(place.province_approver)] == [sooner, later]
    assert decide.queue_of(place.centre_approver) == []
    assert decide.queue_of(place.other_approver) == []


def test_what_is_undecided_at_the_start_lapses_once_and_frees_the_room(place, set_clock):
    asked = waiting(place)
    assert decide.lapse_undecided() == 0
    set_clock.at = a_span().start

    assert (decide.lapse_undecided(), decide.lapse_undecided()) == (1, 0)

    assert state_of(asked) == ReservationState.LAPSED
    place.book(room_ids=(place.room.id,), host_room_id=place.room.id)


def test_lapsing_leaves_granted_rooms_and_later_conferences_alone(place, set_clock):
    asked, later = waiting(place), waiting(place, span=a_span("2027-03-09T01:00"))
    decide.grant_reservation(asked, by=place.province_approver)
    set_clock.at = a_span().start

    assert decide.lapse_undecided() == 0
    assert (state_of(asked), state_of(later)) == (ReservationState.GRANTED, ReservationState.REQUESTED)


def test_a_grant_that_is_being_written_at_the_start_is_waited_for_and_not_lapsed(app_on, set_clock):
    asked = waiting(Place())
    set_clock.at = a_span().start
    begun, done = threading.Event(), threading.Event()

    def lapse() -> int:
        with app_on.app_context():
            begun.set()
            lapsed = decide.lapse_undecided()
            done.set()
            return lapsed

    with ThreadPoolExecutor(1) as pool:
        with write_transaction():
            tables.reservation_for_update(asked).state = ReservationState.GRANTED
            db.session.flush()
            lapsing = pool.submit(lapse)
            begun.wait()
            done.wait(0.3)  # It cannot be done while this transaction is open; by now it stands in front of the lock.
        assert lapsing.result() == 0

    assert state_of(asked) == ReservationState.GRANTED
