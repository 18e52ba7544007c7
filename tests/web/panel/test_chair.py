"""The chair's screen at the host room's panel."""

import re
from pathlib import Path

import pytest
from builders import a_profile, a_room
from sqlalchemy import event

from roomctl import clock
from roomctl.booking import pins
from roomctl.database import db
from roomctl.devices import inventory
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import chair, chair_tables, roll
from roomctl.sessions import tables as sessions
from roomctl.sessions.control import Lead
from roomctl.sessions.states import LegState, SessionState
from roomctl.web.chair_deeds import DEEDS
from roomctl.web.chair_words import seconds_between_looks
from web.browser import Page
from web.national import a_national_session

PICTURES = Path(__file__).parents[3] / "test-results" / "screens"
PAGES = ("", "/legs/{leg}", "/speakers", "/message", "/roll", "/add")


@pytest.fixture
def live(equipped, start, put):
    """A session of three rooms, since two call each other without a bridge."""
    session_id = start(room_ids=(equipped.hall.id, equipped.room.id, equipped.other_room.id))
    put(session_id, state=SessionState.LIVE, live_at=clock.now(), legs={"state": LegState.PROVEN, "checked_at": clock.now()})
    return session_id


def at(session_id: int, page: str = "") -> str:
    return f"/panel/sessions/{session_id}/chair{page}".format(leg=legs(session_id)[1])


def legs(session_id: int) -> list[int]:
    db.session.rollback()
    return [leg.id for leg in sessions.session_by_id(session_id).legs]


def session(session_id: int) -> sessions.ConferenceSession:
    db.session.rollback()
    return sessions.session_by_id(session_id)


def press(panel, session_id: int, deed: str, **form):
    return panel.send(at(session_id, f"/do/{deed}"), form, page=at(session_id))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_hosts_panel_opens_every_page_of_the_chair(equipped, live, paired_panel, language):
    panel = paired_panel(equipped.hall).speak(language)

    for page in PAGES:
        answer = panel.get(at(live, page))
        assert answer.status_code == 200, page
        assert Page(answer.text).unclosed == []
    assert at(live) in panel.page("/panel").links


@pytest.mark.parametrize("page", PAGES)
def test_no_other_panel_sees_the_chairs_pages(equipped, live, paired_panel, page):
    answer = paired_panel(equipped.room).get(at(live, page))

    assert answer.status_code == 403


@pytest.mark.parametrize("deed", DEEDS)
def test_no_other_panel_does_what_the_chair_does(equipped, live, paired_panel, deed):
    other = paired_panel(equipped.room)
    before = session(live).version

    answer = other.send(at(live, f"/do/{deed}"), {"leg": str(legs(live)[1]), "text": "x", "name": "x", "address": "x@y"}, page="/panel")

    assert (answer.status_code in (403, 404), session(live).version) == (True, before)


def test_a_button_does_what_it_says_and_leads_back(equipped, live, paired_panel):
    panel = paired_panel(equipped.hall)
    leg = legs(live)[1]

    answers = [press(panel, live, "mute-all"), press(panel, live, "lock"), press(panel, live, "floor", leg=str(leg)),
               press(panel, live, "message", text="Giải lao"), press(panel, live, "call-roll")]

    now = session(live)
    assert [answer.status_code for answer in answers] == [303] * 5
    assert (now.all_muted, now.lock_wanted, now.floor_leg_id) == (True, True, leg)
    assert chair_tables.messages_of(live)[0][0].text == "Giải lao"
    assert len(chair_tables.roll_calls_of(live)) == 1


def test_a_deed_that_nobody_knows_is_not_found(equipped, live, paired_panel):
    assert press(paired_panel(equipped.hall), live, "dance").status_code == 404


def test_the_order_is_read_from_the_numbers_that_were_typed(equipped, live, paired_panel):
    first, second = legs(live)[:2]

    press(paired_panel(equipped.hall), live, "order", **{f"place-{first}": "2", f"place-{second}": "1"})
    ordered = session(live).speaking_order
    press(paired_panel(equipped.hall), live, "order", **{f"place-{first}": "", f"place-{second}": "x"})

    assert (ordered, session(live).speaking_order) == ([second, first], [])


def test_the_answers_of_the_roll_are_noted(equipped, live, paired_panel):
    panel = paired_panel(equipped.hall)
    press(panel, live, "call-roll")
    first, second, third = legs(live)

    press(panel, live, "roll", number="1", **{f"answer-{first}": "present", f"answer-{second}": "absent"})

    db.session.rollback()
    assert {mark.leg_id: mark.answer for mark in chair_tables.roll_calls_of(live)[0][1]} == {first: "present", second: "absent", third: ""}
    assert "Có mặt 1 · vắng 1 · chưa ghi 1" in panel.page(at(live, "/roll")).text


def test_a_message_that_cannot_be_sent_is_told_and_what_was_typed_stays(equipped, live, paired_panel):
    answer = press(paired_panel(equipped.hall), live, "message", text="x" * 121)

    assert (answer.status_code, Page(answer.text).value("text")) == (422, "x" * 121)
    assert "Không được dài quá 120 ký tự." in Page(answer.text).text


def test_a_room_is_found_and_says_why_it_cannot_be_added(equipped, live, paired_panel):
    panel = paired_panel(equipped.hall)
    room = a_room(equipped.province, "Phòng khánh tiết")
    inventory.add_device(kind="codec", family="cisco_roomos", unit=room.unit, room=room, name="codec", host="192.0.2.9", port=22,
                         dial_address="x@vc.example", username="roomctl", password="geheim")

    answer = panel.send(at(live, "/rooms"), {"words": "khanh tiet"}, page=at(live, "/add"))

    assert "Phòng khánh tiết phải có người duyệt" in Page(answer.text).text


def test_before_a_guest_is_called_the_screen_says_that_a_guest_is_never_proven(equipped, live, paired_panel):
    text = paired_panel(equipped.hall).page(at(live, "/add")).text

    assert text.index("không bao giờ chứng minh được là bảo mật") < text.index("Gọi khách")


def test_when_the_session_is_over_the_way_leads_back_to_the_rooms_screen(equipped, live, put, paired_panel):
    put(live, state=SessionState.ENDING)

    answer = paired_panel(equipped.hall).get(at(live))

    assert (answer.status_code, answer.headers["Location"]) == (303, "/panel")


def test_the_second_poll_of_an_unchanged_roster_is_empty(equipped, live, paired_panel):
    panel = paired_panel(equipped.hall)
    first = panel.get(at(live, "/state"))

    second = panel.get(at(live, "/state"), headers={"If-None-Match": first.headers["ETag"]})

    assert (second.status_code, second.headers["X-Panel-State"]) == (304, first.headers["X-Panel-State"])
    assert first.headers["X-Panel-State"] == panel.page(at(live)).named("div", id="state")[0]["data-state"]


def test_what_is_restricted_is_not_named_on_the_chairs_screen(equipped, start, put, paired_panel):
    session_id = start(profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm cán bộ")
    put(session_id, state=SessionState.LIVE)

    for page in PAGES:
        assert "Kiểm điểm cán bộ" not in paired_panel(equipped.hall).get(at(session_id, page)).text


def test_at_mat_only_standing_phrases_are_offered(equipped, start, put, paired_panel):
    session_id = start(profile_id=a_profile(Classification.CONFIDENTIAL).id, title="", code_name="SAO")
    put(session_id, state=SessionState.LIVE)
    panel = paired_panel(equipped.hall)

    page = panel.page(at(session_id, "/message"))

    assert page.named("input", name="text") == []
    assert press(panel, session_id, "message", text="chữ tự gõ").status_code == 422
    assert press(panel, session_id, "message", phrase="break").status_code == 303


MICROPHONES = [
    ({"muted": "yes", "mute_wanted": True}, "mic tắt (đọc lúc 08:00)"), ({"muted": "no", "mute_wanted": True}, "mic BẬT – chưa tuân theo"),
    ({"muted": "no", "mute_wanted": None}, "mic bật (đọc lúc 08:00)"), ({"muted": "unknown", "mute_wanted": True}, "không rõ mic"),
    ({"muted": "yes", "mute_wanted": False}, "mic vẫn tắt – chưa bật lại")]


@pytest.mark.parametrize(("facts", "words"), MICROPHONES)
def test_a_microphone_is_told_as_it_was_read(equipped, live, put, paired_panel, facts, words):
    put(live, legs={"mute_read_at": clock.now(), **facts})

    assert words in paired_panel(equipped.hall).page(at(live)).text


def test_a_microphone_that_was_read_long_ago_is_unknown(equipped, live, put, paired_panel, set_clock):
    put(live, legs={"mute_read_at": clock.now(), "muted": "yes", "mute_wanted": True})
    set_clock.forward(minutes=1)
    put(live, legs={"checked_at": clock.now()})

    text = paired_panel(equipped.hall).page(at(live)).text

    assert "không rõ mic" in text and "mic tắt" not in text


@pytest.mark.parametrize(("facts", "words"), [
    ({"lock_wanted": True, "locked": "unknown"}, "Không rõ đã khóa chưa"), ({"lock_wanted": True, "locked": "no"}, "vẫn báo chưa khóa"),
    ({"lock_wanted": True, "locked": "yes"}, "Phiên họp đã khóa"), ({"lock_wanted": False, "locked": "yes"}, "vẫn báo đang khóa")])
def test_a_lock_is_told_as_it_was_read(equipped, live, put, paired_panel, facts, words):
    put(live, lock_read_at=clock.now(), **facts)

    assert words in paired_panel(equipped.hall).page(at(live)).text


def test_a_lock_that_was_read_long_ago_is_unknown(equipped, live, put, paired_panel, set_clock):
    put(live, lock_read_at=clock.now(), lock_wanted=True, locked="yes")
    set_clock.forward(minutes=1)

    assert "Không rõ đã khóa chưa" in paired_panel(equipped.hall).page(at(live)).text


def test_of_a_national_conference_who_has_not_joined_stands_first_and_who_disobeys_is_named(equipped, paired_panel):
    session_id = a_national_session(equipped)

    page = paired_panel(equipped.hall).page(at(session_id))

    seats = [found["data-state"] for found in page.named("a") if found.get("class") == "seat"]
    assert seats[:4] == ["hung_up", "waiting", "dropped", "proven"] or seats[:3] == ["hung_up", "dropped", "waiting"]
    assert len(seats) == 33
    assert re.search(r"Mic vẫn BẬT: Phòng họp UBND \w+", page.text)
    assert "28/30 đã tắt" in page.text or "27/29 đã tắt" in page.text


def test_of_hundreds_of_legs_each_province_is_one_line_and_what_is_not_proven_stands_alone(equipped, paired_panel):
    session_id = a_national_session(equipped, provinces=3, communes=25)

    panel = paired_panel(equipped.hall)
    page = panel.page(at(session_id))

    seats = [found["data-state"] for found in page.named("a") if found.get("class") == "seat"]
    assert sorted(seats) == ["dropped", "hung_up", "proven", "waiting"]  # The proven one does not obey.
    assert "Bắc Ninh: 26/26 được chứng minh" in page.text and "Trung ương: 1/1 được chứng minh" in page.text


@pytest.mark.parametrize(("legs", "leads", "seconds"), [
    (2, True, 1), (341, True, 1), (3390, True, 6), (35, False, 1), (341, False, 2), (3390, False, 15)])
def test_the_more_legs_a_session_has_the_less_often_its_screens_ask(legs, leads, seconds):
    assert seconds_between_looks(legs, leads=leads) == seconds


def test_a_panel_beside_shows_its_own_leg_and_no_other_is_read_for_it(equipped, paired_panel):
    session_id = a_national_session(equipped, provinces=3, communes=25)
    own = next(leg for leg in sessions.session_by_id(session_id).legs if leg.shown_name.startswith("Phòng họp xã 7"))
    panel, read = paired_panel(own.room), set()

    def note(leg, _):
        read.add(leg.room_id)

    event.listen(sessions.Leg, "load", note)
    page = panel.page("/panel")
    event.remove(sessions.Leg, "load", note)

    assert read == {own.room_id}
    assert [found["data-secure"] for found in page.named("p") if found.get("class") == "encryption"] == ["yes"]
    assert panel.get("/panel/state").headers["X-Poll-Seconds"] == "1"


# On the wall


SIZES = {"1280x800": (1280, 800), "1024x600": (1024, 600)}


@pytest.mark.browser
@pytest.mark.parametrize("size", SIZES)
def test_a_national_conference_is_read_and_led_with_a_finger(equipped, paired_panel, on_screen, size):
    session_id = a_national_session(equipped)
    roll.call_roll(session_id, lead=Lead(panel_room_id=equipped.hall.id))
    panel = paired_panel(equipped.hall)
    PICTURES.mkdir(parents=True, exist_ok=True)
    wrong = {}

    for page in PAGES:
        shown = on_screen(panel, at(session_id, page), width=SIZES[size][0], height=SIZES[size][1])
        shown.evaluate("document.fonts.ready")
        name = re.sub(r"\W+", "-", re.sub(r"/legs.*", "leg", page)).strip("-") or "show"
        shown.screenshot(path=str(PICTURES / f"panel-chair-{name}-{size}.png"))
        wrong[page] = shown.evaluate("""() => {
            const boxes = [...document.querySelectorAll('main a, main button, main input:not([type=hidden]):not([type=radio])')]
                .filter((one) => one.checkVisibility()).map((one) => [one.textContent.trim().slice(0, 30), one.getBoundingClientRect()]);
            const low = boxes.filter(([, box]) => box.height < 56).map(([words]) => words);
            const wide = [...document.querySelectorAll('main *')].filter((one) => one.closest('svg') === null
                && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.className);
            const footer = document.querySelector('footer').getBoundingClientRect();
            const buttons = document.querySelectorAll('footer button, footer a').length;
            return [low, wide, footer.bottom <= innerHeight + 1, buttons <= 5];
        }""")

    assert wrong == {page: [[], [], True, True] for page in PAGES}


def test_the_pin_is_not_asked_for_again_where_the_session_was_started_with_it(equipped, book_soon, paired_panel):
    occurrence_id, panel = book_soon(), paired_panel(equipped.hall)
    pin = pins.make_pin(occurrence_id, by=equipped.clerk)
    panel.send(f"/panel/occurrences/{occurrence_id}/start", {"pin": pin}, page="/panel/pair")
    session_id = sessions.running_session_of(occurrence_id).id

    assert panel.get(at(session_id)).status_code == 200


@pytest.mark.browser
def test_when_the_chair_mutes_from_a_browser_the_panels_button_follows_and_the_screen_stays(equipped, live, paired_panel, on_screen):
    page = on_screen(paired_panel(equipped.hall), at(live), width=1280, height=800)
    chair.mute_all(live, lead=Lead(user=equipped.chair))

    page.get_by_role("button", name="Bật lại mic").wait_for(timeout=15_000)

    assert page.locator("main.chair ul.desk").count() == 1
