"""Is a room free, and if not: whose is it, how close is it, and what other time is there."""

from datetime import date, time, timedelta

import pytest
from builders import a_profile, a_room, a_span
from sqlalchemy import event

from roomctl.booking.availability import RoomsNotFree, all_free, all_free_on, answers_for, answers_for_dates, next_time_for_all, viewer_of
from roomctl.booking.maintenance import close_room
from roomctl.booking.tables import conference_by_id
from roomctl.booking.visibility import Busy, Full
from roomctl.database import db
from roomctl.errors import InvalidInput
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local, to_local


@pytest.fixture
def counted_questions(app):
    """Return how many statements something asks the database."""

    def count(ask) -> int:
        asked = []
        event.listen(db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        ask()
        return len(asked)

    return count


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

    assert answer(place, place.hall, ignoring={occurrence.id}).is_free


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


# Many dates at once


WEEKS = [a_span(f"2027-{month:02}-{day:02}T01:00") for month, day in ((3, 2), (3, 9), (3, 16), (3, 23))]


def test_each_date_has_an_answer_for_each_room_in_their_order(place):
    place.book(span=WEEKS[1])
    place.book(span=WEEKS[2], room_ids=(place.room.id,), host_room_id=place.room.id)

    found = answers_for_dates([place.hall, place.room], WEEKS, viewer_of(place.clerk))

    assert [[one.is_free for one in answers] for answers in found] == [[True, True], [False, False], [True, False], [True, True]]
    assert [one.room.id for one in found[2]] == [place.hall.id, place.room.id]


def test_many_dates_answer_as_each_would_alone(place):
    room = a_room(place.centre, setup=timedelta(minutes=15), teardown=timedelta(minutes=10), opens_min=480)
    for hour in (1, 4, 7, 10, 13):
        place.book(span=a_span(f"2027-03-09T{hour:02}:00"), room_ids=(room.id,), host_room_id=room.id)
    spans = [Span(start, start + timedelta(hours=1)) for start in (a_span("2027-03-08T23:00").start + timedelta(minutes=5) * n for n in range(200))]

    together, viewer = answers_for_dates([room, place.hall], spans, viewer_of(place.clerk)), viewer_of(place.clerk)

    assert together == [answers_for([room, place.hall], span, viewer) for span in spans]
    assert all_free_on([room, place.hall], spans) == [all_free([room, place.hall], span) for span in spans]
    assert {one[0].is_free for one in together} == {True, False}


def test_dates_are_answered_in_as_many_questions_as_one_is(place, counted_questions):
    once = counted_questions(lambda: all_free_on([place.hall, place.room], WEEKS[:1]))

    assert counted_questions(lambda: all_free_on([place.hall, place.room], WEEKS * 50)) == once == 2


def test_no_rooms_and_no_dates_stand_in_nobodys_way(place):
    assert answers_for_dates([], WEEKS[:1], viewer_of(place.clerk)) == [[]]
    assert answers_for_dates([place.hall], [], viewer_of(place.clerk)) == []


def test_several_occurrences_that_are_moved_together_stand_in_none_of_their_ways(place):
    moved = {conference_by_id(place.book(span=span)).occurrences[0].id for span in WEEKS[:2]}

    assert all_free_on([place.hall], WEEKS[:2]) == [False, False]
    assert all_free_on([place.hall], WEEKS[:2], ignoring=moved) == [True, True]


# What a room asks


def only(room) -> dict:
    return {"room_ids": (room.id,), "host_room_id": room.id}


def test_a_room_that_is_closed_then_is_not_free_and_says_why(place):
    room = a_room(place.centre, opens_min=390, closes_min=1080, open_days="12345")

    night, sunday = a_span("2027-03-02T13:00"), a_span("2027-03-07T01:00")

    assert [[one.kind for one in answer(place, room, span).reasons] for span in (night, sunday)] == [["closed_hours"], ["closed_day"]]
    assert (answer(place, room, night).is_free, all_free([room], night)) == (False, False)


def test_a_request_for_a_room_in_maintenance_is_refused_with_the_reason(place):
    close_room(place.hall.id, a_span(), reason="Sửa điện", by=place.technician)

    with pytest.raises(RoomsNotFree) as refused:
        place.book()

    answers = {one.room.id: one for one in refused.value.answers}
    assert [dict(one.facts)["why"] for one in answers[place.hall.id].reasons] == ["Sửa điện"]
    assert answers[place.room.id].is_free


def test_a_proposal_keeps_to_the_rooms_hours_and_out_of_maintenance(place, set_clock):
    room = a_room(place.centre, opens_min=840)  # 14:00
    close_room(room.id, a_span("2027-03-02T07:00", 120), reason="Sửa điện", by=place.technician)  # 14:00 to 16:00

    proposal = proposed(place, room, a_span(), now=set_clock.at)

    assert proposal == a_span("2027-03-02T09:00")


# Cases of other systems


def local(start: str, end: str) -> Span:
    return Span(*(from_local(date(2027, 3, 2), time.fromisoformat(one)) for one in (start, end)))


def tried(place, room, start: str, end: str) -> str:
    """Return "accepted", or why a request was refused."""
    try:
        place.book(span=local(start, end), **only(room))
    except RoomsNotFree:
        return "conflict"
    except InvalidInput as error:
        return error.problems[0].reason
    return "accepted"


def test_p02_back_to_back_is_accepted_and_one_minute_too_much_is_not(place):
    place.book(span=local("09:00", "10:00"), **only(place.hall))

    answers = [tried(place, place.hall, *times) for times in (("10:00", "11:00"), ("08:00", "09:00"), ("09:59", "10:00"), ("12:00", "12:00"))]

    assert answers == ["accepted", "accepted", "conflict", "end_not_after_start"]


@pytest.mark.parametrize(("start", "end", "expected"), [
    ("10:10", "11:10", "conflict"), ("10:24", "11:24", "conflict"), ("10:25", "11:25", "accepted"), ("07:35", "08:35", "accepted"),
    ("07:36", "08:36", "conflict")])
def test_p11_setup_and_teardown_are_held_whoever_asks_and_never_shown(place, set_clock, start, end, expected):
    set_clock.at -= timedelta(days=1)
    room = a_room(place.centre, setup=timedelta(minutes=15), teardown=timedelta(minutes=10))
    conference_id = place.book(span=local("09:00", "10:00"), **only(room))

    assert tried(place, room, start, end) == expected
    assert conference_by_id(conference_id).occurrences[0].facts().full.span == local("09:00", "10:00")


@pytest.mark.parametrize(("start", "end"), [("10:00", "11:45"), ("09:30", "10:00"), ("15:00", "16:00"), ("08:00", "17:00"), ("09:30", "16:00")])
def test_p18_overlaps_of_every_shape_are_refused(place, start, end):
    place.book(span=local("09:30", "16:00"), **only(place.hall))

    assert tried(place, place.hall, start, end) == "conflict"
