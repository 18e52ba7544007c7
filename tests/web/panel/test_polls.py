"""Polls: one that has nothing new is answered without drawing, and nothing that a screen shows is ever kept when it has changed."""

from datetime import timedelta

import pytest
from builders import NOW, Place, a_profile, a_room, a_span, hash_quickly
from flask import render_template, template_rendered
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from roomctl import clock
from roomctl.booking import local_use
from roomctl.booking.maintenance import close_room
from roomctl.booking.tables import Conference, Occurrence, Reservation
from roomctl.database import db, write_transaction
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.organisation.tables import User
from roomctl.rooms import panels
from roomctl.rooms.tables import Panel, Room
from roomctl.rooms.upkeep_tables import MaintenanceWindow
from roomctl.security_profiles.profile import Classification
from roomctl.sessions.room_facts import facts_for
from roomctl.sessions.screen_tag import tag_of
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span
from roomctl.web.panel import screen
from web.browser import read_in

ODD = timedelta(seconds=17, microseconds=300)
MOST_QUESTIONS = 3


def at(minutes: float, length: float = 60) -> Span:
    """Return a span that begins so many minutes from 08:00."""
    start = NOW + timedelta(minutes=minutes)
    return Span(start, start + timedelta(minutes=length))


def write(table, *where, **values) -> None:
    """Change stored rows behind everybody's back."""
    with write_transaction():
        db.session.execute(update(table).where(*where).values(**values), execution_options={"synchronize_session": False})


def book_granted(place: Place, span: Span, *rooms, **facts) -> None:
    """Book rooms, the hall where none are named, and grant all that is asked for; what lies in the past was booked before it."""
    now = clock.now()
    clock.set_source(lambda: min(now, span.start - timedelta(hours=1)))
    place.book(span=span, room_ids=tuple(room.id for room in (rooms or (place.hall,))), **facts)
    clock.set_source(lambda: now)
    write(Reservation, state="granted")


def probed(status: Status, age: timedelta = timedelta(seconds=40), fault: str = "") -> None:
    write(Device, status=status, fault=fault, probed_at=clock.now() - age)


def free(place: Place) -> None:
    probed(Status.OK)


def free_with_much_to_come(place: Place) -> None:
    for number in range(6):
        book_granted(place, at(95 + 70 * number), title=f"Giao ban {number}")
    probed(Status.WARNING, ODD, "no_microphone")


def being_cleared(place: Place) -> None:
    write(Room, setup_s=437, teardown_s=1013)
    book_granted(place, at(-30, 27))
    book_granted(place, at(75))
    probed(Status.OK)


def requested(place: Place) -> None:
    place.book(span=at(9), room_ids=(place.hall.id, place.room.id))
    write(Reservation, state="requested")
    probed(Status.CRITICAL, ODD, "not_registered")


def upcoming(place: Place) -> None:
    book_granted(place, at(14), place.hall, place.room, place.other_room, on_behalf_of="Giám đốc Sở")
    book_granted(place, at(120), title="Tiếp công dân")
    probed(Status.UNKNOWN, timedelta(days=3))


def asking_who_came(place: Place) -> None:
    book_granted(place, at(8))
    write(Occurrence, check_in_asked_at=clock.now() - timedelta(minutes=1))


def somebody_came(place: Place) -> None:
    asking_who_came(place)
    local_use.check_in(db.session.scalar(db.select(Occurrence.id)), room_id=place.hall.id)


def in_use(place: Place) -> None:
    book_granted(place, at(-10, 40))
    book_granted(place, at(55), title="Tiếp công dân")
    local_use.check_in(db.session.scalar(db.select(db.func.min(Occurrence.id))), room_id=place.hall.id)
    probed(Status.WARNING, ODD, "no_camera")


def ending(place: Place) -> None:
    book_granted(place, at(-50))
    book_granted(place, at(20), title="Tiếp công dân")
    local_use.check_in(db.session.scalar(db.select(db.func.min(Occurrence.id))), room_id=place.hall.id)


def restricted(place: Place) -> None:
    book_granted(place, at(9), profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm cán bộ")
    local_use.check_in(db.session.scalar(db.select(db.func.min(Occurrence.id))), room_id=place.hall.id)


def closed(place: Place) -> None:
    close_room(place.hall.id, Span(NOW + timedelta(seconds=1), NOW + timedelta(minutes=44)), reason="Thay micro", by=place.technician)
    clock.set_source(lambda: NOW + timedelta(seconds=30))


def closed_while_held(place: Place) -> None:
    upcoming(place)
    close_room(place.hall.id, Span(NOW + timedelta(minutes=3), NOW + timedelta(hours=5)), reason="Thay micro", by=place.technician, known=2)


def called(place: Place) -> None:
    write(Panel, called_at=clock.now() - ODD, called_people="Kỹ thuật · 0900")


STATES = [free, free_with_much_to_come, being_cleared, requested, upcoming, asking_who_came, somebody_came, in_use, ending, restricted, closed,
          closed_while_held, called]


@pytest.fixture
def panel(equipped, paired_panel):
    return paired_panel(equipped.hall)


@pytest.fixture
def counting(app):
    """Return a list of what is asked of the database, and one of the templates that are drawn."""
    asked, drawn = [], []

    def note(_connection, _cursor, statement, *_rest) -> None:
        if not statement.startswith("BEGIN"):
            asked.append(statement)

    def draw(_app, template, **_rest) -> None:
        drawn.append(template.name)

    event.listen(db.engine, "before_cursor_execute", note)
    with template_rendered.connected_to(draw, app):
        yield asked, drawn
    event.remove(db.engine, "before_cursor_execute", note)


def settled(panel):
    """Return the answer to a poll behind which nothing is to be noted any more: the first one may note that it asks who came."""
    panel.get("/panel/state")
    return panel.get("/panel/state")


def again(panel, former):
    return panel.get("/panel/state", headers={"If-None-Match": former.headers["ETag"]})


@pytest.mark.parametrize("state", STATES)
def test_an_unchanged_screen_is_answered_with_three_questions_at_most_and_nothing_drawn(equipped, panel, counting, state):
    state(equipped)
    first = settled(panel)
    for one in counting:
        one.clear()

    second = again(panel, first)

    assert (first.status_code, second.status_code, second.data, counting[1]) == (200, 304, b"", [])
    assert 1 <= len(counting[0]) <= MOST_QUESTIONS
    assert [second.headers[name] for name in ("ETag", "X-Panel-State", "X-Poll-Seconds")] == [
        first.headers[name] for name in ("ETag", "X-Panel-State", "X-Poll-Seconds")]


def after(minutes: float = 1) -> None:
    later = clock.now() + timedelta(minutes=minutes)
    clock.set_source(lambda: later)


def give_up_the_others() -> None:
    write(Reservation, Reservation.room_id != 1, state="released")


CHANGES = {
    "the title": (upcoming, lambda _: write(Conference, title="Họp giao ban đột xuất")),
    "the title of this date": (upcoming, lambda _: write(Occurrence, title="Họp giao ban đột xuất")),
    "the code name": (upcoming, lambda _: write(Conference, title="", code_name="SAO MAI")),
    "the chair's name": (upcoming, lambda _: (write(Conference, on_behalf_of=""), write(User, name="Nguyễn Văn An"))),
    "on whose behalf": (upcoming, lambda _: write(Conference, on_behalf_of="Chủ tịch")),
    "the classification": (upcoming, lambda _: write(Conference, classification="internal")),
    "the name of a site": (upcoming, lambda _: write(Room, name="Phòng khác")),
    "the host room": (upcoming, lambda _: write(Conference, host_room_id=2)),
    "the start": (upcoming, lambda _: write(Occurrence, planned_start_at=NOW + timedelta(minutes=13))),
    "the end": (upcoming, lambda _: write(Occurrence, planned_end_at=NOW + timedelta(minutes=200))),
    "that it was released": (upcoming, lambda _: write(Reservation, state="released")),
    "that it is not granted any more": (upcoming, lambda _: write(Reservation, state="requested")),
    "that it was granted": (requested, lambda _: write(Reservation, state="granted")),
    "that the others were given up": (upcoming, lambda _: give_up_the_others()),
    "that it is over": (in_use, lambda _: write(Occurrence, actual_end_at=NOW)),
    "what comes next": (free_with_much_to_come, lambda _: write(Conference, title="Khác")),
    "that what comes is not granted": (free_with_much_to_come, lambda _: write(Reservation, state="requested")),
    "that somebody came": (asking_who_came, lambda _: write(Occurrence, checked_in_at=NOW)),
    "until when to come": (asking_who_came, lambda _: write(Occurrence, check_in_asked_at=NOW + timedelta(minutes=20))),
    "the minutes to the start": (upcoming, lambda _: after()),
    "the minutes to the end": (in_use, lambda _: after()),
    "that the time runs out": (in_use, lambda _: after(21)),
    "how far it can go on": (ending, lambda _: write(Reservation, Reservation.id == 2, held_start_at=NOW + timedelta(minutes=15))),
    "that another has the room": (free, lambda place: book_granted(place, at(40), title="Sắp tới")),
    "how long the room is cleared": (being_cleared, lambda _: write(Reservation, Reservation.id == 1, held_end_at=NOW - timedelta(minutes=10))),
    "the hours of the room": (free, lambda _: write(Room, opens_min=600, closes_min=660)),
    "the days of the room": (free, lambda _: write(Room, open_days="7")),
    "who may use the room": (free, lambda _: write(Room, open_to="nobody")),
    "the end of an offer": (free, lambda _: after(1)),
    "the day": (called, lambda _: after(16 * 60)),
    "why it is closed": (closed, lambda _: write(MaintenanceWindow, reason="Sơn tường")),
    "until when it is closed": (closed, lambda _: write(MaintenanceWindow, end_at=NOW + timedelta(minutes=60))),
    "that it is open again": (closed, lambda _: write(MaintenanceWindow, cancelled_at=NOW)),
    "that it is closed while held": (closed_while_held, lambda _: after(4)),
    "the codec's state": (free, lambda _: write(Device, status=Status.CRITICAL, fault="silent")),
    "the codec's fault": (free_with_much_to_come, lambda _: write(Device, fault="no_camera")),
    "when the codec was asked": (free, lambda _: write(Device, probed_at=NOW - timedelta(seconds=61))),
    "that the codec was not asked for long": (free, lambda _: after(1.5)),
    "that the codec is asked more often": (free, lambda _: write(Device, probe_every_s=15)),
    "that there is no codec": (free, lambda _: write(Device, retired_at=NOW)),
    "that the codec is a spare": (free, lambda _: write(Device, spare=True)),
    "who was called": (called, lambda _: write(Panel, called_people="Người khác")),
    "when they were called": (called, lambda _: write(Panel, called_at=NOW - timedelta(minutes=2))),
    "that they may be called again": (called, lambda _: after(5)),
    "that they were called long ago": (called, lambda _: after(30)),
    "that a technician was called": (free, lambda _: write(Panel, called_at=NOW, called_people="Kỹ thuật")),
}
@pytest.mark.parametrize("what", CHANGES)
def test_whatever_a_screen_shows_is_shown_anew_when_it_changes(equipped, panel, what):
    state, change = CHANGES[what]
    state(equipped)
    first = settled(panel)

    change(equipped)

    second = again(panel, first)
    assert second.status_code == 200
    assert (second.data, second.headers["X-Panel-State"]) != (first.data, first.headers["X-Panel-State"]), "this changes nothing that is shown"


def moments(start, minutes: int):
    """Yield moments in order: just before, at and just after every minute, so that what changes within a minute is looked at on both sides."""
    for minute in range(minutes):
        for step in (-1, 0, 1):
            yield start + timedelta(minutes=minute, microseconds=step)


@pytest.mark.parametrize("state", STATES)
def test_as_time_goes_by_two_screens_with_one_tag_are_one(app, equipped, panel, set_clock, state):
    state(equipped)
    token, start, known = panel.get_cookie("roomctl_panel").value, clock.now().replace(second=0, microsecond=0), {}
    clock.set_source(set_clock)

    def go() -> list[str]:
        wrong = []
        for set_clock.at in moments(start, 66):
            facts = facts_for(token, now=set_clock.at)
            tag, seen = tag_of(facts, now=set_clock.at), screen.look(facts, set_clock.at)
            shown = render_template("panel/screen/_state.html", **seen), seen["key"]
            if tag is not None and known.setdefault(tag, shown) != shown:
                wrong.append(f"{set_clock.at} {tag}")
        return wrong

    assert read_in(app, "vi", go) == []
    assert len(known) > 1


def test_a_free_room_with_nothing_near_is_drawn_once_in_five_minutes(equipped, panel):
    panel_token, tags = panel.get_cookie("roomctl_panel").value, set()

    for second in range(0, 3600, 15):
        now = NOW + timedelta(seconds=second + 1)
        tags.add(tag_of(facts_for(panel_token, now=now), now=now))

    assert len(tags) - 1 <= 12


def test_the_title_of_a_restricted_conference_leaves_no_trace_in_the_tag(equipped, panel):
    restricted(equipped)
    first = settled(panel)

    write(Conference, title="Việc khác", on_behalf_of="Đồng chí khác")

    assert again(panel, first).status_code == 304


def test_another_language_is_another_screen(equipped, panel):
    first = settled(panel)

    assert again(panel.speak("en"), first).status_code == 200


def test_after_an_update_of_the_product_no_screen_counts_as_unchanged(equipped, panel, monkeypatch):
    first = settled(panel)
    monkeypatch.setattr(screen, "drawn_by", lambda: "another")

    assert again(panel, first).status_code == 200


def test_a_tag_that_a_proxy_made_weak_is_known_again(equipped, panel):
    first = settled(panel)

    second = panel.get("/panel/state", headers={"If-None-Match": f'"other", W/{first.headers["ETag"]}'})

    assert (second.status_code, second.headers["X-Panel-State"]) == (304, first.headers["X-Panel-State"])


def test_a_revoked_panel_is_shown_out_whatever_it_has_kept(equipped, panel):
    first = settled(panel)
    panels.revoke(db.session.scalar(db.select(Panel.id)), by=equipped.administrator)

    assert again(panel, first).status_code == 401


def test_while_a_session_runs_every_poll_is_drawn_and_a_reading_that_grows_old_is_shown(place, start, put, paired_panel, set_clock, counting):
    put(start(), state=SessionState.LIVE, live_at=clock.now(), verdict=Verdict.SECURE,
        legs={"state": LegState.PROVEN, "checked_at": clock.now(), "verdict": Verdict.SECURE, "suite": "Aes-128"})
    panel = paired_panel(place.hall)
    first = settled(panel)
    counting[1].clear()

    same = again(panel, first)
    set_clock.forward(seconds=7.1)
    stale = again(panel, first)

    assert (same.status_code, stale.status_code, counting[1].count("panel/screen/_state.html")) == (304, 200, 2)
    assert ('data-secure="yes"' in first.text, 'data-secure="yes"' in stale.text) == (True, False)


def test_a_screen_from_before_a_session_is_not_kept_when_it_starts(place, book_soon, start, paired_panel):
    panel = paired_panel(place.room)
    first = settled(panel)
    start()

    second = again(panel, first)

    assert (second.status_code, second.headers["X-Poll-Seconds"]) == (200, "1")


def test_that_the_panel_asks_is_noted_by_a_later_poll_when_the_database_could_not_write(equipped, panel, monkeypatch):
    def away(*_args, **_kwargs):
        raise OperationalError("", {}, Exception("away"))

    book_granted(equipped, at(8))
    with monkeypatch.context() as patch:
        patch.setattr(screen, "note_asked", away)
        first = panel.get("/panel/state")
    not_noted = db.session.scalar(db.select(Occurrence.check_in_asked_at))

    again(panel, first)

    db.session.rollback()
    assert (not_noted, db.session.scalar(db.select(Occurrence.check_in_asked_at))) == (None, clock.now())


def test_of_many_rooms_one_that_is_left_alone_is_found(equipped, panel):
    rooms = [a_room(equipped.centre) for _ in range(9)]
    book_granted(equipped, at(8), equipped.hall, *rooms)
    many = settled(panel)
    give_up_the_others()

    alone = again(panel, many)

    assert ("10 điểm cầu" in many.text, alone.status_code, "Bấm “Có mặt” trước" in alone.text) == (True, 200, True)


def test_on_either_engine_the_same_is_known_and_a_change_is_seen(app_on, monkeypatch, set_clock):
    hash_quickly(monkeypatch)
    place = Place()
    token = panels.pair(panels.make_code(place.hall.id, by=None), address="10.0.0.9")
    book_granted(place, at(9), place.hall, place.room, place.other_room)
    book_granted(place, at(120))
    close_room(place.room.id, a_span(), reason="Thay micro", by=place.technician)

    def tag() -> str | None:
        return tag_of(facts_for(token, now=clock.now()), now=clock.now())

    first, same = tag(), tag()
    write(Conference, title="Khác")
    changed = tag()
    write(Reservation, state="released")

    assert first is not None and first == same
    assert len({first, changed, tag()}) == 3
    assert facts_for("nobody's", now=clock.now()) is None
