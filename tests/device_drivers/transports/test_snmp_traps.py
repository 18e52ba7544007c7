"""Traps and informs, sent by net-snmp's own snmptrap and by hand: known devices are heard once each, strangers are counted."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from snmp_rig import AUTH, CALMLY, PRIV, PUBLIC, QUIET, free_udp_port, user

from device_drivers.errors import Unreachable
from device_drivers.snmp.asking import oid
from device_drivers.transports import snmp_ber, snmp_notification, snmp_usm
from device_drivers.transports.snmp_ber import INFORM, TIME_TICKS, TRAP_V2, Malformed, listed, number_octets
from device_drivers.transports.snmp_login import Keyring, SnmpLogin
from device_drivers.transports.snmp_notification import TRAP_OID, UPTIME
from device_drivers.transports.snmp_traps import Limits, Trap, TrapReceiver, TrapUser

LINK_DOWN, ON_BATTERY, LOAD = oid("1.3.6.1.6.3.1.1.5.3"), oid("1.3.6.1.4.1.318.0.5"), oid("1.3.6.1.2.1.33.1.4.4.1.5.1")
ENGINE, OUR_ENGINE = bytes.fromhex("8000000004030201"), b"\x80\x00\x00\x00\x04ours"
HOST = "127.0.0.1"
OF_COMMUNITY = TrapUser("ups", HOST, PUBLIC)

needs_snmptrap = pytest.mark.skipif(shutil.which("snmptrap") is None, reason="net-snmp's snmptrap is not installed")


class Clock:
    def __init__(self) -> None:
        self.now_s = 5000.0

    def __call__(self) -> float:
        return self.now_s


class Listening:
    """A receiver in a loop and thread of its own, and the traps it handed on."""

    def __init__(self, users: list[TrapUser], **facts) -> None:
        self.traps: list[Trap] = []
        self.clock = Clock()
        facts = {"on_trap": self.traps.append, "engine_id": OUR_ENGINE, "now": self.clock, **facts}
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self.receiver = self.run(self._made(users, facts))

    async def _made(self, users: list[TrapUser], facts: dict) -> TrapReceiver:
        receiver = TrapReceiver(HOST, 0, users, **facts)
        await receiver.start()
        return receiver

    def run(self, work):
        future: Future = asyncio.run_coroutine_threadsafe(work, self.loop)
        return future.result(20)

    def hear(self, datagram: bytes, host: str = HOST) -> bytes | None:
        """Take a datagram in as if it had come from a host, and wait until what it brought was handed on."""
        async def heard() -> bytes | None:
            answer = self.receiver._hear(datagram, host)
            await self.receiver._waiting.join()
            return answer

        return self.run(heard())

    def close(self) -> None:
        self.run(self.receiver.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def listen():
    """Return a function that starts a receiver for some users."""
    started: list[Listening] = []

    def start(*users: TrapUser, **facts) -> Listening:
        started.append(Listening(list(users), **facts))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def snmptrap(tmp_path):
    """Return a function that runs net-snmp's snmptrap and returns its exit code."""
    def send(port: int, *options: str, trap: tuple[str, ...] = ("", ".1.3.6.1.6.3.1.1.5.3")) -> int:
        return subprocess.run(["snmptrap", *options, f"{HOST}:{port}", *trap], env={**os.environ, **QUIET, "SNMP_PERSISTENT_DIR": str(tmp_path)},
                              capture_output=True, timeout=30).returncode

    return send


def of_user(name: str = "doc", *, auth_password: str = AUTH, level: str = "authPriv") -> tuple[str, ...]:
    return ("-v", "3", "-u", name, "-l", level, "-a", "SHA-256", "-A", auth_password, "-x", "AES", "-X", PRIV)


def pdu(kind: int = TRAP_V2, *, request_id: int = 7, uptime: int = 100, name=LINK_DOWN) -> bytes:
    return snmp_ber.pdu(kind, request_id, listed([(UPTIME, TIME_TICKS, number_octets(uptime)),
                                                  (TRAP_OID, snmp_ber.OBJECT_ID, snmp_ber.object_id(name)[2:])]))


def of_community(body: bytes | None = None, community: bytes = b"public") -> bytes:
    return snmp_ber.message(1, community, body or pdu())


def sealed(login: SnmpLogin | None = None, body: bytes | None = None, *, engine_id: bytes = ENGINE, boots: int = 1, time_s: int = 10,
           reportable: bool = False) -> bytes:
    login = login or user()
    return snmp_usm.seal(5, body or pdu(), engine_id=engine_id, boots=boots, time_s=time_s, username=login.username.encode(),
                         keys=Keyring().keys(login, engine_id), level=login.level, reportable=reportable)


@needs_snmptrap
def test_a_trap_of_version_2_is_handed_on(listen, snmptrap, eventually):
    heard = listen(OF_COMMUNITY)

    snmptrap(heard.receiver.port, "-v", "2c", "-c", "public", trap=("4711", ".1.3.6.1.6.3.1.1.5.3", ".1.3.6.1.2.1.33.1.4.4.1.5.1", "i", "81"))

    trap = eventually(lambda: heard.traps)[0]
    assert (trap.key, trap.version, trap.is_inform) == ("ups", "2c", False)
    assert trap.notification == snmp_notification.Notification(LINK_DOWN, 4711, {LOAD: 81})


@needs_snmptrap
@pytest.mark.parametrize(("enterprise", "generic", "specific", "name"), [
    (".1.3.6.1.4.1.318", "6", "5", ON_BATTERY), (".1.3.6.1.4.1.318", "2", "0", LINK_DOWN),
    (".1.3.6.1.4.1.8072.3.2.10", "0", "0", (*LINK_DOWN[:-1], 1))])
def test_a_trap_of_version_1_is_named_as_version_2_would_name_it(listen, snmptrap, eventually, enterprise, generic, specific, name):
    heard = listen(OF_COMMUNITY)

    snmptrap(heard.receiver.port, "-v", "1", "-c", "public",
             trap=(enterprise, "10.9.8.7", generic, specific, "4711", ".1.3.6.1.2.1.33.1.4.4.1.5.1", "i", "81"))

    notification = eventually(lambda: heard.traps)[0].notification
    assert notification.name == name and notification.uptime == 4711
    assert notification.values == {LOAD: 81, snmp_notification.TRAP_ADDRESS: bytes([10, 9, 8, 7])}


@needs_snmptrap
def test_snmp_case_19_a_version_3_trap_of_an_unknown_engine_is_counted_shown_and_let_in_once_registered(listen, snmptrap, eventually):
    heard = listen(TrapUser("ups", HOST, user()))
    trap = ("-e", "0x" + ENGINE.hex(), *of_user())
    snmptrap(heard.receiver.port, *trap)
    unknown = eventually(lambda: heard.receiver.unknown_engines.get(ENGINE))

    heard.loop.call_soon_threadsafe(heard.receiver.register, TrapUser("ups", HOST, user(), ENGINE))
    snmptrap(heard.receiver.port, *trap)

    assert eventually(lambda: heard.traps)[0].key == "ups"
    assert (unknown.host, unknown.username, unknown.count) == (HOST, "doc", 1)
    assert heard.receiver.counters["unknown_engine"] == 1 and not heard.receiver.unknown_engines


@needs_snmptrap
def test_a_version_3_inform_is_confirmed_and_handed_on(listen, snmptrap, eventually):
    heard = listen(TrapUser("ups", HOST, user()))

    confirmed = snmptrap(heard.receiver.port, "-Ci", "-r", "1", "-t", "2", *of_user())

    assert confirmed == 0
    assert [(trap.version, trap.is_inform, trap.notification.name) for trap in eventually(lambda: heard.traps)] == [("3", True, LINK_DOWN)]


@needs_snmptrap
def test_a_version_2_inform_is_confirmed_and_handed_on(listen, snmptrap, eventually):
    heard = listen(OF_COMMUNITY)

    assert snmptrap(heard.receiver.port, "-Ci", "-v", "2c", "-c", "public", "-r", "0", "-t", "2") == 0
    assert [trap.is_inform for trap in eventually(lambda: heard.traps)] == [True]


@needs_snmptrap
@pytest.mark.parametrize("options", [of_user("stranger"), of_user(auth_password="another one"), of_user(level="authNoPriv")])
def test_an_inform_of_a_wrong_user_is_not_taken(listen, snmptrap, options):
    heard = listen(TrapUser("ups", HOST, user()))

    assert snmptrap(heard.receiver.port, "-Ci", "-r", "0", "-t", "1", *options) != 0
    assert heard.traps == [] and heard.receiver.counters["taken"] == 0


def test_strangers_are_counted_and_told_nothing(listen):
    heard = listen(OF_COMMUNITY, TrapUser("pdu", HOST, user()))

    answers = [heard.hear(of_community(), "10.0.0.9"), heard.hear(of_community(community=b"guess")),
               heard.hear(of_community(pdu(INFORM)), "10.0.0.9"), heard.hear(sealed(engine_id=b"", reportable=True), "10.0.0.9"),
               heard.hear(sealed(engine_id=OUR_ENGINE, reportable=True), "10.0.0.9")]

    assert answers == [None] * 5 and heard.traps == []
    assert heard.receiver.counters["unknown_sender"] == 4 and heard.receiver.counters["wrong_community"] == 1


def test_a_copy_is_dropped_and_a_copied_inform_confirmed_again(listen):
    heard = listen(OF_COMMUNITY)

    answers = [heard.hear(of_community(pdu(INFORM))) for _ in range(3)]

    assert len(heard.traps) == 1 and heard.receiver.counters["copies"] == 2
    assert answers[0] is not None and answers[0] == answers[1] == answers[2]


def test_a_trap_repeated_on_purpose_is_not_taken_for_a_copy(listen):
    heard = listen(OF_COMMUNITY)

    heard.hear(of_community(pdu(uptime=6000)))
    heard.hear(of_community(pdu(uptime=12_000)))

    assert [trap.notification.uptime for trap in heard.traps] == [6000, 12_000]


def test_a_sender_has_a_limit_that_leaves_the_others_alone_and_passes_with_time(listen):
    heard = listen(OF_COMMUNITY, TrapUser("other", "10.0.0.2", PUBLIC), limits=Limits(per_second=2, burst=3))

    for number in range(10):
        heard.hear(of_community(pdu(uptime=number)))
    heard.hear(of_community(), "10.0.0.2")
    heard.clock.now_s += 1
    for number in range(10, 20):
        heard.hear(of_community(pdu(uptime=number)))

    assert [trap.notification.uptime for trap in heard.traps if trap.key == "ups"] == [0, 1, 2, 10, 11]
    assert heard.receiver.counters["too_many"] == 15 and [trap.key for trap in heard.traps].count("other") == 1


def test_a_full_queue_drops_traps_and_leaves_informs_unconfirmed(listen, eventually):
    go_on, traps = threading.Event(), []

    def slow(trap: Trap) -> None:
        go_on.wait(10)
        traps.append(trap)

    heard = listen(OF_COMMUNITY, on_trap=slow, limits=Limits(queue=2))

    async def flood() -> list[bytes | None]:
        return [heard.receiver._hear(of_community(pdu(INFORM, uptime=number)), HOST) for number in range(6)]

    confirmed = [answer is not None for answer in heard.run(flood())]
    go_on.set()

    assert eventually(lambda: len(traps) == sum(confirmed)) and 2 <= sum(confirmed) < 6
    assert heard.receiver.counters["queue_full"] == 6 - sum(confirmed)


def test_a_trap_that_cannot_be_used_ends_nothing(listen):
    taken = []

    def picky(trap: Trap) -> None:
        if not taken:
            taken.append(None)
            raise KeyError("a fault")
        taken.append(trap)

    heard = listen(OF_COMMUNITY, on_trap=picky)

    heard.hear(of_community(pdu(uptime=1)))
    heard.hear(of_community(pdu(uptime=2)))

    assert taken[1].notification.uptime == 2 and heard.receiver.counters["failed"] == 1


@pytest.mark.parametrize(("datagram", "counter"), [
    (sealed(user(auth_password="another one")), "wrong_keys"), (sealed(user(priv_password="another one")), "not_decrypted"),
    (sealed(user(priv="")), "wrong_level"), (sealed(body=pdu(INFORM)), "not_a_trap"), (sealed(user("stranger")), "unknown_engine")])
def test_a_version_3_trap_that_is_not_proven_is_counted_by_why(listen, datagram, counter):
    heard = listen(TrapUser("ups", HOST, user(), ENGINE))

    assert heard.hear(datagram) is None
    assert heard.traps == [] and heard.receiver.counters[counter] == 1


def test_an_old_version_3_trap_cannot_be_sent_again(listen):
    heard = listen(TrapUser("ups", HOST, user(), ENGINE), limits=Limits(copies_s=0))
    heard.hear(sealed(boots=4, time_s=1000))

    heard.clock.now_s += 200
    heard.hear(sealed(boots=4, time_s=1000))
    heard.hear(sealed(boots=3, time_s=9000))
    heard.hear(sealed(boots=4, time_s=1200))
    heard.hear(sealed(boots=5, time_s=0, body=pdu(uptime=3)))

    assert heard.receiver.counters["not_fresh"] == 2 and len(heard.traps) == 3


def test_two_devices_with_one_user_name_and_two_passwords_are_told_apart(listen):
    one, other = user(), user(auth_password="another one")
    heard = listen(TrapUser("one", HOST, one), TrapUser("other", "10.0.0.2", other))
    body = pdu(INFORM)

    boots = heard.receiver._authority.boots

    for login, host in ((one, HOST), (other, "10.0.0.2"), (one, "10.0.0.2")):
        heard.hear(sealed(login, body, engine_id=OUR_ENGINE, boots=boots, time_s=0, reportable=True), host)

    assert [trap.key for trap in heard.traps] == ["one", "other"]


def test_a_forgotten_device_is_a_stranger(listen):
    heard = listen(OF_COMMUNITY, TrapUser("ups 3", HOST, user(), ENGINE))

    heard.loop.call_soon_threadsafe(heard.receiver.forget, "ups")
    heard.loop.call_soon_threadsafe(heard.receiver.forget, "ups 3")

    assert heard.hear(of_community()) is None and heard.hear(sealed(engine_id=OUR_ENGINE)) is None and heard.hear(sealed()) is None
    assert heard.receiver.counters["unknown_sender"] == 2 and heard.receiver.counters["unknown_engine"] == 1 and heard.traps == []


def test_what_is_remembered_of_strangers_has_an_end(listen):
    heard = listen(OF_COMMUNITY, limits=Limits(remembered=5))

    async def flood() -> None:
        for number in range(50):
            heard.receiver._hear(sealed(engine_id=ENGINE + bytes([number])), f"10.0.1.{number}")

    heard.run(flood())

    assert heard.receiver.counters["unknown_engine"] == 50
    assert len(heard.receiver.unknown_engines) == 5 and len(heard.receiver._allowance) == 5


def test_the_receivers_own_boots_grow_from_start_to_start(monkeypatch):
    boots = []
    for now_s in (1_900_000_000, 1_900_000_060, 0):
        monkeypatch.setattr("device_drivers.transports.snmp_traps.time.time", lambda now_s=now_s: now_s)
        boots.append(TrapReceiver(HOST, 0, [], print)._authority.boots)

    assert 1 < boots[0] < boots[1] < 2**31 and boots[2] == 1


def test_a_port_that_is_taken_is_said_so():
    port = free_udp_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind((HOST, port))

        with pytest.raises(Unreachable, match="cannot listen"):
            ThreadPoolExecutor(1).submit(lambda: asyncio.run(TrapReceiver(HOST, port, [], print).start())).result()


DATAGRAMS = [of_community(), of_community(pdu(INFORM)), sealed(), sealed(engine_id=OUR_ENGINE, reportable=True)]
HURT = st.tuples(st.sampled_from(DATAGRAMS), st.integers(0, 400), st.binary(max_size=3)).map(
    lambda part: part[0][: part[1] % len(part[0])] + part[2] + part[0][part[1] % len(part[0]) + 1 :])


def test_nothing_hostile_ends_the_receiving():
    receiver = TrapReceiver(HOST, 0, [OF_COMMUNITY, TrapUser("ups 3", HOST, user(), ENGINE)], print, engine_id=OUR_ENGINE,
                            limits=Limits(burst=10**6))

    @settings(CALMLY, max_examples=300)
    @given(st.one_of(st.binary(max_size=200), HURT))
    def hear(datagram: bytes) -> None:
        before = receiver.counters["datagrams"]

        receiver._hear(datagram, HOST)

        assert receiver.counters["datagrams"] == before + 1

    hear()


@CALMLY
@given(st.binary(max_size=120))
def test_any_octets_are_a_version_1_trap_or_malformed(octets):
    with contextlib.suppress(Malformed):
        assert len(snmp_notification.of_version_1(octets).name) >= 4
