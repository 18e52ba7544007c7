"""Devices: the list, one device with its readings and history, and whose host key waits for a person."""

from datetime import timedelta

import pytest
from builders import a_person

from roomctl import clock
from roomctl.database import db, write_transaction
from roomctl.devices import inventory, reading_tables, snmp
from roomctl.devices.health import FAULTS, Status
from roomctl.devices.snmp_tables import SnmpAccess
from roomctl.devices.tables import Device, HostKeySeen, device_by_id
from roomctl.organisation.roles import Role
from web.browser import Page

DEVICES = "/technician/devices"


def shown(client, query: str = "") -> list[str]:
    return [found["data-state"] for found in client.page(f"{DEVICES}{query}").named("span", class_="health")]


def probed(**facts) -> None:
    with write_transaction() as session:
        device = session.get(Device, 1)
        for name, value in {"probed_at": clock.now(), **facts}.items():
            setattr(device, name, value)


def test_a_technician_sees_the_devices_of_their_unit_and_below(equipped, signed_in):
    province = a_person(equipped.province, Role.TECHNICIAN)

    assert [len(shown(signed_in(user))) for user in (equipped.technician, province)] == [4, 1]


def test_a_device_never_looked_at_is_unknown(equipped, signed_in):
    assert set(shown(signed_in(equipped.technician))) == {"unknown"}


def test_what_does_not_serve_comes_first(equipped, signed_in):
    probed(status=Status.CRITICAL, fault="unreachable")

    page = signed_in(equipped.technician).page(DEVICES)

    assert page.named("span", class_="health")[0]["data-state"] == "critical"
    assert "Không kết nối được tới thiết bị" in page.text


def test_a_reading_older_than_two_minutes_is_unknown_whatever_it_said(equipped, signed_in):
    probed(status=Status.OK, probed_at=clock.now() - timedelta(seconds=121))

    assert set(shown(signed_in(equipped.technician))) == {"unknown"}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_said_in_words(equipped, signed_in, fault, language):
    probed(status=FAULTS[fault], fault=fault)

    assert fault not in signed_in(equipped.technician, language).page(DEVICES).text


def test_no_password_is_on_the_page(equipped, signed_in):
    assert "geheim" not in signed_in(equipped.technician).get(DEVICES).text


@pytest.fixture
def changed_key(equipped):
    inventory.note_host_key(1, fingerprint="SHA256:new", algorithm="ssh-ed25519")
    return equipped


def test_a_changed_key_is_shown_beside_the_old_one(changed_key, signed_in):
    page = signed_in(changed_key.technician).page(DEVICES)

    assert "SHA256:new" in page.text and "SHA256:1" in page.text


def test_a_technician_approves_a_key_that_was_seen(changed_key, signed_in):
    answer = signed_in(changed_key.technician).send(f"{DEVICES}/1/host-key", {"fingerprint": "SHA256:new"}, page=DEVICES)

    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (303, "SHA256:new")


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("fingerprint", ["SHA256:typed", "", "SHA256:2", "x" * 10_000])
def test_a_key_that_was_never_seen_cannot_be_approved(changed_key, signed_in, sentence, fingerprint, language):
    client = signed_in(changed_key.technician, language)

    answer = client.send(f"{DEVICES}/1/host-key", {"fingerprint": fingerprint}, page=DEVICES)

    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (422, "SHA256:1")
    assert sentence("host_key_not_seen", language) in Page(answer.text).text


def test_an_administrator_sees_a_waiting_key_and_cannot_approve_it(changed_key, signed_in):
    client = signed_in(changed_key.administrator)

    html = client.get(DEVICES).text
    answer = client.send(f"{DEVICES}/1/host-key", {"fingerprint": "SHA256:new"}, page=DEVICES)

    assert ("SHA256:new" in html, "phê duyệt khóa này" in html) == (True, False)
    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (403, "SHA256:1")


def test_a_technician_of_another_unit_cannot_approve_it(changed_key, signed_in):
    other = a_person(changed_key.other_province, Role.TECHNICIAN)

    answer = signed_in(other).send(f"{DEVICES}/1/host-key", {"fingerprint": "SHA256:new"}, page=DEVICES)

    assert (answer.status_code, device_by_id(1).pinned_fingerprint) == (403, "SHA256:1")


def test_a_device_that_is_not_there_is_not_found(place, signed_in):
    assert signed_in(place.technician).send(f"{DEVICES}/999/host-key", {"fingerprint": "x"}, page=DEVICES).status_code == 404


# The list

def several(place, count: int, **facts) -> None:
    with write_transaction() as session:
        for number in range(count):
            session.add(Device(**{"kind": "equipment", "family": "snmp", "unit_id": place.province.id, "name": f"UPS {number:03}",
                                  "host": f"10.70.{number // 250}.{number % 250}", "port": 161, "username": "", "created_at": clock.now(),
                                  "probed_at": clock.now(), "status": Status.OK, **facts}))


@pytest.mark.parametrize(("query", "count"), [
    ("", 50), ("?page=2", 14), ("?page=99", 14), ("?page=-1", 50), ("?page=x", 50), ("?kind=bridge", 1), ("?kind=codec", 3), ("?kind=nonsense", 50),
    ("?status=ok", 50), ("?status=ok&page=2", 10), ("?status=unknown", 4), ("?status=critical", 0), ("?words=UPS+007", 1),
    ("?words=dak+lak", 50), ("?words=%00", 50), ("?unit=nonsense", 50)])
def test_the_list_is_filtered_and_divided_into_pages(equipped, signed_in, query, count):
    several(equipped, 60)

    assert len(shown(signed_in(equipped.technician), query)) == count


def test_the_list_is_narrowed_to_a_unit(equipped, signed_in):
    client = signed_in(equipped.technician)

    assert [len(shown(client, f"?unit={unit.code}")) for unit in (equipped.other_province, equipped.centre)] == [1, 4]


def test_a_filter_shows_nobody_more_than_they_may_see(equipped, signed_in):
    other = a_person(equipped.other_province, Role.TECHNICIAN)

    assert shown(signed_in(other), f"?unit={equipped.province.code}") == []


def test_an_old_good_reading_is_found_among_the_unknown(equipped, signed_in):
    several(equipped, 3, probed_at=clock.now() - timedelta(seconds=121))

    client = signed_in(equipped.technician)
    assert (len(shown(client, "?status=ok")), len(shown(client, "?status=unknown"))) == (0, 7)


def test_a_device_with_a_long_interval_is_old_after_twice_that(equipped, signed_in):
    several(equipped, 3, probed_at=clock.now() - timedelta(seconds=121), probe_every_s=300)

    assert len(shown(signed_in(equipped.technician), "?status=ok")) == 3


# One device

ONE = f"{DEVICES}/1"
READINGS = [["battery_charge", "", 12.5, "%", "critical", "", "12"], ["runtime_left", "", 999, "min", "unknown", "capped", "999"],
            ["input_voltage", "", None, "V", "unknown", "implausible", "23600"], ["outlet_state", "3", "off", "", "ok", "", "1"]]


def read(*rows, ago: timedelta = timedelta(0)) -> None:
    with write_transaction():
        reading_tables.keep_readings([{"device_id": 1, "read_at": clock.now() - ago, "readings": list(rows)}])
    probed(status=Status.OK, probed_at=clock.now() - ago)


def minutes(values: dict[int, dict]) -> None:
    with write_transaction():
        reading_tables.keep_history([{"device_id": 1, "step": "m", "at": clock.now() - timedelta(minutes=ago), "numbers": numbers}
                                     for ago, numbers in values.items()])


def row_of(page, name: str) -> str:
    """Return what the page says of one reading."""
    return next(row.removeprefix(name).strip() for row in page.rows if row.startswith(name))


def test_a_device_shows_its_readings_in_words(equipped, signed_in):
    read(*READINGS)

    page = signed_in(equipped.technician).page(ONE)

    assert row_of(page, "Mức nạp ắc quy").startswith("12,5 %")
    assert row_of(page, "Ổ cắm 3").startswith("tắt")
    assert row_of(page, "Điện áp vào").startswith("không rõ") and "23600" in row_of(page, "Điện áp vào")
    assert row_of(page, "Thời gian còn chạy được bằng ắc quy").startswith("999 min Thiết bị chỉ đếm đến số này")


def test_numbers_are_written_as_the_language_writes_them(equipped, signed_in):
    read(*READINGS)

    assert "12.5 %" in signed_in(equipped.technician, "en").page(ONE).text


def test_what_is_bad_stands_first(equipped, signed_in):
    read(*reversed(READINGS))

    assert signed_in(equipped.technician).page(ONE).rows[1].startswith("Mức nạp ắc quy")


def test_old_readings_are_said_to_be_old(equipped, signed_in):
    read(*READINGS, ago=timedelta(seconds=121))

    text = signed_in(equipped.technician).page(ONE).text
    assert "đừng coi là tình trạng hiện tại" in text


def test_a_device_that_never_answered_has_a_page(equipped, signed_in):
    text = signed_in(equipped.technician).page(ONE).text

    assert "Chưa có số liệu nào" in text and "Chưa có thay đổi nào" in text


def test_a_device_of_another_unit_does_not_exist(equipped, signed_in):
    other = a_person(equipped.other_province, Role.TECHNICIAN)
    client = signed_in(other)

    assert [client.get(path).status_code for path in (ONE, f"{ONE}/history?reading=battery_charge", f"{DEVICES}/999")] == [404] * 3
    assert client.send(f"{ONE}/look", {}, page=DEVICES).status_code == 404


def test_a_retired_device_has_no_page(equipped, signed_in):
    probed(retired_at=clock.now())

    assert signed_in(equipped.technician).get(ONE).status_code == 404


def test_a_person_asks_for_a_look_and_the_page_says_so(equipped, signed_in):
    client = signed_in(equipped.technician)

    answer = client.send(f"{ONE}/look", {}, page=ONE)

    assert (answer.status_code, reading_tables.wishes(limit=5)) == (303, [1])
    assert "Kết quả thường có sau vài giây" in client.page(ONE).text


def test_a_look_at_a_device_in_a_session_has_to_wait_and_the_page_says_so(equipped, signed_in, monkeypatch):
    monkeypatch.setattr("roomctl.web.technician.devices.leased_device_ids", lambda: {1})
    client = signed_in(equipped.technician)
    client.send(f"{ONE}/look", {}, page=ONE)

    assert "khi phiên kết thúc" in client.page(ONE).text


def test_a_look_asked_for_twice_is_one_wish(equipped, signed_in):
    client = signed_in(equipped.technician)
    for _ in range(2):
        client.send(f"{ONE}/look", {}, page=ONE)

    assert reading_tables.wishes(limit=5) == [1]


def test_changes_of_status_are_listed_with_why(equipped, signed_in):
    with write_transaction():
        reading_tables.keep_changes([{"device_id": 1, "at": clock.now(), "status": Status.CRITICAL, "fault": "unreachable", "detail": "no route"}])

    text = signed_in(equipped.technician).page(ONE).text
    assert "Không kết nối được tới thiết bị" in text and "no route" in text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_said_in_words_on_the_devices_page(equipped, signed_in, fault, language):
    probed(status=FAULTS[fault], fault=fault)

    assert fault not in signed_in(equipped.technician, language).page(ONE).text


# What was learned

@pytest.fixture
def over_snmp(equipped):
    snmp.set_access(1, snmp.Wanted(username="roomctl", auth_password="mot mat khau", priv_password="mat khau hai"), by=equipped.administrator)
    with write_transaction() as session:
        row = session.get_one(SnmpAccess, 1)
        row.detected = {"device_class": "ups", "variant": "apc", "object_id": "1.3", "description": "APC <b>card</b>", "name": "ups-hanoi",
                        "model": "", "serial": "", "firmware": "", "how": "object_id", "at": clock.now().isoformat()}
        row.engine_id, row.quirks = "80001f88", {"no_bulk": True, "loops": True, "repetitions": 5, "at_once": 12, "broken": ["1.3.6.1"]}
    return equipped


def test_what_was_tried_and_learned_is_said_in_words(over_snmp, signed_in):
    page = signed_in(over_snmp.technician).page(ONE)

    for said in ("SNMPv3, người dùng roomctl, SHA-256 và AES-128", "Bộ lưu điện (UPS)", "theo mã của hãng", "ups-hanoi", "không trả lời kiểu hỏi gộp",
                 "lặp lại câu trả lời", "5 dòng", "12 mục", "1 mục làm hỏng", "APC <b>card</b>"):
        assert said in page.text
    assert "mat khau" not in page.text


def test_a_device_with_the_engine_of_another_one_is_a_finding(over_snmp, signed_in):
    snmp.set_access(2, snmp.Wanted(username="roomctl", auth_password="mot mat khau", priv_password="mat khau hai"), by=over_snmp.administrator)
    with write_transaction() as session:
        session.get_one(SnmpAccess, 2).engine_id = "80001f88"

    assert "cùng mã máy SNMP" in signed_in(over_snmp.technician).page(ONE).text


@pytest.mark.parametrize(("needs", "said"), [("hostkey", "khóa máy chủ ký bằng SHA-1"), ("hostkey_kex", "trao đổi khóa bằng SHA-1"),
                                             ("nothing", "Không có cách nào cho phép được")])
def test_a_device_whose_ssh_is_too_old_says_what_would_help(equipped, signed_in, needs, said):
    probed(status=Status.WARNING, fault="ssh_too_old", fault_detail=f"{needs}: no common key exchange; the device offers group1-sha1")

    text = signed_in(equipped.technician).page(ONE).text
    assert said in text and "group1-sha1" in text


# Host keys on the device's page

def test_a_changed_key_shows_both_fingerprints_and_is_approved_there(changed_key, signed_in):
    client = signed_in(changed_key.technician)
    text = client.page(ONE).text

    answer = client.send(f"{ONE}/host-key", {"fingerprint": "SHA256:new", "back": "device"}, page=ONE)

    assert "SHA256:new" in text and "SHA256:1" in text
    assert (answer.headers["Location"], device_by_id(1).pinned_fingerprint) == (ONE, "SHA256:new")


def test_a_key_is_rejected_and_the_approved_one_stays(changed_key, signed_in):
    client = signed_in(changed_key.technician)

    answer = client.send(f"{ONE}/host-key-rejection", {"fingerprint": "SHA256:new", "back": "device"}, page=ONE)

    db.session.rollback()
    states = {key.fingerprint: key.state for key in db.session.query(HostKeySeen).filter_by(device_id=1)}
    assert (answer.status_code, states["SHA256:new"], device_by_id(1).pinned_fingerprint) == (303, "rejected", "SHA256:1")
    assert "Khóa SSH chờ phê duyệt" not in client.page(DEVICES).text


@pytest.mark.parametrize(("fingerprint", "reason"), [
    ("SHA256:1", "host_key_in_use"), ("SHA256:2", "host_key_not_seen"), ("\x00", "host_key_not_seen")])
def test_a_key_that_cannot_be_rejected_says_why(changed_key, signed_in, sentence, fingerprint, reason):
    answer = signed_in(changed_key.technician).send(f"{ONE}/host-key-rejection", {"fingerprint": fingerprint}, page=ONE)

    assert (answer.status_code, sentence(reason) in Page(answer.text).text) == (422, True)


def test_a_technician_of_another_unit_cannot_reject_it(changed_key, signed_in):
    other = a_person(changed_key.other_province, Role.TECHNICIAN)

    assert signed_in(other).send(f"{ONE}/host-key-rejection", {"fingerprint": "SHA256:new"}, page=DEVICES).status_code == 403


# History

def test_the_page_has_the_last_values_without_javascript(equipped, signed_in):
    read(*READINGS)
    minutes({30: {"battery_charge": 98}, 20: {}, 10: {"battery_charge": 12.5}})

    page = signed_in(equipped.technician).page(f"{ONE}?reading=battery_charge")

    first = next(place for place, row in enumerate(page.rows) if row.startswith("Từ lúc")) + 1
    assert [row.split(" ", 2)[2] for row in page.rows[first:first + 3]] == ["12,5 %", "không rõ", "98 %"]


def test_the_history_is_answered_as_columns(equipped, signed_in):
    minutes({90: {"battery_charge": 98}, 30: {}, 10: {"battery_charge": 12.5}})

    answer = signed_in(equipped.technician).get(f"{ONE}/history?reading=battery_charge").json

    assert (answer["values"], answer["by_hour"]) == ([98, None, 12.5], False)
    assert answer["times"] == sorted(answer["times"]) and answer["times"][-1] == (clock.now() - timedelta(minutes=10)).timestamp()


def test_a_value_from_before_the_span_is_its_first_point(equipped, signed_in):
    minutes({24 * 60 + 30: {"battery_charge": 98}})

    answer = signed_in(equipped.technician).get(f"{ONE}/history?reading=battery_charge&span=day").json

    assert answer["values"] == [98, None]  # And no row came for longer than an hour: the device is silent.
    assert answer["times"][0] == answer["since"]


def test_a_year_is_answered_by_the_hour_with_gaps(equipped, signed_in):
    with write_transaction():
        reading_tables.keep_history([{"device_id": 1, "step": "h", "at": clock.now() - timedelta(hours=ago), "numbers": {"load": [1, 2.5, 4]}}
                                     for ago in (9, 8, 3)])

    answer = signed_in(equipped.technician).get(f"{ONE}/history?reading=load&span=year").json

    assert (answer["values"], answer["least"], answer["most"]) == ([2.5, 2.5, None, 2.5], [1, 1, None, 1], [4, 4, None, 4])


@pytest.mark.parametrize("query", ["", "?reading=nothing", "?reading=%00", "?span=nonsense", "?reading=battery_charge&span=year"])
def test_a_history_there_is_none_of_is_empty(equipped, signed_in, query):
    assert signed_in(equipped.technician).get(f"{ONE}/history{query}").json["values"] == []


# In a real browser

@pytest.mark.browser
def test_the_chart_is_drawn_under_the_sites_own_rules(equipped, signed_in, on_screen):
    read(*READINGS)
    minutes({90: {"battery_charge": 98}, 60: {"battery_charge": 60}, 30: {}, 10: {"battery_charge": 12.5}})

    page = on_screen(signed_in(equipped.technician), f"{ONE}?reading=battery_charge")

    page.locator(".trend canvas").wait_for(timeout=10_000)
    assert page.locator(".trend canvas").bounding_box()["width"] > 1200
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.browser
@pytest.mark.parametrize("path", [DEVICES, ONE])
def test_the_pages_fit_a_phone(over_snmp, signed_in, on_screen, path):
    read(*READINGS)

    page = on_screen(signed_in(over_snmp.technician), path)
    page.set_viewport_size({"width": 390, "height": 844})

    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
