"""What Prometheus collects: from this machine or with the token, numbers that are fresh, and nobody's name."""

from dataclasses import replace
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from roomctl import clock
from roomctl.config import settings_from_environment
from roomctl.database import db, write_transaction
from roomctl.devices import reading_tables
from roomctl.devices.health import Status
from roomctl.devices.tables import Device
from roomctl.duty.alert_tables import Alert
from roomctl.sessions import lease

TOKEN = "a-token-of-thirty-letters-0123"
READINGS = [["battery_charge", "", 12.5, "%", "critical", "", ""], ["outlet_state", "3", "off", "", "ok", "", ""],
            ["phase_current", "2", 3, "A", "unknown", "", ""], ["input_voltage", "", None, "V", "unknown", "implausible", ""]]


def samples(answer) -> list[tuple[str, dict, float]]:
    assert answer.status_code == 200, answer.text
    return [(one.name, one.labels, one.value) for family in text_string_to_metric_families(answer.text) for one in family.samples]


def of(answer, name: str) -> list[tuple[dict, float]]:
    return [(labels, value) for found, labels, value in samples(answer) if found == name]


def read(*, ago: timedelta = timedelta(0), status: Status = Status.CRITICAL, fault: str = "battery_charge") -> None:
    with write_transaction() as session:
        reading_tables.keep_readings([{"device_id": 1, "read_at": clock.now() - ago, "readings": READINGS}])
        device = session.get_one(Device, 1)
        device.status, device.fault, device.probed_at = status, fault, clock.now() - ago


@pytest.fixture
def with_token(app, monkeypatch):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], metrics_token=TOKEN))


def test_devices_are_told_with_the_status_a_person_is_shown(equipped, browser):
    read()

    statuses = of(browser().get("/metrics"), "roomctl_device_status")

    assert len(statuses) == 4
    assert statuses[0] == ({"device": "1", "kind": "codec", "family": "cisco_roomos", "unit_code": equipped.centre.code,
                            "room_code": equipped.hall.code, "status": "critical", "fault": "battery_charge"}, 1.0)
    assert {labels["status"] for labels, _ in statuses[1:]} == {"unknown"}


def test_an_old_status_is_unknown_and_old_readings_are_left_out(equipped, browser):
    read(ago=timedelta(seconds=121))

    answer = browser().get("/metrics")

    assert of(answer, "roomctl_device_status")[0][0]["status"] == "unknown"
    assert of(answer, "roomctl_reading") == []


def test_numbers_are_told_with_name_place_and_unit_and_what_is_unknown_is_never_0(equipped, browser):
    read()

    readings = of(browser().get("/metrics"), "roomctl_reading")

    assert [(labels["name"], labels["place"], labels["unit"], value) for labels, value in readings] == [
        ("battery_charge", "", "%", 12.5), ("phase_current", "2", "A", 3.0)]


def test_alerts_are_counted_and_the_worker_is_timed(equipped, browser):
    lease.acquire()
    with write_transaction() as session:
        for device_id, acknowledged, cleared in ((1, None, None), (2, clock.now(), None), (3, None, clock.now())):
            session.add(Alert(kind="unreachable", status=Status.CRITICAL, unit_id=equipped.centre.id, device_id=device_id, opened_at=clock.now(),
                              seen_at=clock.now(), acknowledged_at=acknowledged, cleared_at=cleared))

    answer = browser().get("/metrics")

    assert sorted((labels["status"], labels["acknowledged"], value) for labels, value in of(answer, "roomctl_alerts")) == [
        ("critical", "no", 1.0), ("critical", "yes", 1.0)]
    assert of(answer, "roomctl_worker_last_sign_of_life_seconds") == [({}, 0.0)]


def test_without_a_worker_nothing_is_said_of_it(equipped, browser):
    assert of(browser().get("/metrics"), "roomctl_worker_last_sign_of_life_seconds") == []


def test_one_unit_may_be_asked_for_and_the_readings_left_out(equipped, browser):
    read()

    answer = browser().get(f"/metrics?unit={equipped.province.code}&readings=0")

    assert [labels["unit_code"] for labels, _ in of(answer, "roomctl_device_status")] == [equipped.province.code]
    assert of(browser().get("/metrics?readings=0"), "roomctl_reading") == []


@pytest.mark.parametrize("unit", ["nonsense", "%00"])
def test_a_unit_there_is_none_of_is_not_found(equipped, browser, unit):
    assert browser().get(f"/metrics?unit={unit}").status_code == 404


def test_no_name_of_a_person_a_room_or_a_device_is_told(equipped, browser, signed_in):
    read()
    equipped.book()

    text = browser().get("/metrics").text

    names = {equipped.hall.name, equipped.clerk.name, equipped.technician.name, "Giao ban", equipped.centre.name, "192.0.2.1", "geheim"}
    assert [name for name in names if name in text] == []


def test_the_database_is_asked_a_few_times_whatever_there_is(equipped, browser):
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *_: asked.append(1))

    browser().get("/metrics")

    assert len(asked) <= 8


# Who may ask

@pytest.mark.parametrize(("address", "headers", "status"), [
    ("127.0.0.1", {}, 200), ("::1", {}, 200), ("10.0.0.9", {}, 401), ("", {}, 401),
    ("127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 401), ("127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 401),
    ("127.0.0.1", {"X-Real-IP": "203.0.113.9"}, 401), ("10.0.0.9", {"Authorization": f"Bearer {TOKEN}"}, 401),
    ("127.0.0.1", {"Authorization": "Bearer nonsense"}, 200)])
def test_without_a_token_only_this_machine_itself_may_ask(equipped, browser, address, headers, status):
    answer = browser().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert (answer.status_code, "roomctl_device_status" in answer.text) == (status, status == 200)


@pytest.mark.parametrize(("bearer", "status"), [(TOKEN, 200), (TOKEN + "x", 401), ("", 401), (TOKEN[:-1], 401)])
def test_with_the_token_it_may_be_asked_from_elsewhere(equipped, with_token, browser, bearer, status):
    answer = browser().get("/metrics", headers={"Authorization": f"Bearer {bearer}"}, environ_base={"REMOTE_ADDR": "10.0.0.9"})

    assert answer.status_code == status


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "Bearer ậ", "Bearer", "nonsense"])
def test_any_other_authorization_is_refused(equipped, with_token, browser, authorization):
    headers = {"Authorization": authorization, "Accept": "application/openmetrics-text;version=1.0.0,*/*;q=0.1"}

    answer = browser().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": "10.0.0.9"})

    assert answer.status_code == 401


@pytest.mark.parametrize("raw", ["short", "x" * 23, "a token with blanks in it, long enough", "ậ" * 30])
def test_a_token_that_could_be_guessed_or_not_sent_is_refused_at_the_start(tmp_path, monkeypatch, raw):
    monkeypatch.setenv("ROOMCTL_HOME", str(tmp_path))
    monkeypatch.setenv("ROOMCTL_METRICS_TOKEN", raw)

    with pytest.raises(ValueError, match="ROOMCTL_METRICS_TOKEN"):
        settings_from_environment()


def test_the_token_is_read_from_the_environment_and_never_printed(tmp_path, monkeypatch):
    monkeypatch.setenv("ROOMCTL_HOME", str(tmp_path))
    monkeypatch.setenv("ROOMCTL_METRICS_TOKEN", TOKEN)

    settings = settings_from_environment()

    assert (settings.metrics_token, TOKEN in repr(settings)) == (TOKEN, False)
