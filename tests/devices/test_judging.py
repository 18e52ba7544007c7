"""What a look at a device means: the worst counts, and not knowing is never good."""

from datetime import UTC, datetime, timedelta

import pytest

from device_drivers.readings import CodecStatus, Health, Identity, Measured, Tri
from device_drivers.snmp.measuring import SEEN_ONCE
from roomctl.devices.health import FAULTS, Status
from roomctl.devices.judging import Earlier, Error, Judged, judge

AT = datetime(2027, 3, 1, 1, 0, tzinfo=UTC)
MINUTE = timedelta(seconds=60)
SILENT = Error("no_snmp_answer", "no answer: down, blocked or wrong community")


def codec(**facts) -> CodecStatus:
    good = {"registered": Tri.YES, "registration": "Registered", "can_encrypt": Tri.YES, "microphone": Tri.YES, "camera": Tri.YES}
    return CodecStatus(identity=Identity("Room Kit", "FTT1", "ce11", 1000), calls=(), **{**good, **facts})


def judged(**facts) -> Judged:
    return judge(**{"answered": True, "at": AT, "interval": MINUTE, **facts})


def loss(health: Health = Health.WARNING) -> Measured:
    return Measured("packet_loss", 2.0, "%", health, place="video incoming")


def test_a_codec_that_is_registered_and_encrypts_is_well():
    assert judged(codec=codec()) == Judged(Status.OK)


@pytest.mark.parametrize(("facts", "status", "fault"), [
    ({"registered": Tri.NO}, Status.CRITICAL, "not_registered"), ({"can_encrypt": Tri.NO}, Status.WARNING, "cannot_encrypt"),
    ({"microphone": Tri.NO}, Status.WARNING, "no_microphone"), ({"camera": Tri.NO}, Status.WARNING, "no_camera"),
    ({"registered": Tri.UNKNOWN}, Status.UNKNOWN, "registration_unknown")])
def test_what_a_codec_lacks_is_its_fault(facts, status, fault):
    found = judged(codec=codec(**facts))

    assert (found.status, found.fault) == (status, fault)


def test_a_codec_that_does_not_tell_of_microphone_and_camera_is_not_said_to_lack_them():
    assert judged(codec=codec(microphone=Tri.UNKNOWN, camera=Tri.UNKNOWN, can_encrypt=Tri.UNKNOWN)).status is Status.OK


def test_the_worst_of_error_codec_and_readings_counts():
    hot = Measured("temperature", 48, "°C", Health.CRITICAL)

    assert judged(codec=codec(can_encrypt=Tri.NO), readings=[hot]).fault == "temperature"
    assert judged(codec=codec(registered=Tri.NO), readings=[hot]).fault == "not_registered"


def test_a_known_fault_stands_before_what_is_not_known():
    assert judged(codec=codec(registered=Tri.UNKNOWN, can_encrypt=Tri.NO)).fault == "cannot_encrypt"


def test_of_two_equally_bad_readings_the_one_the_driver_names_first_counts():
    readings = [Measured("output_source", "battery", health=Health.CRITICAL), Measured("runtime_left", 2, "min", Health.CRITICAL)]

    assert judged(readings=readings, only_snmp=True).fault == "output_source"


def test_a_reading_that_is_never_its_devices_fault_makes_nothing_worse():
    port = Measured("port_state", "down", health=Health.WARNING, place="GigabitEthernet0/7")

    assert judged(codec=codec(), readings=[port]).status is Status.OK


def test_a_fault_says_where_and_how_much():
    reading = Measured("phase_load_state", "overload", health=Health.CRITICAL, place="2")
    charge = Measured("battery_charge", 12.5, "%", Health.CRITICAL)

    assert (judged(readings=[reading]).detail, judged(readings=[charge]).detail) == ("2: overload", "12.5 %")


def test_a_device_that_answers_and_tells_nothing_of_itself_is_unknown():
    readings = [Measured("uptime", 1000, "s"), Measured("battery_status", None, mark="unanswered")]

    assert judged(readings=readings, only_snmp=True) == Judged(Status.UNKNOWN, "nothing_readable")


def test_snmp_case_3_a_device_without_uptime_is_no_alert():
    found = judged(readings=[Measured("uptime", None, "s", mark="not_told"), Measured("rebooted", None)], only_snmp=True)

    assert found.status not in (Status.WARNING, Status.CRITICAL)


def test_a_bridge_that_says_who_it_is_serves_without_any_reading():
    assert judged() == Judged(Status.OK)


@pytest.mark.parametrize("kind", [kind for kind, status in FAULTS.items() if kind not in ("standby", "nothing_readable")])
def test_a_device_that_does_not_answer_is_as_bad_as_the_error(kind):
    assert judged(answered=False, errors=[Error(kind, "said")]) == Judged(FAULTS[kind], kind, "said")


def test_an_error_nobody_has_weighed_is_a_warning():
    assert judged(answered=False, errors=[Error("something_new", "")]).status is Status.WARNING


def test_nothing_at_all_is_unknown():
    assert judged(answered=False).status is Status.UNKNOWN


def test_a_codec_that_is_controlled_serves_although_it_does_not_answer_over_snmp():
    assert judged(codec=codec(), errors=[SILENT]) == Judged(Status.WARNING, "no_snmp_answer", SILENT.detail)


# Sleeping

def test_a_projector_that_does_not_answer_outside_conferences_sleeps():
    assert judged(answered=False, errors=[SILENT], may_sleep=True) == Judged(Status.UNKNOWN, "standby", SILENT.detail)


def test_a_projector_that_does_not_answer_in_a_conference_is_a_fault():
    assert judged(answered=False, errors=[SILENT], may_sleep=False).status is Status.CRITICAL


def test_a_projector_that_refuses_its_login_does_not_sleep():
    assert judged(answered=False, errors=[Error("snmp_login_refused", "")], may_sleep=True).fault == "snmp_login_refused"


# Twice in a row

def test_packet_loss_seen_once_changes_nothing():
    assert judged(codec=codec(), readings=[loss()]).status is Status.OK


@pytest.mark.parametrize(("ago_s", "status"), [(60, Status.WARNING), (120, Status.WARNING), (121, Status.OK), (-3600, Status.OK)])
def test_packet_loss_counts_when_two_polls_in_a_row_find_it(ago_s, status):
    earlier = Earlier(AT - timedelta(seconds=ago_s), (loss(),))

    assert judged(codec=codec(), readings=[loss()], earlier=earlier).status is status


def test_packet_loss_of_another_stream_is_another_reading():
    earlier = Earlier(AT - MINUTE, (Measured("packet_loss", 2.0, "%", Health.WARNING, place="audio incoming"),))

    assert judged(codec=codec(), readings=[loss()], earlier=earlier).status is Status.OK


def test_packet_loss_that_was_good_before_is_seen_once():
    assert judged(codec=codec(), readings=[loss()], earlier=Earlier(AT - MINUTE, (loss(Health.OK),))).status is Status.OK


def test_what_the_driver_has_seen_once_before_a_restart_and_once_after_it_counts():
    once = Measured("loss_in", 4.0, "%", Health.UNKNOWN, mark=SEEN_ONCE)
    camera = Measured("camera_status", "ok", health=Health.OK)

    assert judged(readings=[once, camera], only_snmp=True).fault == ""
    assert judged(readings=[once, camera], only_snmp=True, earlier=Earlier(AT - MINUTE, (once,))).fault == "loss_in"
