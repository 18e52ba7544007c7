"""A week's sheet as somebody reads it: whose it is, and what changed since it was published."""

from datetime import date, timedelta

import pytest
from builders import Place, a_person, a_profile, a_room, a_span

from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.visibility import Busy, CodeName, Full
from roomctl.database import db
from roomctl.organisation.roles import Role
from roomctl.schedule.changes import Mark
from roomctl.schedule.publish import publish_week
from roomctl.schedule.sheet import Choice, Line, week_sheet
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span, from_local

WEEK = (2027, 9)


def sheet(place, set_clock, *, by=None, week=WEEK, **choice):
    db.session.expire_all()  # As at the beginning of a request.
    return week_sheet(*week, Choice(**{"unit": place.centre, **choice}), by=by or place.clerk, now=set_clock())


def publish(place, unit=None, *, by=None, week=WEEK) -> None:
    publish_week(unit or place.centre, *week, by=by or place.clerk)


def marked(lines: list[Line]) -> list[tuple]:
    return [line.change.marks for line in lines]


def later(**length: float) -> Span:
    span = a_span()
    return Span(span.start + timedelta(**length), span.end + timedelta(**length))


def amend(place, conference_id: int, **facts) -> None:
    amend_conference(conference_id, Amendment(**facts), by=place.clerk)


def restricted(place) -> int:
    return place.book(profile_id=a_profile(Classification.INTERNAL).id, title="Kín")


# Versions and marks


def test_an_unpublished_week_has_no_version_and_no_marks(place, set_clock):
    place.book()

    found = sheet(place, set_clock)

    assert (found.version, marked(found.lines)) == (None, [()])


def test_a_published_week_says_its_version_when_and_by_whom(place, set_clock):
    publish(place)
    set_clock.forward(hours=1)
    publish(place)

    version = sheet(place, set_clock, by=place.technician).version

    assert (version.number, version.at, version.by) == (2, set_clock(), "Văn thư")


def test_what_did_not_change_since_is_not_marked(place, set_clock):
    place.book()
    publish(place)

    assert marked(sheet(place, set_clock).lines) == [()]


def test_what_was_added_since_is_new(place, set_clock):
    publish(place)
    place.book()

    assert marked(sheet(place, set_clock).lines) == [(Mark.NEW,)]


def test_a_new_version_takes_the_marks_away(place, set_clock):
    publish(place)
    place.book()
    publish(place)

    assert marked(sheet(place, set_clock).lines) == [()]


def test_what_was_moved_stands_at_its_new_time_with_the_published_one(place, set_clock):
    conference_id = place.book()
    publish(place)
    amend(place, conference_id, span=later(days=1))

    line, = sheet(place, set_clock).lines
    assert (line.row.day, line.change.marks, line.change.former) == (date(2027, 3, 3), (Mark.TIME,), a_span())


def test_a_title_that_changed_is_marked_for_those_who_read_it(place, set_clock):
    conference_id = place.book()
    publish(place)
    amend(place, conference_id, title="Giao ban tháng")

    assert marked(sheet(place, set_clock).lines) == [(Mark.CONTENT,)]


def test_another_host_room_is_marked_with_the_former_one(place, set_clock):
    conference_id = place.book()
    publish(place)
    amend(place, conference_id, host_room_id=place.room.id)

    line, = sheet(place, set_clock).lines
    assert (line.change.marks, line.row.host_room, line.change.former_room) == ((Mark.ROOM,), "Phòng họp Đắk Lắk", "Hội trường")


def test_another_site_is_marked(place, set_clock):
    conference_id = place.book()
    publish(place)
    amend(place, conference_id, room_ids=(place.hall.id, place.room.id, place.other_room.id))

    assert marked(sheet(place, set_clock).lines) == [(Mark.SITES,)]


def test_what_was_cancelled_stays_as_a_line_that_is_gone(place, set_clock):
    conference_id = place.book()
    publish(place)
    cancel_conference(conference_id, by=place.clerk, reason="Bận")

    line, = sheet(place, set_clock).lines
    assert (line.change.marks, line.change.is_gone, line.row.view.title, line.row.host_room, line.row.sites) == (
        (Mark.CANCELLED,), True, "Giao ban tuần", "Hội trường", 2)


def test_what_was_cancelled_before_anything_was_published_is_not_on_the_sheet(place, set_clock):
    cancel_conference(place.book(), by=place.clerk, reason="Bận")
    publish(place)

    assert sheet(place, set_clock).lines == []


def test_what_left_the_week_stands_in_it_as_gone_with_its_new_time_and_in_the_other_as_new(place, set_clock):
    conference_id = place.book()
    publish(place)
    publish(place, week=(2027, 10))
    amend(place, conference_id, span=later(days=7))

    here, there = sheet(place, set_clock).lines, sheet(place, set_clock, week=(2027, 10)).lines
    assert [(line.row.view.span, line.change.marks, line.change.moved_to) for line in here] == [(a_span(), (Mark.MOVED_AWAY,), later(days=7))]
    assert marked(there) == [(Mark.NEW,)]


def test_what_gave_back_the_units_room_is_withdrawn_from_its_sheet(place, set_clock):
    conference_id = place.book(by=place.clerk)
    publish(place, place.province, by=a_person(place.province, Role.STAFF))
    amend(place, conference_id, room_ids=(place.hall.id, place.other_room.id))

    lines = sheet(place, set_clock, unit=place.province, by=place.province_approver).lines
    assert [(type(line.row.view), line.change.marks) for line in lines] == [(Full, (Mark.WITHDRAWN,))]


def test_a_conference_of_several_days_is_marked_on_each_of_them(place, set_clock):
    publish(place)
    place.book(span=Span(a_span().start, a_span().start + timedelta(days=2)))

    assert marked(sheet(place, set_clock).lines) == [(Mark.NEW,)] * 3


def test_what_is_the_readers_own_in_rooms_of_others_was_never_published_here_and_is_not_marked(place, set_clock):
    publish(place, place.province, by=(own := a_person(place.province, Role.STAFF)))
    place.book(by=own, room_ids=(place.other_room.id,), host_room_id=place.other_room.id)

    assert marked(sheet(place, set_clock, unit=place.province, by=own).lines) == [()]


def test_lines_that_are_gone_stand_in_order_among_the_others(place, set_clock):
    first = place.book()
    place.book(title="sau", span=later(hours=2))
    publish(place)
    cancel_conference(first, by=place.clerk, reason="x")
    place.book(title="trước", span=later(hours=-1))

    assert [line.row.view.title for line in sheet(place, set_clock).lines] == ["trước", "Giao ban tuần", "sau"]


# Need to know


@pytest.mark.parametrize("facts", [{"title": "Kín khác"}, {"attendees": "Đồng chí Bí thư"}, {"on_behalf_of": "Ông Bộ trưởng"}],
                         ids=["title", "attendees", "leader"])
@pytest.mark.parametrize("who", ["technician", "officer"])
def test_nothing_hints_at_a_change_of_content_to_who_may_not_know_it(place, set_clock, facts, who):
    conference_id = restricted(place)
    publish(place)
    amend(place, conference_id, **facts)

    assert marked(sheet(place, set_clock, by=getattr(place, who)).lines) == [()]


def test_nothing_hints_at_another_host_room_or_site_to_who_may_not_know_them(place, set_clock):
    conference_id = restricted(place)
    publish(place)
    amend(place, conference_id, room_ids=(place.hall.id, place.room.id, place.other_room.id), host_room_id=place.room.id)

    line, = sheet(place, set_clock, by=place.technician).lines
    assert (line.change.marks, line.change.former_room, line.row.sites) == ((), "", 0)


def test_who_may_know_busy_sees_busy_where_it_was_and_where_it_is(place, set_clock):
    conference_id = restricted(place)
    publish(place)
    amend(place, conference_id, span=later(hours=2))

    line, = sheet(place, set_clock, by=place.technician).lines
    assert (line.row.view, line.change.marks, line.change.former) == (Busy(later(hours=2)), (Mark.TIME,), a_span())


@pytest.mark.parametrize(("who", "kind"), [("technician", Busy), ("officer", CodeName)])
def test_a_restricted_line_that_is_gone_is_busy_and_says_no_more_than_that(place, set_clock, who, kind):
    conference_id = restricted(place)
    publish(place)
    cancel_conference(conference_id, by=place.clerk, reason="x")

    line, = sheet(place, set_clock, by=getattr(place, who)).lines
    assert (type(line.row.view), line.change.marks, line.change.moved_to, line.row.state, line.row.sites) == (
        kind, (Mark.WITHDRAWN,), None, None, 0)


def test_what_became_restricted_since_it_was_published_is_busy_for_those_who_read_it_before(place, set_clock):
    colleague = a_person(place.centre, Role.STAFF)
    conference_id = place.book()
    publish(place)
    before = sheet(place, set_clock, by=colleague).lines
    amend(place, conference_id, profile_id=a_profile(Classification.INTERNAL).id)

    after = sheet(place, set_clock, by=colleague).lines
    assert [type(line.row.view) for line in before + after] == [Full, Busy]
    assert marked(after) == [()]


# By unit, room and leader


def test_the_sheet_of_a_unit_holds_its_rooms_and_those_below(place, set_clock):
    place.book(title="ở tỉnh", room_ids=(place.room.id,), host_room_id=place.room.id)
    place.book(title="nơi khác", room_ids=(place.other_room.id,), host_room_id=place.other_room.id)

    of_centre, of_province = sheet(place, set_clock).lines, sheet(place, set_clock, unit=place.province).lines

    assert [line.row.view.title for line in of_centre] == ["ở tỉnh", "nơi khác"]
    assert [line.row.view.title for line in of_province] == ["ở tỉnh"]


def test_another_units_sheet_shows_no_more_than_busy(place, set_clock):
    place.book(room_ids=(place.room.id,), host_room_id=place.room.id)

    line, = sheet(place, set_clock, unit=place.province, by=place.stranger).lines
    assert (line.row.view, line.row.host_room) == (Busy(a_span()), "Phòng họp Đắk Lắk")


def test_the_sheet_of_a_room_holds_what_stands_in_that_room(place, set_clock):
    small = a_room(place.centre, "Phòng nhỏ")
    place.book(title="ở hội trường")
    place.book(title="ở phòng nhỏ", room_ids=(small.id,), host_room_id=small.id)

    assert [line.row.view.title for line in sheet(place, set_clock, room=small).lines] == ["ở phòng nhỏ"]


def test_a_room_that_was_given_back_is_withdrawn_on_its_own_sheet_and_not_on_that_of_another(place, set_clock):
    small = a_room(place.centre, "Phòng nhỏ")
    conference_id = place.book(room_ids=(place.hall.id, small.id))
    publish(place)
    amend(place, conference_id, room_ids=(place.hall.id,))

    assert marked(sheet(place, set_clock, room=small).lines) == [(Mark.WITHDRAWN,)]
    assert marked(sheet(place, set_clock, room=place.hall).lines) == [(Mark.SITES,)]


@pytest.mark.parametrize(("words", "found"), [("bo truong", ["thay mặt"]), ("Bộ trưởng", ["thay mặt"]), ("CHỦ", ["tự chủ trì"]), ("ai khác", [])])
def test_the_sheet_of_a_leader_holds_what_they_lead_accents_or_not(place, set_clock, words, found):
    place.book(title="thay mặt", on_behalf_of="Ông Bộ trưởng")
    place.book(title="tự chủ trì", span=later(hours=2))

    assert [line.row.view.title for line in sheet(place, set_clock, leader=words).lines] == found


@pytest.mark.parametrize("who", ["technician", "officer"])
def test_nobody_learns_from_a_leaders_name_what_they_may_not_know(place, set_clock, who):
    restricted(place)

    assert sheet(place, set_clock, by=getattr(place, who), leader="chu tri").lines == []


def test_the_leader_of_a_date_is_who_chairs_that_date(place, set_clock):
    conference_id = place.book()
    deputy = a_person(place.centre, Role.CHAIR, name="Phó Chánh Văn phòng")
    amend_conference(conference_id, Amendment(chair_id=deputy.id), by=place.clerk)

    assert [line.row.view.chair for line in sheet(place, set_clock, leader="pho chanh").lines] == ["Phó Chánh Văn phòng"]


def test_the_turn_of_the_year_is_published_as_week_53(place, set_clock):
    """U14."""
    set_clock.at = from_local(date(2026, 12, 28), a_span().start.time())
    publish(place, week=(2026, 53))
    place.book(span=a_span("2027-01-01T01:00"))

    assert [(line.row.day, line.change.marks) for line in sheet(place, set_clock, week=(2026, 53)).lines] == [(date(2027, 1, 1), (Mark.NEW,))]


def test_on_both_engines_the_sheet_is_read_with_its_changes(app_on, set_clock):
    place = Place()
    conference_id = place.book()
    publish(place)
    amend(place, conference_id, span=later(hours=1))

    assert marked(sheet(place, set_clock).lines) == [(Mark.TIME,)]
