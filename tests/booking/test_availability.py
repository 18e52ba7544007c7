"""Is a room free, and if not: whose is it, how close is it, and what other time is there."""

from datetime import timedelta

import pytest
from builders import a_profile, a_room, a_span

from roomctl.booking.availability import RoomsNotFree, answers_for, next_time_for_all, viewer_of
from roomctl.booking.tables import conference_by_id
from roomctl.booking.visibility import Busy, Full
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import to_local


def answer(place, room, span=None, *, viewer=None, **facts):
    return answers_for([room], span or a_span(), viewer_of(viewer or place.clerk), **facts)[0]


def test_a_room_without_reservations_is_free(place):
    assert answer(place, place.hall).is_free


def test_whose_conference_it_is_is_said_to_those_who_may_know(place):
    place.book(title="Giao ban tuần")

    clash, = answer(place, place.hall).clashes

    assert isinstance(clash.view, Full)
    assert clash.view.title == "Giao ban tuần"


def test_to_others_it_is_only_busy(place):
    place.book(profile_id=a_profile(Classification.INTERNAL).id)

    clash, = answer(place, place.hall, viewer=place.stranger).clashes

    assert clash.view == Busy(a_span())


def test_all_that_stand_in_the_way_are_named(place):
    for start in ("01:00", "02:00"):
        place.book(span=a_span(f"2027-03-02T{start}"))

    assert len(answer(place, place.hall, a_span("2027-03-02T01:30")).clashes) == 2


def test_a_clash_of_setup_or_teardown_alone_is_told_apart(place):
    room = a_room(place.centre, teardown=timedelta(minutes=10))
    place.book(room_ids=(room.id,), host_room_id=room.id)

    assert [one.only_buffer for one in answer(place, room, a_span("2027-03-02T02:00")).clashes] == [True]
    assert [one.only_buffer for one in answer(place, room, a_span("2027-03-02T01:30")).clashes] == [False]


def test_a_conference_of_seven_days_is_seen_on_its_last_day(place):
    place.book(span=a_span("2027-03-02T01:00", 7 * 24 * 60))

    assert not answer(place, place.hall, a_span("2027-03-09T00:00")).is_free
    assert answer(place, place.hall, a_span("2027-03-09T01:00")).is_free


def test_setup_reaches_back_over_a_conference_that_ended_hours_ago(place):
    room = a_room(place.centre, setup=timedelta(hours=6), teardown=timedelta(hours=6))
    place.book(room_ids=(room.id,), host_room_id=room.id)

    assert not answer(place, room, a_span("2027-03-02T13:59")).is_free
    assert answer(place, room, a_span("2027-03-02T14:00")).is_free


def test_an_occurrence_that_is_moved_does_not_stand_in_its_own_way(place):
    occurrence = conference_by_id(place.book()).occurrences[0]

    assert answer(place, place.hall, ignoring=occurrence.id).is_free


def test_a_room_without_a_codec_is_free_and_says_so(place):
    found = answer(place, place.hall)

    assert (found.is_free, found.note) == (True, "no_codec")


def test_another_time_is_proposed_when_all_rooms_are_free(place):
    place.book()
    place.book(span=a_span("2027-03-02T02:15"), room_ids=(place.room.id,), host_room_id=place.room.id)

    with pytest.raises(RoomsNotFree) as refused:
        place.book()

    assert refused.value.proposal == a_span("2027-03-02T03:15")


def proposed(place, room, span, *, now):
    return next_time_for_all([room], span, now=now)


def test_the_proposal_is_within_office_hours_of_a_working_day(place, set_clock):
    late_on_friday = a_span("2027-03-05T10:30")  # 17:30 in Hà Nội.

    local = to_local(proposed(place, place.hall, late_on_friday, now=set_clock.at).start)

    assert (local.weekday(), local.hour, local.minute) == (0, 7, 0)


def test_no_time_in_the_past_is_proposed(place, set_clock):
    set_clock.at = a_span("2027-03-02T03:07").start

    assert proposed(place, place.hall, a_span(), now=set_clock.at).start == a_span("2027-03-02T03:15").start


def test_nothing_is_proposed_when_no_day_is_long_enough(place, set_clock):
    assert proposed(place, place.hall, a_span(minutes=12 * 60), now=set_clock.at) is None


def test_a_proposal_keeps_clear_of_what_ended_within_the_rooms_setup(place, set_clock):
    room = a_room(place.centre, setup=timedelta(hours=1))
    alone = {"room_ids": (room.id,), "host_room_id": room.id}
    place.book(span=a_span("2027-03-02T00:00"), **alone)

    proposal = proposed(place, room, a_span("2027-03-02T01:00"), now=set_clock.at)

    assert answer(place, room, proposal).is_free


def test_a_proposal_at_the_end_of_the_search_is_free_too(place, set_clock):
    for start, minutes in (("03-02T00:00", 7 * 24 * 60), ("03-09T00:00", 7 * 24 * 60), ("03-16T00:00", 465), ("03-16T08:00", 60)):
        place.book(span=a_span(f"2027-{start}", minutes))

    proposal = proposed(place, place.hall, a_span("2027-03-02T08:00", 180), now=set_clock.at)  # 07:45 would fit but for the last.

    assert proposal is None
