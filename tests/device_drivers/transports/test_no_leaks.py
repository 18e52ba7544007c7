"""Nothing stays open, whatever fails: neither a socket nor a thread, however often and at whatever point.

A codec whose sessions leaked let nobody in until it was restarted.
"""

import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import paramiko
import pytest
from paramiko.packet import Packetizer

from device_drivers.errors import (
    ConnectionLost,
    DeviceError,
    HostKeyChanged,
    HostKeyUnknown,
    LoginRefused,
    SessionTableFull,
    Silent,
    SshTooOld,
    UnexpectedReply,
    Unreachable,
)
from device_drivers.readings import Legacy
from device_drivers.registry import connect
from device_drivers.simulators import server
from device_drivers.simulators.server import BadDay
from device_drivers.transports import ssh
from device_drivers.transports.probe import look_at_offer
from device_drivers.transports.ssh import Deadlines, Login, look_at_host_key, open_shell

TIMES = 25
QUICK = Deadlines(connect_s=2, banner_s=0.3, login_s=0.3, silence_s=0.3, reply_s=0.5)
PATIENT = Deadlines(connect_s=5, banner_s=10, login_s=10, silence_s=5, reply_s=10)


class _Untimed(Packetizer):
    def start_handshake(self, timeout):
        """Start no timer."""


class _SimulatorsTransport(paramiko.Transport):
    def __init__(self, connection):
        super().__init__(connection, packetizer_class=_Untimed)


@pytest.fixture(autouse=True)
def the_simulators_start_no_timers(monkeypatch):
    """paramiko's timer of a handshake lives on for 15 s after a failure; the simulators' would be counted as ours."""
    monkeypatch.setattr(server, "paramiko", SimpleNamespace(**{**vars(paramiko), "Transport": _SimulatorsTransport}))


def held() -> tuple[int, int]:
    """Return how many sockets and threads this process has."""
    sockets = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            sockets += str(entry.readlink()).startswith("socket:")
    # A simulator's own thread may wait some seconds for a channel that will not come; it is none of ours.
    return sockets, sum(not thread.name.endswith((" serves", " listens")) for thread in threading.enumerate())


@pytest.fixture
def nothing_more_is_held(eventually):
    """Return a function that notes what is held, and gives one that waits until it is no more than that again."""

    def note():
        before = held()
        return lambda: eventually(lambda: all(now <= then for now, then in zip(held(), before, strict=True)), within_s=5)

    return note


def connections_at(simulator: server.SimulatedDevice) -> int:
    return sum(transport.is_active() for transport in list(simulator._transports))


class Between:
    """Stands between a client and a device, and after so many bytes from the device hangs up or lets nothing more through."""

    def __init__(self, host: str, port: int, *, after: int | None, hangs_up: bool) -> None:
        self._device, self._after, self._hangs_up = (host, port), after, hangs_up
        self.passed = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        with self._listener:
            client, _ = self._listener.accept()
        with client, socket.create_connection(self._device) as device:
            back = threading.Thread(target=self._pass_on, args=(client, device))
            back.start()
            with contextlib.suppress(OSError):
                while data := device.recv(4_096 if self._after is None else max(1, min(4_096, self._after - self.passed))):
                    if self._after is not None and self.passed >= self._after:
                        break
                    self.passed += len(data)
                    client.sendall(data)
                    if self.passed == self._after:
                        break
            if not self._hangs_up:
                back.join()  # Until the client gives up.
            for end in (client, device):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            back.join()

    @staticmethod
    def _pass_on(client: socket.socket, device: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(4_096):
                device.sendall(data)

    def join(self) -> None:
        self._threads[0].join(30)


def signed_in(simulator, port: int, deadlines: Deadlines):
    return open_shell("127.0.0.1", port, Login(simulator.username, simulator.password), pinned=simulator.fingerprint, deadlines=deadlines)


# Refusals


REFUSALS = {
    "unapproved key": (HostKeyUnknown, {"pinned": None}, {}),
    "changed key": (HostKeyChanged, {"pinned": "SHA256:former"}, {}),
    "wrong password": (LoginRefused, {"password": "wrong"}, {}),
    "two questions": (LoginRefused, {}, {"interactive_prompts": 2}),
    "wrong answer": (LoginRefused, {"password": "wrong"}, {"interactive_prompts": 1}),
    "full table": (SessionTableFull, {}, {"max_sessions": 0}),
    "nonsense for a key": (LoginRefused, {"password": "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----"}, {}),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_leaves_nothing_open_however_often(office, nothing_more_is_held, eventually, refusal):
    expected, asked, bad = REFUSALS[refusal]
    simulator = office.codec(bad=BadDay(**bad))
    is_as_before = nothing_more_is_held()

    for _ in range(TIMES):
        with pytest.raises(expected):
            open_shell(simulator.host, simulator.port, Login(simulator.username, asked.get("password", simulator.password)),
                       pinned=asked.get("pinned", simulator.fingerprint), deadlines=PATIENT)

    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)


def test_a_device_too_old_leaves_nothing_open_however_often(sshd, nothing_more_is_held):
    running = sshd("KexAlgorithms diffie-hellman-group14-sha1", "MaxStartups 200")
    is_as_before = nothing_more_is_held()

    for allowed in [Legacy.NONE, Legacy.HOSTKEY] * TIMES:
        with pytest.raises(SshTooOld):
            look_at_host_key("127.0.0.1", running.port, legacy=allowed)

    is_as_before()


def test_looking_at_keys_and_offers_leaves_nothing_open_however_often(office, nothing_more_is_held, eventually):
    simulator = office.codec()
    is_as_before = nothing_more_is_held()

    for _ in range(TIMES):
        assert look_at_host_key(simulator.host, simulator.port).fingerprint == simulator.fingerprint
        assert look_at_offer(simulator.host, simulator.port).host_keys == ("ssh-ed25519",)

    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)


def test_a_driver_that_finds_nonsense_at_its_greeting_leaves_nothing_open(office, nothing_more_is_held, eventually):
    simulator = office.codec(bad=BadDay(silent_to=""))
    is_as_before = nothing_more_is_held()

    for _ in range(5):
        with contextlib.suppress(DeviceError):
            connect("poly", simulator.host, simulator.port, Login(simulator.username, simulator.password), pinned=simulator.fingerprint,
                    deadlines=QUICK).close()

    simulator.cut_connections()
    is_as_before()
    eventually(lambda: simulator.open_sessions == 0)


@pytest.mark.parametrize("ask", [look_at_host_key, look_at_offer])
def test_an_unreachable_device_leaves_nothing_open_however_often(nothing_more_is_held, ask):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    is_as_before = nothing_more_is_held()

    for _ in range(TIMES):
        with pytest.raises(Unreachable):
            ask("127.0.0.1", port, QUICK)

    is_as_before()


@pytest.mark.parametrize("ask", [look_at_host_key, look_at_offer])
def test_a_server_of_another_kind_leaves_nothing_open_however_often(nothing_more_is_held, ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        def serve() -> None:
            for _ in range(TIMES):
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 400)
                    while connection.recv(4_096):
                        pass

        is_as_before = nothing_more_is_held()
        serving = threading.Thread(target=serve)
        serving.start()

        for _ in range(TIMES):
            with pytest.raises((ConnectionLost, UnexpectedReply)):
                ask("127.0.0.1", listener.getsockname()[1], PATIENT)

        serving.join(20)
        is_as_before()


def test_an_interruption_in_the_key_exchange_leaves_nothing_open(office, nothing_more_is_held, monkeypatch, eventually):
    simulator = office.codec()

    def interrupted(*_) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(ssh, "_exchange_keys", interrupted)
    is_as_before = nothing_more_is_held()

    kept = []  # Whoever keeps an error keeps all that its functions held: no rubbish collector closes anything here.
    for _ in range(TIMES):
        with pytest.raises(KeyboardInterrupt) as interruption:
            look_at_host_key(simulator.host, simulator.port)
        kept.append(interruption)

    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)


# Each stage: the device hangs up, or falls silent, after so many bytes


@pytest.fixture
def whole(office) -> tuple[server.SimulatedDevice, int]:
    """A codec, and how many bytes it sends until its shell is open."""
    simulator = office.codec(bad=BadDay(silent_to="", max_sessions=200))
    between = Between(simulator.host, simulator.port, after=None, hangs_up=False)
    shell = signed_in(simulator, between.port, PATIENT)
    passed = between.passed  # Before it is closed: what is said at the end differs from one time to another.
    shell.close()
    between.join()
    return simulator, passed


def come_to_nothing(simulator, after: int, deadlines: Deadlines, *, hangs_up: bool) -> type[Exception] | None:
    between = Between(simulator.host, simulator.port, after=after, hangs_up=hangs_up)
    try:
        signed_in(simulator, between.port, deadlines).close()
        came = None
    except DeviceError as error:
        came = type(error)
    between.join()
    return came


def test_a_device_that_hangs_up_after_any_number_of_bytes_leaves_nothing_open(whole, nothing_more_is_held, eventually):
    simulator, size = whole
    is_as_before = nothing_more_is_held()
    points = [*range(0, 30, 7), *range(30, size, 61)]

    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(lambda after: come_to_nothing(simulator, after, PATIENT, hangs_up=True), points))

    assert ConnectionLost in came
    # What was sent in one piece with the answer may be enough to go on; no other error is true of a device that hung up.
    assert set(came) <= {ConnectionLost, LoginRefused, None}
    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)


def test_a_device_that_falls_silent_after_any_number_of_bytes_is_silent_and_leaves_nothing_open(whole, nothing_more_is_held, eventually):
    simulator, size = whole
    is_as_before = nothing_more_is_held()
    points = [*range(0, 30, 10), *range(30, size - 200, 101)]

    with ThreadPoolExecutor(8) as pool:
        came = list(pool.map(lambda after: come_to_nothing(simulator, after, Deadlines(banner_s=2, login_s=2), hangs_up=False), points))

    assert set(came) == {Silent}
    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)


def test_a_device_that_never_answers_the_request_for_a_shell_is_silent(office, nothing_more_is_held, monkeypatch, eventually):
    simulator, answer_now = office.codec(), threading.Event()
    once = server._Gate.check_channel_shell_request

    def think(gate, channel) -> bool:
        answer_now.wait(20)
        return once(gate, channel)

    monkeypatch.setattr(server._Gate, "check_channel_shell_request", think)
    is_as_before = nothing_more_is_held()
    try:
        for _ in range(3):
            with pytest.raises(Silent, match="opening the shell"):
                signed_in(simulator, simulator.port, Deadlines(login_s=0.5))
    finally:
        answer_now.set()

    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)


def test_a_device_that_refuses_a_shell_leaves_nothing_open(office, nothing_more_is_held, monkeypatch, eventually):
    simulator = office.codec()
    monkeypatch.setattr(server._Gate, "check_channel_shell_request", lambda gate, channel: bool(gate.shell_wanted.set()))
    is_as_before = nothing_more_is_held()

    for _ in range(TIMES):
        with pytest.raises(DeviceError):
            signed_in(simulator, simulator.port, PATIENT)

    simulator.cut_connections()
    is_as_before()
    eventually(lambda: connections_at(simulator) == 0)
