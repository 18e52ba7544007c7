"""What a panel shows, and how often it asks."""

from datetime import timedelta

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.security_profiles.profile import Classification
from roomctl.sessions.states import LegState, SessionState
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import Span
from web.browser import Page

SCRIPT = "<img src=x onerror=alert(1)>"
TITLE = "Kiểm điểm cán bộ"


def kind(panel) -> str:
    return next(found["data-kind"] for found in panel.page("/panel").named("main"))


def secure(panel) -> list[str]:
    return [found["data-secure"] for tag, found in panel.page("/panel").elements if "data-secure" in found]


def shown(panel) -> dict[str, str]:
    return {found["id"]: found["data-state"] for found in panel.page("/panel").named("li", class_="leg")}


@pytest.fixture
def internal(place):
    return a_profile(Classification.INTERNAL)


def test_a_room_with_nothing_near_is_free(place, paired_panel):
    panel = paired_panel(place.hall)

    assert kind(panel) == "free"
    assert "TRỐNG Trống" in panel.page("/panel").text


def test_a_free_room_says_until_when(place, paired_panel, set_clock):
    place.book()
    set_clock.forward(hours=23)

    page = paired_panel(place.hall).page("/panel")

    assert "Trống đến 08:00" in page.text and "Tiếp theo: 08:00 Giao ban tuần" in page.text


@pytest.mark.parametrize(("minutes_before", "expected"), [
    (16, "free"), (15, "upcoming"), (1, "upcoming"), (0, "upcoming"), (-59, "upcoming"), (-60, "free")])
def test_a_conference_is_upcoming_from_a_quarter_of_an_hour_before_until_its_end(place, paired_panel, set_clock, minutes_before, expected):
    place.book()
    set_clock.forward(hours=24, minutes=-minutes_before)

    assert kind(paired_panel(place.hall)) == expected


def test_a_room_that_nobody_granted_is_requested_and_offers_no_start(place, paired_panel, set_clock):
    place.book()
    set_clock.forward(hours=24, minutes=-5)

    panel = paired_panel(place.room)

    assert kind(panel) == "requested"
    assert panel.page("/panel").named("a", class_="go") == []


def test_only_the_host_rooms_panel_offers_the_start(place, book_soon, paired_panel):
    occurrence_id = book_soon()

    links = [{found["href"] for found in paired_panel(room).page("/panel").named("a", class_="go")} for room in (place.hall, place.room)]

    assert links == [{f"/panel/occurrences/{occurrence_id}/start"}, set()]


def test_an_upcoming_conference_is_named_with_its_minutes_its_chair_and_its_sites(place, book_soon, paired_panel):
    book_soon()

    page = paired_panel(place.hall).page("/panel")

    assert "còn 5 phút Giao ban tuần 08:05–09:05 · Chủ trì: Chủ trì" in page.text
    assert "Hội trường, Phòng họp Đắk Lắk" in page.text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_restricted_conference_is_only_a_time(place, internal, book_soon, paired_panel, language):
    book_soon(profile_id=internal.id, title=TITLE, attendees="Đồng chí Bí thư")

    pages = [paired_panel(room).speak(language).get(path).text for room in (place.hall, place.room) for path in ("/panel", "/panel/state")]

    assert not any(TITLE in html or "Bí thư" in html or "Chủ trì: Chủ trì" in html for html in pages)
    assert all("08:05–09:05" in html for html in pages)


def test_p20_a_title_with_markup_is_shown_as_text(place, book_soon, paired_panel):
    book_soon(title=SCRIPT)

    html = paired_panel(place.hall).get("/panel").text

    assert SCRIPT in Page(html).text and "<img" not in html


def test_the_second_poll_of_an_unchanged_room_is_empty(place, paired_panel):
    panel = paired_panel(place.hall)
    first = panel.get("/panel/state")

    second = panel.get("/panel/state", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, second.status_code, second.data) == (200, 304, b"")
    assert second.headers["X-Panel-State"] == first.headers["X-Panel-State"] == "free::::"
    assert second.headers["X-Poll-Seconds"] == "15"


def test_the_poll_of_a_changed_room_is_whole(place, paired_panel, book_soon):
    panel = paired_panel(place.hall)
    first = panel.get("/panel/state")
    book_soon()

    second = panel.get("/panel/state", headers={"If-None-Match": first.headers["ETag"]})

    assert second.status_code == 200
    assert second.headers["X-Panel-State"] != first.headers["X-Panel-State"]


def test_the_page_and_its_poll_agree_on_what_the_buttons_depend_on(place, paired_panel, start):
    start()
    panel = paired_panel(place.hall)

    state = next(found["data-state"] for _, found in panel.page("/panel").elements if found.get("id") == "state")

    assert state == panel.get("/panel/state").headers["X-Panel-State"]


def test_a_room_in_use_is_asked_for_every_second(place, start, paired_panel):
    start()

    assert paired_panel(place.room).get("/panel/state").headers["X-Poll-Seconds"] == "1"


@pytest.mark.parametrize(("language", "words"), [("vi", "ĐANG KIỂM TRA"), ("en", "CHECKING")])
def test_a_session_that_is_not_proven_yet_is_being_checked_and_nothing_looks_secure(place, start, paired_panel, language, words):
    start()

    for panel in (paired_panel(place.hall).speak(language), paired_panel(place.room).speak(language)):
        assert (words in panel.page("/panel").text, "yes" in secure(panel), kind(panel)) == (True, False, "checking")


def test_all_legs_proven_while_the_session_is_still_checking_looks_secure_nowhere(place, start, paired_panel, put):
    put(start(), state=SessionState.CHECKING, legs={"state": LegState.PROVEN, "checked_at": clock.now(), "verdict": Verdict.SECURE})

    assert "yes" not in secure(paired_panel(place.hall)) + secure(paired_panel(place.room))


@pytest.fixture
def live(start, put):
    """A live session whose legs were all proven this very moment."""
    session_id = start()
    put(session_id, state=SessionState.LIVE, live_at=clock.now(), verdict=Verdict.SECURE,
        legs={"state": LegState.PROVEN, "checked_at": clock.now(), "verdict": Verdict.SECURE, "suite": "Aes-128"})
    return session_id


def test_a_live_session_with_fresh_proof_looks_secure_at_both_ends(place, live, paired_panel):
    panels = paired_panel(place.hall), paired_panel(place.room)

    assert [(secure(panel), kind(panel)) for panel in panels] == [(["yes"], "in_use")] * 2


def test_a_reading_older_than_twice_the_interval_reads_unknown_and_never_green(place, live, paired_panel, set_clock):
    panels = paired_panel(place.hall), paired_panel(place.room)
    set_clock.forward(seconds=7.1)  # The profile checks every two seconds; five more are the least a busy machine is given.

    assert set(shown(panels[0]).values()) == {"unknown"}
    assert "yes" not in secure(panels[0]) + secure(panels[1])


def test_a_reading_from_the_future_proves_nothing(place, live, paired_panel, put):
    put(live, legs={"checked_at": clock.now() + timedelta(hours=1)})

    assert "yes" not in secure(paired_panel(place.hall))


def test_a_leg_never_read_is_not_green_whatever_its_state_says(place, live, paired_panel, put):
    put(live, legs={"checked_at": None})

    assert "yes" not in secure(paired_panel(place.hall)) + secure(paired_panel(place.room))


@pytest.mark.parametrize("state", [state for state in LegState if state is not LegState.PROVEN])
def test_a_live_session_looks_secure_in_no_other_state_of_a_leg(place, live, paired_panel, put, state):
    put(live, legs={"state": state})

    assert "yes" not in secure(paired_panel(place.hall)) + secure(paired_panel(place.room))


def test_a_stranger_on_the_bridge_takes_the_green_away(place, live, paired_panel, put):
    put(live, stranger="nobody@evil.example")

    panel = paired_panel(place.hall)

    assert ("yes" in secure(panel), "nobody@evil.example" in panel.page("/panel").text) == (False, True)


def test_the_host_rooms_panel_names_a_restricted_conference_once_its_session_runs_and_no_other_does(place, internal, start, paired_panel):
    start(profile_id=internal.id, title=TITLE)

    assert [TITLE in paired_panel(room).get("/panel").text for room in (place.hall, place.room)] == [True, False]


def test_the_buttons_that_lead_a_session_are_the_host_rooms_only(place, live, paired_panel):
    actions = [paired_panel(room).page("/panel").actions for room in (place.hall, place.room)]

    assert actions == [{f"/panel/sessions/{live}/end"}, set()]


def test_a_finding_is_said_in_words_with_the_streams_it_is_about(place, start, paired_panel, put):
    put(start(), state=SessionState.CHECKING, legs={"state": LegState.HUNG_UP, "finding": "call_clear", "finding_detail": "audio outgoing"})

    page = paired_panel(place.hall).page("/panel")

    assert "Cuộc gọi không được mã hóa (âm thanh đi)" in page.text
    assert len([action for action in page.actions if action.endswith("/retry")]) == 2


def test_a_room_whose_panel_shows_nothing_of_another_room(place, book_soon, paired_panel):
    book_soon()

    assert kind(paired_panel(place.other_room)) == "free"


@pytest.mark.parametrize(("minutes_left", "look", "badge"), [(11, "in_use", "ĐANG HỌP"), (10, "ending", "SẮP HẾT GIỜ – còn 10 phút"),
                                                              (1, "ending", "SẮP HẾT GIỜ – còn 1 phút"), (-3, "ending", "ĐÃ QUÁ GIỜ")])
def test_a_session_says_when_its_time_runs_out(place, live, paired_panel, set_clock, put, minutes_left, look, badge):
    panel = paired_panel(place.hall)
    set_clock.forward(minutes=65 - minutes_left)
    put(live, legs={"checked_at": clock.now()})

    assert (kind(panel), badge in panel.page("/panel").text) == (look, True)
    assert (f"/panel/sessions/{live}/extension" in panel.page("/panel").actions) is (look == "ending")


def test_a_panel_extends_the_session_and_is_in_use_again(place, live, paired_panel, set_clock):
    panel = paired_panel(place.hall)
    set_clock.forward(minutes=60)

    answer = panel.send(f"/panel/sessions/{live}/extension", page="/panel")

    assert (answer.status_code, kind(panel)) == (303, "in_use")
    assert "08:05–09:20" in panel.page("/panel").text


def test_a_panel_says_why_it_offers_no_extension(place, live, paired_panel, set_clock):
    start = clock.now() + timedelta(minutes=65)
    place.book(span=Span(start, start + timedelta(hours=1)), room_ids=(place.room.id, place.other_room.id), host_room_id=place.room.id)
    set_clock.forward(minutes=60)

    page = paired_panel(place.hall).page("/panel")

    assert "Không gia hạn được" in page.text
    assert page.actions == {f"/panel/sessions/{live}/end"}


def test_a_site_of_a_restricted_conference_shows_the_time_and_nothing_more(place, internal, start, paired_panel):
    start(profile_id=internal.id, title=TITLE)

    page = paired_panel(place.room).page("/panel")

    assert (kind(paired_panel(place.room)), "HỘI NGHỊ HẠN CHẾ Đang có hội nghị 08:05–09:05" in page.text) == ("restricted", True)
    assert page.named("li", class_="leg") == []
    assert not any(word in page.text for word in (TITLE, "điểm cầu", "Mã hóa", "mã hóa"))
