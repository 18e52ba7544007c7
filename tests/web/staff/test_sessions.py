"""The chair leads the session from a browser."""

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from web.browser import Page

TITLE = "Kiểm điểm cán bộ"
WHO = ["clerk", "stranger", "administrator", "technician", "officer", "province_approver"]


def address(occurrence_id: int, what: str = "") -> str:
    return f"/staff/occurrences/{occurrence_id}/session{what}"


@pytest.fixture
def running(start, put):
    """Return the occurrence and session of a conference that is being checked, its second leg hung up."""
    session_id = start()
    put(session_id, state=SessionState.CHECKING, legs={"state": LegState.HUNG_UP, "finding": "call_clear"})
    return sessions.session_by_id(session_id).occurrence_id, session_id


def test_the_chair_starts_the_session(equipped, book_soon, signed_in, counted):
    occurrence_id, client = book_soon(), signed_in(equipped.chair)

    answer = client.send(address(occurrence_id, "/start"), page=address(occurrence_id))

    assert (answer.status_code, answer.headers["Location"], counted("sessions")) == (303, address(occurrence_id), 1)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("what", ["start", "end", "leave-out", "retry"])
def test_nobody_but_the_chair_leads(equipped, running, signed_in, who, what):
    occurrence_id, session_id = running
    leg = sessions.session_by_id(session_id).legs[1].id

    answer = signed_in(getattr(equipped, who)).send(address(occurrence_id, f"/{what}"), {"leg": str(leg)})

    session = sessions.session_for_update(session_id)
    assert answer.status_code in (403, 404)
    assert (session.state, {one.state for one in session.legs}) == (SessionState.CHECKING, {LegState.HUNG_UP})


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("path", ["", "/state"])
def test_nobody_but_the_chair_sees_it(equipped, start, signed_in, who, path):
    session_id = start(profile_id=a_profile(Classification.INTERNAL).id, title=TITLE)

    answer = signed_in(getattr(equipped, who)).get(address(sessions.session_by_id(session_id).occurrence_id, path))

    assert (answer.status_code in (403, 404), TITLE in answer.text) == (True, False)


@pytest.mark.parametrize(("what", "after"), [("leave-out", LegState.LEFT_OUT), ("retry", LegState.WAITING)])
def test_the_chair_decides_on_several_legs_at_once(equipped, running, signed_in, what, after):
    occurrence_id, session_id = running
    legs = [str(leg.id) for leg in sessions.session_by_id(session_id).legs]

    answer = signed_in(equipped.chair).send(address(occurrence_id, f"/{what}"), {"leg": legs})

    assert (answer.status_code, {leg.state for leg in sessions.session_for_update(session_id).legs}) == (303, {after})


def test_the_chair_ends_the_session(equipped, running, signed_in):
    signed_in(equipped.chair).send(address(running[0], "/end"))

    assert sessions.session_for_update(running[1]).state == SessionState.ENDING


@pytest.mark.parametrize("leg", ["999", "x", "9" * 30])
def test_a_leg_that_is_not_there_is_not_found(equipped, running, signed_in, leg):
    assert signed_in(equipped.chair).send(address(running[0], "/retry"), {"leg": leg}).status_code == 404


@pytest.mark.parametrize("what", ["end", "retry", "leave-out"])
def test_without_a_session_there_is_nothing_to_lead(equipped, book_soon, signed_in, what):
    assert signed_in(equipped.chair).send(address(book_soon(), f"/{what}")).status_code == 404


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_start_that_cannot_be_is_told_why(place, book_soon, signed_in, sentence, counted, language):
    answer = signed_in(place.chair, language).send(address(book_soon(), "/start"))

    assert (answer.status_code, counted("sessions")) == (422, 0)
    assert sentence("too_few_codecs", language) in Page(answer.text).text


def test_a_reading_that_is_too_old_is_not_green(equipped, running, signed_in, put, set_clock):
    put(running[1], state=SessionState.LIVE, live_at=clock.now(), verdict=Verdict.SECURE,
        legs={"state": LegState.PROVEN, "checked_at": clock.now(), "verdict": Verdict.SECURE, "finding": ""})
    client = signed_in(equipped.chair)

    def secure() -> list[str]:
        return [found["data-secure"] for _, found in client.page(address(running[0])).elements if "data-secure" in found]

    fresh = secure()
    set_clock.forward(minutes=1)

    assert (fresh, secure()) == (["yes"], ["no"])


def test_the_second_poll_of_an_unchanged_session_is_empty(equipped, running, signed_in):
    client = signed_in(equipped.chair)
    first = client.get(address(running[0], "/state"))

    second = client.get(address(running[0], "/state"), headers={"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, second.headers["X-Poll-Seconds"]) == (304, "1")
    assert second.headers["X-Panel-State"] == first.headers["X-Panel-State"]


def test_before_the_start_the_chair_reads_which_attestations_are_missing_and_whom_to_call(equipped, book_soon, signed_in):
    profile = a_profile(attestations={"room_inspection": 30})
    occurrence_id = book_soon(profile_id=profile.id)

    page = signed_in(equipped.chair).page(f"/staff/occurrences/{occurrence_id}/session")

    assert f"{equipped.hall.name}: Chưa có xác nhận kiểm tra phòng còn hạn" in page.text
    assert "Gọi kỹ thuật viên hoặc cán bộ an ninh" in page.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_start_that_attestations_are_missing_for_says_of_which_rooms(equipped, book_soon, signed_in, language, sentence):
    profile = a_profile(attestations={"line_protection": 30}, overridable=False)
    occurrence_id = book_soon(profile_id=profile.id)

    answer = signed_in(equipped.chair, language).send(f"/staff/occurrences/{occurrence_id}/session/start")

    rooms = ", ".join(sorted([equipped.hall.name, equipped.room.name]))
    assert answer.status_code == 422 and sentence("no_line_protection", language, rooms=rooms) in Page(answer.text).text
