"""An interactive shell over SSH, as codecs offer it: pinned host key, deadlines, and no session left behind.

The host key is compared before any password is sent.  One shell, no PTY: with one, echo and terminal escapes appear.
SHA-1 is refused unless the one connection allows it, and whether it was used is part of the facts.
"""

import base64
import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import paramiko
from paramiko.ssh_exception import ChannelException, IncompatiblePeer, SSHException

from device_drivers.errors import (
    ConnectionLost,
    DeviceError,
    HostKeyChanged,
    HostKeyUnknown,
    SessionTableFull,
    Silent,
    SshTooOld,
    Unreachable,
)
from device_drivers.readings import HostKey, Legacy, SshFacts
from device_drivers.transports.handshake import RememberingTransport
from device_drivers.transports.legacy_ssh import ACCEPTED, TRANSPORTS
from device_drivers.transports.offer import Greeting, judge, printable
from device_drivers.transports.paramiko_errors import BAD_BYTES, as_device_error
from device_drivers.transports.sign_in import Login, sign_in


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds: to connect, for a busy codec's banner, to sign in, between two bytes of a reply, for a whole reply."""

    connect_s: float = 5.0
    banner_s: float = 20.0
    login_s: float = 20.0
    silence_s: float = 5.0
    reply_s: float = 30.0


def fingerprint_of(key: paramiko.PKey) -> str:
    """Return OpenSSH's fingerprint, SHA256:base64."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode().rstrip("=")


class SshShell:
    """A connected shell.  Make one with `open_shell`; always `close` it."""

    def __init__(self, transport: RememberingTransport, channel: paramiko.Channel, facts: SshFacts, deadlines: Deadlines) -> None:
        self._transport, self._channel = transport, channel
        self._facts, self.deadlines = facts, deadlines

    @property
    def facts(self) -> SshFacts:
        """Return how the device was reached; keys exchanged again in the meantime count too."""
        return replace(self._facts, legacy=self._transport.has_used_sha1)

    def send(self, data: bytes) -> None:
        try:
            self._channel.settimeout(self.deadlines.silence_s)
            self._channel.sendall(data)
        except TimeoutError:
            raise Silent(asked=repr(data[:60]), waited_s=self.deadlines.silence_s) from None
        except (OSError, SSHException, EOFError) as error:
            raise ConnectionLost(str(error) or "while sending") from error

    def receive(self, *, asked: str, until: float) -> bytes:
        """Return the next bytes, at least one.

        `until` is a time.monotonic() limit for the whole reply; silence between bytes is limited by the deadlines.
        Raises Silent at either limit and ConnectionLost when the device hangs up.
        """
        wait_s = min(self.deadlines.silence_s, until - time.monotonic())
        if wait_s <= 0:
            raise Silent(asked=asked, waited_s=self.deadlines.reply_s)
        try:
            self._channel.settimeout(wait_s)
            data = self._channel.recv(32_768)
        except TimeoutError:
            raise Silent(asked=asked, waited_s=wait_s) from None
        except (OSError, SSHException, EOFError) as error:
            raise ConnectionLost(str(error) or asked) from error
        if not data:
            raise ConnectionLost(f"the device closed the connection at {asked!r}")
        return data

    @property
    def is_open(self) -> bool:
        return self._transport.is_active() and not self._channel.closed

    def close(self) -> None:
        """Close the transport, not only the channel: leaked sessions lock a codec until it is restarted."""
        with contextlib.suppress(Exception):
            self._channel.close()
        self._transport.close()


def look_at_host_key(host: str, port: int, deadlines: Deadlines | None = None, *, legacy: Legacy = Legacy.NONE) -> HostKey:
    """Return the host key a device presents, without signing in.  Raises SshTooOld when it needs more than `legacy` allows."""
    transport = _start(host, port, deadlines or Deadlines(), legacy)
    try:
        return _host_key(transport)
    finally:
        transport.close()


def open_shell(host: str, port: int, login: Login, *, pinned: str | None, deadlines: Deadlines | None = None,
               legacy: Legacy = Legacy.NONE) -> SshShell:
    """Connect, compare the host key with `pinned` (a fingerprint), sign in and open a shell.

    Raises HostKeyUnknown when nothing is pinned and HostKeyChanged when it differs; no password is sent then.  Raises
    SshTooOld when the device needs more than `legacy` allows; what is allowed is used only if nothing better is offered.
    """
    return open_channel(host, port, login, _shell, pinned=pinned, deadlines=deadlines, legacy=legacy)


def open_channel(host: str, port: int, login: Login, opened: Callable[[RememberingTransport, Deadlines], paramiko.Channel], *,
                 pinned: str | None, deadlines: Deadlines | None = None, legacy: Legacy = Legacy.NONE) -> SshShell:
    """Do all that `open_shell` does, with the channel that `opened` returns in the shell's place."""
    deadlines = deadlines or Deadlines()
    transport = _start(host, port, deadlines, legacy)
    try:
        seen = _host_key(transport)
        if pinned is None:
            raise HostKeyUnknown(seen=seen)
        if seen.fingerprint != pinned:
            raise HostKeyChanged(pinned=pinned, seen=seen)
        with _at_most(2 * deadlines.login_s, transport, "while signing in"):
            sign_in(transport, login)
        with _at_most(deadlines.login_s, transport, "while opening the shell"):
            channel = opened(transport, deadlines)
        facts = SshFacts(host_key=seen, account=login.username, key_exchange=transport.negotiated_kex, cipher=transport.remote_cipher,
                         mac=transport.remote_mac, signature=transport.host_key_type, legacy=transport.has_used_sha1)
        return SshShell(transport, channel, facts, deadlines)
    except BaseException:
        transport.close()
        raise


def connect_tcp(host: str, port: int, deadlines: Deadlines) -> socket.socket:
    """Return a connection that sends small packets at once.  Raises Unreachable, for an impossible name or port too."""
    try:
        connection = socket.create_connection((host, port), timeout=deadlines.connect_s)
    except (OSError, UnicodeError, OverflowError) as error:
        raise Unreachable(f"{host}:{port}: {error}") from error
    with contextlib.suppress(OSError):  # The device hung up already; whoever reads first tells that.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # 44 ms a command without it, 2.4 ms with it.
    return connection


def _start(host: str, port: int, deadlines: Deadlines, legacy: Legacy) -> RememberingTransport:
    """Return a transport whose keys are exchanged; whatever fails, nothing stays open."""
    connection = connect_tcp(host, port, deadlines)
    try:
        transport = TRANSPORTS[legacy](connection)
        transport.banner_timeout, transport.auth_timeout = deadlines.banner_s, deadlines.login_s
        try:
            _exchange_keys(transport, f"SSH at {host}:{port}", deadlines, legacy)
        except BaseException:
            transport.close()
            raise
    except BaseException:
        connection.close()  # A transport that was never active, or has ended by itself, closes nothing when it is told to.
        raise
    return transport


def _exchange_keys(transport: RememberingTransport, with_whom: str, deadlines: Deadlines, legacy: Legacy) -> None:
    done = threading.Event()
    transport.start_client(event=done)  # paramiko's own way of waiting asks a clock that may jump.
    if not done.wait(deadlines.banner_s):
        raise Silent(asked=with_whom, waited_s=deadlines.banner_s)
    if transport.is_active() and transport.initial_kex_done:
        return
    error = transport.get_exception()
    if isinstance(error, DeviceError):
        raise error
    if isinstance(error, IncompatiblePeer):
        offered = judge(Greeting(printable(transport.remote_version.encode()), transport.names), ACCEPTED)
        raise SshTooOld(why=str(error), offered=offered, allowed=legacy) from error
    # Whatever the device's bytes provoked in paramiko comes out here: the ValueError of a broken key as well.
    raise as_device_error(error or EOFError("it hung up"), f"no {with_whom}") from error


@contextlib.contextmanager
def _at_most(seconds: float, transport: RememberingTransport, doing: str) -> Iterator[None]:
    """Close the transport when what is done with it takes longer, and tell that as Silent.

    paramiko waits for ever for the answer to a shell request, and for the others by a clock that may jump.
    """
    late = threading.Event()

    def give_up() -> None:
        late.set()
        transport.close()

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except Exception as error:
        if late.is_set():
            raise Silent(asked=doing, waited_s=seconds) from error
        if isinstance(error, BAD_BYTES):
            raise as_device_error(error, doing) from error
        raise
    finally:
        timer.cancel()


def _host_key(transport: RememberingTransport) -> HostKey:
    try:
        key = transport.get_remote_server_key()
    except SSHException as error:  # The device hung up right after the handshake.
        raise as_device_error(error, "while reading the host key") from error
    return HostKey(algorithm=key.get_name(), fingerprint=fingerprint_of(key))


def _shell(transport: RememberingTransport, deadlines: Deadlines) -> paramiko.Channel:
    try:
        channel = transport.open_session(timeout=deadlines.login_s)
        channel.settimeout(deadlines.silence_s)
        channel.invoke_shell()  # Without get_pty() before it, so no echo and no terminal escapes.
    except ChannelException as error:
        raise SessionTableFull(str(error)) from error
    except (SSHException, EOFError, OSError) as error:
        raise as_device_error(error, "while opening the shell") from error
    return channel
