"""Ports of switches."""

from device_drivers.readings import Health
from device_drivers.snmp.asking import oid
from device_drivers.snmp.health import worst

from .replay import one_of, read, recorded, shown

ENTRY, EXTENDED, UPTIME = oid("1.3.6.1.2.1.2.2.1"), oid("1.3.6.1.2.1.31.1.1.1"), oid("1.3.6.1.2.1.1.3.0")


def a_minute_later(**changed):
    values = recorded("switch")
    later = {UPTIME: values[UPTIME] + 6000, (*EXTENDED, 6, 1): 1000000000000 + 60 * 125_000, (*EXTENDED, 10, 1): 5000 + 60 * 250_000,
             (*ENTRY, 10, 3): 10 + 60 * 12_500, (*ENTRY, 16, 3): (4294967000 + 60 * 12_500) % 2**32}
    return values | later


def test_a_port_is_known_by_its_name_and_by_its_description_where_it_has_none():
    assert [one.place for one in read(recorded("switch")) if one.name == "port_state"] == ["gi1", "gi2", "gi3", "GigabitEthernet4", "Po1"]


def test_a_port_that_is_down_is_a_warning_of_its_own_only_when_it_is_meant_to_be_up():
    measured = read(recorded("switch"))

    assert [shown(measured, "port_state", place)[:2] for place in ("gi1", "gi2", "gi3", "GigabitEthernet4", "Po1")] == [
        ("up", "ok"), ("down", "warning"), ("disabled", "unknown"), (None, "unknown"), ("not_present", "unknown")]
    assert worst(measured) is Health.UNKNOWN


def test_a_port_whose_wish_nobody_knows_is_not_judged_when_it_is_down():
    assert shown(read(recorded("switch", _1_3_6_1_2_1_2_2_1_7_2=None)), "port_state", "gi2") == ("down", "unknown", "")


def test_speed_comes_from_the_object_that_can_hold_it_and_nonsense_is_implausible():
    measured = read(recorded("switch"))

    assert [shown(measured, "port_speed", place)[::2] for place in ("gi1", "gi2", "gi3")] == [(1000, ""), (None, "implausible"), (100, "")]
    assert [one.place for one in measured if one.name == "port_speed"] == ["gi1", "gi2", "gi3"]


def test_traffic_is_told_from_two_polls_by_the_wide_counter_and_by_the_narrow_one_that_went_round():
    measured = read(a_minute_later(), recorded("switch"))

    assert [shown(measured, name, place)[0] for place in ("gi1", "gi3") for name in ("port_traffic_in", "port_traffic_out")] == [1, 2, 0.1, 0.1]


def test_one_poll_alone_tells_no_traffic():
    assert [one for one in read(recorded("switch")) if one.name.startswith("port_traffic")] == []


def test_a_port_that_moved_to_another_index_is_still_the_same_port():
    moved = {((*name[:-1], 77) if name[:10] in (ENTRY, EXTENDED) and name[-1] == 1 else name): value for name, value in a_minute_later().items()}

    assert shown(read(moved, recorded("switch")), "port_traffic_in", "gi1")[0] == 1


def test_traffic_is_unknown_after_a_restart_and_after_the_counter_was_set_anew():
    restarted = a_minute_later() | {UPTIME: 2000}
    set_anew = a_minute_later() | {(*EXTENDED, 19, 1): 365_000}

    assert one_of(read(restarted, recorded("switch")), "port_traffic_in", "gi1").value is None
    assert one_of(read(set_anew, recorded("switch")), "port_traffic_in", "gi1").value is None


def test_traffic_faster_than_the_link_is_dropped():
    impossible = a_minute_later() | {(*EXTENDED, 6, 1): 1000000000000 + 60 * 10**9}

    assert one_of(read(impossible, recorded("switch")), "port_traffic_in", "gi1").value is None


def test_a_narrow_counter_on_a_port_of_unknown_speed_tells_nothing():
    assert one_of(read(a_minute_later(), recorded("switch")), "port_traffic_in", "gi2").value is None


def test_absurd_object_identifiers_beside_the_ports_are_survived():
    assert shown(read(recorded("projector_epson")), "lamp_hours") == (2100, "unknown", "")
