"""How ready the rooms are: what technicians read, what the organizer reads, and what neither does."""

from datetime import timedelta

import pytest
from builders import a_person, a_profile
from sqlalchemy import select
from watched import booked

from roomctl import clock
from roomctl.booking.tables import occurrence_by_id
from roomctl.database import db, write_transaction
from roomctl.devices.tables import Device
from roomctl.duty.preflight_tables import ScheduledCheck
from roomctl.notices import outbox
from roomctl.notices.wording import NoticeKind
from roomctl.organisation.roles import Role
from roomctl.security_profiles.profile import Classification
from web.browser import Page

PREFLIGHT = "/technician/preflight"
WELL = [["reachable", "yes", ""], ["microphone", "unknown", ""]]
SILENT = [["reachable", "no", "silent"], ["microphone", "unknown", "silent"]]


def checked(place, *, ahead_minutes: int = 60, **results: tuple[str, list]) -> int:
    """Book the hall and the province's room, and let their codecs and the bridge have been found so; return the occurrence's id."""
    occurrence_id = booked(place, place.hall, place.room, after=timedelta(minutes=50))
    judge(occurrence_id, ahead_minutes, **results)
    return occurrence_id


def judge(occurrence_id: int, ahead_minutes: int, **results: tuple[str, list]) -> None:
    devices = list(db.session.scalars(select(Device).order_by(Device.id)).unique())
    with write_transaction() as session:
        for name, device in (("hall", devices[0]), ("room", devices[1]), ("bridge", devices[3])):
            ready, findings = results.get(name, ("yes", WELL))
            session.add(ScheduledCheck(occurrence_id=occurrence_id, device_id=device.id, room_id=device.room_id, ahead_minutes=ahead_minutes,
                                       checked_at=clock.now(), ready=ready, findings=findings))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_technician_reads_time_room_and_what_is_wrong(equipped, signed_in, language):
    checked(equipped, room=("no", SILENT))

    rows = signed_in(equipped.technician, language).page(PREFLIGHT).rows

    words = {"vi": ("Chưa sẵn sàng", "không kết nối được"), "en": ("Not ready", "cannot be reached")}[language]
    assert sum(words[0] in row for row in rows) == 1
    assert all(any(word in row and equipped.room.name in row for row in rows) for word in words)


def test_what_a_device_does_not_tell_is_said_and_is_no_fault(equipped, signed_in):
    checked(equipped)

    page = signed_in(equipped.technician).page(PREFLIGHT)

    assert "thiết bị không cho biết: micro" in page.text
    assert {found["data-state"] for found in page.named("span", class_="health")} == {"ok"}


def test_a_check_that_is_not_judged_yet_is_being_made(equipped, signed_in):
    checked(equipped, hall=("asked", []), room=("asked", []), bridge=("asked", []))

    assert "Đang kiểm tra" in signed_in(equipped.technician).page(PREFLIGHT).text


def test_the_nearest_check_counts(equipped, signed_in):
    occurrence_id = checked(equipped, ahead_minutes=60, room=("no", SILENT))
    with write_transaction() as session:
        session.get_one(type(occurrence_by_id(occurrence_id)), occurrence_id).planned_start_at -= timedelta(minutes=40)
    judge(occurrence_id, 15)

    assert "Chưa sẵn sàng" not in " ".join(signed_in(equipped.technician).page(PREFLIGHT).rows)


def test_only_what_is_not_ready_may_be_asked_for(equipped, signed_in):
    checked(equipped)

    assert signed_in(equipped.technician).page(f"{PREFLIGHT}?only=faults").rows == []


def test_a_technician_reads_of_their_own_units_devices_only(equipped, signed_in):
    checked(equipped)

    page = signed_in(a_person(equipped.province, Role.TECHNICIAN)).page(PREFLIGHT)

    assert (equipped.room.name in page.text, equipped.hall.name in page.text) == (True, False)


def test_of_a_restricted_conference_a_technician_reads_time_and_room_only(equipped, signed_in):
    occurrence_id = booked(equipped, equipped.hall, equipped.room, after=timedelta(minutes=50), title="Kiểm điểm quý",
                           profile_id=a_profile(Classification.INTERNAL).id)
    judge(occurrence_id, 60, room=("no", SILENT))

    page = signed_in(equipped.technician).page(PREFLIGHT)

    assert ("Kiểm điểm" in page.text, "Bận" in page.text, equipped.room.name in page.text) == (False, True, True)


def test_nothing_was_checked_and_the_page_says_so(equipped, signed_in):
    assert "chưa có hội nghị nào được kiểm tra" in signed_in(equipped.technician).page(PREFLIGHT).text


# The organizer's page


def conference(occurrence_id: int) -> str:
    return f"/staff/conferences/{occurrence_by_id(occurrence_id).conference_id}"


def test_the_organizer_reads_how_many_rooms_are_ready_and_which_are_not(equipped, signed_in):
    occurrence_id = checked(equipped, room=("no", SILENT))

    text = signed_in(equipped.clerk).page(conference(occurrence_id)).text

    assert "Kiểm tra trước: 1/2 phòng sẵn sàng" in text and f"Chưa sẵn sàng: {equipped.room.name}." in text
    assert "không kết nối được" not in text and "Không kiểm tra được: micro" in text


def test_when_all_is_ready_it_says_that_and_what_nobody_could_check(equipped, signed_in):
    occurrence_id = checked(equipped)

    page = signed_in(equipped.clerk).page(conference(occurrence_id))

    assert "Kiểm tra trước: 2/2 phòng sẵn sàng" in page.text and "Kỹ thuật viên đã được báo" not in page.text
    assert page.named("p", class_="alert tip")


def test_a_room_of_which_nothing_is_known_is_not_called_ready(equipped, signed_in):
    occurrence_id = checked(equipped, room=("unknown", [["reachable", "unknown", "not_looked_at"]]), bridge=("no", SILENT))

    text = signed_in(equipped.clerk).page(conference(occurrence_id)).text

    assert "1/2 phòng sẵn sàng" in text and f"Chưa biết: {equipped.room.name}." in text and "Cầu truyền hình chưa sẵn sàng." in text


def test_an_approver_of_a_room_does_not_read_it(equipped, signed_in):
    occurrence_id = checked(equipped, room=("no", SILENT))

    assert "Kiểm tra trước" not in signed_in(equipped.province_approver).page(conference(occurrence_id)).text


# The notices


@pytest.mark.parametrize(("language", "said"), [
    ("vi", ["Phòng họp Đắk Lắk: không kết nối được", "chưa sẵn sàng cho hội nghị lúc 08:00 03/03/2027"]),
    ("en", ["Phòng họp Đắk Lắk: cannot be reached", "08:00 03/03/2027"])])
def test_a_technician_reads_what_is_wrong_where(equipped, signed_in, language, said):
    with write_transaction():
        outbox.enqueue(NoticeKind.DEVICES_NOT_READY, to=[equipped.technician.id], reason="08:00 03/03/2027\n1\nPhòng họp Đắk Lắk\treachable:no")

    text = signed_in(equipped.technician, language).page("/staff/notices").text

    assert all(words in text for words in said)


def test_the_organizer_reads_the_room_and_what_is_free_instead(equipped, signed_in):
    occurrence_id = booked(equipped, equipped.hall, equipped.room)
    with write_transaction():
        outbox.enqueue(NoticeKind.ROOMS_NOT_READY, to=[equipped.clerk.id], occurrence_id=occurrence_id, room_id=equipped.room.id,
                       reason="no\n\nPhòng số 2")
        outbox.enqueue(NoticeKind.ROOMS_NOT_READY, to=[equipped.clerk.id], occurrence_id=occurrence_id, reason="5\nA\nB")

    text = Page(signed_in(equipped.clerk).get("/staff/notices").text).text

    assert "Phòng họp Đắk Lắk chưa sẵn sàng cho hội nghị “Giao ban tuần”" in text and "Phòng còn trống lúc đó: Phòng số 2." in text
    assert "5 phòng chưa sẵn sàng cho hội nghị “Giao ban tuần”: A, B." in text
