"""Many people at the same moment, through four processes of gunicorn: each is told the truth, and nothing is there twice.

Behind every test stands `roomctl check`: whatever happened, what must always be true still is.
"""

import random
from datetime import timedelta
from functools import partial

import pytest
from builders import Place, a_person, a_room, hash_quickly
from flask.cli import ScriptInfo
from machine import Answer, Machine, Person, at_once, running
from sqlalchemy import func, select, text

from roomctl import cli, clock
from roomctl.audit.tables import TrailEntry
from roomctl.booking import decide, pins
from roomctl.booking.lifecycle import ACTIVE, ReservationState
from roomctl.booking.tables import Conference, Occurrence, Reservation, conference_by_id, occurrence_by_id
from roomctl.database import BUSY_TIMEOUT_MS, db
from roomctl.devices import inventory
from roomctl.organisation.roles import Role
from roomctl.organisation.tables import FailedTry
from roomctl.rooms import panels
from roomctl.rooms.tables import Room
from roomctl.sessions.tables import sessions_of
from roomctl.timespan import Span, to_local

pytestmark = pytest.mark.slow
LIMIT_S = BUSY_TIMEOUT_MS / 1000 + 5  # Nobody waits longer: after the one he is told "busy", and the rest is for drawing the page.
SESSIONS = 3  # How many the bridge has addresses for: as many as these tests start.


class Office:
    """A place with many rooms, everybody signed in at a browser."""

    def __init__(self, app, machine: Machine) -> None:
        self.app, self.machine = app, machine
        self.place = place = Place()
        self.second_approver = a_person(place.province, Role.APPROVER)
        self.rooms = [a_room(place.centre if number % 2 else place.province) for number in range(60)]
        self.equipped = [a_room(place.centre) for _ in range(2 * SESSIONS + 2)]
        self._next_day = 1
        self._equip()

    def _equip(self) -> None:
        """Give rooms codecs and the place a bridge; none of them is there, and no worker asks."""
        common = {"unit": self.place.centre, "username": "roomctl", "password": "geheim"}
        devices = [inventory.add_device(kind="codec", family="cisco_roomos", room=room, name=room.code, host="192.0.2.1", port=room.id, **common)
                   for room in self.equipped]
        devices.append(inventory.add_device(
            kind="bridge", family="simulated_bridge", room=None, name="bridge", host="192.0.2.2", port=22, ports=2 * SESSIONS,
            pool=[f"700{number}@bridge.example" for number in range(SESSIONS)], **common))
        for device in devices:
            inventory.note_host_key(device.id, fingerprint=f"SHA256:{device.id}", algorithm="ssh-ed25519")
            inventory.pin_host_key(device.id, f"SHA256:{device.id}", by=None)

    def open(self) -> None:
        person = lambda user: Person(self.machine.port).sign_in(user.username)  # noqa: E731
        self.clerk, self.chair = person(self.place.clerk), person(self.place.chair)
        self.approver, self.other_approver = person(self.place.province_approver), person(self.second_approver)

    def a_free_day(self) -> str:
        self._next_day += 1
        return to_local(clock.now() + timedelta(days=self._next_day)).strftime("%d/%m/%Y")

    def form(self, rooms: list[Room], *, day: str, hour: int = 8, **typed: object) -> dict:
        return {"day": day, "start": f"{hour:02d}:00", "end": f"{hour + 1:02d}:00", "profile": self.place.profile.id, "title": "Giao ban",
                "chair": self.place.chair.id, "rooms": [room.id for room in rooms], "host_room": rooms[0].id, "book": 1, **typed}

    def book(self, rooms: list[Room], **typed: object) -> int:
        """Book rooms on a day of their own; return the conference's id."""
        answer = self.clerk.send("/staff/conferences", **self.form(rooms, day=self.a_free_day(), **typed))
        assert answer.status == 303, answer
        return answer.led_to

    def book_soon(self, rooms: list[Room]) -> int:
        """Book a conference that may be started now; return its occurrence's id."""
        start = clock.now() + timedelta(minutes=5)
        conference_id = self.place.book(room_ids=tuple(room.id for room in rooms), host_room_id=rooms[0].id,
                                        span=Span(start, start + timedelta(hours=1)))
        for reservation in decide.queue_of(self.place.province_approver):
            if reservation.occurrence.conference_id == conference_id:
                decide.grant_reservation(reservation.id, by=self.place.province_approver)
        return conference_by_id(conference_id).occurrences[0].id

    def reservations(self, conference_id: int) -> list[Reservation]:
        fresh_view()
        return conference_by_id(conference_id).occurrences[0].reservations

    def panel_of(self, room: Room) -> Person:
        panel = Person(self.machine.port)
        assert panel.send("/panel/pair", code=panels.make_code(room.id, by=None)).status == 303
        return panel


def fresh_view() -> None:
    db.session.rollback()
    db.session.expire_all()


@pytest.fixture(autouse=True)
def quick_hashing(monkeypatch):
    hash_quickly(monkeypatch)


@pytest.fixture(scope="module")
def office(shared_app, shared_database):
    with pytest.MonkeyPatch.context() as patch:
        hash_quickly(patch)
        office = Office(shared_app, Machine(*shared_database, web_workers=4))
    with running(office.machine, "web"):
        office.open()
        yield office


@pytest.fixture(autouse=True)
def every_promise_holds(shared_app, office):
    yield
    found = shared_app.test_cli_runner().invoke(cli.main, ["check"], obj=ScriptInfo(create_app=lambda: shared_app))
    assert found.exit_code == 0, found.output
    assert deadlocks() == 0


def deadlocks() -> int:
    """Return how many deadlocks PostgreSQL has broken by making somebody fail; SQLite knows none."""
    fresh_view()
    if db.engine.dialect.name == "sqlite":
        return 0
    return db.session.scalar(text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"))


def statuses(answers: list[Answer]) -> list[int]:
    assert [answer.took_s for answer in answers if answer.took_s > LIMIT_S] == []
    return sorted(answer.status for answer in answers)


def decisions_on(reservation_id: int) -> list[str]:
    fresh_view()
    return list(db.session.scalars(select(TrailEntry.kind).where(TrailEntry.subject == f"reservation:{reservation_id}")))


def test_p01_of_sixteen_who_ask_for_one_slot_at_once_one_has_it_in_each_of_twenty_rounds(office):
    rounds = []
    for _ in range(20):
        form = office.form([office.rooms[0]], day=office.a_free_day())
        answers = at_once(*(partial(office.clerk.beside().send, "/staff/conferences", **form) for _ in range(16)))
        rounds.append(statuses(answers))

    assert rounds == [[303] + [409] * 15] * 20


def test_of_requests_for_35_rooms_that_meet_one_is_made_and_the_others_are_told_why(office):
    chance, day = random.Random(35), office.a_free_day()
    asked = [(hour, chance.sample(office.rooms, 35)) for hour in (8, 10) for _ in range(5)]
    asked += [(hour, [room for room in office.rooms if room not in asked[first][1]]) for hour, first in ((8, 0), (10, 5))]

    answers = at_once(*(partial(office.clerk.beside().send, "/staff/conferences", **office.form(rooms, day=day, hour=hour))
                        for hour, rooms in asked))

    assert set(statuses(answers)) <= {303, 409, 503}
    made = {number: answer.led_to for number, answer in enumerate(answers) if answer.status == 303}
    for number, conference_id in made.items():
        rooms = office.reservations(conference_id)
        assert {one.room_id for one in rooms if one.state in ACTIVE} == {room.id for room in asked[number][1]}
    for number, (hour, rooms) in enumerate(asked):
        others = [asked[other] for other in made if other != number]
        meets = any(hour == other_hour and set(rooms) & set(other_rooms) for other_hour, other_rooms in others)
        assert meets == (answers[number].status == 409) or answers[number].status == 503, number
    for answer in answers:
        assert answer.status != 409 or "Có phòng không trống" in answer.text or "Phòng vừa được người khác đặt" in answer.text
        assert answer.status != 503 or "Hệ thống đang bận" in answer.text


def test_a_form_sent_eight_times_at_once_makes_one_conference_and_leads_everybody_to_it(office):
    form = office.form(office.rooms[:10], day=office.a_free_day(), title="Một lần thôi", key="pressed-eight-times")

    answers = at_once(*(partial(office.clerk.beside().send, "/staff/conferences", **form) for _ in range(8)))

    assert statuses(answers) == [303] * 8
    assert len({answer.location for answer in answers}) == 1
    fresh_view()
    assert db.session.scalar(select(func.count()).where(Conference.title == "Một lần thôi")) == 1


def test_of_two_approvers_one_decides_and_the_other_is_told(office):
    waiting = [one.id for one in office.reservations(office.book(office.rooms[:12])) if one.state == ReservationState.REQUESTED]
    assert len(waiting) == 6

    for reservation_id in waiting:
        answers = at_once(partial(office.approver.send, f"/staff/approvals/{reservation_id}/grant"),
                          partial(office.other_approver.send, f"/staff/approvals/{reservation_id}/refusal", reason="Phòng đang sửa"))

        assert statuses(answers) == [303, 409]
        granted = answers[0].status == 303
        assert "đã được xử lý trước đó" in answers[granted].text
        assert decisions_on(reservation_id) == ["reservation_granted" if granted else "reservation_refused"]


def test_a_cancellation_meets_decisions_and_neither_is_lost(office):
    for round_number in range(4):
        conference_id = office.book(office.rooms[:6])
        waiting = [one.id for one in office.reservations(conference_id) if one.state == ReservationState.REQUESTED]
        cancelled, *decided = at_once(
            partial(office.clerk.send, f"/staff/conferences/{conference_id}/cancellation", reason="Hoãn"),
            *(partial(office.approver.beside().send, f"/staff/approvals/{one}/grant") for one in waiting[:2]),
            partial(office.other_approver.send, f"/staff/approvals/{waiting[2]}/refusal", reason="Bận"))

        assert cancelled.status == 303, round_number
        assert set(statuses(decided)) <= {303, 409}
        states = {one.id: one.state for one in office.reservations(conference_id)}
        assert states.pop(waiting[2]) == (ReservationState.REFUSED if decided[2].status == 303 else ReservationState.RELEASED)
        assert set(states.values()) == {ReservationState.RELEASED}


@pytest.mark.parametrize("presses", [2, 4])
def test_start_pressed_again_and_again_at_panel_and_browser_starts_one_session(office, presses):
    rooms = office.equipped[presses - 2:presses]
    occurrence_id = office.book_soon(rooms)
    pin, panel = pins.make_pin(occurrence_id, by=office.place.clerk), office.panel_of(rooms[0])

    answers = at_once(
        *(partial(office.chair.send, f"/staff/occurrences/{occurrence_id}/session/start") for _ in range(presses // 2)),
        *(partial(panel.send, f"/panel/occurrences/{occurrence_id}/start", pin=pin) for _ in range(presses * 3 // 2)))

    assert statuses(answers) == [303] * (2 * presses)
    fresh_view()
    assert [session.ended_at for session in sessions_of(occurrence_id)] == [None]
    at_the_panel = panel.get("/panel").text
    assert f"/panel/sessions/{sessions_of(occurrence_id)[0].id}/end" in at_the_panel


def test_a_conference_is_either_cancelled_or_begins(office):
    occurrence_id = office.book_soon(office.equipped[4:6])
    conference_id = occurrence_by_id(occurrence_id).conference_id

    answers = at_once(partial(office.clerk.send, f"/staff/conferences/{conference_id}/cancellation", reason="Hoãn"),
                      partial(office.chair.send, f"/staff/occurrences/{occurrence_id}/session/start"))

    assert statuses(answers) == [303, 422]
    fresh_view()
    assert (occurrence_by_id(occurrence_id).cancelled_at is None) == bool(sessions_of(occurrence_id)) == (answers[1].status == 303)


def test_those_who_book_rooms_for_later_and_one_who_starts_in_them_do_not_block_each_other(office):
    rooms = office.equipped[6:8]
    occurrence_id, day = office.book_soon([rooms[1], rooms[0]]), office.a_free_day()

    answers = at_once(partial(office.chair.send, f"/staff/occurrences/{occurrence_id}/session/start"),
                      *(partial(office.clerk.beside().send, "/staff/conferences", **office.form(rooms, day=day, hour=hour))
                        for hour in range(8, 15)))

    # Where the other test has let a session begin, the bridge is full, and that is said.
    assert set(statuses(answers[:1])) <= {303, 422}
    assert statuses(answers[1:]) == [303] * 7


def test_twenty_wrong_pins_at_once_are_still_five_tries(office):
    room = office.rooms[1]
    occurrence_id = office.book_soon([room])
    pin, panel = pins.make_pin(occurrence_id, by=office.place.clerk), office.panel_of(room)
    wrong = f"{(int(pin) + 1) % 10**6:06d}"

    answers = at_once(*[partial(panel.send, f"/panel/occurrences/{occurrence_id}/start", pin=wrong)] * 20)

    assert statuses(answers) == [422] * 5 + [429] * 15
    fresh_view()
    assert db.session.scalar(select(func.count()).where(FailedTry.subject == f"pin-occurrence:{occurrence_id}")) == 5
    assert panel.send(f"/panel/occurrences/{occurrence_id}/start", pin=pin).status == 429


def test_a_pin_made_by_two_at_once_is_made(office):
    conference_id = office.book(office.rooms[3:4])

    answers = at_once(*(partial(who.send, f"/staff/conferences/{conference_id}/pin") for who in (office.clerk, office.chair)))

    assert statuses(answers) == [200, 200]


def test_nothing_was_answered_with_an_error_of_the_system(office):
    log = (office.machine.home / "web.log").read_text()

    assert "Traceback" not in log, log[-3000:]
    assert db.session.scalar(select(func.count()).select_from(Occurrence)) > 10
