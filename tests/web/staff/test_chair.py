"""The chair leads from a browser: the legs one by one, who speaks, messages, the roll, adding rooms and guests."""

import re
from pathlib import Path

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.database import db
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair_tables
from roomctl.sessions import tables as sessions
from roomctl.sessions.states import LegState, SessionState
from roomctl.web.chair_deeds import DEEDS
from web.browser import Page
from web.national import a_national_session

PICTURES = Path(__file__).parents[3] / "test-results" / "screens"
PAGES = ("/legs/{leg}", "/speakers", "/message", "/roll", "/add")
WHO = ("clerk", "stranger", "administrator", "technician", "officer", "province_approver")


@pytest.fixture
def live(equipped, start, put):
    """A session of three rooms, since two call each other without a bridge."""
    session_id = start(room_ids=(equipped.hall.id, equipped.room.id, equipped.other_room.id))
    put(session_id, state=SessionState.LIVE, live_at=clock.now(), legs={"state": LegState.PROVEN, "checked_at": clock.now()})
    return session_id


def session(session_id: int) -> sessions.ConferenceSession:
    db.session.rollback()
    return sessions.session_by_id(session_id)


def at(session_id: int, page: str = "") -> str:
    return f"/staff/sessions/{session_id}/chair{page}".format(leg=session(session_id).legs[1].id)


def page_of(session_id: int) -> str:
    return f"/staff/occurrences/{session(session_id).occurrence_id}/session"


def press(client, session_id: int, deed: str, **form):
    return client.send(at(session_id, f"/do/{deed}"), form, page=page_of(session_id))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_chair_opens_every_page(equipped, live, signed_in, language):
    client = signed_in(equipped.chair, language)

    for page in PAGES:
        answer = client.get(at(live, page))
        assert answer.status_code == 200, page
        assert Page(answer.text).unclosed == []
    links = client.page(page_of(live)).links
    assert {at(live, page) for page in PAGES} <= links


@pytest.mark.parametrize("who", WHO)
def test_nobody_else_opens_any_or_does_anything(equipped, live, signed_in, who):
    client, before = signed_in(getattr(equipped, who)), session(live).version

    codes = {client.get(at(live, page)).status_code for page in ("", *PAGES)}
    codes |= {client.send(at(live, f"/do/{deed}"), {"leg": "1", "text": "x", "name": "x", "address": "x@y"}).status_code for deed in DEEDS}

    assert codes <= {403, 404}
    assert session(live).version == before


def test_the_tools_stand_on_the_sessions_page_and_do_what_they_say(equipped, live, signed_in):
    client, leg = signed_in(equipped.chair), session(live).legs[1].id

    answers = [press(client, live, "mute-all"), press(client, live, "lock"), press(client, live, "floor", leg=str(leg)),
               press(client, live, "message", phrase="break"), press(client, live, "call-roll")]

    now, text = session(live), client.page(page_of(live)).text
    assert [answer.status_code for answer in answers] == [303] * 5
    assert (now.all_muted, now.lock_wanted, now.floor_leg_id) == (True, True, leg)
    assert "trừ phòng chủ trì và điểm cầu đang phát biểu" in text and "Không rõ đã khóa chưa" in text and "Bật lại mic" in text


def test_a_leg_is_dropped_and_tried_again(equipped, live, signed_in):
    client, leg = signed_in(equipped.chair), session(live).legs[1].id

    press(client, live, "drop", leg=str(leg))

    dropped = session(live).legs[1]
    assert (dropped.wanted, dropped.finding) == (False, "dropped_by_chair")


def test_the_roll_is_noted_with_words_and_stands_in_the_minutes(equipped, live, signed_in):
    client = signed_in(equipped.chair)
    first, second, _ = (leg.id for leg in session(live).legs)
    press(client, live, "call-roll")

    press(client, live, "roll", number="1", **{f"answer-{first}": "present", f"answer-{second}": "absent", f"note-{second}": "Mất điện"})

    text = client.page(f"/staff/minutes/{session(live).occurrence_id}").text
    absent = session(live).legs[1].room.name
    assert "có mặt 1/3" in text and f"Vắng (1): {absent} (Mất điện)" in text


def test_a_roll_that_cannot_be_noted_keeps_what_was_typed(equipped, start, put, signed_in):
    session_id = start(profile_id=a_profile(Classification.CONFIDENTIAL).id, title="", code_name="SAO")
    put(session_id, state=SessionState.LIVE)
    client, leg = signed_in(equipped.chair), session(session_id).legs[0].id
    press(client, session_id, "call-roll")

    answer = press(client, session_id, "roll", number="1", **{f"answer-{leg}": "present", f"note-{leg}": "đồng chí Nam"})

    assert answer.status_code == 422 and "Nam" not in "".join(mark.note for mark in chair_tables.roll_calls_of(session_id)[0][1])
    assert "không ghi chú khi điểm danh" in Page(answer.text).text


def test_a_guest_is_named_and_told_never_to_be_proven(equipped, live, put, signed_in):
    client = signed_in(equipped.chair)

    refused = press(client, live, "guest", name="", address="a b")
    added = press(client, live, "guest", name="Chuyên gia", address="guest@outside.example")

    guest = session(live).legs[-1]
    assert (refused.status_code, added.status_code, guest.name) == (422, 303, "Chuyên gia")
    assert "không bao giờ chứng minh được mã hóa" in client.page(at(live, f"/legs/{guest.id}")).text
    assert "khách ngoài" in client.page(page_of(live)).text


def test_a_room_is_found_by_its_name_without_a_script(equipped, live, signed_in):
    page = signed_in(equipped.chair).page(at(live, "/add?words=ca+mau"))

    assert "Không tìm thấy phòng nào chưa có trong phiên." in page.text  # It is in already.


def test_of_hundreds_of_legs_the_page_shows_provinces(equipped, signed_in):
    session_id = a_national_session(equipped, provinces=3, communes=25)

    page = signed_in(equipped.chair).page(page_of(session_id))

    assert len([found for found in page.named("li") if found.get("class") == "leg"]) == 4
    assert "Bắc Ninh: 26/26 được chứng minh" in page.text


def test_when_the_session_is_over_nothing_can_be_pressed(equipped, live, put, signed_in):
    put(live, state=SessionState.ENDING)
    client = signed_in(equipped.chair)

    assert press(client, live, "mute-all").status_code == 409
    assert at(live, "/message") not in client.page(page_of(live)).links


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["desk", "phone"])
def test_a_national_conference_is_led_on_a_desk_and_on_a_phone(equipped, signed_in, on_screen, size):
    session_id = a_national_session(equipped)
    client = signed_in(equipped.chair)
    press(client, session_id, "call-roll")
    press(client, session_id, "message", phrase="break")
    PICTURES.mkdir(parents=True, exist_ok=True)
    too_wide = []

    for path in (page_of(session_id), *(at(session_id, page) for page in PAGES)):
        shown = on_screen(client, path, width=size[0], height=size[1])
        shown.evaluate("document.fonts.ready")
        name = re.sub(r"\d+", "", path.rsplit("/chair/", 1)[-1] if "/chair/" in path else "session").strip("/")
        shown.screenshot(path=str(PICTURES / f"staff-chair-{name}-{size[0]}.png"))
        if shown.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append(path)

    assert too_wide == []
