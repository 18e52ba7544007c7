"""The engine: one loop for all, dead agents that delay nobody, and devices that reboot, are reset, exchanged or cloned."""

import asyncio
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from snmp_rig import AUTH, IF_DESCR, PUBLIC, SYSTEM, interfaces, target, user

from device_drivers.errors import NoSnmpAnswer, SnmpLoginRefused, Unreachable
from device_drivers.simulators.snmp_agent import ENGINE_ID, AgentBadDay
from device_drivers.snmp.asking import Asked
from device_drivers.transports import snmp_ber, snmp_usm
from device_drivers.transports.snmp import Engine
from device_drivers.transports.snmp_lines import UsmLine
from device_drivers.transports.snmp_login import SnmpLogin
from device_drivers.transports.snmp_quirks import Target

DESCRIPTION = (*SYSTEM, 1, 0)
ASKED = Asked((DESCRIPTION,))
OTHER_ENGINE = b"\x80\x00\x1f\x88\x04another one"


@pytest.fixture
def deaf():
    """Twenty addresses where something listens and nothing answers."""
    held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(20)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    yield [one.getsockname()[1] for one in held]
    for one in held:
        one.close()


@pytest.fixture
def narrow():
    """An engine with less places than there are dead agents."""
    made = Engine(at_once=16).start()
    yield made
    made.close()


def test_snmp_case_21_dead_agents_delay_no_other_and_are_named(rig, deaf):
    agent = rig.agent()
    dead = [Target(f"dead {port}", "127.0.0.1", PUBLIC, port, timeout_s=1.5, retries=1) for port in deaf]
    alive = [target(agent, key=f"alive {number}") for number in range(180)]
    begun = time.monotonic()

    silent = [rig.engine.poll(one, ASKED) for one in dead]
    answered = [rig.engine.poll(one, ASKED) for one in alive]
    done = wait(answered, 10)
    took_s = time.monotonic() - begun

    assert not done.not_done and all(one.result().answers.values for one in answered)
    assert took_s < 1.5 and not any(one.done() for one in silent)
    for one, port in zip(silent, deaf, strict=True):
        assert isinstance(one.exception(10), NoSnmpAnswer) and f"port {port}" in str(one.exception())


def test_snmp_case_21_agents_known_to_be_dead_wait_among_themselves(rig, deaf, narrow):
    agent = rig.agent()
    dead = [Target(f"dead {port}", "127.0.0.1", PUBLIC, port, timeout_s=0.2, retries=0) for port in deaf]
    wait([narrow.poll(one, ASKED) for one in dead], 10)
    dead = [Target(one.key, one.host, PUBLIC, one.port, timeout_s=5, retries=1) for one in dead]

    silent = [narrow.poll(one, ASKED) for one in dead]
    answered = [narrow.poll(target(agent, key=f"alive {number}"), ASKED) for number in range(100)]

    assert not wait(answered, 4).not_done
    assert not any(one.done() for one in silent)


def test_an_agent_that_came_back_is_polled_as_before(rig):
    agent = rig.agent(bad=AgentBadDay(silent=True))
    rig.failure(agent, timeout_s=0.05)

    agent.bad.silent = False

    assert rig.poll(agent, objects=(DESCRIPTION,)).answers.values == {DESCRIPTION: b"scalar 1"}
    assert rig.engine._peers[f"device {agent.port}"].silences == 0


def test_snmp_case_27_one_engine_serves_loop_after_loop_and_leaves_nothing_behind(rig, eventually):
    agent = rig.agent()

    async def look() -> bytes:
        polled = await asyncio.wrap_future(rig.engine.poll(target(agent), ASKED))
        return polled.answers.values[DESCRIPTION]

    assert [ThreadPoolExecutor(1).submit(lambda: asyncio.run(look())).result() for _ in range(3)] == [b"scalar 1"] * 3
    eventually(lambda: not rig.engine._running_polls and not rig.engine._wire._flights)
    assert [thread.name for thread in threading.enumerate()].count("snmp") == 1


def test_snmp_case_27_many_threads_hand_their_work_to_one_engine(rig):
    agent, found = rig.agent(), []

    def ask(number: int) -> None:
        found.extend(rig.engine.poll(target(agent, key=f"{number}"), ASKED).result(10).answers.values.values() for _ in range(20))

    rig.engine  # noqa: B018 - started before the threads, which would each start one
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(found) == 200


def test_a_closed_engine_ends_its_polls_and_takes_no_more(deaf):
    engine = Engine(at_once=5).start()
    under_way = [engine.poll(Target(f"{port}", "127.0.0.1", PUBLIC, port, timeout_s=60), ASKED) for port in deaf]

    engine.close()
    engine.close()

    assert all(isinstance(one.exception(5), RuntimeError) for one in under_way)
    with pytest.raises(RuntimeError, match="not running"):
        engine.poll(Target("x", "127.0.0.1", PUBLIC), ASKED)


def test_a_poll_that_is_no_longer_wanted_takes_no_place(rig, deaf, narrow):
    waiting = [narrow.poll(Target(f"{port}", "127.0.0.1", PUBLIC, port, timeout_s=0.3, retries=0), ASKED) for port in deaf]
    last = narrow.poll(target(rig.agent()), ASKED)

    cancelled = [one for one in waiting if one.cancel()]

    assert last.result(5).answers.values
    assert all(one.cancelled() for one in cancelled)


def test_a_late_answer_counts_as_long_as_somebody_waits(rig):
    polled = rig.poll(rig.agent(bad=AgentBadDay(late_s=0.3)), objects=(DESCRIPTION,), timeout_s=0.2, retries=2)

    assert polled.answers.values == {DESCRIPTION: b"scalar 1"} and polled.asked_again == 1


def test_an_answer_from_elsewhere_counts_only_where_that_is_allowed(rig):
    agent = rig.agent(bad=AgentBadDay(other_port=True))

    assert isinstance(rig.failure(agent, timeout_s=0.1), NoSnmpAnswer)
    assert rig.engine.counters["from_elsewhere"] == 2
    assert rig.poll(agent, objects=(DESCRIPTION,), any_source=True).answers.values


def test_a_name_nobody_knows_is_said_so(rig):
    error = rig.engine.poll(Target("x", "no-such-host.invalid", PUBLIC), ASKED).exception(20)

    assert isinstance(error, Unreachable) and "no-such-host.invalid" in str(error)


def test_agents_at_ipv6_addresses_and_names_are_polled(rig):
    six, named = rig.agent(host="::1"), rig.agent()

    assert rig.poll(six, objects=(DESCRIPTION,)).answers.values
    assert rig.engine.poll(Target("named", "localhost", PUBLIC, named.port, any_source=True), ASKED).result(10).answers.values


def test_the_engines_own_time_and_boots_come_with_the_answers(rig):
    agent = rig.agent(users=[user()], boots=7)
    agent.bad.time_shift_s = 1000

    polled = rig.poll(agent, user(), objects=(DESCRIPTION,))

    assert polled.engine_id == ENGINE_ID and polled.answers.engine_boots == 7
    assert 1000 <= polled.answers.engine_time_s < 1020


@pytest.mark.parametrize("login", [PUBLIC, SnmpLogin("3", "", "doc")])
def test_without_proof_boots_and_time_are_unknown_and_not_0(rig, login):
    polled = rig.poll(rig.agent(users=[SnmpLogin("3", "", "doc")]), login, objects=(DESCRIPTION,))

    assert polled.answers.values
    assert (polled.answers.engine_boots, polled.answers.engine_time_s) == (None, None)


def test_a_known_agent_answers_with_one_datagram(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))
    before = agent.authority.reported.total()

    rig.poll(agent, user(), objects=(DESCRIPTION,))

    assert before == 2 and agent.authority.reported.total() == before


@pytest.mark.parametrize("boots", [6, 1])
def test_an_agent_that_rebooted_or_was_reset_is_read_in_the_same_poll(rig, boots):
    agent = rig.agent(users=[user()], boots=5)
    rig.poll(agent, user(), objects=(DESCRIPTION,))

    agent.boot(ENGINE_ID, boots)

    assert rig.poll(agent, user(), objects=(DESCRIPTION,)).answers.engine_boots == boots


def test_an_engine_whose_clock_goes_back_is_followed_and_flagged(rig):
    agent = rig.agent(users=[user()])
    agent.bad.time_shift_s = 5000
    rig.poll(agent, user(), objects=(DESCRIPTION,))

    agent.bad.time_shift_s = 0
    polled = rig.poll(agent, user(), objects=(DESCRIPTION,))

    assert polled.answers.values and polled.answers.engine_time_s < 20
    assert polled.answers.flags == {"engine_time_moved"}


def test_an_exchanged_device_that_says_so_is_read_in_the_same_poll(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))

    agent.boot(OTHER_ENGINE, 1)

    assert rig.poll(agent, user(), objects=(DESCRIPTION,)).engine_id == OTHER_ENGINE


def test_an_exchanged_device_that_is_silent_about_it_is_found_after_three_silent_polls(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))
    agent.boot(OTHER_ENGINE, 1)
    receive = agent.authority.receive
    agent.authority.receive = lambda sealed: receive(sealed) if sealed.engine_id in (b"", OTHER_ENGINE) else None

    silences = [type(rig.failure(agent, user(), timeout_s=0.05)) for _ in range(3)]

    assert silences == [NoSnmpAnswer] * 3
    assert rig.poll(agent, user(), objects=(DESCRIPTION,)).engine_id == OTHER_ENGINE


def test_two_devices_with_one_engine_id_are_both_read_and_shown(rig):
    one, other = rig.agent(users=[user()], boots=3), rig.agent(users=[user()], boots=9)

    for _ in range(2):
        assert rig.poll(one, user(), objects=(DESCRIPTION,)).answers.engine_boots == 3
        assert rig.poll(other, user(), objects=(DESCRIPTION,)).answers.engine_boots == 9

    assert rig.engine.engine_ids() == {ENGINE_ID: (f"device {one.port}", f"device {other.port}")}


def test_a_forgotten_target_and_one_with_another_login_start_afresh(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))

    refused = rig.failure(agent, user(auth_password="another one"))
    rig.engine.forget(f"device {agent.port}")

    assert isinstance(refused, SnmpLoginRefused)
    assert rig.poll(agent, user(), objects=(DESCRIPTION,)).answers.values


def test_registering_hashes_passwords_before_they_are_needed(rig):
    rig.engine.register([Target(f"{number}", "127.0.0.1", user(auth_password=f"{AUTH} {number}")) for number in range(20)]).result(20)

    assert len(rig.engine._keyring._hashed) == 21 and len(rig.engine._peers) == 20


def test_an_answer_below_the_level_that_was_asked_for_is_not_believed(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))
    agent.authority.answer = lambda request, body: snmp_usm.seal(
        request.sealed.msg_id, body, engine_id=ENGINE_ID, boots=1, time_s=1, username=b"doc", keys=None, level=0, reportable=False)

    error = rig.failure(agent, user(), timeout_s=0.1)

    assert isinstance(error, NoSnmpAnswer) and rig.engine.counters["not_accepted"] == 2


def test_a_report_without_proof_does_not_set_the_clock(rig):
    agent = rig.agent(users=[user()])
    rig.poll(agent, user(), objects=(DESCRIPTION,))
    before = rig.engine._peers[f"device {agent.port}"].session.boots
    report = snmp_ber.pdu(snmp_ber.REPORT, 0, snmp_ber.listed([((1, 3, 6, 1, 6, 3, 15, 1, 1, 2, 0), 0x41, b"\x01")]))
    agent.authority.receive = lambda sealed: snmp_usm.seal(
        sealed.msg_id, report, engine_id=ENGINE_ID, boots=2_000_000, time_s=9, username=b"doc", keys=None, level=0, reportable=False)

    error = rig.failure(agent, user(), timeout_s=0.1)

    assert isinstance(error, NoSnmpAnswer)
    assert rig.engine._peers[f"device {agent.port}"].session.boots == before


def test_a_fault_of_this_program_is_told_to_who_asked_and_ends_nothing_else(rig, monkeypatch):
    async def broken(*_args, **_facts):
        raise KeyError("a fault")

    agent = rig.agent(interfaces(), users=[user()])
    with monkeypatch.context() as patched:
        patched.setattr(UsmLine, "ask", broken)
        fault = rig.engine.poll(target(agent, user()), ASKED).exception(5)

    assert isinstance(fault, KeyError)
    assert len(rig.poll(agent, user(), columns=(IF_DESCR,)).answers.values) == 3
