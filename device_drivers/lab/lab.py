"""A lab: rooms on loopback addresses of their own, and a bridge.  Nothing of it needs root, and nothing of it outlives it."""

import json
import os
import pwd
import queue
import re
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from device_drivers.lab import door, join, room_files
from device_drivers.lab.children import Child, Children, clear_away
from device_drivers.transports.ssh import Login, look_at_host_key

SSH_PORT, SIP_PORT, SNMP_PORT = 2222, 5060, 1161
READY_WITHIN_S = 20.0
BRIDGE_ANSWERS_WITHIN_S = 5.0
RTP_TIMEOUT_S = 5
COMES_BACK_AFTER_S = 1.0  # As the room PC's service does, sooner.
# Program: the Debian package it comes from.
NEEDED = {"/usr/sbin/sshd": "openssh-server", "/usr/bin/ssh-keygen": "openssh-client", "/usr/bin/baresip": "baresip-core",
          "/usr/sbin/snmpd": "snmpd", "/usr/bin/setpriv": "util-linux"}


class LabFailure(Exception):
    """The lab cannot be had; the words say what is missing or what did not come up."""


def missing_packages() -> list[str]:
    """Return the Debian packages that are not installed."""
    return [package for program, package in NEEDED.items() if shutil.which(program) is None]


@dataclass
class Room:
    """One room PC of the lab."""

    number: int
    pc: room_files.RoomPc
    folder: Path
    key: Path
    auth_key: str
    priv_key: str

    @property
    def login(self) -> Login:
        return Login(self.pc.account, self.key.read_text())

    @property
    def fingerprint(self) -> str:
        return look_at_host_key(self.pc.address, SSH_PORT).fingerprint

    def write(self) -> None:
        """Make the room's keys, once, and write its files."""
        for folder in (self.folder, self.folder / "baresip", self.folder / "snmp"):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_key(self.folder / "host_key")
        files = {
            "baresip/config": room_files.baresip_config(self.pc), "baresip/accounts": room_files.baresip_accounts(self.pc),
            "baresip/contacts": "", "snmp/snmpd.conf": room_files.snmpd_config(self.pc, auth_key=self.auth_key, priv_key=self.priv_key),
            "authorized_keys": self.key.with_suffix(".pub").read_text(),
            "sshd_config": _sshd_config(self.pc.address, self.folder, room_files.sshd_restrictions(self.pc)),
        }
        _write(self.folder, files)

    def children(self) -> list[Child]:
        snmp = self.folder / "snmp"
        return [
            Child(f"room{self.number}.softphone", ["baresip", "-4", "-f", str(self.folder / "baresip")], self.folder,
                  {"HOME": str(self.folder)}, comes_back_after_s=COMES_BACK_AFTER_S),
            Child(f"room{self.number}.sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")], self.folder),
            # Without SMUX, which would listen on a port of the machine; Debian's service leaves it out too.
            Child(f"room{self.number}.snmpd",
                  ["/usr/sbin/snmpd", "-f", "-Lo", "-I", "-smux", "-C", "-c", str(snmp / "snmpd.conf"), "-p", str(snmp / "pid")],
                  self.folder, {"SNMP_PERSISTENT_DIR": str(snmp / "kept"), "SNMPCONFPATH": str(snmp)}),
        ]


@dataclass
class Bridge:
    """The lab's bridge, spoken to line by line; roomctl reaches it over SSH, like a room."""

    address: str
    mode: str
    account: str
    key: Path
    folder: Path
    child: Child
    _answers: queue.Queue[dict[str, Any]] = field(default_factory=queue.Queue)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sip_address(self) -> str:
        """What rooms dial, and the address of its one conference."""
        return f"bridge@{self.address}"

    @property
    def login(self) -> Login:
        return Login(self.account, self.key.read_text())

    @property
    def fingerprint(self) -> str:
        return look_at_host_key(self.address, SSH_PORT).fingerprint

    def write(self) -> None:
        """Make the bridge's host key, once, and write what its sshd needs: whoever signs in is joined to the bridge, and to nothing else."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_key(self.folder / "host_key")
        joined = shlex.join([sys.executable, "-I", "-S", join.__file__, str(self.folder / door.NAME)])
        _write(self.folder, {"authorized_keys": self.key.with_suffix(".pub").read_text(), "sshd_config": _sshd_config(
            self.address, self.folder, room_files.sshd_restrictions_to(self.account, command=joined))})

    def children(self) -> list[Child]:
        return [self.child, Child("bridge.sshd", ["/usr/sbin/sshd", "-D", "-e", "-f", str(self.folder / "sshd_config")], self.folder)]

    def listen(self) -> None:
        threading.Thread(target=self._listen, name="bridge", daemon=True).start()

    def _listen(self) -> None:
        assert self.child.process is not None and self.child.process.stdout is not None
        for line in self.child.process.stdout:
            if line.startswith(b"{"):  # PJSIP greets in its own words.
                said = json.loads(line)
                self._answers.put(said["answer"]) if "answer" in said else self.events.append(said)

    def ask(self, **question: Any) -> dict[str, Any]:
        """Ask one question, such as do="list"; raise LabFailure when the bridge does not answer."""
        assert self.child.process is not None and self.child.process.stdin is not None
        try:
            self.child.process.stdin.write(json.dumps(question).encode() + b"\n")
            self.child.process.stdin.flush()
            return self._answers.get(timeout=BRIDGE_ANSWERS_WITHIN_S)
        except (OSError, queue.Empty) as error:
            raise LabFailure("the bridge does not answer") from error

    def callers(self) -> list[dict[str, Any]]:
        return self.ask(do="list")["callers"]


class Lab:
    """Rooms 1 to `count` at `<network>.1` and up, and a bridge at `<network>.200`."""

    def __init__(self, home: Path, count: int, *, network: str = "127.0.1", encryption: dict[int, str] | None = None,
                 extra_modules: tuple[str, ...] = (), bridge_mode: str | None = "mandatory") -> None:
        if not 1 <= count <= 199:
            raise LabFailure("a lab has 1 to 199 rooms")
        if not re.fullmatch(r"127(\.[0-9]{1,3}){2}", network):
            raise LabFailure(f"{network} is not the beginning of loopback addresses")  # Its rooms let in whoever holds the lab's key.
        self.home, self.network = home, network
        self._wishes, self._extra_modules, self._bridge_mode = encryption or {}, extra_modules, bridge_mode
        self._count = count
        self.rooms: list[Room] = []
        self.bridge: Bridge | None = None
        self._children = Children(home / "running")

    def up(self) -> None:
        """Start everything and wait until it listens; raise LabFailure with what is missing or did not come up."""
        if missing := missing_packages():
            raise LabFailure(f"the lab needs Debian packages: apt-get install --no-install-recommends {' '.join(missing)}")
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        clear_away(self.home / "running")
        if os.getuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)  # Where sshd, started as root, locks up its unprivileged half.
        self.rooms = self._furnish()
        for room in self.rooms:
            room.write()
        children = [child for room in self.rooms for child in room.children()]
        if self._bridge_mode is not None:
            self.bridge = self._build_bridge(self._bridge_mode)
            self.bridge.write()
            children += self.bridge.children()
        try:
            self._children.start(children)
            if self.bridge is not None:
                self.bridge.listen()
            self._wait_until_ready()
        except BaseException:
            self.down()
            raise

    def _furnish(self) -> list[Room]:
        key = self.home / "controller_key"
        _make_key(key)
        kept = self.home / "snmp_keys.json"
        keys: dict[str, list[str]] = json.loads(kept.read_text()) if kept.exists() else {}
        rooms = []
        for number in range(1, self._count + 1):
            auth_key, priv_key = keys.setdefault(str(number), [secrets.token_urlsafe(16), secrets.token_urlsafe(16)])
            address = f"{self.network}.{number}"
            pc = room_files.RoomPc(name=f"room{number}", address=address, account=pwd.getpwuid(os.getuid()).pw_name, media=room_files.LAB_MEDIA,
                                   control=address, sip_port=SIP_PORT, snmp_port=SNMP_PORT, answers="auto", rtp_timeout_s=RTP_TIMEOUT_S,
                                   encryption=self._wishes.get(number, "srtp-mand"), extra_modules=self._extra_modules)
            rooms.append(Room(number, pc, self.home / f"room{number}", key, auth_key, priv_key))
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(keys))
        return rooms

    def _build_bridge(self, mode: str) -> Bridge:
        address, folder = f"{self.network}.200", self.home / "bridge"
        command = [sys.executable, "-m", "device_drivers.lab.bridge", address, str(SIP_PORT), mode, "."]  # Its folder: it is started there.
        packages = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
        return Bridge(address, mode, pwd.getpwuid(os.getuid()).pw_name, self.home / "controller_key", folder,
                      Child("bridge.bridge", command, folder, {"PYTHONPATH": packages}, talks=True))

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_WITHIN_S
        wanted = [(room.pc.address, port) for room in self.rooms for port in (SSH_PORT, room.pc.control_port)]
        wanted += [(self.bridge.address, SSH_PORT)] if self.bridge is not None else []
        while True:
            wanted = [place for place in wanted if not _listens(*place)]
            bridge_is_up = self.bridge is None or any(event["event"] == "ready" for event in self.bridge.events)
            if not wanted and bridge_is_up:
                return
            if time.monotonic() > until:
                raise LabFailure(f"nothing listens at {wanted or 'the bridge'}; see the .log files in {self.home}")
            time.sleep(0.05)

    def kill_softphone(self, room: Room) -> None:
        """End a room's softphone as a crash would; it comes back by itself."""
        self._children.kill(f"room{room.number}.softphone")

    def kill_bridge(self) -> None:
        """End the bridge as a crash would; its SSH goes on, and it does not come back."""
        self._children.kill("bridge.bridge")

    def running(self) -> list[str]:
        return self._children.running()

    def down(self) -> None:
        self._children.stop()


def free_network() -> str:
    """Return the beginning of 254 loopback addresses that no other lab uses."""
    while True:
        network = f"127.{100 + secrets.randbelow(100)}.{1 + secrets.randbelow(254)}"
        if not _listens(f"{network}.1", SSH_PORT):
            return network


def _listens(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), timeout=1.0).close()
    except OSError:
        return False
    return True


def _sshd_config(address: str, folder: Path, restrictions: str) -> str:
    """Return what Debian has by default, or what only the lab needs; below it, what the real device gets."""
    return "\n".join([
        f"ListenAddress {address}:{SSH_PORT}", f"HostKey {folder}/host_key", "PidFile none", f"AuthorizedKeysFile {folder}/authorized_keys",
        "StrictModes no", "UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin prohibit-password",
        "UseDNS no", "LogLevel VERBOSE", "", restrictions])


def _write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(text)


def _make_key(path: Path) -> None:
    if not path.exists():
        subprocess.run(["/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)], check=True)
