"""Debian's own OpenSSH server on a loopback port, with keys of its own, and an account to sign in with that is removed afterwards."""

import os
import re
import shutil
import socket
import subprocess
import threading
import uuid
from pathlib import Path

import pytest
from snmp_rig import Rig

from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.network import Network, Timing
from device_drivers.simulators.server import BadDay, Talk
from device_drivers.transports.ssh import Login

SSHD = Path("/usr/sbin/sshd")
# Joins the account's shell to the simulated codec: what comes in goes there, what is answered goes back, and whoever hangs up ends it.
RELAY = "exec 3<>/dev/tcp/127.0.0.1/{port} 4<&0; cat <&4 >&3 & cat <&3 & wait -n; kill $(jobs -p)"


class Sshd:
    """A running OpenSSH server."""

    def __init__(self, folder: Path, options: list[str], *, key_type: str, bits: int | None, port: int, questions: bool) -> None:
        self.key, self._log = folder / "host_key", folder / "log"
        size = ["-b", str(bits)] if bits else []
        subprocess.run(["ssh-keygen", "-q", "-t", key_type, *size, "-N", "", "-f", self.key], check=True)
        with socket.create_server(("127.0.0.1", port)) as free:
            self.port = free.getsockname()[1]
        ways = ["UsePAM yes", "KbdInteractiveAuthentication yes", "PasswordAuthentication no"] if questions else [
            "UsePAM no", "KbdInteractiveAuthentication no", "PasswordAuthentication yes"]
        config = folder / "sshd_config"
        config.write_text("\n".join([
            f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.key}", f"PidFile {folder / 'pid'}", *ways,
            "PubkeyAuthentication no", "PermitRootLogin no", "LogLevel DEBUG1", *options, ""]))
        self._process = subprocess.Popen([SSHD, "-D", "-f", config, "-E", self._log])

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    @property
    def is_listening(self) -> bool:
        if self._process.poll() is not None:
            pytest.fail(f"sshd ended by itself: {self.log[-2000:]}")
        return "Server listening" in self.log

    @property
    def was_asked_to_let_somebody_in(self) -> bool:
        return "userauth-request" in self.log

    @property
    def has_seen_somebody_leave(self) -> bool:
        return re.search("Connection (closed|reset) by", self.log) is not None

    @property
    def fingerprint(self) -> str:
        """Return the host key's fingerprint as ssh-keygen prints it."""
        return subprocess.run(["ssh-keygen", "-lf", self.key], check=True, capture_output=True, text=True).stdout.split()[1]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)


@pytest.fixture
def sshd(tmp_path, eventually):
    """Return a function that starts an OpenSSH server with further options."""
    if not SSHD.exists():
        pytest.fail("OpenSSH's server is missing: run `make test`, which installs Debian's package openssh-server")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # Where root's sshd confines its unprivileged half.
    running: list[Sshd] = []

    def start(*options: str, key_type: str = "ed25519", bits: int | None = None, port: int = 0, questions: bool = False) -> Sshd:
        folder = tmp_path / f"sshd{len(running)}"
        folder.mkdir(mode=0o700)
        running.append(Sshd(folder, list(options), key_type=key_type, bits=bits, port=port, questions=questions))
        eventually(lambda: running[-1].is_listening)
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def account():
    """A throwaway account of this system, removed afterwards."""
    if os.geteuid() != 0:
        pytest.skip("only root can make an account to sign in with")
    login = Login(f"rc{uuid.uuid4().hex[:10]}", uuid.uuid4().hex)
    subprocess.run(["useradd", "--no-create-home", "--no-user-group", "--home-dir", "/", "--shell", shutil.which("bash"), login.username],
                   check=True)
    try:
        subprocess.run(["chpasswd", "--crypt-method", "SHA512"], input=f"{login.username}:{login.password}\n", text=True, check=True)
        yield login
    finally:
        subprocess.run(["userdel", "--force", login.username], check=True, capture_output=True)


@pytest.fixture
def conversation():
    """A simulated codec without an SSH of its own: whoever connects to its port talks to it in the clear."""
    network = Network()
    codec = SimulatedRoomOS(name="hall", address="hall@vc.example", network=network, password="", display_name="Hội trường OK {",
                            timing=Timing(ring_s=0.02, media_s=0.02))
    SimulatedRoomOS(name="room", address="room@vc.example", network=network, password="")
    listener = socket.create_server(("127.0.0.1", 0))
    codec.port = listener.getsockname()[1]

    def talk(connection: socket.socket) -> None:
        with connection:
            codec.open_sessions += 1
            codec.converse(Talk(connection, BadDay()))
            codec.open_sessions -= 1

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=listen, daemon=True).start()
    yield codec
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def relay(conversation) -> str:
    """The line of sshd's configuration that lets whoever signs in talk to the simulated codec."""
    return f"ForceCommand {RELAY.format(port=conversation.port)}"


@pytest.fixture
def rig():
    """Simulated SNMP agents and an engine that polls them."""
    made = Rig()
    yield made
    made.close()


@pytest.fixture
def answering():
    """Return a function that starts a server which does `behave` with every connection, and returns its port."""
    listeners: list[socket.socket] = []
    stopped = threading.Event()

    def start(behave) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve(connection: socket.socket) -> None:
            with connection:
                try:
                    behave(connection, stopped)
                except OSError:
                    return

        def listen() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

        threading.Thread(target=listen, daemon=True).start()
        return listener.getsockname()[1]

    yield start
    stopped.set()
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
