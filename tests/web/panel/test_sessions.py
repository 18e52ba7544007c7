"""Leading a session from the host room's panel."""

import pytest

from roomctl.booking import pins, tables
from roomctl.sessions import tables as sessions
from roomctl.sessions.control import START_EARLY
from roomctl.sessions.states import LegState, SessionState
from web.browser import Page


@pytest.fixture
def with_pin(equipped, book_soon):
    """Return a conference that may start, and its PIN."""
    occurrence_id = book_soon()
    return occurrence_id, pins.make_pin(occurrence_id, by=equipped.clerk)


def press(panel, occurrence_id: int, pin: str):
    return panel.send(f"/panel/occurrences/{occurrence_id}/start", {"pin": pin}, page="/panel/pair")


def wrong(pin: str) -> str:
    return f"{(int(pin) + 1) % 10**6:06d}"


def test_the_pin_starts_the_session(place, with_pin, paired_panel, counted):
    answer = press(paired_panel(place.hall), *with_pin)

    assert (answer.status_code, answer.headers["Location"], counted("sessions")) == (303, "/panel", 1)


def test_the_start_pressed_twice_starts_one_session(place, with_pin, paired_panel, counted):
    panel = paired_panel(place.hall)

    answers = press(panel, *with_pin).status_code, press(panel, *with_pin).status_code

    assert (answers, counted("sessions")) == ((303, 303), 1)


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_wrong_pin_is_told_and_starts_nothing(place, with_pin, paired_panel, sentence, counted, language):
    occurrence_id, pin = with_pin

    answer = press(paired_panel(place.hall).speak(language), occurrence_id, wrong(pin))

    assert (answer.status_code, counted("sessions")) == (422, 0)
    assert sentence("wrong_pin", language) in Page(answer.text).text
    assert Page(answer.text).value("pin") == ""


@pytest.mark.parametrize("language", ["vi", "en"])
def test_after_five_wrong_pins_even_the_right_one_must_wait(place, with_pin, paired_panel, set_clock, sentence, counted, language):
    occurrence_id, pin = with_pin
    panel, until = paired_panel(place.hall).speak(language), set_clock.at + pins.signin.WITHIN
    tried = {press(panel, occurrence_id, wrong(pin)).status_code for _ in range(5)}

    answer = press(panel, occurrence_id, pin)

    assert (tried, answer.status_code, counted("sessions")) == ({422}, 429, 0)
    assert sentence("too_many_tries", language, until=until) in Page(answer.text).text


def test_organizer_and_chair_are_told_when_a_pin_is_closed(place, with_pin, paired_panel, counted):
    occurrence_id, pin = with_pin
    panel = paired_panel(place.hall)

    for _ in range(6):
        press(panel, occurrence_id, wrong(pin))

    assert counted("notices WHERE kind = 'pin_closed'") == 2


@pytest.mark.parametrize("pin", ["", "\x00", "x" * 10_000, "１２３４５６"])
def test_anything_else_is_no_pin(place, with_pin, paired_panel, pin):
    assert press(paired_panel(place.hall), with_pin[0], pin).status_code == 422


def test_without_a_pin_the_panel_says_who_makes_one(place, equipped, book_soon, paired_panel, sentence):
    answer = press(paired_panel(place.hall), book_soon(), "000000")

    assert answer.status_code == 422
    assert sentence("no_pin_made") in Page(answer.text).text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_session_cannot_start_long_before_its_conference(place, equipped, paired_panel, sentence, counted, set_clock, language):
    conference_id = place.book()
    occurrence = tables.conference_by_id(conference_id).occurrences[0]
    pin, earliest = pins.make_pin(occurrence.id, by=place.clerk), occurrence.planned_start_at - START_EARLY

    answer = press(paired_panel(place.hall).speak(language), occurrence.id, pin)

    assert (answer.status_code, counted("sessions")) == (422, 0)
    assert sentence("not_yet", language, at=earliest) in Page(answer.text).text


def test_a_panel_of_a_room_that_takes_no_part_does_not_know_the_conference(place, with_pin, paired_panel, counted):
    panel = paired_panel(place.other_room)

    answers = panel.get(f"/panel/occurrences/{with_pin[0]}/start").status_code, press(panel, *with_pin).status_code

    assert (answers, counted("sessions")) == ((404, 404), 0)


def test_a_panel_of_a_site_that_is_not_the_host_may_not_start(place, with_pin, paired_panel, counted):
    panel = paired_panel(place.room)

    answers = panel.get(f"/panel/occurrences/{with_pin[0]}/start").status_code, press(panel, *with_pin).status_code

    assert (answers, counted("sessions")) == ((403, 403), 0)
    assert counted("trail_entries WHERE kind = 'access_refused'") == 2


def test_a_conference_that_is_not_there_is_not_found(place, paired_panel):
    assert paired_panel(place.hall).get("/panel/occurrences/999/start").status_code == 404


def test_the_host_rooms_panel_ends_the_session(place, start, paired_panel):
    session_id = start()

    answer = paired_panel(place.hall).send(f"/panel/sessions/{session_id}/end", page="/panel")

    assert (answer.status_code, sessions.session_for_update(session_id).state) == (303, SessionState.ENDING)


@pytest.mark.parametrize(("room", "status"), [("room", 403), ("other_room", 404)])
@pytest.mark.parametrize("what", ["end", "legs/{leg}/leave-out", "legs/{leg}/retry"])
def test_no_other_panel_leads_the_session(place, start, put, paired_panel, room, status, what):
    session_id = start()
    put(session_id, legs={"state": LegState.HUNG_UP})
    leg = sessions.session_by_id(session_id).legs[1].id

    answer = paired_panel(getattr(place, room)).send(f"/panel/sessions/{session_id}/{what.format(leg=leg)}", page="/panel/pair")

    session = sessions.session_for_update(session_id)
    assert (answer.status_code, session.state, {one.state for one in session.legs}) == (status, SessionState.PREPARING, {LegState.HUNG_UP})


@pytest.mark.parametrize(("what", "after"), [("leave-out", LegState.LEFT_OUT), ("retry", LegState.WAITING)])
def test_the_host_rooms_panel_decides_on_a_leg_that_was_hung_up(place, start, put, paired_panel, what, after):
    session_id = start()
    put(session_id, state=SessionState.CHECKING, legs={"state": LegState.HUNG_UP, "finding": "call_clear"})
    leg = sessions.session_by_id(session_id).legs[1].id

    answer = paired_panel(place.hall).send(f"/panel/sessions/{session_id}/legs/{leg}/{what}", page="/panel")

    assert (answer.status_code, sessions.session_for_update(session_id).legs[1].state) == (303, after)


def test_a_leg_that_has_moved_on_is_not_decided_on(place, start, put, paired_panel, sentence):
    session_id = start()
    put(session_id, legs={"state": LegState.CONNECTED})
    leg = sessions.session_by_id(session_id).legs[1].id

    answer = paired_panel(place.hall).send(f"/panel/sessions/{session_id}/legs/{leg}/leave-out", page="/panel")

    assert answer.status_code == 409
    assert sentence("leg_moved_on") in Page(answer.text).text


@pytest.mark.parametrize("path", ["999/end", "999/legs/1/retry", "{session}/legs/999/retry"])
def test_a_session_or_leg_that_is_not_there_is_not_found(place, start, paired_panel, path):
    session_id = start()

    assert paired_panel(place.hall).send(f"/panel/sessions/{path.format(session=session_id)}", page="/panel").status_code == 404
