"""A mandatory conference beats approval in its subtree and nothing else, and displaces only what is named."""

import pytest
from builders import Place, a_person, a_profile, a_room, a_span, a_unit

from booking.asked import alone, behind, kinds, now, reservation_of, state_of, told
from roomctl.booking import cancel, decide, invariants, mandatory
from roomctl.booking.availability import RoomsNotFree
from roomctl.booking.tables import Reservation, conference_by_id
from roomctl.booking.week import state_of as occurrence_state_of
from roomctl.database import db, write_transaction
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification

REASON = "Họp khẩn phòng chống bão"


@pytest.fixture
def place(app_on, set_clock) -> Place:
    return Place()


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in invariants.checked().values() for line in lines]


def central(place, **facts) -> int:
    """Book a conference of the centre in the hall and the province's room, which waits where it is taken; return its id."""
    return place.book(wait_for=frozenset({place.room.id}), **facts)


@pytest.fixture
def local(place) -> int:
    """A conference of the province in its own room, granted by rule; its reservation's id."""
    clerk = a_person(place.province, Role.STAFF, name="Văn thư tỉnh")
    place.province_clerk = clerk
    return alone(place, by=clerk, title="Giao ban tỉnh")


# Marking


def test_what_was_asked_of_rooms_below_is_granted_at_once_by_rule(place):
    conference = place.book()
    asked = reservation_of(conference, place.room).id

    mandatory.make_mandatory(conference, by=place.centre_approver)

    row = now(asked)
    assert (row.state, row.decided_rule, row.deciding_unit_id) == ("granted", "mandatory", place.province.id)
    assert "conference_made_mandatory" in kinds()
    assert len(told(place.province_approver, "made_mandatory")) == 1
    assert broken() == []


def test_marked_twice_it_is_marked_once(place):
    conference = place.book()

    mandatory.make_mandatory(conference, by=place.centre_approver)
    mandatory.make_mandatory(conference, by=place.centre_approver)

    assert kinds().count("conference_made_mandatory") == 1


def test_rooms_outside_the_hosts_subtree_still_wait_for_their_approver(place):
    conference = place.book(room_ids=(place.room.id, place.other_room.id), host_room_id=place.room.id)

    mandatory.make_mandatory(conference, by=place.province_approver)

    assert [reservation_of(conference, room).state for room in (place.room, place.other_room)] == ["granted", "requested"]


@pytest.mark.parametrize(("who", "error"), [("province_approver", NotAllowed), ("other_approver", NotVisible), ("clerk", NotAllowed),
                                            ("administrator", NotAllowed)])
def test_nobody_but_an_approver_of_the_hosts_unit_marks(place, who, error):
    conference = place.book()

    with pytest.raises(error):
        mandatory.make_mandatory(conference, by=getattr(place, who))

    assert conference_by_id(conference).mandatory_at is None


def test_an_approver_does_not_mark_their_own_conference(place):
    both = a_person(place.centre, Role.STAFF, Role.APPROVER)
    conference = place.book(by=both)

    with pytest.raises(Refused, match="own_request"):
        mandatory.make_mandatory(conference, by=both)


def test_what_is_cancelled_or_over_is_not_marked(place, set_clock):
    cancelled, over = place.book(), place.book(span=a_span("2027-03-02T05:00"))
    cancel.cancel_conference(cancelled, by=place.clerk, reason="")
    with pytest.raises(Conflict, match="already_cancelled"):
        mandatory.make_mandatory(cancelled, by=place.centre_approver)
    set_clock.forward(days=3)

    with pytest.raises(Refused, match="conference_over"):
        mandatory.make_mandatory(over, by=place.centre_approver)


def test_a_taken_room_is_not_won_by_marking(place, local):
    conference = central(place)

    mandatory.make_mandatory(conference, by=place.centre_approver)

    assert (reservation_of(conference, place.room).state, state_of(local)) == ("waiting", "granted")


def test_who_waited_is_granted_by_rule_when_the_room_comes_free(place, local):
    conference = central(place)
    mandatory.make_mandatory(conference, by=place.centre_approver)

    cancel.cancel_conference(now(local).occurrence.conference_id, by=place.province_clerk, reason="")

    row = reservation_of(conference, place.room)
    assert (row.state, row.decided_rule) == ("granted", "mandatory")


# All that a unit can answer


@pytest.fixture
def obliged(place) -> int:
    """The reservation of the province's room that a mandatory conference was granted."""
    conference = place.book()
    mandatory.make_mandatory(conference, by=place.centre_approver)
    return reservation_of(conference, place.room).id


def test_a_unit_cannot_refuse_but_can_say_that_it_cannot_serve(place, obliged, set_clock):
    with pytest.raises(Conflict, match="already_decided"):
        decide.refuse_reservation(obliged, by=place.province_approver, reason="Bận")

    decide.cannot_serve(obliged, by=place.province_approver, reason="Mất điện")

    row = now(obliged)
    assert (row.state, row.decided_rule, row.reason) == ("refused", "cannot_serve", "Mất điện")
    assert occurrence_state_of(row.occurrence, set_clock.at) == "needs_attention"
    assert [one.reason for one in told(place.clerk, "cannot_serve")] == ["Mất điện"]
    assert broken() == []


def test_cannot_serve_taken_back_is_granted_by_rule_again(place, obliged):
    decide.cannot_serve(obliged, by=place.province_approver, reason="Mất điện")

    decide.undo_decision([obliged], by=place.province_approver)

    assert (now(obliged).state, now(obliged).decided_rule) == ("granted", "mandatory")
    assert told(place.clerk, "cannot_serve") == []
    assert broken() == []


def test_cannot_serve_is_for_mandatory_conferences_and_the_rooms_own_unit(place, obliged):
    ordinary = alone(place, span=a_span("2027-03-02T05:00"))
    decide.grant_reservation(ordinary, by=place.province_approver)

    with pytest.raises(Refused, match="not_mandatory"):
        decide.cannot_serve(ordinary, by=place.province_approver, reason="Mất điện")
    with pytest.raises(NotAllowed):
        decide.cannot_serve(obliged, by=place.other_approver, reason="Mất điện")
    with pytest.raises(InvalidInput):
        decide.cannot_serve(obliged, by=place.province_approver, reason=" ")


# Displacing


@pytest.fixture
def wanting(place, local) -> Reservation:
    """What a mandatory conference waits for: the province's room, which a local conference holds."""
    conference = central(place)
    mandatory.make_mandatory(conference, by=place.centre_approver)
    return reservation_of(conference, place.room)


def displace(place, wanting, *ids, by=None, reason=REASON) -> None:
    mandatory.displace(ids, for_occurrence_id=wanting.occurrence_id, by=by or place.centre_approver, reason=reason)


def test_the_named_local_reservation_gives_way_and_both_sides_are_in_the_trail(place, local, wanting):
    displace(place, wanting, local)

    given, taken = now(local), now(wanting.id)
    assert (given.state, given.displaced_by_id, given.reason) == ("displaced", wanting.occurrence_id, REASON)
    assert (taken.state, taken.decided_rule) == ("granted", "displacing")
    assert "reservation_displaced" in kinds(of=local)
    assert kinds(of=wanting.id)[-1] == "reservation_granted"
    assert broken() == []


def test_the_displaced_are_told_why_with_another_time_and_other_rooms(place, local, wanting):
    free = a_room(place.province, "Phòng họp số 2")

    displace(place, wanting, local)

    (notice,) = told(place.province_clerk, "displaced")
    assert notice.reason.split("\n") == [REASON, "09:00 02/03/2027", free.name]
    assert notice.occurrence_id == now(local).occurrence_id
    assert len(told(place.chair, "displaced")) == 1


def test_nothing_of_a_restricted_conference_is_in_the_notice_of_the_displaced(place, local):
    profile = a_profile(Classification.INTERNAL)
    conference = central(place, profile_id=profile.id, title="Kiểm điểm cán bộ")
    mandatory.make_mandatory(conference, by=place.centre_approver)
    asked = reservation_of(conference, place.room)

    displace(place, asked, local)

    (notice,) = told(place.province_clerk, "displaced")
    assert "Kiểm điểm" not in notice.reason
    assert notice.conference_id != conference


def test_others_that_were_not_named_still_stand_in_the_way(place, local):
    second = alone(place, span=a_span("2027-03-02T02:00"), by=place.province_clerk)
    conference = central(place, span=a_span(minutes=120))
    mandatory.make_mandatory(conference, by=place.centre_approver)
    asked = reservation_of(conference, place.room)

    with pytest.raises(RoomsNotFree):
        displace(place, asked, local)

    assert [state_of(one) for one in (local, second, asked.id)] == ["granted", "granted", "waiting"]
    displace(place, asked, local, second)
    assert [state_of(one) for one in (local, second, asked.id)] == ["displaced", "displaced", "granted"]


def test_what_is_left_of_the_displaced_ones_time_goes_to_who_waits(place):
    clerk = place.province_clerk = a_person(place.province, Role.STAFF)
    local = alone(place, by=clerk, span=a_span(minutes=180))
    waits = behind(place, span=a_span("2027-03-02T03:00"))
    conference = central(place)
    mandatory.make_mandatory(conference, by=place.centre_approver)

    displace(place, reservation_of(conference, place.room), local)

    assert state_of(waits) == "requested"


@pytest.mark.parametrize(("who", "error"), [("province_approver", NotAllowed), ("other_approver", NotVisible), ("clerk", NotAllowed)])
def test_nobody_but_an_approver_of_the_hosts_unit_displaces(place, local, wanting, who, error):
    with pytest.raises(error):
        displace(place, wanting, local, by=getattr(place, who))

    assert state_of(local) == "granted"


def test_a_conference_that_is_not_mandatory_displaces_nothing(place, local):
    asked = reservation_of(central(place), place.room)

    with pytest.raises(Refused, match="not_mandatory"):
        displace(place, asked, local)


def test_neither_a_mandatory_conference_nor_a_running_one_is_displaced(place, local, wanting):
    with write_transaction():
        db.session.get_one(Reservation, local).occurrence.actual_start_at = a_span().start
    with pytest.raises(Refused, match="session_running"):
        displace(place, wanting, local)
    with write_transaction():
        row = db.session.get_one(Reservation, local)
        row.occurrence.actual_start_at, row.occurrence.conference.mandatory_at = None, a_span().start

    with pytest.raises(Refused, match="displace_mandatory"):
        displace(place, wanting, local)


def test_a_conference_of_a_unit_above_the_host_is_not_local(place):
    commune = a_unit(parent=place.province)
    room, host = a_room(commune), a_room(place.province)
    held = alone(place, room)
    conference = place.book(by=a_person(place.province, Role.STAFF), room_ids=(host.id, room.id), host_room_id=host.id,
                            wait_for=frozenset({room.id}))
    mandatory.make_mandatory(conference, by=place.province_approver)

    with pytest.raises(Refused, match="displace_not_local"):
        displace(place, reservation_of(conference, room), held, by=place.province_approver)


def test_what_is_not_in_the_way_and_what_is_not_named_is_not_displaced(place, local, wanting):
    elsewhen = alone(place, span=a_span("2027-03-02T05:00"), by=place.province_clerk)

    with pytest.raises(Refused, match="displace_not_in_the_way"):
        displace(place, wanting, local, elsewhen)
    with pytest.raises(InvalidInput):
        displace(place, wanting)
    with pytest.raises(InvalidInput):
        displace(place, wanting, local, reason="")

    assert [state_of(one) for one in (local, elsewhen)] == ["granted", "granted"]


def test_a_room_that_cannot_serve_is_not_taken_by_displacing(place, obliged):
    decide.cannot_serve(obliged, by=place.province_approver, reason="Mất điện")
    held = alone(place, by=a_person(place.province, Role.STAFF))

    with pytest.raises(Refused, match="displace_not_in_the_way"):
        displace(place, now(obliged), held)


def test_what_stands_in_the_way_is_shown_with_whether_it_may_be_displaced(place, local, wanting):
    _, shown, missing = mandatory.to_displace(wanting.occurrence.conference_id, by=place.centre_approver)

    assert shown.title == "Giao ban tuần"
    assert [(one.reservation.id, [(held, may) for held, _, may in one.held_by]) for one in missing] == [(wanting.id, [(local, True)])]
