"""Which class of device an agent belongs to."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_drivers.snmp import identity
from device_drivers.snmp.asking import Answers, Detected, Unreadable, oid
from device_drivers.snmp.classes import CLASSES
from device_drivers.snmp.detection import Further, detect, first_questions

from .replay import NAMES, detected, polled, recorded
from .test_values import VALUES

WITHOUT_FILES = settings(deadline=None, database=None)
UPS_STATUS, APC_OUTPUT, MEMORY = oid("1.3.6.1.2.1.33.1.2.1.0"), oid("1.3.6.1.4.1.318.1.1.1.4.1.1.0"), oid("1.3.6.1.4.1.2021.4.5.0")
CLASS_OF = {"ups_on_battery": "ups", "ups_bad_agent": "ups", "ups_rfc1628": "ups", "ups_apc": "ups", "switch": "switch", "printer": "printer",
            "identity_cisco": "identity_only", "linux_host": "linux_host", "poly_endpoint": "poly_endpoint",
            "wireless_presentation": "wireless_presentation"}


def system(description: str = "", object_id: object = None, **more: int) -> dict:
    values = {identity.DESCRIPTION: description.encode(), identity.OBJECT_ID: object_id, **more}
    return {name: value for name, value in values.items() if value not in (None, b"")}


@pytest.mark.parametrize("name", NAMES)
def test_each_recording_is_detected_as_the_class_it_was_composed_for(name):
    assert detected(recorded(name)).device_class == CLASS_OF.get(name, name.split("_")[0])


@pytest.mark.parametrize("name", NAMES)
def test_what_is_detected_is_a_class_that_exists(name):
    found = detected(recorded(name))

    assert found.device_class == CLASSES[found.device_class].NAME


def test_a_codec_of_cisco_is_named_from_its_description():
    found = detected(recorded("identity_cisco"))

    assert (found.variant, found.model, found.firmware, found.serial) == ("cisco_codec", "Cisco TelePresence SX80", "ce9.0.0.aaaaaaa", "TEST0004")


def test_model_serial_and_firmware_are_asked_where_the_class_has_them():
    found = detected(recorded("poly_endpoint"))

    assert (found.name, found.model, found.serial, found.firmware) == ("hoi-truong", "StudioX30", "TEST-0001", "4.2.1-100001")


def test_the_longest_prefix_wins():
    assert detected(system("", oid("1.3.6.1.4.1.1248.4.1.7"))).device_class == "projector"
    assert detected(system("", oid("1.3.6.1.4.1.1248.1.5"))).device_class == "printer"


@pytest.mark.parametrize(("description", "answers", "expected"), [
    ("Linux pc 6.1.0", {}, ("linux_host", "net_snmp", "description")),
    ("Linux pc 6.1.0", {MEMORY: 4000}, ("linux_host", "net_snmp", "description")),
    ("Linux SNMP-System", {UPS_STATUS: 2}, ("ups", "rfc1628", "probe")),
    ("Linux pc 6.1.0", {APC_OUTPUT: 2, UPS_STATUS: 2, MEMORY: 4000}, ("ups", "apc", "probe")),
    ("Acano Server", {MEMORY: 4000}, ("identity_only", "cisco_meeting_server", "description")),
    ("", {MEMORY: 4000}, ("linux_host", "net_snmp", "probe")),
    ("Linux SNMP-System", {}, ("identity_only", "", "")),
    ("", {}, ("identity_only", "", ""))])
def test_a_prefix_that_many_makers_use_never_decides_alone(description, answers, expected):
    found = detected({**system(description, oid("1.3.6.1.4.1.8072.3.2.10")), **answers})

    assert (found.device_class, found.variant, found.how) == expected


@pytest.mark.parametrize("object_id", [
    None, (0, 0), oid("1.3.6.1.2.1.2684"), oid("1.3.6.1.4.1.99999"), Unreadable(6, b"\xff\xff"), b"", 7, (1, 3, 6, 1, 4, 1)],
    ids=["missing", "0.0", "outside the enterprises", "nobody knows it", "mis-encoded", "empty text", "a number", "no enterprise"])
def test_an_object_id_that_says_nothing_leaves_it_to_description_and_probes(object_id):
    by_words = detected(system("EPSON Network Projector", object_id))
    by_probe = detected({**system("Mini agent", object_id), UPS_STATUS: 2})

    assert (by_words.device_class, by_words.how) == ("projector", "description")
    assert (by_probe.device_class, by_probe.how) == ("ups", "probe")


def test_an_object_id_sent_as_text_is_read():
    assert detected(system("", b"1.3.6.1.4.1.1248.4.1")).device_class == "projector"


@pytest.mark.parametrize(("number", "variant"), [("13742.6", "raritan_pdu"), ("3808.1.1.6", "cyberpower_pdu"), ("534.6.6", "eaton_epdu")])
def test_makes_whose_objects_are_not_known_are_known_by_name_only(number, variant):
    found = detected(system("PDU", oid(f"1.3.6.1.4.1.{number}.1")))

    assert (found.device_class, found.variant) == ("identity_only", variant)


def test_an_agent_with_ports_and_nothing_else_is_a_switch():
    assert detected({**system("Managed Switch"), oid("1.3.6.1.2.1.17.1.2.0"): 24}).device_class == "switch"


def test_sensors_alone_make_a_monitor_of_unknown_make():
    found = detected({**system("Probe"), oid("1.3.6.1.2.1.99.1.1.1.1.1"): 8})

    assert (found.device_class, found.variant) == ("environment", "")


def test_a_device_found_by_a_probe_is_named_too():
    values = recorded("poly_endpoint", _1_3_6_1_2_1_1_2_0=None)

    assert (detected(values).device_class, detected(values).model) == ("poly_endpoint", "StudioX30")


def test_a_second_question_that_nobody_answers_ends_the_matter():
    first = polled(system("Something"), first_questions)

    assert isinstance(detect(first), Further)
    assert detect(first, Answers({}, 0)) == Detected("identity_only", "", None, "Something")


@WITHOUT_FILES
@given(st.dictionaries(st.sampled_from([identity.DESCRIPTION, identity.OBJECT_ID, identity.SYSTEM_NAME, UPS_STATUS, APC_OUTPUT, MEMORY]),
                       VALUES.filter(lambda value: value is not None)))
def test_whatever_an_agent_answers_it_is_detected_as_something(values):
    assert detected(values).device_class in CLASSES
