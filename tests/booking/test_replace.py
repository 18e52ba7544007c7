"""A room that could not be had: another one of the same unit, or going on without it."""

import pytest
from builders import Place, a_person, a_room, a_span

from booking.asked import alone, kinds, now, reservation_of, state_of
from roomctl.booking import cancel, decide, invariants, replace
from roomctl.booking.availability import RoomsNotFree
from roomctl.booking.tables import Reservation, conference_by_id, occurrence_by_id
from roomctl.booking.week import state_of as occurrence_state_of
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


@pytest.fixture
def second(place):
    return a_room(place.province, "Phòng họp số 2", open_to="above")


def refused_on(place, *days: int) -> list[int]:
    """Book the hall and the province's room on days of March as one conference, and refuse the latter; return those reservations' ids."""
    ids = [reservation_of(place.book(span=a_span(f"2027-03-{day:02}T01:00")), place.room).id for day in days]
    with write_transaction():
        conference_id = db.session.get_one(Reservation, ids[0]).occurrence.conference_id
        for one in ids:
            db.session.get_one(Reservation, one).occurrence.conference_id = conference_id
    decide.refuse_reservations(ids, by=place.province_approver, reason="Sửa phòng")
    return ids


@pytest.fixture
def refused(place) -> int:
    return refused_on(place, 2)[0]


def seen(reservation_id: int, at) -> str:
    return occurrence_state_of(now(reservation_id).occurrence, at)


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in invariants.checked().values() for line in lines]


def test_another_room_of_the_unit_stands_in_and_leads_out_of_needing_attention(place, second, refused, set_clock):
    assert seen(refused, set_clock.at) == "needs_attention"

    replace.replace_room(refused, second.id, by=place.clerk)

    row = reservation_of(now(refused).occurrence.conference_id, second)
    assert (row.state, row.decided_rule, row.replaces_id) == ("granted", "unit_above", refused)
    assert seen(refused, set_clock.at) == "granted"
    assert "room_replaced" in kinds()
    assert broken() == []


def test_where_no_rule_grants_it_waits_for_its_approver_as_another_room(place, refused):
    strict = a_room(place.province)

    replace.replace_room(refused, strict.id, by=place.clerk)

    (asked,) = decide.queue_of(place.province_approver)
    assert (asked.room_id, asked.change) == (strict.id, "room")


def test_the_free_rooms_of_the_unit_are_offered_and_no_others(place, second, refused):
    alone(place, a_room(place.province, "Phòng bận"))
    a_room(place.other_province, "Phòng tỉnh khác")

    found = replace.alternatives(occurrence_by_id(now(refused).occurrence_id))

    assert {key: [room.name for room in rooms] for key, rooms in found.items()} == {refused: [second.name]}


def test_a_taken_room_is_no_replacement(place, second, refused):
    alone(place, second)

    with pytest.raises(RoomsNotFree):
        replace.replace_room(refused, second.id, by=place.clerk)

    assert len(now(refused).occurrence.reservations) == 2


def test_a_room_of_another_unit_an_unknown_one_and_one_that_is_asked_already_are_no_replacement(place, refused):
    with pytest.raises(InvalidInput) as another:
        replace.replace_room(refused, place.other_room.id, by=place.clerk)
    with pytest.raises(InvalidInput) as unknown:
        replace.replace_room(refused, 987_654, by=place.clerk)
    with pytest.raises(Refused, match="room_already_asked"):
        replace.replace_room(refused, place.room.id, by=place.clerk)

    assert [error.value.problems[0].reason for error in (another, unknown)] == ["room_of_another_unit", "unknown_room"]


def test_replaced_twice_it_is_replaced_once(place, second, refused):
    replace.replace_room(refused, second.id, by=place.clerk)

    with pytest.raises(Conflict, match="room_replaced"):
        replace.replace_room(refused, a_room(place.province).id, by=place.clerk)


def test_a_refusal_whose_room_was_replaced_is_not_taken_back(place, second, refused):
    replace.replace_room(refused, second.id, by=place.clerk)

    with pytest.raises(Conflict, match="room_replaced"):
        decide.undo_decision([refused], by=place.province_approver)


def test_on_all_later_dates_or_none(place, second):
    first, later, last = refused_on(place, 2, 9, 16)
    blocker = alone(place, second, span=a_span("2027-03-16T01:00"))

    with pytest.raises(RoomsNotFree):
        replace.replace_room(first, second.id, by=place.clerk, later_too=True)
    assert all(len(now(one).occurrence.reservations) == 2 for one in (first, later, last))
    cancel.cancel_conference(now(blocker).occurrence.conference_id, by=place.clerk, reason="")
    replace.replace_room(later, second.id, by=place.clerk, later_too=True)

    assert [len(now(one).occurrence.reservations) for one in (first, later, last)] == [2, 3, 3]


def test_the_replacement_of_a_host_room_is_the_host_room(place, second):
    asked = alone(place)
    decide.refuse_reservation(asked, by=place.province_approver, reason="Sửa phòng")

    replace.replace_room(asked, second.id, by=place.clerk)

    assert conference_by_id(now(asked).occurrence.conference_id).host_room_id == second.id
    assert broken() == []


def test_going_on_without_the_room_leads_out_of_needing_attention(place, refused, set_clock):
    replace.go_on_without(refused, by=place.clerk)

    assert (now(refused).required, seen(refused, set_clock.at)) == (False, "granted")
    assert kinds(of=refused)[-1] == "room_gone_without"
    assert broken() == []


def test_going_on_without_on_all_later_dates(place):
    ids = refused_on(place, 2, 9, 16)

    replace.go_on_without(ids[1], by=place.clerk, later_too=True)

    assert [now(one).required for one in ids] == [True, False, False]


def test_nobody_goes_on_without_the_host_room_or_without_a_room_they_have(place):
    host, granted = alone(place), alone(place, span=a_span("2027-03-03T01:00"))
    decide.refuse_reservation(host, by=place.province_approver, reason="Sửa phòng")

    with pytest.raises(Refused, match="host_room_needed"):
        replace.go_on_without(host, by=place.clerk)
    with pytest.raises(Conflict, match="already_decided"):
        replace.go_on_without(granted, by=place.clerk)


@pytest.mark.parametrize(("who", "error"), [("chair", NotAllowed), ("province_approver", NotAllowed), ("other_approver", NotVisible)])
def test_only_the_organizer_chooses_another_room_or_goes_on_without(place, second, refused, who, error):
    for attempt in (lambda: replace.replace_room(refused, second.id, by=getattr(place, who)),
                    lambda: replace.go_on_without(refused, by=getattr(place, who))):
        with pytest.raises(error):
            attempt()

    assert (state_of(refused), now(refused).required) == ("refused", True)


def test_the_past_and_what_is_cancelled_do_not_change(place, second, set_clock):
    past, cancelled = refused_on(place, 2)[0], refused_on(place, 9)[0]
    cancel.cancel_conference(now(cancelled).occurrence.conference_id, by=place.clerk, reason="")
    with pytest.raises(Refused, match="cancelled"):
        replace.go_on_without(cancelled, by=place.clerk)
    set_clock.forward(days=2)

    with pytest.raises(Refused, match="conference_over"):
        replace.replace_room(past, second.id, by=place.clerk)


def test_an_approver_in_the_province_may_still_decide_the_replacement(place, refused):
    strict = a_room(place.province, open_to="nobody")
    colleague = a_person(place.province, Role.APPROVER)
    replace.replace_room(refused, strict.id, by=place.clerk)

    decide.grant_reservation(reservation_of(now(refused).occurrence.conference_id, strict).id, by=colleague)

    assert reservation_of(now(refused).occurrence.conference_id, strict).state == "granted"
