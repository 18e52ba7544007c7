"""A simulated device's SSH server, and the bad days any device can have."""

import contextlib
import io
import socket
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from device_drivers.transports.ssh import fingerprint_of


@dataclass
class BadDay:
    """Switches for bad behaviour; all off is a good day.  They may be changed while the device runs."""

    silent_to: str | None = None  # Commands that begin with this get no answer; "" silences everything.
    delay_s: float = 0.0  # Before each answer.
    chunk: int = 0  # Bytes a packet; 0 sends whole answers.
    max_sessions: int = 20
    interactive_prompts: int | None = None  # None: password; otherwise keyboard-interactive with so many questions.
    lies: bool = False  # The setting says On, the calls are clear.
    clear_content: bool = False  # Audio and video are encrypted, the content channel is not.
    drifts_after_s: float | None = None  # A call loses its encryption after so long.
    dial_does_nothing: bool = False  # Says OK, and no call appears.
    hang_up_does_nothing: bool = False
    answer_does_nothing: bool = False  # Says OK to accepting a call, and goes on ringing.
    mute_does_nothing: bool = False  # Says OK to muting, and leaves the microphones as they are.
    setting_does_nothing: bool = False  # Says OK to a setting, and keeps the old value.
    not_registered: bool = False
    says_nonsense: bool = False  # Status replies have a shape nobody knows.
    no_microphone: bool = False  # Nothing is in any microphone connector.
    no_camera: bool = False
    clock_off_s: float = 0.0  # How far the device's own clock is ahead.
    keeps_password: bool = False  # Says OK to another password, and keeps the old one.
    cuts_at_password: bool = False  # Takes another password and hangs up in place of an answer.


def host_key(folder: Path | None, name: str) -> paramiko.Ed25519Key:
    """Return the device's host key, kept in `folder` so that it survives a restart; without a folder, a fresh one."""
    path = folder / f"{name}.key" if folder else None
    if path is None or not path.exists():
        text = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            path.write_text(text)
    else:
        text = path.read_text()
    return paramiko.Ed25519Key.from_private_key(io.StringIO(text))


class _Gate(paramiko.ServerInterface):
    """Who may sign in, and how many at once."""

    def __init__(self, device: "SimulatedDevice") -> None:
        self._device = device
        self.shell_wanted = threading.Event()

    def get_allowed_auths(self, username: str) -> str:
        return "password" if self._device.bad.interactive_prompts is None else "keyboard-interactive"

    def check_auth_password(self, username: str, password: str) -> int:
        good = (username, password) == (self._device.username, self._device.password)
        return paramiko.AUTH_SUCCESSFUL if good and self._device.bad.interactive_prompts is None else paramiko.AUTH_FAILED

    def check_auth_interactive(self, username: str, submethods: str):
        prompts = [(f"Question {number}: ", False) for number in range(self._device.bad.interactive_prompts or 0)]
        return paramiko.InteractiveQuery("", "", *prompts)

    def check_auth_interactive_response(self, responses: list[str]) -> int:
        good = all(response == self._device.password for response in responses)
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if self._device.open_sessions >= self._device.bad.max_sessions:
            return paramiko.OPEN_FAILED_RESOURCE_SHORTAGE
        wanted = kind == "session" and self._device.forwards_to is None
        return paramiko.OPEN_SUCCEEDED if wanted else paramiko.OPEN_FAILED_UNKNOWN_CHANNEL_TYPE

    def check_channel_direct_tcpip_request(self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]) -> int:
        if self._device.forwards_to is None or destination != self._device.forwards_to:
            return paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        if self._device.open_sessions >= self._device.bad.max_sessions:
            return paramiko.OPEN_FAILED_RESOURCE_SHORTAGE
        self.shell_wanted.set()
        return paramiko.OPEN_SUCCEEDED

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.shell_wanted.set()
        return True


class Talk:
    """One open shell, from the device's side."""

    def __init__(self, channel: paramiko.Channel, bad: BadDay) -> None:
        self._channel, self._bad, self._buffer = channel, bad, b""

    def say(self, text: str) -> None:
        self.say_bytes(text.replace("\r\n", "\n").replace("\n", "\r\n").encode())

    def say_bytes(self, data: bytes) -> None:
        self._channel.settimeout(None)  # A limit for listening would be one for speaking too.
        size = self._bad.chunk or len(data) or 1
        for start in range(0, len(data), size):
            self._channel.sendall(data[start : start + size])

    def hang_up(self) -> None:
        """Close it from another thread, while the one that talks may be closing it too."""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._channel.close()

    def next_bytes(self, within_s: float | None = None) -> bytes | None:
        """Return what the controller sent, or None when it is gone; raise TimeoutError when nothing comes in time."""
        self._channel.settimeout(within_s)
        return self._channel.recv(4096) or None

    def next_line(self, within_s: float | None = None) -> str | None:
        """Return the next line the controller sent, or None when it is gone; raise TimeoutError when nothing comes in time."""
        while b"\n" not in self._buffer:
            data = self.next_bytes(within_s)
            if data is None:
                return None
            self._buffer += data
        whole, self._buffer = self._buffer.split(b"\n", 1)
        return whole.decode("utf-8", "replace").strip("\r")


class SimulatedDevice(ABC):
    """A device with an SSH server of its own.  Subclasses say what it answers in `converse`."""

    forwards_to: tuple[str, int] | None = None  # A socket of its own that it forwards to, in place of a shell.

    def __init__(self, *, name: str, username: str, password: str, host: str = "127.0.0.1", port: int = 0,
                 keys: Path | None = None, bad: BadDay | None = None) -> None:
        self.name, self.username, self.password = name, username, password
        self.host, self.port = host, port
        self.bad = bad or BadDay()
        self._keys = keys
        self._key = host_key(keys, name)
        self._transports: list[paramiko.Transport] = []
        self._listener: socket.socket | None = None
        self.open_sessions = 0
        self.sessions_served = 0  # Since the start, closed ones too.
        self.heard: list[str] = []  # Every command line, for tests.
        self.booted = time.monotonic()

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self._key)

    def start(self) -> None:
        """Listen; with port 0 the system chooses one, which stays the same across reboots."""
        self._listener = socket.create_server((self.host, self.port), reuse_port=False)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), name=f"{self.name} listens", daemon=True).start()

    def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for transport in list(self._transports):
            transport.close()
        self._transports.clear()

    def new_host_key(self) -> None:
        """Present another host key from now on, as after a firmware upgrade."""
        self._key = host_key(None, self.name)

    def cut_connections(self) -> None:
        for transport in list(self._transports):
            transport.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), name=f"{self.name} serves", daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport = paramiko.Transport(connection)
        transport.local_version = "SSH-2.0-simulated"
        transport.add_server_key(self._key)
        gate = _Gate(self)
        self._transports.append(transport)
        counted = False
        try:
            transport.start_server(server=gate)
            channel = transport.accept(20)
            if channel is None or not gate.shell_wanted.wait(10):
                return
            self.open_sessions += 1
            self.sessions_served += 1
            counted = True
            self.converse(Talk(channel, self.bad))
        except (OSError, EOFError, paramiko.SSHException):
            return
        finally:
            self.open_sessions -= counted
            transport.close()
            with contextlib.suppress(ValueError):
                self._transports.remove(transport)

    def ignores(self, command: str) -> bool:
        """Note the command, take the time a bad day takes, and tell whether it is to be left unanswered."""
        self.heard.append(command)
        if self.bad.delay_s:
            time.sleep(self.bad.delay_s)
        return self.bad.silent_to is not None and command.startswith(self.bad.silent_to)

    @abstractmethod
    def converse(self, talk: Talk) -> None:
        """Greet, then answer until the controller is gone."""
