"""Asking for a conference: all its rooms or none, once, and by the rules of each room's unit."""

import threading
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from builders import Place, a_person, a_profile, a_room, a_span, a_unit
from sqlalchemy import func, select

from roomctl.booking import cancel, decide
from roomctl.booking.availability import RoomsNotFree
from roomctl.booking.lifecycle import ReservationState
from roomctl.booking.request import request_conference
from roomctl.booking.tables import Conference, Occurrence, Reservation, conference_by_id
from roomctl.database import db
from roomctl.errors import InvalidInput, NotAllowed, NotSignedIn
from roomctl.notices.tables import Notice
from roomctl.organisation import directory, signin
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification


def reservations(conference_id: int) -> dict[int, Reservation]:
    """Return a conference's reservations by room id."""
    return {one.room_id: one for one in conference_by_id(conference_id).occurrences[0].reservations}


def states(conference_id: int) -> dict[int, str]:
    return {room_id: one.state for room_id, one in reservations(conference_id).items()}


def stored() -> tuple[int, int, int]:
    """Return how many conferences, occurrences and reservations there are."""
    db.session.rollback()
    return tuple(db.session.scalar(select(func.count()).select_from(model)) for model in (Conference, Occurrence, Reservation))


def told(kind: str) -> set[int]:
    return set(db.session.scalars(select(Notice.user_id).where(Notice.kind == kind)))


# What is granted, and who decides on the rest


def test_a_room_of_ones_own_unit_is_granted_at_once_and_others_are_requested(place):
    conference_id = place.book()

    assert states(conference_id) == {place.hall.id: ReservationState.GRANTED, place.room.id: ReservationState.REQUESTED}


def test_a_grant_at_once_names_its_rule_and_no_person(place):
    granted = reservations(place.book())[place.hall.id]

    assert (granted.decided_rule, granted.decided_by) == ("own_unit", None)


def test_a_room_open_to_nobody_is_requested_even_by_its_own_unit(place):
    strict = a_room(place.centre, open_to="nobody")

    conference_id = place.book(room_ids=(strict.id,), host_room_id=strict.id)

    assert states(conference_id) == {strict.id: ReservationState.REQUESTED}


def test_the_rooms_own_unit_decides_and_its_approvers_are_told(place):
    asked = reservations(place.book())[place.room.id]

    assert asked.deciding_unit_id == place.province.id
    assert told("decision_wanted") == {place.province_approver.id}


def test_a_unit_without_an_approver_escalates_to_its_parent_at_once(place):
    commune = a_unit(parent=place.province)
    room = a_room(commune)

    asked = reservations(place.book(room_ids=(place.hall.id, room.id)))[room.id]

    assert asked.deciding_unit_id == place.province.id


def test_escalation_climbs_until_somebody_may_decide(place):
    empty = a_unit(parent=a_unit(parent=place.centre))
    room = a_room(empty)

    asked = reservations(place.book(room_ids=(place.hall.id, room.id)))[room.id]

    assert asked.deciding_unit_id == place.centre.id


def test_a_request_of_the_only_approver_escalates_to_the_parent(place):
    strict = a_room(place.province, open_to="nobody")
    alone = place.province_approver
    directory.grant_role(alone, Role.STAFF, place.province, by=None)

    asked = reservations(place.book(by=alone, room_ids=(strict.id,), host_room_id=strict.id))[strict.id]

    assert asked.deciding_unit_id == place.centre.id


def test_a_decision_is_due_at_half_time_when_there_is_less_than_two_days(place, set_clock):
    asked = reservations(place.book())[place.room.id]  # Asked a day ahead.

    assert asked.deadline_at == set_clock.at + timedelta(hours=12)


def test_only_somebody_with_the_role_may_ask(place):
    with pytest.raises(NotAllowed):
        place.book(by=place.technician)
    with pytest.raises(NotSignedIn):
        request_conference(place.wish(), by=None, key="k")


# All rooms or none


def test_when_one_room_is_taken_none_is_reserved_and_every_room_is_answered(place):
    place.book(room_ids=(place.other_room.id,), host_room_id=place.other_room.id)
    before = stored()

    with pytest.raises(RoomsNotFree) as refused:
        place.book(room_ids=(place.hall.id, place.room.id, place.other_room.id))

    assert [answer.is_free for answer in refused.value.answers] == [True, True, False]
    assert stored() == before


def test_a_day_of_back_to_back_conferences_is_accepted(place):
    for start in ("02:00", "03:00", "01:00"):
        place.book(span=a_span(f"2027-03-02T{start}"))

    with pytest.raises(RoomsNotFree):
        place.book(span=a_span("2027-03-02T02:59", 1))


def test_setup_and_teardown_are_held_but_never_shown(place):
    room = a_room(place.centre, setup=timedelta(minutes=15), teardown=timedelta(minutes=10))
    alone = {"room_ids": (room.id,), "host_room_id": room.id}
    conference_id = place.book(span=a_span("2027-03-02T02:00"), **alone)

    starts = ("03:10", "03:24", "00:36", "03:25", "00:35")
    outcomes = {start: accepted(place, span=a_span(f"2027-03-02T{start}"), **alone) for start in starts}

    assert outcomes == {"03:10": False, "03:24": False, "00:36": False, "03:25": True, "00:35": True}
    assert conference_by_id(conference_id).occurrences[0].facts().full.span == a_span("2027-03-02T02:00")


@pytest.mark.parametrize("give_up", ["refused", "cancelled"])
def test_a_refused_or_cancelled_request_no_longer_blocks(place, give_up):
    alone = {"room_ids": (place.room.id,), "host_room_id": place.room.id}
    conference_id = place.book(**alone)
    if give_up == "refused":
        decide.refuse_reservation(reservations(conference_id)[place.room.id].id, by=place.province_approver, reason="Sửa phòng")
    else:
        cancel.cancel_conference(conference_id, by=place.clerk, reason="Hoãn")

    assert accepted(place, **alone)


def test_a_request_that_waits_holds_the_room(place):
    alone = {"room_ids": (place.room.id,), "host_room_id": place.room.id}
    place.book(**alone)

    assert not accepted(place, **alone)


def accepted(place, **facts) -> bool:
    try:
        place.book(**facts)
    except RoomsNotFree:
        return False
    return True


# Sent twice


def test_the_same_form_sent_twice_makes_one_conference(place):
    first, second = place.book(key="form"), place.book(key="form")

    assert first == second
    assert stored()[0] == 1


def test_a_form_sent_again_after_its_start_still_leads_to_what_it_made(place, set_clock):
    first = place.book(key="form")
    set_clock.forward(days=2)

    assert place.book(key="form") == first


def test_the_same_key_of_another_person_is_another_form(place):
    colleague = a_person(place.centre, Role.STAFF)

    assert place.book(key="form") != place.book(by=colleague, key="form", span=a_span("2027-03-03T01:00"))


def test_a_form_sent_twice_at_once_makes_one_conference(app_on, set_clock):
    place = Place()
    clerk_id, wish, together = place.clerk.id, place.wish(), threading.Barrier(2)
    db.session.rollback()

    def send(_) -> int:
        with app_on.app_context():
            by = db.session.get(type(place.clerk), clerk_id)
            together.wait()
            return request_conference(wish, by=by, key="form")

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(send, range(2)))

    assert made[0] == made[1]


# What is refused is stored nowhere


def test_an_unknown_room_is_refused(place):
    assert refusal(place, room_ids=(place.hall.id, 987_654)) == [("rooms", "unknown_room")]


def test_an_unknown_profile_is_refused(place):
    assert refusal(place, profile_id=987_654) == [("profile", "unknown_profile")]


@pytest.mark.parametrize("who", ["nobody", "somebody without the role", "somebody whose account is closed"])
def test_a_chair_who_cannot_be_one_is_refused(place, who):
    if who == "somebody whose account is closed":
        signin.close_account(place.chair.id, by=None)
    chair_id = {"nobody": 987_654, "somebody without the role": place.clerk.id}.get(who, place.chair.id)

    assert refusal(place, chair_id=chair_id) == [("chair", "unknown_chair")]


@pytest.mark.parametrize("facts", [{"title": "a" * 10_000}, {"title": "Họp\x00"}, {"title": "\u202eHọp"}, {"title": "H" + "\u0335" * 9},
                                   {"title": "\ud800"}, {"span": a_span(minutes=0)}, {"span": a_span("2027-02-01T00:00")},
                                   {"span": a_span(minutes=7 * 24 * 60 + 1)}, {"room_ids": ()}])
def test_a_bad_wish_stores_nothing(place, facts):
    assert refusal(place, **facts)
    assert stored() == (0, 0, 0)


def test_a_title_in_nfd_is_stored_in_nfc(place):
    conference_id = place.book(title=unicodedata.normalize("NFD", "Ứng phó lũ ở Đắk Lắk"))

    assert conference_by_id(conference_id).title == "Ứng phó lũ ở Đắk Lắk"


@pytest.mark.parametrize("classification", [Classification.CONFIDENTIAL, Classification.TOP_SECRET])
def test_a_title_at_classified_is_refused_and_kept_nowhere(place, app, classification):
    profile = a_profile(classification)

    with pytest.raises(InvalidInput) as refused:
        place.book(profile_id=profile.id, title="Phuong an Z41", code_name="Sông Hồng", attendees="Phuong an Z41")

    assert [one.reason for one in refused.value.problems] == ["title_at_classified", "attendees_at_classified"]
    assert "Z41" not in repr(refused.value.problems)
    assert traces_of("Z41", app) == []


def test_a_classified_conference_keeps_its_code_name_only(place):
    profile = a_profile(Classification.SECRET)

    conference = conference_by_id(place.book(profile_id=profile.id, title="", code_name="Sông Hồng"))

    assert (conference.code_name, conference.title, conference.attendees) == ("Sông Hồng", "", "")


def traces_of(word: str, app) -> list[str]:
    """Return where a word is kept: every cell of every table, and every byte of every file of the installation."""
    db.session.rollback()
    cells = [f"{table.name}.{name}" for table in db.metadata.sorted_tables for row in db.session.execute(select(table)).mappings()
             for name, value in row.items() if word in (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))]
    files = [path.name for path in app.config["SETTINGS"].home.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]
    return cells + files


def test_the_search_for_traces_finds_what_is_there(place, app):
    place.book(title="Phuong an Z41")

    assert "conferences.title" in traces_of("Z41", app)
    assert any(name.startswith("roomctl.db") for name in traces_of("Z41", app))


def refusal(place, **facts) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        place.book(**facts)
    return [(one.field, one.reason) for one in refused.value.problems]
