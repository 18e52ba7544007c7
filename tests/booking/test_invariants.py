"""What must always be true of conferences: it is, and whatever breaks it is named."""

from datetime import timedelta

import pytest
from builders import Place, SetClock, a_span, hash_quickly
from sqlalchemy import event, text

from roomctl import clock
from roomctl.booking import cancel, decide, invariants
from roomctl.booking.tables import conference_by_id
from roomctl.database import db
from roomctl.timespan import Span


def broken() -> list[str]:
    return [line for lines in invariants.checked().values() for line in lines]


@pytest.fixture
def by_hand(shared_app):
    """Do what no use case does, past every guarantee of the database that stands in the way; undone after the test."""
    guarantees = {"postgresql": ["ALTER TABLE reservations DROP CONSTRAINT ex_reservations_overlap",
                                 "ALTER TABLE reservations DROP CONSTRAINT uq_reservations_occurrence_id_room_id"],
                  "sqlite": ["DROP TRIGGER reservations_overlap_insert", "DROP TRIGGER reservations_overlap_update"]}

    def write(*statements: str) -> None:
        db.session.rollback()
        for statement in (*guarantees[db.engine.dialect.name], *statements):
            db.session.execute(text(statement))

    yield write
    db.session.rollback()


def later(hours: int) -> Span:
    span = a_span()
    return Span(span.start + timedelta(hours=hours), span.end + timedelta(hours=hours))


@pytest.fixture(scope="module")
def names(shared_app) -> dict[str, object]:
    """A conference whose hall is granted and whose room waits, and what its rows are called; another two hours later in the hall."""
    clock.set_source(SetClock())
    with pytest.MonkeyPatch.context() as patch:
        hash_quickly(patch)
        place = Place()
    occurrence = conference_by_id(place.book(title="Chuyện riêng", attendees="Ông Riêng")).occurrences[0]
    granted, waiting = sorted(occurrence.reservations, key=lambda one: one.room_id != place.hall.id)
    later_one = conference_by_id(place.book(room_ids=(place.hall.id,), span=later(2))).occurrences[0].reservations[0]
    clock.set_source(None)
    return {"conference": occurrence.conference_id, "occurrence": occurrence.id, "granted": granted.id, "waiting": waiting.id,
            "later": later_one.id, "hall": place.hall.id, "room": place.room.id, "other": place.other_room.id,
            "utc": "" if db.engine.dialect.name == "sqlite" else "+00"}


def test_whatever_use_cases_do_every_promise_holds(place, set_clock):
    def waiting(**facts) -> int:
        return next(one.id for one in conference_by_id(place.book(**facts)).occurrences[0].reservations if one.decided_at is None)

    decide.grant_reservation(waiting(), by=place.province_approver)
    decide.refuse_reservation(waiting(room_ids=(place.hall.id, place.other_room.id), span=later(2)), by=place.other_approver, reason="x")
    cancel.cancel_conference(place.book(span=later(4)), by=place.clerk, reason="")
    waiting(span=later(6))
    set_clock.forward(days=2)
    decide.lapse_undecided()

    assert broken() == []


COPY = ("INSERT INTO reservations (occurrence_id, room_id, required, state, held_start_at, held_end_at, deciding_unit_id, requested_at, "
        "deadline_at, decided_rule, reason) SELECT occurrence_id, {to}, required, 'requested', held_start_at, held_end_at, deciding_unit_id, "
        "requested_at, deadline_at, '', '' FROM reservations WHERE id = {of}")
BREAKS = {
    "two who hold one room": (
        ["UPDATE reservations SET held_start_at = '2027-03-02 01:30:00.000000{utc}' WHERE id = {later}"],
        "reservation:{granted} and reservation:{later} hold room:{hall} at the same time."),
    "a room that was asked for and is not reserved": (
        ["DELETE FROM reservations WHERE id = {waiting}"],
        "occurrence:{occurrence} of conference:{conference} has no reservation of room:{room}, which was asked for."),
    "a room that nobody asked for": (
        [COPY.format(to="{other}", of="{waiting}")],
        "occurrence:{occurrence} of conference:{conference} has a reservation of room:{other}, which was not asked for."),
    "a host room that is none of its rooms": (
        ["UPDATE conferences SET host_room_id = {other}"],
        "occurrence:{occurrence} of conference:{conference} does not have its host room:{other} among its rooms."),
    "a conference at no time": (
        ["DELETE FROM reservations", "DELETE FROM occurrences"], "conference:{conference} has no occurrence."),
    "a room held too short": (
        ["UPDATE reservations SET held_end_at = '2027-03-02 01:30:00.000000{utc}' WHERE id = {waiting}"],
        "reservation:{waiting} does not hold room:{room} for all of occurrence:{occurrence}."),
    "a room held too long": (
        ["UPDATE reservations SET held_end_at = '2027-03-02 09:00:00.000000{utc}' WHERE id = {waiting}"],
        "reservation:{waiting} holds room:{room} for longer than any setup and teardown of occurrence:{occurrence}."),
    "a cancelled occurrence that holds a room": (
        ["UPDATE occurrences SET cancelled_at = planned_start_at"],
        "reservation:{waiting} still holds room:{room} for occurrence:{occurrence}, which is cancelled."),
    "a cancelled conference that holds a room": (
        ["UPDATE conferences SET cancelled_at = created_at"],
        "reservation:{granted} still holds room:{hall} for occurrence:{occurrence}, which is cancelled."),
    "an occurrence that outlived its conference": (
        ["UPDATE conferences SET cancelled_at = created_at"], "occurrence:{occurrence} stands, and its conference:{conference} is cancelled."),
    "a cancellation nobody recorded": (
        ["UPDATE conferences SET cancelled_at = created_at"], "conference:{conference} is cancelled, and the trail does not say so."),
    "a cancellation that was undone": (
        ["UPDATE trail_entries SET kind = 'conference_cancelled', subject = 'conference:{conference}' WHERE seq = 1"],
        "conference:{conference} is not cancelled, and the trail says that it is."),
    "a decision without its moment": (
        ["UPDATE reservations SET decided_at = NULL"], "reservation:{granted} is granted, and nobody knows since when."),
    "a decision nobody recorded": (
        ["UPDATE reservations SET state = 'lapsed', decided_at = requested_at WHERE id = {waiting}"],
        "reservation:{waiting} is lapsed, and the trail does not say so."),
    "a decision other than the one recorded": (
        ["UPDATE reservations SET state = 'refused' WHERE id = {granted}"], "reservation:{granted} is refused, and the trail does not say so."),
    "a decision that was undone": (
        ["UPDATE reservations SET decided_at = requested_at WHERE id = {waiting}"],
        "reservation:{waiting} waits for a decision that was made already."),
    "a refusal that became a release": (
        ["UPDATE trail_entries SET kind = 'reservation_refused' WHERE kind = 'reservation_granted'",
         "UPDATE reservations SET state = 'released' WHERE id = {granted}"],
        "reservation:{granted} was released, and the trail says that it was never held."),
    "a decision on what does not exist": (
        ["UPDATE trail_entries SET subject = 'reservation:987' WHERE kind = 'reservation_granted'"],
        "The trail decides on reservation:987, which does not exist."),
    "a conference nobody requested": (
        ["UPDATE trail_entries SET kind = 'signed_in' WHERE kind = 'conference_requested'"],
        "conference:{conference} exists, and the trail does not say who requested it."),
    "a request without its conference": (
        ["UPDATE trail_entries SET subject = 'conference:987' WHERE kind = 'conference_requested'"],
        "The trail says that conference:987 was requested, and it does not exist."),
    "a conference requested twice": (
        ["UPDATE trail_entries SET kind = 'conference_requested', subject = 'conference:{conference}' WHERE seq = 1"],
        "The trail says 2 times that conference:{conference} was requested."),
    "a key that leads nowhere": (
        ["UPDATE idempotency_keys SET subject = 'conference:987'"], "The idempotency key 1 leads to conference:987, which does not exist."),
    "a key that leads to nothing known": (
        ["UPDATE idempotency_keys SET subject = 'moon:1'"], "The idempotency key 1 leads to moon:1, which does not exist."),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_is_broken_by_hand_is_named(names, by_hand, what):
    statements, sentence = BREAKS[what]
    assert broken() == []

    by_hand(*(statement.format(**names) for statement in statements))

    assert sentence.format(**names) in broken()


@pytest.mark.parametrize("shared_database", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_room_reserved_twice_is_named(names, by_hand):
    by_hand(COPY.format(to=names["room"], of=names["waiting"]))  # A UNIQUE within a SQLite table cannot be dropped.

    assert f"occurrence:{names['occurrence']} of conference:{names['conference']} has 2 reservations of room:{names['room']}." in broken()


def test_the_rooms_of_a_request_that_is_no_longer_kept_are_not_guessed_at(names, by_hand):
    by_hand("DELETE FROM trail_payloads", "DELETE FROM reservations WHERE state = 'requested'")

    assert broken() == []


def test_nothing_of_what_a_conference_is_about_is_told(names, by_hand):
    by_hand("DELETE FROM trail_payloads", "UPDATE trail_entries SET kind = 'signed_in'", "UPDATE conferences SET cancelled_at = created_at")

    said = " ".join(broken())

    assert said
    assert "riêng" not in said.casefold()


def test_ten_conferences_are_read_with_as_many_questions_as_one(place):
    def questions() -> int:
        asked: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            asked.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        broken()
        event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    place.book()
    of_one = questions()
    for number in range(1, 10):
        place.book(span=later(2 * number))

    assert questions() == of_one
