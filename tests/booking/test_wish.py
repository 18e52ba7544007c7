"""What is wrong with a wish, said all at once and by field."""

import dataclasses
import unicodedata
from datetime import date, timedelta

import pytest
from builders import NOW, a_span

from roomctl.booking.recurrence import Recurrence
from roomctl.booking.wish import MOST_ROOMS, MOST_ROOMS_OF_SERIES, Wish, checked
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span

GOOD = Wish(span=a_span(), room_ids=(1, 2), host_room_id=1, chair_id=5, profile_id=9, title="Giao ban tuần")


def problems(classification: Classification = Classification.ORDINARY, **changed) -> list[tuple[str, str]]:
    found = checked(dataclasses.replace(GOOD, **changed), classification=classification, now=NOW)[1]
    return [(one.field, one.reason) for one in found]


def cleaned(**changed) -> Wish:
    return checked(dataclasses.replace(GOOD, **changed), classification=Classification.ORDINARY, now=NOW)[0]


def test_a_good_wish_has_no_problem():
    assert problems() == []


@pytest.mark.parametrize(("span", "expected"), [
    (Span(NOW - timedelta(minutes=1), NOW + timedelta(hours=1)), ("start", "start_in_the_past")),
    (a_span(minutes=0), ("end", "end_not_after_start")),
    (a_span(minutes=-30), ("end", "end_not_after_start")),
    (a_span(minutes=7 * 24 * 60 + 1), ("end", "longer_than_seven_days")),
])
def test_a_time_that_cannot_be_is_named(span, expected):
    assert problems(span=span) == [expected]


@pytest.mark.parametrize("span", [Span(NOW, NOW + timedelta(minutes=1)), a_span(minutes=7 * 24 * 60)], ids=["now", "seven days"])
def test_the_limits_themselves_are_allowed(span):
    assert problems(span=span) == []


@pytest.mark.parametrize(("room_ids", "expected"), [
    ((), ("rooms", "no_rooms")), ((1, 1), ("rooms", "room_twice")), ((2, 3), ("host_room", "host_room_not_among_rooms")),
    (tuple(range(1, MOST_ROOMS + 2)), ("rooms", "too_many_rooms"))])
def test_rooms_that_cannot_be_are_named(room_ids, expected):
    assert problems(room_ids=room_ids) == [expected]


@pytest.mark.parametrize(("rooms", "expected"), [(MOST_ROOMS_OF_SERIES, []), (MOST_ROOMS_OF_SERIES + 1, [("rooms", "too_many_rooms_of_series")])])
def test_every_room_of_the_country_may_meet_once_and_not_again_and_again(rooms, expected):
    room_ids = tuple(range(1, rooms + 1))

    assert problems(room_ids=room_ids, recurrence=Recurrence(days=(date(2027, 3, 2), date(2027, 3, 9)))) == expected
    assert problems(room_ids=tuple(range(1, MOST_ROOMS + 1))) == []


@pytest.mark.parametrize(("title", "reason"), [
    ("", "title_missing"), ("   ", "title_missing"), ("a" * 10_000, "text_too_long"), ("a" * 301, "text_too_long"),
    ("Họp\x00", "text_control"), ("Họp\x1b[31m", "text_control"), ("Họp\nkhẩn", "text_control"), ("Họp\tkhẩn", "text_control"),
    ("Họp\x85", "text_control"), ("Họp \u202egnp.exe", "text_direction"), ("\u2066Họp\u2069", "text_direction"),
    ("Họp\u2028khẩn", "text_direction"), ("H" + "\u0335" * 20 + "ọp", "text_marks"), ("Họp\ud800", "text_surrogate"),
])
def test_a_title_that_cannot_be_shown_is_refused_with_its_reason(title, reason):
    assert problems(title=title) == [("title", reason)]


def test_every_problem_is_said_at_once():
    found = problems(span=a_span(minutes=0), room_ids=(), title="", contact_phone="0" * 41)

    assert found == [("end", "end_not_after_start"), ("rooms", "no_rooms"), ("contact_phone", "text_too_long"), ("title", "title_missing")]


def test_a_title_in_nfd_is_taken_and_kept_in_nfc():
    assert cleaned(title=unicodedata.normalize("NFD", "Hội nghị Đắk Lắk về ứng phó lũ")).title == "Hội nghị Đắk Lắk về ứng phó lũ"


def test_length_is_counted_in_letters_as_people_see_them():
    assert problems(title=unicodedata.normalize("NFD", "ữ" * 300)) == []


def test_a_title_is_trimmed_and_its_blanks_are_single():
    assert cleaned(title="  Giao   ban  tuần ").title == "Giao ban tuần"


def test_attendees_may_be_many_lines():
    assert cleaned(attendees="Sở Y tế\r\nSở Nội vụ\n").attendees == "Sở Y tế\nSở Nội vụ"


CLASSIFIED = [Classification.CONFIDENTIAL, Classification.SECRET, Classification.TOP_SECRET]


@pytest.mark.parametrize("classification", CLASSIFIED)
def test_a_classified_conference_has_a_code_name_and_no_title(classification):
    assert problems(classification, title="", code_name="Sông Hồng") == []
    assert problems(classification, code_name="Sông Hồng") == [("title", "title_at_classified")]
    assert problems(classification, title="") == [("code_name", "code_name_missing")]


@pytest.mark.parametrize("classification", CLASSIFIED)
def test_nothing_of_a_classified_title_or_agenda_leaves_the_check(classification):
    wish, found = checked(dataclasses.replace(GOOD, title="Kế hoạch A2", attendees="Cục Tác chiến"), classification=classification, now=NOW)

    assert "Kế hoạch" not in repr((wish, found))
    assert "Tác chiến" not in repr((wish, found))


def test_an_internal_conference_keeps_its_title():
    assert problems(Classification.INTERNAL) == []
