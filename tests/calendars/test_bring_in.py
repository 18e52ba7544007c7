"""Calendar files brought in: all or nothing, and once however often they are sent."""

from datetime import UTC, datetime, timedelta

import pytest
import recurring_ical_events
from builders import Place, a_person, a_profile
from icalendar import Calendar
from sqlalchemy import func, select

from calendars.ics import event, ics
from roomctl.booking import invariants
from roomctl.booking.availability import viewer_of
from roomctl.booking.cancel import cancel_conference
from roomctl.booking.scope import Scope
from roomctl.booking.tables import Conference, Occurrence, Reservation
from roomctl.calendars import bring_in as bring_in_module
from roomctl.calendars.bring_in import bring_in, stored_uids
from roomctl.calendars.outcome import Choices, Done, Outcome
from roomctl.calendars.writing import as_calendar
from roomctl.database import db
from roomctl.errors import InvalidInput
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import HANOI

WEEKLY = "RRULE:FREQ=WEEKLY;COUNT=4"
START = "DTSTART;TZID=Asia/Ho_Chi_Minh:20270302T080000"


@pytest.fixture
def send(place):
    """Bring a file in for the hall and the province's room, as the clerk unless somebody else is named."""

    def bring(raw: bytes, *, by=None, only_try: bool = False, **other) -> Outcome:
        facts = {"room_ids": (place.hall.id, place.room.id), "host_room_id": place.hall.id, "chair_id": place.chair.id,
                 "profile_id": place.profile.id, **other}
        return bring_in(raw, Choices(**facts), by=by or place.clerk, only_try=only_try)

    return bring


def told(outcome: Outcome) -> dict[str, int]:
    return {done.value: outcome.count(done) for done in Done if outcome.count(done)}


def standing() -> list[str]:
    """Return when everything that stands begins, as a clock in Hà Nội shows it."""
    db.session.rollback()
    found = db.session.scalars(select(Occurrence.planned_start_at).where(Occurrence.cancelled_at.is_(None)).order_by(Occurrence.planned_start_at))
    return [f"{at.astimezone(HANOI):%m-%d %H:%M}" for at in found]


def conferences() -> list[Conference]:
    db.session.rollback()
    return list(db.session.scalars(select(Conference).order_by(Conference.id)))


def broken() -> list[str]:
    db.session.rollback()
    return [line for lines in invariants.checked().values() for line in lines]


def problems(send, raw: bytes, **facts) -> list[tuple[str, dict]]:
    with pytest.raises(InvalidInput) as error:
        send(raw, **facts)
    return [(problem.reason, dict(problem.facts)) for problem in error.value.problems]


def p10(sequence: int = 0, single: str = "20270304T140000", single_sequence: int = 0) -> bytes:
    """Return a file with a weekly series of four, one date of it moved, and a single conference."""
    return ics(
        event(START, WEEKLY, f"SEQUENCE:{sequence}", uid="series@x"),
        event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270317T100000", "RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20270316T080000", f"SEQUENCE:{sequence}",
              uid="series@x"),
        event(f"DTSTART;TZID=Asia/Ho_Chi_Minh:{single}", f"SEQUENCE:{single_sequence}", uid="single@x", title="Họp riêng"))


P10_STANDS = ["03-02 08:00", "03-04 14:00", "03-09 08:00", "03-17 10:00", "03-23 08:00"]


def test_p10_a_file_makes_each_of_its_conferences_with_the_dates_that_differ(place, send):
    assert told(send(p10())) == {"created": 2}

    assert standing() == P10_STANDS
    assert [(one.uid, one.is_series, one.rule) for one in conferences()] == [
        ("series@x", True, "FREQ=WEEKLY;UNTIL=20270323T010000Z"), ("single@x", False, "")]
    assert broken() == []


def test_p10_sent_again_it_changes_nothing(place, send):
    send(p10())
    entries = db.session.scalar(select(func.count()).select_from(Reservation))

    assert told(send(p10())) == {"unchanged": 2}
    assert (standing(), db.session.scalar(select(func.count()).select_from(Reservation))) == (P10_STANDS, entries)


@pytest.mark.parametrize("sequence", [0, 1])
def test_p10_a_newer_file_renews_what_is_different(place, send, sequence):
    send(p10())

    outcome = send(p10(sequence, "20270304T150000", 1))

    assert told(outcome) == {"changed": 1, "unchanged": 1}
    assert standing() == [one if one != "03-04 14:00" else "03-04 15:00" for one in P10_STANDS]
    assert [one.sequence for one in conferences()] == [sequence, 1]
    assert broken() == []


def test_an_older_file_changes_nothing(place, send):
    send(p10(2, single_sequence=2))

    assert told(send(p10(1, "20270304T150000", 1))) == {"unchanged": 2}
    assert standing() == P10_STANDS


def test_p03_p07_a_series_stands_on_the_dates_its_rule_means(place, send):
    send(ics(event('DTSTART;TZID="SE Asia Standard Time":20270302T080000', "RRULE:FREQ=WEEKLY;UNTIL=20270330T005959Z")))

    assert standing() == ["03-02 08:00", "03-09 08:00", "03-16 08:00", "03-23 08:00"]


def test_p09_whole_days_are_booked_to_the_midnight_where_they_end(place, send):
    send(ics(event("DTSTART;VALUE=DATE:20270430", "DTEND;VALUE=DATE:20270502", lasts=""), event("DTSTART;VALUE=DATE:20270505", lasts="", uid="b")))
    send(ics(event("DTSTART:20270502T000000", uid="c")))

    assert standing() == ["04-30 00:00", "05-02 00:00", "05-05 00:00"]


def test_p19_alarms_do_not_stand_in_the_way(place, send):
    outcome = send(ics(event(START, "BEGIN:VALARM\nTRIGGER:-15M\nEND:VALARM")))

    assert (told(outcome), [one.reason for one in outcome.warnings]) == ({"created": 1}, ["ics_alarm"])


def test_what_is_only_tried_says_the_same_and_leaves_nothing(place, send):
    tried = send(p10(), only_try=True)

    assert (told(tried), standing(), conferences()) == ({"created": 2}, [], [])


@pytest.mark.parametrize("other", [event("DTSTART;TZID=Nowhere:20270310T140000", uid="b"), event(START, uid="b"),
                                   event("DTSTART:20270310T080000", uid="b", title="")])
def test_one_bad_conference_and_none_is_brought_in(place, send, other):
    found = problems(send, ics(event(START), other))

    assert ([facts["uid"] for _, facts in found], standing()) == (["b"], [])


def test_everything_that_is_in_the_way_is_named_at_once(place, send):
    place.book()  # The hall and the province's room, 2 March 08:00.

    found = problems(send, ics(event(START, WEEKLY), event("DTSTART:20270302T083000", uid="b")))

    assert [(reason, facts["uid"], facts["room"], facts["at"].day) for reason, facts in found] == [
        ("ics_room_taken", "a@example", "Hội trường", 2), ("ics_room_taken", "b", "Hội trường", 2)]


def test_a_date_that_the_file_takes_off_asks_for_no_room(place, send):
    place.book()

    send(ics(event(START, WEEKLY, "EXDATE;TZID=Asia/Ho_Chi_Minh:20270302T080000")))

    series = conferences()[-1]
    assert [one.left_out for one in sorted(series.occurrences, key=lambda one: one.planned_start_at)] == ["day_off", "", "", ""]
    assert series.rule
    assert broken() == []


def test_what_has_passed_is_left_out_and_said(place, send):
    outcome = send(ics(event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270223T080000", WEEKLY), event("DTSTART:20270201T080000", uid="b")))

    assert told(outcome) == {"created": 1, "skipped": 1}
    assert [(one.reason, one.uid) for one in outcome.warnings] == [("ics_past_left_out", "a@example"), ("ics_all_past", "b")]
    assert standing() == ["03-02 08:00", "03-09 08:00", "03-16 08:00"]
    assert broken() == []


@pytest.mark.parametrize("lines", [(START, "RDATE;TZID=Asia/Ho_Chi_Minh:20270304T140000"), ("DTSTART;TZID=Europe/Paris:20270321T100000",
                                                                                            "RRULE:FREQ=WEEKLY;COUNT=2")])
def test_dates_that_no_rule_here_gives_stand_as_dates_picked_by_hand(place, send, lines):
    send(ics(event(*lines)))

    series, = conferences()
    assert (len(standing()), series.rule, series.is_series) == (2, "", True)
    assert broken() == []


@pytest.mark.parametrize("same_sequence", [True, False])
def test_a_cancelling_file_cancels_under_the_same_uid(place, send, same_sequence):
    send(ics(event(START, WEEKLY)))

    outcome = send(ics(event(START, WEEKLY, f"SEQUENCE:{0 if same_sequence else 1}"), head="METHOD:CANCEL"))

    assert (told(outcome), standing()) == ({"cancelled": 1}, [])
    assert told(send(ics(event(START, WEEKLY, "SEQUENCE:5")))) == {"unchanged": 1}  # What was cancelled stays so.
    assert broken() == []


def test_one_cancelled_date_of_a_series_is_cancelled_and_the_others_stay(place, send):
    send(ics(event(START, WEEKLY)))

    outcome = send(ics(event("", "SEQUENCE:1", "STATUS:CANCELLED", "RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20270309T080000", lasts="")))

    assert (told(outcome), standing()) == ({"changed": 1}, ["03-02 08:00", "03-16 08:00", "03-23 08:00"])
    assert broken() == []


def test_a_newer_series_moves_renames_adds_and_takes_off_its_dates(place, send):
    send(ics(event(START, WEEKLY)))

    outcome = send(ics(
        event(START, "RRULE:FREQ=WEEKLY;COUNT=5", "EXDATE;TZID=Asia/Ho_Chi_Minh:20270309T080000", "SEQUENCE:1", title="Giao ban quý"),
        event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270316T140000", "RECURRENCE-ID;TZID=Asia/Ho_Chi_Minh:20270316T080000", "SEQUENCE:1")))

    series, = conferences()
    assert told(outcome) == {"changed": 1}
    assert standing() == ["03-02 08:00", "03-16 14:00", "03-23 08:00", "03-30 08:00"]
    assert (series.title, series.sequence) == ("Giao ban quý", 1)
    assert {one.title for one in series.occurrences if one.planned_start_at.day == 16} == {"Giao ban"}
    assert broken() == []


def test_a_newer_series_at_another_hour_moves_as_a_whole(place, send):
    send(ics(event(START, WEEKLY)))

    send(ics(event("DTSTART;TZID=Asia/Ho_Chi_Minh:20270302T093000", WEEKLY, "SEQUENCE:1")))

    assert standing() == ["03-02 09:30", "03-09 09:30", "03-16 09:30", "03-23 09:30"]
    assert broken() == []


def test_a_date_cancelled_here_stays_cancelled_whatever_the_newer_file_says(place, send):
    send(ics(event(START, WEEKLY)))
    second = conferences()[0].occurrences[1]
    cancel_conference(second.conference_id, by=place.clerk, reason="", scope=Scope.THIS, occurrence_id=second.id)

    outcome = send(ics(event(START, WEEKLY, "SEQUENCE:9", title="Mới")))

    assert "ics_stays_cancelled" in [one.reason for one in outcome.warnings]
    assert standing() == ["03-02 08:00", "03-16 08:00", "03-23 08:00"]


def test_what_goes_out_and_comes_in_again_elsewhere_is_the_same(place, send, set_clock):
    raw = p10().replace(b"RRULE:FREQ=WEEKLY;COUNT=4", b"RRULE:FREQ=WEEKLY;COUNT=4\r\nEXDATE;TZID=Asia/Ho_Chi_Minh:20270309T080000")
    send(raw)
    series = conferences()[0]
    out = as_calendar(series, viewer_of(place.clerk))
    cancel_conference(series.id, by=place.clerk, reason="")
    cancel_conference(conferences()[1].id, by=place.clerk, reason="")

    send(out, by=place.stranger)

    expanded = recurring_ical_events.of(Calendar.from_ical(out)).between(datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    assert standing() == sorted(f"{one['dtstart'].dt.astimezone(HANOI):%m-%d %H:%M}" for one in expanded)
    assert conferences()[-1].rule == series.rule


def test_a_uid_of_another_unit_is_taken_for_nobody_elses(place, send):
    send(ics(event(START)))

    outcome = send(ics(event("DTSTART:20270305T080000")), by=place.stranger)

    assert told(outcome) == {"created": 1}
    assert [one.uid for one in conferences()] == ["a@example", stored_uids("a@example", place.other_province.id)[1]]
    assert told(send(ics(event("DTSTART:20270305T080000")), by=place.stranger)) == {"unchanged": 1}


def test_a_uid_that_is_too_long_for_the_store_is_known_again(place, send):
    raw = ics(event(START, uid="0" * 200))

    assert [told(send(raw)), told(send(raw))] == [{"created": 1}, {"unchanged": 1}]


def test_a_colleagues_conference_is_renewed_by_its_organizer_only(place, send):
    send(ics(event(START)))
    colleague = a_person(place.centre, Role.STAFF)

    found = problems(send, ics(event(START, "SEQUENCE:1", title="Khác")), by=colleague)

    assert [reason for reason, _ in found] == ["ics_of_a_colleague"]


@pytest.mark.parametrize(("facts", "field"), [({"chair_id": 999}, "chair"), ({"room_ids": ()}, "rooms"), ({"host_room_id": 999}, "host_room"),
                                              ({"profile_id": 999}, "profile")])
def test_what_is_wrong_with_the_choices_is_said_once(place, send, facts, field):
    with pytest.raises(InvalidInput) as error:
        send(p10(), **facts)

    assert [problem.field for problem in error.value.problems] == [field]


def test_from_mat_up_no_file_is_taken(place, send):
    profile = a_profile(Classification.CONFIDENTIAL)

    assert problems(send, p10(), profile_id=profile.id) == [("ics_profile_classified", {})]


@pytest.mark.parametrize(("limit", "most", "reason"), [("MOST_CONFERENCES", 1, "ics_too_many_conferences"), ("MOST_RESERVATIONS", 9, "ics_too_much")])
def test_more_than_one_transaction_can_take_is_refused_by_its_limit(place, send, monkeypatch, limit, most, reason):
    monkeypatch.setattr(bring_in_module, limit, most)

    (found, facts), = problems(send, p10())

    assert (found, facts["limit"], facts["uid"]) == (reason, most, "single@x")
    assert standing() == []


def test_both_rooms_are_held_on_every_date(place, send):
    send(p10())

    held = db.session.scalars(select(Reservation.room_id)).all()
    assert sorted(held) == sorted([place.hall.id, place.room.id] * 5)
    assert all(one.planned_end_at - one.planned_start_at == timedelta(hours=1) for found in conferences() for one in found.occurrences)


def test_p10_it_is_so_on_both_engines(app_on, set_clock):
    place = Place()
    choices = Choices((place.hall.id, place.room.id), place.hall.id, place.chair.id, place.profile.id)

    outcomes = [bring_in(raw, choices, by=place.clerk) for raw in (p10(), p10(), p10(1, "20270304T150000", 1))]

    assert [told(one) for one in outcomes] == [{"created": 2}, {"unchanged": 2}, {"changed": 1, "unchanged": 1}]
    assert len(standing()) == 5
    assert broken() == []
