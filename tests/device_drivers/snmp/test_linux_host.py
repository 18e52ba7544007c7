"""Computers of a room; the recording is composed from RFC 2790 and net-snmp's objects."""

from device_drivers.readings import Health
from device_drivers.snmp.health import worst

from .replay import one_of, read, recorded, shown

MEMORY = "_1_3_6_1_4_1_2021_4_"


def test_memory_that_only_caches_files_is_free():
    assert shown(read(recorded("linux_host")), "memory_used") == (25, "unknown", "")


def test_memory_is_at_most_what_is_shown_where_the_agent_does_not_tell_its_caches():
    assert shown(read(recorded("linux_host", **{f"{MEMORY}15_0": None})), "memory_used") == (87.5, "unknown", "at_most")


def test_memory_is_told_by_the_other_table_where_net_snmps_own_objects_are_missing():
    assert shown(read(recorded("linux_host", **{f"{MEMORY}5_0": None})), "memory_used") == (25, "unknown", "")


def test_memory_used_beyond_all_is_implausible():
    assert shown(read(recorded("linux_host", **{f"{MEMORY}6_0": 5_000_000})), "memory_used") == (None, "unknown", "implausible")


def test_a_size_past_31_bits_is_sent_as_negative_and_read_all_the_same():
    assert shown(read(recorded("linux_host")), "storage_used", "/kho") == (50, "unknown", "")


def test_disks_are_told_by_either_table_and_once_each_and_a_drive_without_a_medium_is_not_full():
    disks = {one.place: one.value for one in read(recorded("linux_host")) if one.name == "storage_used"}

    assert disks == {"/": 95, "/kho": 50, "/data": 40}


def test_load_is_read_from_text_and_from_hundredths_where_the_text_is_none():
    assert {one.place: one.value for one in read(recorded("linux_host")) if one.name == "load_average"} == {
        "1 min": 0.42, "5 min": 0.4, "15 min": 1.23}


def test_heat_comes_in_thousandths_of_a_degree():
    assert shown(read(recorded("linux_host")), "device_temperature", "Core 0") == (54, "unknown", "")


def test_each_processor_is_told():
    assert {one.place: one.value for one in read(recorded("linux_host")) if one.name == "processor_load"} == {"768": 12, "769": 100}


def test_the_hosts_uptime_is_not_the_agents():
    measured = read(recorded("linux_host"))

    assert (one_of(measured, "uptime").value, one_of(measured, "host_uptime").value) == (3600, 7200)


def test_a_part_that_is_down_is_told_and_the_computer_claims_nothing_of_itself():
    measured = read(recorded("linux_host"))

    assert shown(measured, "device_status", "eth1") == ("down", "critical", "")
    assert worst(measured) is Health.UNKNOWN
