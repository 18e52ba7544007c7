"""The first screen of a technician."""

from datetime import timedelta

import pytest
from builders import a_person, a_profile, a_room
from watched import a_device, booked, found

from roomctl.database import write_transaction
from roomctl.devices.health import Status
from roomctl.duty import alerts, rota
from roomctl.duty.alert_tables import alerts_on_screen
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from roomctl.sessions import tables as session_tables
from roomctl.timespan import Span
from web.browser import Page

FIRST = "/technician"


@pytest.fixture
def worker_lives(place):
    """A worker that has just given a sign of life; the database's clock tells."""
    with write_transaction() as session:
        now = session_tables.database_now()
        session.add(session_tables.WorkerLease(name="sessions", holder="host:1:1:1", fence=1, beat_at=now, expires_at=now + timedelta(seconds=10)))


@pytest.fixture
def faulty(place):
    """The province's room with a codec that does not answer, and a conference there in two hours."""
    booked(place, place.hall, place.room)
    return a_device(place.room, name="Codec Đắk Lắk", status=Status.CRITICAL, fault="unreachable")


def test_the_faulty_room_of_the_next_conference_and_what_to_do_are_one_click_away(place, faulty, signed_in):
    client = signed_in(place.technician)

    page = client.page("/", follow_redirects=True)
    room = f"/technician/rooms/{place.room.id}"
    steps = client.page(room)

    assert room in page.links
    assert "Phòng hỏng có hội nghị" in page.text and "Không kết nối được tới thiết bị" in page.text and "10:00" in page.text
    assert "Làm lần lượt" in steps.text and "Kiểm tra nguồn điện" in steps.text


def test_it_says_since_when_how_old_the_reading_is_and_whom_to_call(place, faulty, signed_in, set_clock):
    place.technician.phone = ""
    rota.plan_turn(place.province.id, place.technician.id, Span(set_clock.at, set_clock.at + timedelta(hours=8)), phone="024 3000 0009",
                   by=place.technician)
    set_clock.forward(seconds=110)

    page = signed_in(place.technician).page(FIRST)

    assert "từ 08:00" in page.text and "xem lúc 08:00, 1 phút trước" in page.text
    assert "Kỹ thuật" in page.text and "trực Đắk Lắk đến 16:00" in page.text
    assert page.named("a", href="tel:02430000009")


def test_nothing_wrong_is_said_only_while_the_worker_lives(place, signed_in, worker_lives):
    a_device(place.room)
    booked(place, place.hall, place.room)

    assert "Không thấy lỗi ở các phòng sắp họp" in signed_in(place.technician).page(FIRST).text


def test_without_a_sign_of_life_from_the_worker_a_banner_says_that_nothing_is_fresh(place, signed_in):
    a_device(place.room)
    booked(place, place.hall, place.room)

    page = signed_in(place.technician).page(FIRST)

    assert "Chương trình theo dõi thiết bị chưa chạy lần nào" in page.text
    assert "Không thấy lỗi ở các phòng sắp họp" not in page.text


def test_a_worker_that_stopped_is_told_of_with_the_time(place, signed_in, worker_lives):
    with write_transaction():
        session_tables.worker_lease().beat_at -= timedelta(minutes=5)

    assert "Chương trình theo dõi thiết bị không hoạt động từ 07:5" in signed_in(place.technician).page(FIRST).text


def test_a_room_of_which_nothing_is_known_is_said_to_be_unknown(place, signed_in, worker_lives, set_clock):
    a_device(place.room)
    booked(place, place.hall, place.room)
    set_clock.forward(minutes=5)

    page = signed_in(place.technician).page(FIRST)

    assert "Không rõ tình trạng" in page.text and "5 phút trước" in page.text
    assert "Không thấy lỗi ở các phòng sắp họp" not in page.text
    assert not page.named("li", class_="hit", data_state="ok")


def test_a_line_that_is_down_is_one_line_with_its_rooms(place, signed_in):
    rooms = [place.room, *(a_room(place.province) for _ in range(4))]
    for room in rooms:
        a_device(room, status=Status.CRITICAL, fault="unreachable")
    for _ in range(3):
        a_device(place.hall)
    booked(place, place.hall, *rooms)
    alerts.tick()

    page = signed_in(place.technician).page(FIRST)

    assert "Mất đường truyền Đắk Lắk: 5 phòng" in page.text
    assert "5 phòng trong số đó có hội nghị" in page.text
    assert len(page.named("li", class_="hit")) == 1


def test_the_tiles_say_in_words_how_many_rooms_are_how(place, signed_in):
    a_device(place.room)
    a_device(a_room(place.province), status=Status.CRITICAL, fault="silent")
    a_device(a_room(place.province), status=Status.WARNING, fault="battery_charge")

    page = signed_in(place.technician).page(FIRST)

    tile, = [one for one in page.named("a", class_="tile") if one["href"].endswith(f"/{place.province.id}")]
    assert tile["data-state"] == "critical"
    assert "1/3 phòng tốt" in page.text and "1 hỏng" in page.text and "1 cần xem" in page.text


def test_a_restricted_conference_is_a_time_and_a_room(place, signed_in):
    a_device(place.room, status=Status.CRITICAL, fault="unreachable")
    booked(place, place.hall, place.room, title="Chuyện kín", profile_id=a_profile(Classification.INTERNAL).id)

    page = signed_in(place.technician).page(FIRST)

    assert "10:00" in page.text and "Chuyện kín" not in page.text


def test_a_technician_of_a_province_sees_nothing_of_another(place, faulty, signed_in):
    page = signed_in(a_person(place.other_province, Role.TECHNICIAN)).page(FIRST)

    assert "Phòng họp Đắk Lắk" not in page.text and f"/technician/provinces/{place.province.id}" not in page.links


def test_what_somebody_has_taken_on_is_said(place, faulty, signed_in):
    alerts.tick()
    alert, = alerts_on_screen(below=[place.centre.path], limit=5)
    alerts.acknowledge(alert.id, by=place.technician, note="Đã gọi")

    assert "Kỹ thuật đã nhận lúc 08:00 01/03/2027" in signed_in(place.technician).page(FIRST).text


def test_the_handover_of_the_turn_before_stands_on_top(place, signed_in, set_clock):
    before = a_person(place.centre, Role.TECHNICIAN, name="Ca đêm")
    turn = rota.plan_turn(place.centre.id, before.id, Span(set_clock.at - timedelta(hours=8), set_clock.at + timedelta(minutes=1)), phone="",
                          by=place.technician)
    rota.hand_over(turn, "Cà Mau: đã báo nhà mạng", by=before)

    page = signed_in(place.technician).page(FIRST)

    assert "Ca trước bàn giao: Ca đêm" in page.text and "Cà Mau: đã báo nhà mạng" in page.text


def test_the_lists_alone_are_not_sent_again_while_nothing_changed(place, faulty, signed_in):
    client = signed_in(place.technician)
    first = client.get(f"{FIRST}/state")

    again = client.get(f"{FIRST}/state", headers={"If-None-Match": first.headers["ETag"]})
    found(faulty)
    changed = client.get(f"{FIRST}/state", headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code, again.text, changed.status_code) == (200, 304, "", 200)
    assert first.headers["X-Poll-Seconds"] == "15"
    assert "<html" not in first.text


def test_the_page_shows_what_its_fragment_shows(place, faulty, signed_in):
    client = signed_in(place.technician)

    assert Page(client.get(f"{FIRST}/state").text).text.strip() in client.page(FIRST).text


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_element_is_closed(place, faulty, signed_in, language):
    a_device(a_room(place.centre), probed_at=None)

    assert signed_in(place.technician, language).page(FIRST).unclosed == []


def test_an_administrator_looks_on_without_handling(place, faulty, signed_in):
    assert signed_in(place.administrator).get(FIRST).status_code == 200
