"""What a panel shows, and how often it asks."""

from datetime import timedelta

import pytest
from builders import NOW, a_profile, a_span

from roomctl import clock
from roomctl.booking import local_use, tables
from roomctl.booking.maintenance import close_room
from roomctl.database import write_transaction
from roomctl.devices.health import Status
from roomctl.devices.tables import codecs_of_rooms
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
def test_a_conference_is_upcoming_as_soon_as_its_session_may_be_started_until_its_end(place, paired_panel, set_clock, minutes_before, expected):
    place.book()
    set_clock.forward(hours=24, minutes=-minutes_before)

    assert kind(paired_panel(place.hall)) == expected


@pytest.mark.parametrize(("minutes_before", "expected"), [(11, "free"), (10, "upcoming"), (0, "upcoming"), (-59, "upcoming"), (-60, "free")])
def test_in_one_room_it_is_upcoming_ten_minutes_before(place, paired_panel, set_clock, minutes_before, expected):
    place.book(room_ids=(place.hall.id,))
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
    assert second.headers["X-Panel-State"] == first.headers["X-Panel-State"]
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

    assert actions == [{f"/panel/sessions/{live}/end", "/panel/technician"}, {"/panel/technician"}]


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
    assert page.actions == {f"/panel/sessions/{live}/end", "/panel/technician"}


def test_a_site_of_a_restricted_conference_shows_the_time_and_nothing_more(place, internal, start, paired_panel):
    start(profile_id=internal.id, title=TITLE)

    page = paired_panel(place.room).page("/panel")

    assert (kind(paired_panel(place.room)), "HỘI NGHỊ HẠN CHẾ Đang có hội nghị 08:05–09:05" in page.text) == ("restricted", True)
    assert page.named("li", class_="leg") == []
    assert not any(word in page.text for word in (TITLE, "điểm cầu", "Mã hóa", "mã hóa"))


# One room by itself


@pytest.fixture
def alone(place):
    """Book the hall alone from 14:00 to 15:00, and again at 15:30; somebody came, and the clock stands at 14:20."""

    def book(set_clock, **facts) -> int:
        conference_id = place.book(room_ids=(place.hall.id,), span=a_span("2027-03-01T07:00"), **facts)
        place.book(room_ids=(place.hall.id,), span=a_span("2027-03-01T08:30"), title="Tiếp công dân")
        set_clock.at = NOW + timedelta(hours=6)
        occurrence_id = tables.conference_by_id(conference_id).occurrences[0].id
        local_use.check_in(occurrence_id, room_id=place.hall.id)
        set_clock.forward(minutes=20)
        return occurrence_id

    return book


def test_u01_the_running_conference_is_said_first_with_its_end_and_minutes_left_and_then_the_next(place, alone, paired_panel, set_clock):
    alone(set_clock)

    page = paired_panel(place.hall).page("/panel")

    assert "ĐANG HỌP Giao ban tuần 14:00–15:00 · còn 40 phút Tiếp theo : 15:30 Tiếp công dân" in page.text.replace("Tiếp theo:", "Tiếp theo :")
    assert len(page.named("h1")) == 1


def test_u01_a_restricted_conference_that_runs_is_said_to_run_and_nothing_of_it(place, alone, internal, paired_panel, set_clock):
    alone(set_clock, profile_id=internal.id, title=TITLE)

    page = paired_panel(place.hall).page("/panel")

    assert "HỘI NGHỊ HẠN CHẾ Đang có hội nghị 14:00–15:00 · còn 40 phút" in page.text
    assert (TITLE in page.text, kind(paired_panel(place.hall))) == (False, "restricted")


def test_u01_a_session_that_runs_names_what_comes_next(place, live, paired_panel):
    place.book(room_ids=(place.hall.id,), span=a_span("2027-03-01T03:00"), title="Tiếp công dân")

    assert "10:00 Tiếp công dân" in paired_panel(place.hall).page("/panel").text


def test_u05_after_midnight_a_panel_shows_today(place, paired_panel, set_clock):
    place.book(room_ids=(place.hall.id,), title="Họp hôm qua", span=a_span("2027-03-01T09:00"))
    place.book(room_ids=(place.hall.id,), title="Họp hôm nay")
    set_clock.at = NOW + timedelta(hours=15, minutes=30)  # 23:30
    panel = paired_panel(place.hall)
    before = panel.page("/panel").text, panel.get("/panel/state").headers["X-Panel-State"]

    set_clock.forward(hours=1)

    after = panel.page("/panel").text, panel.get("/panel/state").headers["X-Panel-State"]
    assert "Trống đến 08:00 ngày 02/03" in before[0] and "Thứ Hai 01/03/2027" in before[0]
    assert "Trống đến 08:00 " in after[0] and "ngày 02/03" not in after[0] and "Thứ Ba 02/03/2027" in after[0]
    assert before[1] != after[1] and "Họp hôm qua" not in after[0]


def test_u05_a_panels_cookie_is_kept_as_long_as_it_is_shown(place, paired_panel):
    panel = paired_panel(place.hall)

    assert "roomctl_panel=" in panel.get("/panel").headers["Set-Cookie"]


def test_a_session_that_failed_leaves_its_conference_where_it_can_be_started_again(place, start, put, paired_panel, set_clock):
    session_id = start()
    set_clock.forward(minutes=10)
    with write_transaction():
        tables.occurrence_by_id(1).actual_end_at = clock.now()
    put(session_id, state=SessionState.FAILED, ended_at=clock.now())

    assert kind(paired_panel(place.hall)) == "upcoming"


# Maintenance


@pytest.mark.parametrize(("language", "words"), [("vi", "ĐANG BẢO TRÌ Bảo trì đến 10:00 Thay micro"), ("en", "10:00")])
def test_a_closed_room_says_until_when_and_why_and_offers_nothing(place, paired_panel, set_clock, language, words):
    close_room(place.hall.id, Span(NOW + timedelta(minutes=1), NOW + timedelta(hours=2)), reason="Thay micro", by=place.technician)
    set_clock.forward(minutes=5)

    page = paired_panel(place.hall).speak(language).page("/panel")

    assert (words in page.text, "Thay micro" in page.text, page.actions) == (True, True, {"/panel/technician"})
    assert kind(paired_panel(place.hall)) == "maintenance"


def test_what_is_held_in_spite_of_the_maintenance_is_shown_with_it(place, alone, paired_panel, set_clock):
    alone(set_clock)
    close_room(place.hall.id, Span(clock.now(), clock.now() + timedelta(hours=5)), reason="Thay micro", by=place.technician, known=2)

    page = paired_panel(place.hall).page("/panel")

    assert ("ĐANG HỌP Giao ban tuần" in page.text, "Phòng đang bảo trì đến 19:20." in page.text) == (True, True)


# The room's codec


def set_codec(place, status: Status, fault: str = "", *, age_s: float | None = 30) -> None:
    with write_transaction():
        codec = codecs_of_rooms([place.hall.id])[place.hall.id]
        codec.status, codec.fault = status, fault
        codec.probed_at = clock.now() - timedelta(seconds=age_s) if age_s is not None else None


def device(panel) -> str | None:
    return next((found["data-status"] for found in panel.page("/panel").named("p", class_="device")), None)


@pytest.mark.parametrize(("status", "fault", "age_s", "expected", "words"), [
    (Status.OK, "", 30, "ok", "Thiết bị: sẵn sàng (kiểm tra lúc 07:59)"),
    (Status.OK, "", 121, "unknown", "Thiết bị: không rõ, lần kiểm tra gần nhất lúc 07:57"),
    (Status.OK, "", None, "unknown", "Thiết bị: không rõ, chưa kiểm tra lần nào"),
    (Status.CRITICAL, "not_registered", 30, "critical", "THIẾT BỊ CHƯA SẴN SÀNG"),
    (Status.CRITICAL, "not_registered", 121, "unknown", "Thiết bị: không rõ"),
    (Status.WARNING, "no_microphone", 30, "warning", "Thiết bị cần xem"),
])
def test_a_panel_says_whether_its_codec_is_ready_and_never_from_an_old_reading(place, equipped, paired_panel, status, fault, age_s, expected, words):
    set_codec(place, status, fault, age_s=age_s)

    panel = paired_panel(place.hall)

    assert (device(panel), words in panel.page("/panel").text) == (expected, True)


def test_a_room_without_a_codec_says_nothing_of_one(place, paired_panel):
    assert device(paired_panel(place.hall)) is None


# Nothing of what it should not tell


@pytest.mark.parametrize("minutes", [-8, 2, 20, 52])
def test_a_restricted_conference_is_a_time_in_every_state_of_the_panel(place, internal, paired_panel, set_clock, minutes):
    conference_id = place.book(room_ids=(place.hall.id,), profile_id=internal.id, title=TITLE, attendees="Đồng chí Bí thư",
                               span=a_span("2027-03-01T02:00"))
    occurrence_id, panel = tables.conference_by_id(conference_id).occurrences[0].id, paired_panel(place.hall)
    set_clock.at = NOW + timedelta(hours=1, minutes=min(minutes, 2))
    if minutes > 2:
        local_use.check_in(occurrence_id, room_id=place.hall.id)
        set_clock.at = NOW + timedelta(hours=1, minutes=minutes)

    text = panel.get("/panel").text + panel.get("/panel/state").text

    assert not any(word in text for word in (TITLE, "Bí thư", "Chủ trì: Chủ trì", "Nội bộ", "điểm cầu"))
    assert "09:00–10:00" in text
