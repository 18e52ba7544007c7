"""Version 3 against net-snmp's own agent: every protocol it has, and what a technician is told when something is wrong."""

import pytest
from snmp_rig import AUTH, PRIV, PUBLIC, PUBLIC_V1, SNMPD, SYSTEM, Rig, Snmpd, target, user

from device_drivers.errors import NoSnmpAnswer, SnmpLoginRefused, SnmpNoAccess
from device_drivers.simulators.snmp_agent import AgentBadDay
from device_drivers.snmp.asking import Asked
from device_drivers.transports.snmp_login import AUTH_PROTOCOLS, SnmpLogin

DESCRIPTION, UPTIME = (*SYSTEM, 1, 0), (*SYSTEM, 3, 0)
OF_NET_SNMP = {"DES": "DES", "AES-128": "AES", "AES-192": "AES-192", "AES-256": "AES-256", "AES-192-Cisco": "AES-192-C", "AES-256-Cisco": "AES-256-C"}
USERS = {f"{auth}_{priv}": (auth, priv) for auth in AUTH_PROTOCOLS for priv in OF_NET_SNMP}

needs_snmpd = pytest.mark.skipif(SNMPD is None, reason="net-snmp's snmpd is not installed")


@pytest.fixture(scope="module")
def snmpd(tmp_path_factory):
    lines = [f'createUser {name} {auth} "{AUTH}" {OF_NET_SNMP[priv]} "{PRIV}"' for name, (auth, priv) in USERS.items()]
    lines += [f"rouser {name} priv" for name in USERS]
    lines += [f'createUser clear SHA-256 "{AUTH}"', "rouser clear auth", f'createUser blind SHA-256 "{AUTH}"', "rocommunity public"]
    agent = Snmpd(tmp_path_factory.mktemp("snmpd"), lines)
    yield agent
    agent.stop()


@needs_snmpd
def test_net_snmp_is_read_with_every_pair_of_protocols(rig, snmpd):
    polls = {name: rig.engine.poll(target(snmpd, user(name, auth, priv), key=name, timeout_s=5), Asked((DESCRIPTION, UPTIME), (SYSTEM,)))
             for name, (auth, priv) in USERS.items()}

    for name, poll in polls.items():
        answers = poll.result(30).answers
        assert answers.values[DESCRIPTION] == b"a real agent", name
        assert len(answers.values) > 5 and answers.engine_boots == 1, name


@needs_snmpd
def test_net_snmp_is_read_without_privacy_and_with_a_community(rig, snmpd):
    for login in (user("clear", priv=""), PUBLIC, PUBLIC_V1):
        values = rig.poll(snmpd, login, objects=(DESCRIPTION, (*SYSTEM, 99, 0)), columns=(SYSTEM,), timeout_s=5).answers.values
        assert values[DESCRIPTION] == b"a real agent" and len(values) > 5


@needs_snmpd
@pytest.mark.parametrize(("login", "report", "words"), [
    (user("stranger"), "unknownUserNames", "does not know this user"),
    (user("SHA-256_AES-128", auth_password="another one"), "wrongDigests", "authentication password or protocol"),
    (user("SHA-256_AES-128", auth="SHA"), "wrongDigests", "authentication password or protocol"),
    (user("clear"), "unsupportedSecLevels", "not at this level")])
def test_net_snmp_says_what_is_wrong_with_a_login(rig, snmpd, login, report, words):
    error = rig.failure(snmpd, login, timeout_s=5)

    assert isinstance(error, SnmpLoginRefused) and error.report == report and words in error.hint


@needs_snmpd
def test_a_user_without_a_view_is_told_so_and_the_device_is_not_down(rig, snmpd):
    assert isinstance(rig.failure(snmpd, user("blind", priv=""), timeout_s=5), SnmpNoAccess)
    assert isinstance(rig.failure(snmpd, user("SHA-256_AES-128", priv=""), timeout_s=5), SnmpNoAccess)  # Below the level its view needs.


@needs_snmpd
@pytest.mark.parametrize(("name", "priv", "other"), [
    ("MD5_AES-256-Cisco", "AES-256", "AES-256-Cisco"), ("MD5_AES-256", "AES-256-Cisco", "AES-256"), ("SHA_AES-192", "AES-192-Cisco", "AES-192")])
def test_snmp_case_17_the_other_way_to_stretch_a_key_is_named_when_privacy_fails(rig, snmpd, name, priv, other):
    auth, right = USERS[name]

    error = rig.failure(snmpd, user(name, auth, priv), timeout_s=0.5)

    assert isinstance(error, NoSnmpAnswer)
    assert "privacy password or protocol" in str(error) and f"try {other}" in str(error)
    assert rig.poll(snmpd, user(name, auth, right), objects=(DESCRIPTION,), key="right", timeout_s=5).answers.values


@needs_snmpd
def test_snmp_case_17_where_both_ways_give_one_key_either_is_read_and_no_other_is_named(rig, snmpd):
    polled = rig.poll(snmpd, user("SHA-256_AES-256", priv="AES-256-Cisco"), objects=(DESCRIPTION,), timeout_s=5)
    error = rig.failure(snmpd, user("SHA-256_AES-256", priv="AES-256", priv_password="another one"), timeout_s=0.5)

    assert polled.answers.values
    assert "privacy password or protocol" in str(error) and "try" not in str(error)


@needs_snmpd
def test_net_snmp_restarted_is_read_in_the_same_poll(rig, tmp_path):
    lines, login = [f'createUser doc SHA-256 "{AUTH}" AES "{PRIV}"', "rouser doc priv"], user()
    first = Snmpd(tmp_path, lines)
    boots = rig.poll(first, login, objects=(DESCRIPTION,), timeout_s=5).answers.engine_boots
    first.stop()

    second = Snmpd(tmp_path, lines, port=first.port)
    try:
        polled = rig.poll(second, login, objects=(DESCRIPTION,), timeout_s=5)
    finally:
        second.stop()

    assert polled.answers.engine_boots == boots + 1 and polled.answers.values


def test_a_wrong_privacy_password_is_not_taken_for_a_dead_device(rig):
    error = rig.failure(rig.agent(users=[user()]), user(priv_password="another one"), timeout_s=0.1)

    assert isinstance(error, NoSnmpAnswer) and "tells its engine ID and then stays silent" in str(error)


def test_an_agent_without_version_3_is_said_to_be_perhaps_that(rig: Rig):
    error = rig.failure(rig.agent(bad=AgentBadDay(silent=True)), user(), timeout_s=0.05)

    assert isinstance(error, NoSnmpAnswer) and "without SNMPv3" in str(error)


def test_a_dead_agent_that_was_read_before_is_not_blamed_on_its_passwords(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))
    agent.bad.silent = True

    error = rig.failure(agent, user(), timeout_s=0.05)

    assert str(error).endswith("down or blocked")


def test_a_user_without_authentication_is_read(rig):
    login = SnmpLogin("3", "", "doc")

    assert rig.poll(rig.agent(users=[login]), login, objects=(DESCRIPTION,)).answers.values
