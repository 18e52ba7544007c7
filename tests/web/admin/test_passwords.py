"""New passwords for devices, as administrators ask for them."""

import pytest
from builders import a_person

from roomctl.database import db, write_transaction
from roomctl.devices import inventory
from roomctl.devices.card_tables import PasswordRotation
from roomctl.devices.tables import Device
from roomctl.organisation.roles import Role
from web.browser import Page

PASSWORDS = "/admin/device-passwords"


@pytest.fixture
def administrator(place, signed_in):
    return signed_in(place.administrator)


def a_device(place, family: str = "cisco_roomos") -> Device:
    row = inventory.add_device(kind="codec", family=family, unit=place.province, room=place.room, name="Codec tỉnh", host="10.1.0.1", port=22,
                               username="roomctl", password="geheim-und-lang", dial_address="a@b")
    inventory.note_host_key(row.id, fingerprint="SHA256:x", algorithm="ssh-ed25519")
    inventory.pin_host_key(row.id, "SHA256:x", by=None)
    return row


def rotations() -> list[PasswordRotation]:
    db.session.rollback()
    return list(db.session.scalars(db.select(PasswordRotation)))


def test_a_family_without_a_verified_command_is_said_to_have_none_and_entering_by_hand_is_offered(place, administrator):
    device = a_device(place, "poly")

    page, own = administrator.page(PASSWORDS), administrator.page(f"/admin/devices/{device.id}")
    answer = administrator.send(f"{PASSWORDS}/devices/{device.id}", page=PASSWORDS)

    assert "poly 1 không: chưa có lệnh đã kiểm chứng" in " ".join(page.rows) and "Đổi trên thiết bị" in page.text
    assert "chưa có lệnh đổi mật khẩu đã kiểm chứng" in own.text and f"/admin/devices/{device.id}/login" in own.actions
    assert (answer.status_code, rotations()) == (422, [])


def test_a_unit_and_a_device_are_asked_once(place, administrator):
    device = a_device(place, "cisco_roomos")

    first, second = (administrator.send(PASSWORDS, {"unit": place.centre.code, "family": "cisco_roomos"}, page=PASSWORDS, follow_redirects=True)
                     for _ in range(2))
    administrator.send(f"{PASSWORDS}/devices/{device.id}", page=PASSWORDS)

    assert "mật khẩu của 1 thiết bị; 0 thiết bị" in Page(first.text).text and "mật khẩu của 0 thiết bị; 1 thiết bị" in Page(second.text).text
    assert [row.state for row in rotations()] == ["waiting"]
    assert f"{PASSWORDS}/devices/{device.id}" in administrator.page(f"/admin/devices/{device.id}").actions


@pytest.mark.parametrize(("data", "field"), [({"unit": "KHONG", "family": "cisco_roomos"}, "unit"), ({"unit": "", "family": ""}, "family")])
def test_a_bad_wish_gets_its_sentence(administrator, data, field):

    answer = administrator.send(PASSWORDS, data, page=PASSWORDS)

    page = Page(answer.text)
    assert answer.status_code == 422
    assert any(one.get("name") == field and one.get("aria-invalid") == "true" for _, one in page.elements)


@pytest.mark.parametrize(("state", "detail", "words"), [
    ("waiting", "", "Đang đợi"), ("setting", "", "Đang đổi"), ("done", "", "đăng nhập lại được"), ("failed", "unreachable", "Không kết nối được"),
    ("failed", "kept_the_old", "vẫn giữ mật khẩu cũ"), ("failed", "by_hand", "tự nhập mật khẩu"),
    ("unknown", "new_refused", "mật khẩu cũ sẽ được thử"),
    ("unknown", "old_refused", "mật khẩu mới sẽ được thử"), ("unknown", "neither_accepted", "không nhận mật khẩu nào"),
    ("failed", "credentials_unreadable", "Không đọc được mật khẩu"), ("failed", "password_not_changeable", "không có lệnh đổi")])
def test_how_a_change_ended_is_said_in_words(place, administrator, state, detail, words):
    store(a_device(place), state, detail)

    assert words in " ".join(administrator.page(PASSWORDS).rows)


def store(device, state: str, detail: str) -> None:
    with write_transaction() as session:
        session.add(PasswordRotation(device_id=device.id, asked_at=device.created_at, state=state, detail=detail))


def test_both_passwords_are_tried_once_more_only_when_a_person_says_so(place, administrator):
    store(a_device(place), "unknown", "neither_accepted")
    path = f"{PASSWORDS}/1/retry"
    offered = path in administrator.page(PASSWORDS).actions

    answer = administrator.send(path, page=PASSWORDS)

    assert (offered, answer.status_code, rotations()[0].detail) == (True, 303, "")
    assert path not in administrator.page(PASSWORDS).actions


def test_another_units_administrator_sees_and_asks_nothing(place, signed_in):
    device = a_device(place, "cisco_roomos")
    store(device, "unknown", "neither_accepted")
    client = signed_in(a_person(place.other_province, Role.ADMINISTRATOR))

    statuses = [client.send(path, data, page=PASSWORDS).status_code for path, data in (
        (f"{PASSWORDS}/devices/{device.id}", {}), (f"{PASSWORDS}/1/retry", {}),
        (PASSWORDS, {"unit": place.province.code, "family": "cisco_roomos"}))]

    assert (statuses, "Codec tỉnh" in client.page(PASSWORDS).text) == ([403, 403, 403], False)
