"""A series: asked for, with its conflicts by date; changed and cancelled as this, this and following, or all."""

from datetime import UTC, date, datetime, timedelta

import pytest
from builders import a_person, a_profile, a_room, a_span, a_unit, fresh
from sqlalchemy import select

from roomctl.booking import tables
from roomctl.booking.amend import Amendment, amend_conference
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.dates import DatesNotFree
from roomctl.booking.invariants import checked
from roomctl.booking.lifecycle import Change, LeftOut, OnDayOff, ReservationState
from roomctl.booking.recurrence import Recurrence
from roomctl.booking.scope import Scope
from roomctl.booking.series import add_date, days_left_out
from roomctl.booking.series_tables import SpecialDay
from roomctl.booking.wish import Take
from roomctl.database import db
from roomctl.errors import Conflict, InvalidInput, NotAllowed, NotVisible, Refused
from roomctl.organisation.roles import Role
from roomctl.timespan import Span, to_local

MONDAYS = Recurrence(rule="FREQ=WEEKLY;COUNT=5")
GRANTED, REQUESTED, RELEASED = ReservationState.GRANTED, ReservationState.REQUESTED, ReservationState.RELEASED


@pytest.fixture
def before(place, set_clock):
    """The place a week before the first Monday of the cases."""
    set_clock.at = datetime(2027, 2, 22, 1, tzinfo=UTC)
    return place


def conference(conference_id: int) -> tables.Conference:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(tables.Conference, conference_id)


def standing(conference_id: int) -> list[str]:
    return [f"{to_local(one.planned_start_at):%d/%m %H:%M}" for one in conference(conference_id).occurrences if one.cancelled_at is None]


def on(conference_id: int, day: str) -> tables.Occurrence:
    return next(one for one in conference(conference_id).occurrences if f"{to_local(one.slot_at):%d/%m}" == day)


def states(occurrence: tables.Occurrence) -> dict[int, str]:
    return {one.room_id: ReservationState(one.state) for one in occurrence.reservations}


def mondays(place, **facts) -> int:
    return place.book(span=a_span("2027-03-01T01:00"), recurrence=MONDAYS, **facts)


def holding(before, make, day: str):
    """Let somebody else hold the province's room on a day at 08:30."""
    start = datetime.strptime(f"2027/{day}", "%Y/%d/%m").replace(hour=1, minute=30, tzinfo=UTC)
    return before.book(span=Span(start, start + timedelta(hours=1)), room_ids=(before.room.id,), host_room_id=before.room.id)


def nothing_is_broken() -> None:
    assert {name: lines for name, lines in checked().items() if lines} == {}


def test_a_series_holds_every_room_on_every_date(before):
    series = mondays(before)

    assert standing(series) == ["01/03 08:00", "08/03 08:00", "15/03 08:00", "22/03 08:00", "29/03 08:00"]
    assert {frozenset(states(one).items()) for one in conference(series).occurrences} == {
        frozenset({(before.hall.id, GRANTED), (before.room.id, REQUESTED)})}
    assert conference(series).rule == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270329T010000Z"
    nothing_is_broken()


def test_a_series_of_which_a_date_is_taken_is_refused_naming_each_date(before):
    holding(before, None, "08/03"), holding(before, None, "22/03")

    with pytest.raises(DatesNotFree) as refused:
        mondays(before)

    assert [f"{to_local(one.span.start):%d/%m}" for one in refused.value.dates if one.taken] == ["08/03", "22/03"]
    assert {answer.room.id for one in refused.value.dates for answer in one.taken} == {before.room.id}
    assert len(db.session.scalars(select(tables.Conference)).all()) == 2


def test_u10_the_free_dates_are_booked_and_a_skipped_one_is_added_when_it_has_become_free(before):
    others = [holding(before, None, day) for day in ("02/03", "04/03")]
    daily = before.book(span=a_span("2027-03-01T01:00"), recurrence=Recurrence(rule="FREQ=DAILY;COUNT=5"), take=Take.FREE)
    left_out = days_left_out(conference(daily), now=before_now())
    cancel_conference(others[0], by=before.clerk, reason="")

    add_date(daily, date(2027, 3, 2), by=before.clerk)

    assert left_out == [(date(2027, 3, 2), LeftOut.CONFLICT), (date(2027, 3, 4), LeftOut.CONFLICT)]
    assert standing(daily) == ["01/03 08:00", "02/03 08:00", "03/03 08:00", "05/03 08:00"]
    assert states(on(daily, "02/03")) == {before.hall.id: GRANTED, before.room.id: REQUESTED}
    nothing_is_broken()


def before_now() -> datetime:
    return datetime(2027, 2, 22, 1, tzinfo=UTC)


def test_u10_a_date_that_is_still_taken_cannot_be_added(before):
    holding(before, None, "02/03")
    daily = before.book(span=a_span("2027-03-01T01:00"), recurrence=Recurrence(rule="FREQ=DAILY;COUNT=3"), take=Take.FREE)

    with pytest.raises(Conflict, match="rooms_not_free"):
        add_date(daily, date(2027, 3, 2), by=before.clerk)

    assert standing(daily) == ["01/03 08:00", "03/03 08:00"]


def test_a_day_nobody_thought_of_is_added_to_a_series(before):
    series = mondays(before)

    add_date(series, date(2027, 3, 10), by=before.clerk)
    add_date(series, date(2027, 3, 10), by=before.clerk)

    assert standing(series).count("10/03 08:00") == 1
    nothing_is_broken()


def test_a_date_that_was_cancelled_is_not_taken_for_one_that_stands_when_it_is_added(before):
    series = mondays(before)
    cancel_conference(series, by=before.clerk, reason="", scope=Scope.THIS, occurrence_id=on(series, "15/03").id)

    with pytest.raises(Conflict, match="date_was_cancelled"):
        add_date(series, date(2027, 3, 15), by=before.clerk)


def test_p05_what_was_cancelled_and_moved_survives_a_change_of_the_whole_series(before):
    series = mondays(before)
    cancel_conference(series, by=before.clerk, reason="", scope=Scope.THIS, occurrence_id=on(series, "15/03").id)
    moved = on(series, "22/03")
    amend_conference(series, Amendment(span=a_span("2027-03-22T03:00")), scope=Scope.THIS, occurrence_id=moved.id, by=before.clerk)

    amend_conference(series, Amendment(title="Giao ban mới"), scope=Scope.ALL, by=before.clerk)

    assert standing(series) == ["01/03 08:00", "08/03 08:00", "22/03 10:00", "29/03 08:00"]
    assert {one.facts().full.title for one in conference(series).occurrences} == {"Giao ban mới"}
    assert on(series, "22/03").slot_at == datetime(2027, 3, 22, 1, tzinfo=UTC)
    assert before.book(span=a_span("2027-03-15T01:00"))
    nothing_is_broken()


def test_a_whole_series_moves_by_wall_time_and_its_exceptions_keep_their_place_in_it(before):
    series = mondays(before)
    cancel_conference(series, by=before.clerk, reason="", scope=Scope.THIS, occurrence_id=on(series, "15/03").id)
    amend_conference(series, Amendment(span=a_span("2027-03-22T03:00")), scope=Scope.THIS, occurrence_id=on(series, "22/03").id, by=before.clerk)

    amend_conference(series, Amendment(span=a_span("2027-03-01T02:00", 90)), scope=Scope.ALL, occurrence_id=on(series, "01/03").id, by=before.clerk)

    assert standing(series) == ["01/03 09:00", "08/03 09:00", "22/03 10:00", "29/03 09:00"]
    assert [f"{to_local(one.slot_at):%d/%m %H:%M}" for one in conference(series).occurrences] == [
        "01/03 09:00", "08/03 09:00", "15/03 09:00", "22/03 09:00", "29/03 09:00"]
    assert conference(series).rule == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270329T020000Z"
    nothing_is_broken()


def test_back_to_back_dates_of_one_series_move_together(before):
    daily = before.book(span=Span(datetime(2027, 3, 1, 17, tzinfo=UTC), datetime(2027, 3, 2, 17, tzinfo=UTC)),
                        recurrence=Recurrence(rule="FREQ=DAILY;COUNT=4"))

    amend_conference(daily, Amendment(span=Span(datetime(2027, 3, 1, 18, tzinfo=UTC), datetime(2027, 3, 2, 18, tzinfo=UTC))), by=before.clerk)

    assert standing(daily) == ["02/03 01:00", "03/03 01:00", "04/03 01:00", "05/03 01:00"]
    nothing_is_broken()


def test_a_series_moved_to_another_weekday_keeps_its_dates_and_no_rule(before):
    series = mondays(before)

    amend_conference(series, Amendment(span=a_span("2027-03-02T01:00")), by=before.clerk)

    assert standing(series) == ["02/03 08:00", "09/03 08:00", "16/03 08:00", "23/03 08:00", "30/03 08:00"]
    assert (conference(series).rule, conference(series).wall_start) == ("", "2027-03-02T08:00")


def test_this_and_following_divides_the_series_and_the_earlier_dates_stay(before):
    series = mondays(before)

    later = amend_conference(series, Amendment(span=a_span("2027-03-15T02:00"), title="Từ giữa tháng"), scope=Scope.FOLLOWING,
                             occurrence_id=on(series, "15/03").id, by=before.clerk)

    assert standing(series) == ["01/03 08:00", "08/03 08:00"]
    assert standing(later) == ["15/03 09:00", "22/03 09:00", "29/03 09:00"]
    assert (conference(series).title, conference(later).title) == ("Giao ban tuần", "Từ giữa tháng")
    assert conference(series).rule == "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270308T010000Z"
    assert (conference(later).divided_from_id, conference(later).wall_start) == (series, "2027-03-15T09:00")
    assert conference(series).uid != conference(later).uid
    nothing_is_broken()


def test_the_past_never_changes_and_all_means_all_that_is_left(before, set_clock):
    series = mondays(before)
    set_clock.at = datetime(2027, 3, 9, 1, tzinfo=UTC)

    later = amend_conference(series, Amendment(title="Tên mới"), scope=Scope.ALL, occurrence_id=on(series, "15/03").id, by=before.clerk)

    assert [one.facts().full.title for one in conference(series).occurrences] == ["Giao ban tuần"] * 2
    assert [one.facts().full.title for one in conference(later).occurrences] == ["Tên mới"] * 3
    with pytest.raises(Refused, match="conference_over"):
        amend_conference(series, Amendment(title="Sửa quá khứ"), by=before.clerk)


def test_cancelling_this_and_following_leaves_the_dates_before(before):
    series = mondays(before)

    cancel_conference(series, by=before.clerk, reason="Nghỉ", scope=Scope.FOLLOWING, occurrence_id=on(series, "15/03").id)

    assert standing(series) == ["01/03 08:00", "08/03 08:00"]
    assert set(states(on(series, "29/03")).values()) == {RELEASED}
    assert conference(series).cancelled_at is None
    nothing_is_broken()


def test_cancelling_the_last_date_that_stands_cancels_the_conference(before):
    series = before.book(span=a_span("2027-03-01T01:00"), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=2"))

    for one in conference(series).occurrences:
        cancel_conference(series, by=before.clerk, reason="", scope=Scope.THIS, occurrence_id=one.id)

    assert conference(series).cancelled_at is not None
    nothing_is_broken()


def test_a_chair_of_one_day_leads_that_day_and_no_other(before):
    series, deputy = mondays(before), a_person(before.centre, Role.CHAIR, name="Phó chủ trì")

    amend_conference(series, Amendment(chair_id=deputy.id), scope=Scope.THIS, occurrence_id=on(series, "08/03").id, by=before.clerk)

    assert [one.facts().full.chair for one in conference(series).occurrences] == ["Chủ trì", "Phó chủ trì", "Chủ trì", "Chủ trì", "Chủ trì"]
    assert [relation.value for relation in on(series, "08/03").relations(deputy.id)] == ["chair"]
    assert list(on(series, "15/03").relations(deputy.id)) == []


def test_who_chairs_one_day_changes_that_day_and_not_the_series(before):
    series, deputy = mondays(before), a_person(before.centre, Role.CHAIR)
    amend_conference(series, Amendment(chair_id=deputy.id), scope=Scope.THIS, occurrence_id=on(series, "08/03").id, by=before.clerk)

    with pytest.raises(NotAllowed):
        amend_conference(series, Amendment(title="Của tôi"), scope=Scope.ALL, occurrence_id=on(series, "08/03").id, by=deputy)
    amend_conference(series, Amendment(title="Hôm nay"), scope=Scope.THIS, occurrence_id=on(series, "08/03").id, by=deputy)

    assert [one.facts().full.title for one in conference(series).occurrences][:2] == ["Giao ban tuần", "Hôm nay"]


# Approvals when something changes (booking rule 7)


@pytest.fixture
def approved(before):
    """A conference in the hall and three provinces' rooms, all of which somebody granted."""
    rooms = [a_room(before.centre, "Phòng lớn", open_to="nobody")]
    rooms += [a_room(a_unit(f"Tỉnh {number}", parent=before.centre), f"Phòng {number}") for number in range(3)]
    conference_id = before.book(span=a_span("2027-03-03T07:00"), room_ids=tuple(one.id for one in rooms), host_room_id=rooms[0].id)
    for one in conference(conference_id).occurrences[0].reservations:
        one.state = GRANTED
    db.session.commit()
    return conference_id, rooms


def waiting_for(conference_id: int) -> dict[int, str]:
    return {one.room_id: one.change for one in conference(conference_id).occurrences[0].reservations if one.state == REQUESTED}


def test_p12_a_new_title_keeps_every_approval(before, approved):
    amend_conference(approved[0], Amendment(title="Tên khác"), by=before.clerk)

    assert waiting_for(approved[0]) == {}


def test_p12_a_shorter_time_keeps_every_approval(before, approved):
    amend_conference(approved[0], Amendment(span=a_span("2027-03-03T07:00", 30)), by=before.clerk)

    assert waiting_for(approved[0]) == {}
    assert conference(approved[0]).occurrences[0].span == a_span("2027-03-03T07:00", 30)


@pytest.mark.parametrize(("span", "why"), [(a_span("2027-03-03T08:00"), Change.TIME), (a_span("2027-03-03T07:00", 90), Change.LONGER)])
def test_p12_another_or_a_longer_time_returns_every_room_with_the_reason(before, approved, span, why):
    amend_conference(approved[0], Amendment(span=span), by=before.clerk)

    assert waiting_for(approved[0]) == dict.fromkeys((room.id for room in approved[1]), why)


def test_p12_a_room_that_is_added_waits_and_the_others_stay(before, approved):
    more = a_room(a_unit("Tỉnh thêm", parent=before.centre))

    amend_conference(approved[0], Amendment(room_ids=(*(room.id for room in approved[1]), more.id)), by=before.clerk)

    assert waiting_for(approved[0]) == {more.id: Change.NEW}


def test_another_security_profile_returns_every_room(before, approved):
    amend_conference(approved[0], Amendment(profile_id=a_profile().id), by=before.clerk)

    assert waiting_for(approved[0]) == dict.fromkeys((room.id for room in approved[1]), Change.PROFILE)


def test_a_room_that_is_taken_away_is_free_at_once_and_may_come_back(before, approved):
    conference_id, rooms = approved
    fewer = tuple(room.id for room in rooms[:-1])

    amend_conference(conference_id, Amendment(room_ids=fewer), by=before.clerk)
    gone = states(conference(conference_id).occurrences[0])[rooms[-1].id]
    amend_conference(conference_id, Amendment(room_ids=(*fewer, rooms[-1].id)), by=before.clerk)

    assert gone == RELEASED
    assert waiting_for(conference_id) == {rooms[-1].id: Change.ROOM}


# Refusals


def test_the_same_change_sent_twice_changes_nothing_the_second_time(before):
    series = mondays(before)
    change = Amendment(span=a_span("2027-03-01T02:00"), title="Tên mới")
    amend_conference(series, change, by=before.clerk)
    sequence = conference(series).sequence

    amend_conference(series, change, by=before.clerk)

    assert conference(series).sequence == sequence


def test_a_move_onto_a_taken_room_names_the_dates_and_changes_nothing(before):
    series = mondays(before)
    start = datetime(2027, 3, 15, 3, tzinfo=UTC)
    before.book(span=Span(start, start + timedelta(hours=1)), room_ids=(before.room.id,), host_room_id=before.room.id)

    with pytest.raises(DatesNotFree) as refused:
        amend_conference(series, Amendment(span=a_span("2027-03-01T03:00")), by=before.clerk)

    assert [f"{to_local(one.span.start):%d/%m %H:%M}" for one in refused.value.dates] == ["15/03 10:00"]
    assert standing(series)[0] == "01/03 08:00"


REFUSED = {
    "into the past": (Amendment(span=a_span("2027-02-01T01:00")), [("start", "start_in_the_past")]),
    "no length": (Amendment(span=a_span("2027-03-01T01:00", 0)), [("end", "end_not_after_start")]),
    "no title": (Amendment(title=" "), [("title", "title_missing")]),
    "a title with a control character": (Amendment(title="Giao\r\nban"), [("title", "text_control")]),
    "nobody chairs": (Amendment(chair_id=2**31 - 1), [("chair", "unknown_chair")]),
    "no such profile": (Amendment(profile_id=2**31 - 1), [("profile", "unknown_profile")]),
    "no rooms": (Amendment(room_ids=()), [("rooms", "no_rooms")]),
}


@pytest.mark.parametrize(("change", "problems"), REFUSED.values(), ids=REFUSED)
def test_a_bad_change_is_refused_naming_what_and_changes_nothing(before, change, problems):
    series = mondays(before)
    was = conference(series).sequence

    with pytest.raises(InvalidInput) as refused:
        amend_conference(series, change, by=before.clerk)

    assert [(one.field, one.reason) for one in refused.value.problems] == problems
    assert conference(series).sequence == was


def test_only_who_organizes_or_chairs_changes_a_conference(before):
    series = mondays(before)

    with pytest.raises(NotVisible):
        amend_conference(series, Amendment(title="Của tôi"), by=before.stranger)
    with pytest.raises(NotAllowed):
        amend_conference(series, Amendment(title="Của tôi"), by=before.province_approver)


def test_what_belongs_to_all_dates_cannot_be_changed_for_one(before):
    series = mondays(before)

    with pytest.raises(InvalidInput) as refused:
        amend_conference(series, Amendment(attendees="Mọi người"), scope=Scope.THIS, occurrence_id=on(series, "08/03").id, by=before.clerk)

    assert [(one.field, one.reason) for one in refused.value.problems] == [("attendees", "only_for_all_dates")]


def test_dates_that_would_meet_each_other_are_refused(before):
    with pytest.raises(InvalidInput) as refused:
        before.book(span=a_span("2027-03-01T01:00", 60 * 25), recurrence=Recurrence(rule="FREQ=DAILY;COUNT=3"))

    assert [(one.field, one.reason) for one in refused.value.problems] == [("rule", "dates_meet")]


def test_a_series_that_skips_days_off_keeps_them_as_dates_that_were_left_out(before):
    db.session.add(SpecialDay(day=date(2027, 3, 8), worked=False, name="Nghỉ"))
    db.session.commit()

    series = before.book(span=a_span("2027-03-01T01:00"), recurrence=Recurrence(rule="FREQ=WEEKLY;COUNT=3", on_day_off=OnDayOff.SKIP))

    assert standing(series) == ["01/03 08:00", "15/03 08:00"]
    assert days_left_out(conference(series), now=before_now()) == [(date(2027, 3, 8), LeftOut.DAY_OFF)]


def test_the_first_date_of_a_series_cancelled_alone_does_not_hide_the_series(before):
    series = mondays(before)

    cancel_conference(series, by=before.clerk, reason="", scope=Scope.THIS, occurrence_id=on(series, "01/03").id)

    assert fresh(conference(series)).cancelled_at is None
    assert standing(series)[0] == "08/03 08:00"
