"""What whoever stands at a panel does with its room; each press leads back to the screen."""

from datetime import timedelta

import pytest
from builders import a_profile

from roomctl import clock
from roomctl.booking import no_show, tables
from roomctl.database import db, write_transaction
from roomctl.rooms.tables import Room
from roomctl.security_profiles.profile import Classification
from roomctl.timespan import Span

BUTTONS = {"start-now", "check-in", "extension", "end", "technician"}


@pytest.fixture
def book(place):
    """Book the hall alone, some minutes from now; return the occurrence's id."""

    def booked(after: int, minutes: int = 60, **facts) -> int:
        start = clock.now() + timedelta(minutes=after)
        conference_id = place.book(span=Span(start, start + timedelta(minutes=minutes)), room_ids=(place.hall.id,), **facts)
        return tables.conference_by_id(conference_id).occurrences[0].id

    return booked


def buttons(panel) -> set[str]:
    return {action.rsplit("/", 1)[-1] for action in panel.page("/panel").actions} & BUTTONS


def press(panel, path: str, **typed):
    """Press a button and return the screen it leads to."""
    answer = panel.send(f"/panel/{path}", typed, page="/panel")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/panel")
    return panel.page("/panel")


def occurrence(occurrence_id: int) -> tables.Occurrence:
    db.session.rollback()
    db.session.expire_all()
    return tables.occurrence_by_id(occurrence_id)


# Meeting at once


def test_u07_a_free_panels_buttons_say_the_exact_end(place, paired_panel, set_clock):
    set_clock.forward(hours=5, minutes=57)  # 13:57

    page = paired_panel(place.hall).page("/panel")

    assert "Họp ngay 30 phút đến 14:30" in page.text and "Họp ngay 1 giờ đến 15:00" in page.text


@pytest.mark.parametrize(("language", "words"), [("vi", "14:00 có cuộc họp"), ("en", "14:00")])
def test_u07_a_button_longer_than_the_gap_is_disabled_and_says_why(place, paired_panel, set_clock, book, language, words):
    set_clock.forward(hours=5, minutes=57)  # 13:57
    book(3)

    page = paired_panel(place.hall).speak(language).page("/panel")

    disabled = [found for found in page.named("button") if "disabled" in found]
    assert (len(disabled), "/panel/start-now" in page.actions, words in page.text) == (2, False, True)


def test_u07_pressed_it_is_in_use_until_the_end_that_was_read(place, paired_panel, counted):
    page = press(paired_panel(place.hall), "start-now", minutes="30", key="k")

    assert "ĐANG HỌP Họp ngay tại phòng 08:00–08:30" in page.text
    assert counted("conferences") == 1


def test_u07_the_same_press_sent_twice_is_one_and_says_nothing_bad(place, paired_panel, counted):
    panel = paired_panel(place.hall)

    pages = [press(panel, "start-now", minutes="30", key="k") for _ in range(2)]

    assert [page.named("p", class_="failure") for page in pages] == [[], []]
    assert counted("conferences") == 1


def test_u07_whoever_presses_later_reads_that_it_was_just_taken(place, paired_panel, book, counted):
    panel = paired_panel(place.hall)
    book(1)

    page = press(panel, "start-now", minutes="30", key="k")

    assert "Phòng vừa được đặt" in page.text
    assert "Phòng vừa được đặt" not in panel.page("/panel").text
    assert counted("conferences") == 1


@pytest.mark.parametrize("minutes", ["", "0", "-30", "45", "1e9", "ba mươi"])
def test_a_length_that_no_button_has_is_nothing(place, paired_panel, counted, minutes):
    answer = paired_panel(place.hall).send("/panel/start-now", {"minutes": minutes, "key": "k"}, page="/panel")

    assert (answer.status_code, counted("conferences")) == (404, 0)


def test_a_room_whose_every_request_is_decided_offers_nothing_at_once(place, paired_panel):
    with write_transaction() as session:
        session.get_one(Room, place.hall.id).open_to = "nobody"

    page = paired_panel(place.hall).page("/panel")

    assert "phải đăng ký trước và chờ duyệt" in page.text
    assert buttons(paired_panel(place.hall)) == {"technician"}


# Coming


def test_ten_minutes_before_the_start_a_panel_asks_who_has_come(place, paired_panel, book, set_clock):
    occurrence_id, panel = book(11), paired_panel(place.hall)
    before = buttons(panel)
    set_clock.forward(minutes=1)

    page = panel.page("/panel")

    assert (before, buttons(panel)) == ({"technician"}, {"check-in", "technician"})
    assert "SẮP HỌP – còn 10 phút" in page.text
    assert "Bấm “Có mặt” trước 08:26, không thì phòng được trả lại." in page.text
    assert occurrence(occurrence_id).check_in_asked_at == clock.now()


def test_whoever_has_come_keeps_the_room_and_is_asked_no_more(place, paired_panel, book, set_clock):
    occurrence_id, panel = book(5), paired_panel(place.hall)

    page = press(panel, f"occurrences/{occurrence_id}/check-in")

    assert "Đã có người có mặt" in page.text and "Bấm “Có mặt”" not in page.text
    set_clock.forward(minutes=5)
    assert "ĐANG HỌP Giao ban tuần 08:05–09:05" in panel.page("/panel").text


def test_a_room_that_was_given_back_is_free_and_the_late_press_says_why(place, paired_panel, book, set_clock):
    occurrence_id, panel = book(0), paired_panel(place.hall)
    panel.page("/panel")
    set_clock.forward(minutes=15)
    no_show.look_for_no_shows()

    page = press(panel, f"occurrences/{occurrence_id}/check-in")

    assert "nên phòng đã được trả lại" in page.text and "TRỐNG" in page.text


def test_a_panel_that_is_only_polled_asks_as_well(place, paired_panel, book):
    occurrence_id = book(5)

    paired_panel(place.hall).get("/panel/state")

    assert occurrence(occurrence_id).check_in_asked_at == clock.now()


def test_a_conference_of_several_rooms_is_not_asked_for(place, paired_panel, book_soon):
    occurrence_id = book_soon()

    assert buttons(paired_panel(place.hall)) == buttons(paired_panel(place.room)) == {"technician"}
    assert occurrence(occurrence_id).check_in_asked_at is None


# Going on and ending


def test_u03_ended_at_the_panel_the_room_is_free_at_once(place, paired_panel, book, set_clock):
    occurrence_id, panel = book(0, 120), paired_panel(place.hall)
    press(panel, f"occurrences/{occurrence_id}/check-in")
    set_clock.forward(minutes=40)

    page = press(panel, f"occurrences/{occurrence_id}/end")

    ended = occurrence(occurrence_id)
    assert "TRỐNG" in page.text and "start-now" in buttons(panel)
    assert (ended.actual_end_at, ended.planned_end_at) == (clock.now(), ended.planned_start_at + timedelta(hours=2))


def test_u03_the_end_is_asked_for_once_more_before_it_is_sent(place, paired_panel, book):
    occurrence_id, panel = book(0), paired_panel(place.hall)
    page = press(panel, f"occurrences/{occurrence_id}/check-in")

    form = next(found for found in page.named("form") if found["action"].endswith("/end"))

    assert (form["data-behaviour"], form["data-dialog"]) == ("confirm", "#sure")
    assert page.named("dialog", id="sure")


def test_ten_minutes_before_the_end_a_panel_says_how_far_it_may_go_on(place, paired_panel, book, set_clock):
    occurrence_id, panel = book(0), paired_panel(place.hall)
    press(panel, f"occurrences/{occurrence_id}/check-in")
    book(70, title="Tiếp công dân")
    set_clock.forward(minutes=50)

    page = panel.page("/panel")
    extended = press(panel, f"occurrences/{occurrence_id}/extension")

    assert "SẮP HẾT GIỜ – còn 10 phút" in page.text and "Gia hạn được đến 09:10" in page.text
    assert "08:00–09:10" in extended.text and "Không gia hạn được" not in extended.text


@pytest.mark.parametrize(("minutes_left", "loud"), [(10, False), (6, False), (5, True), (1, True)])
def test_five_minutes_before_the_end_it_is_said_louder(place, paired_panel, book, set_clock, minutes_left, loud):
    occurrence_id, panel = book(0), paired_panel(place.hall)
    press(panel, f"occurrences/{occurrence_id}/check-in")
    set_clock.forward(minutes=60 - minutes_left)

    assert any("data-last-minutes" in found for found in panel.page("/panel").named("main")) is loud


@pytest.mark.parametrize("what", ["check-in", "extension", "end"])
@pytest.mark.parametrize(("room", "status"), [("room", 404), ("other_room", 404)])
def test_no_other_panel_does_it(place, paired_panel, book, room, status, what):
    occurrence_id = book(0)

    answer = paired_panel(getattr(place, room)).send(f"/panel/occurrences/{occurrence_id}/{what}", page="/panel")

    assert (answer.status_code, occurrence(occurrence_id).checked_in_at) == (status, None)


@pytest.mark.parametrize("what", ["check-in", "extension", "end"])
def test_a_conference_of_several_rooms_is_led_from_its_session(place, paired_panel, book_soon, counted, what):
    answer = paired_panel(place.hall).send(f"/panel/occurrences/{book_soon()}/{what}", page="/panel")

    assert (answer.status_code, counted("trail_entries WHERE kind = 'access_refused'")) == (403, 1)


def test_a_restricted_conference_in_one_room_shows_its_time_and_can_be_ended(place, paired_panel, book, set_clock):
    occurrence_id, panel = book(0, profile_id=a_profile(Classification.INTERNAL).id, title="Kiểm điểm cán bộ"), paired_panel(place.hall)
    before = panel.page("/panel").text
    page = press(panel, f"occurrences/{occurrence_id}/check-in")

    assert "HỘI NGHỊ HẠN CHẾ Đang có hội nghị 08:00–09:00" in page.text
    assert not any(word in before + page.text for word in ("Kiểm điểm", "Chủ trì: Chủ trì", "Nội bộ", "điểm cầu"))
    set_clock.forward(minutes=5)
    assert "TRỐNG" in press(panel, f"occurrences/{occurrence_id}/end").text


# Calling


@pytest.mark.parametrize(("language", "words"), [("vi", "Đã báo kỹ thuật viên lúc 08:00: Kỹ thuật"), ("en", "08:00")])
def test_a_technician_is_called_and_the_panel_says_who_was_told(place, paired_panel, counted, language, words):
    panel = paired_panel(place.hall).speak(language)

    pages = [press(panel, "technician") for _ in range(2)]

    assert all(words in page.text for page in pages)
    assert counted("notices WHERE kind = 'technician_called'") == 1


def test_a_call_can_be_repeated_after_five_minutes(place, paired_panel, set_clock):
    panel = paired_panel(place.hall)
    page = press(panel, "technician")
    soon = buttons(panel)
    set_clock.forward(minutes=5)

    assert ("gọi lại được từ 08:05" in page.text, soon & {"technician"}, buttons(panel) & {"technician"}) == (True, set(), {"technician"})
