"""The simulated agent answers net-snmp's own programs as a real one would, from objects and from recordings."""

import os
import shutil
import subprocess

import pytest

from device_drivers.simulators.snmp_agent import AgentBadDay, SimulatedAgent, read_recording, typed
from device_drivers.snmp.asking import oid
from device_drivers.transports.snmp_ber import COUNTER_64, OCTETS
from device_drivers.transports.snmp_login import SnmpLogin

RECORDING = """\
1.3.6.1.2.1.1.1.0|4|Một thiết bị | có gạch
1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.318.1.3.27
1.3.6.1.2.1.1.3.0|67|4294967000

1.3.6.1.2.1.2.2.1.6.1|4x|00C0B7FF
1.3.6.1.2.1.4.20.1.1.10.0.0.1|64|10.0.0.1
1.3.6.1.2.1.31.1.1.1.6.1|70|18446744073709551615
1.3.6.1.2.1.31.1.1.1.6.2|65|7
1.3.6.1.4.1.9.1.0|2|-5
1.3.6.1.4.1.9.2.0|5|
"""

pytestmark = pytest.mark.skipif(shutil.which("snmpget") is None, reason="net-snmp's programs are not installed")


@pytest.fixture
def agent():
    made = SimulatedAgent(read_recording(RECORDING), users=[SnmpLogin("3", "", "doc", "SHA-256", "mot mat khau", "AES-128", "mat khau khac")]).start()
    yield made
    made.stop()


def net_snmp(agent: SimulatedAgent, program: str, *asked: str, options: tuple[str, ...] = ("-v", "2c", "-c", "public")) -> list[str]:
    """Run one of net-snmp's programs and return its lines."""
    return subprocess.run([program, "-r", "0", "-t", "2", "-On", "-Oe", *options, f"{agent.host}:{agent.port}", *asked], capture_output=True,
                          text=True, timeout=30, env={**os.environ, "MIBS": "", "SNMPCONFPATH": "/nonexistent"}).stdout.splitlines()


def test_a_recording_is_served_with_its_types(agent):
    assert net_snmp(agent, "snmpwalk", "1.3.6.1")[-9:] == [
        ".1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.318.1.3.27",
        ".1.3.6.1.2.1.1.3.0 = Timeticks: (4294967000) 497 days, 2:27:50.00",
        ".1.3.6.1.2.1.2.2.1.6.1 = Hex-STRING: 00 C0 B7 FF ",
        ".1.3.6.1.2.1.4.20.1.1.10.0.0.1 = IpAddress: 10.0.0.1",
        ".1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 18446744073709551615",
        ".1.3.6.1.2.1.31.1.1.1.6.2 = Counter32: 7",
        ".1.3.6.1.4.1.9.1.0 = INTEGER: -5",
        ".1.3.6.1.4.1.9.2.0 = NULL",
        ".1.3.6.1.4.1.9.2.0 = No more variables left in this MIB View (It is past the end of the MIB tree)"]


def test_text_of_a_recording_may_hold_the_mark_between_its_parts(agent):
    assert agent.objects[oid("1.3.6.1.2.1.1.1.0")] == (OCTETS, "Một thiết bị | có gạch".encode())


@pytest.mark.parametrize("options", [
    ("-v", "1", "-c", "public"), ("-v", "2c", "-c", "public"),
    ("-v", "3", "-u", "doc", "-l", "authPriv", "-a", "SHA-256", "-A", "mot mat khau", "-x", "AES", "-X", "mat khau khac")])
def test_every_version_is_spoken(agent, options):
    assert net_snmp(agent, "snmpget", "1.3.6.1.4.1.9.1.0", options=options) == [".1.3.6.1.4.1.9.1.0 = INTEGER: -5"]


def test_getbulk_brings_what_getnext_brings(agent):
    assert net_snmp(agent, "snmpbulkwalk", "1.3.6.1") == net_snmp(agent, "snmpwalk", "1.3.6.1")


def test_what_is_not_there_is_said_in_each_versions_own_way(agent):
    missing = "1.3.6.1.4.1.9.77.0"

    assert net_snmp(agent, "snmpget", missing) == [f".{missing} = No Such Instance currently exists at this OID"]
    assert net_snmp(agent, "snmpget", missing, options=("-v", "1", "-c", "public")) == []


def test_a_wrong_community_is_met_with_silence(agent):
    assert net_snmp(agent, "snmpget", "1.3.6.1.4.1.9.1.0", options=("-v", "2c", "-c", "private")) == []
    assert agent.heard == []


def test_a_bad_day_begins_and_ends_while_the_agent_runs(agent):
    agent.bad = AgentBadDay(silent=True)
    silent = net_snmp(agent, "snmpget", "1.3.6.1.4.1.9.1.0")

    agent.bad = AgentBadDay()

    assert silent == [] and net_snmp(agent, "snmpget", "1.3.6.1.4.1.9.1.0") != []


def test_a_value_may_be_changed_while_the_agent_runs(agent):
    name = oid("1.3.6.1.2.1.31.1.1.1.6.1")

    agent.objects[name] = typed(COUNTER_64, 5)

    assert net_snmp(agent, "snmpget", "1.3.6.1.2.1.31.1.1.1.6.1") == [".1.3.6.1.2.1.31.1.1.1.6.1 = Counter64: 5"]
