"""Start and stop a lab of real rooms, or write the files of a real room PC.

    python -m device_drivers.lab up [N] [--network 127.0.1]
                                              N rooms (4) and a bridge, until Ctrl-C; ROOMCTL_LAB names the folder
    python -m device_drivers.lab down         stop the lab of that folder
    python -m device_drivers.lab status       what of it runs
    python -m device_drivers.lab room-files FOLDER --name NAME --address ADDRESS [--account roomctl] [--softphone-user USER]

Needs Debian's openssh-server, baresip-core, snmpd, and for the bridge the Python package pjsua2-python.  It needs no root.
"""

import argparse
import contextlib
import importlib.util
import ipaddress
import os
import re
import secrets
import signal
import sys
import tempfile
import time
from pathlib import Path

from device_drivers.lab import room_files
from device_drivers.lab.children import clear_away, is_running, started_at
from device_drivers.lab.lab import SNMP_PORT, SSH_PORT, Lab, LabFailure

STOPS_WITHIN_S = 10.0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m device_drivers.lab", description=(__doc__ or "").splitlines()[0])
    what = parser.add_subparsers(dest="what", required=True)
    up = what.add_parser("up")
    up.add_argument("count", nargs="?", type=int, default=4)
    up.add_argument("--network", default="127.0.1", help="the first three numbers of the rooms' loopback addresses")
    what.add_parser("down").add_argument("count", nargs="?", help="not needed")
    what.add_parser("status").add_argument("count", nargs="?", help="not needed")
    files = what.add_parser("room-files")
    files.add_argument("folder", type=Path)
    files.add_argument("--name", required=True)
    files.add_argument("--address", required=True)
    files.add_argument("--account", default="roomctl")
    files.add_argument("--softphone-user", default="phonghop")
    chosen = parser.parse_args(arguments)
    home = Path(os.environ.get("ROOMCTL_LAB") or Path(tempfile.gettempdir()) / f"roomctl-lab-{os.getuid()}").absolute()
    try:
        if chosen.what == "up":
            return _up(home, chosen.count, chosen.network)
        if chosen.what == "room-files":
            return _room_files(chosen)
        return _down(home) if chosen.what == "down" else _status(home)
    except LabFailure as error:
        print(error, file=sys.stderr)
        return 1


def _up(home: Path, count: int, network: str) -> int:
    ending = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)  # Before any thread starts: one that inherits no mask would die of the signal.
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    if home.stat().st_uid != os.getuid():
        raise LabFailure(f"{home} belongs to somebody else")
    mark = home / "lab.pid"
    if is_running(mark) is not None:
        raise LabFailure(f"a lab runs in {home} already: make lab-down")
    mode = "mandatory" if importlib.util.find_spec("pjsua2") else None
    lab = Lab(home, count, network=network, bridge_mode=mode)
    lab.up()
    mark.write_text(f"{os.getpid()} {started_at(os.getpid())}")
    try:
        _tell(lab, home)
        signal.sigwait(ending)
    finally:
        lab.down()
        mark.unlink(missing_ok=True)
    return 0


def _tell(lab: Lab, home: Path) -> None:
    account = lab.rooms[0].pc.account
    print(f"{len(lab.rooms)} rooms are up; family baresip, account {account}, secret: the text of {home}/controller_key")
    for room in lab.rooms:
        print(f"  {room.pc.name}: SSH {room.pc.address}:{SSH_PORT} {room.fingerprint}, dial {room.pc.sip_address}, "
              f"SNMP {room.pc.address}:{SNMP_PORT} user {room.pc.snmp_user}")
    print(f"  bridge: family pjsip_bridge, SSH {lab.bridge.address}:{SSH_PORT} {lab.bridge.fingerprint}, same account and secret, "
          f"dial and conference {lab.bridge.sip_address}, encryption {lab.bridge.mode}" if lab.bridge
          else "  no bridge: the Python package pjsua2-python is not installed")
    first = lab.rooms[0]
    print(f"Try: DEVICE_PASSWORD=\"$(cat {home}/controller_key)\" python -m device_drivers baresip status {first.pc.address}:{SSH_PORT} "
          f"--user {account} --pin {first.fingerprint}")
    print(f"SNMP keys: {home}/snmp_keys.json (SHA-256 and AES).  Ctrl-C or `make lab-down` stops everything.", flush=True)


def _down(home: Path) -> int:
    """Ask the lab to stop; whatever is left then, of this lab or of one that was killed, is ended."""
    pid = is_running(home / "lab.pid")
    if pid is not None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STOPS_WITHIN_S
        while is_running(home / "lab.pid") is not None and time.monotonic() < until:
            time.sleep(0.05)
    left = clear_away(home / "running")
    print("stopped" if pid is not None else f"ended what was left: {', '.join(left)}" if left else "no lab runs here")
    return 0


def _status(home: Path) -> int:
    files = sorted((home / "running").glob("*.pid"))
    for file in files:
        pid = is_running(file)
        print(f"{file.stem}: {f'runs as {pid}' if pid is not None else 'does not run'}")
    if not files:
        print("no lab runs here")
    return 0 if files and all(is_running(file) is not None for file in files) else 1


def _room_files(chosen: argparse.Namespace) -> int:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", chosen.name):
        raise LabFailure("a room PC's name has up to 31 of a-z, 0-9 and -, and begins with a letter")
    for user in (chosen.account, chosen.softphone_user):
        if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", user):
            raise LabFailure(f"{user!r} is no name of a user")
    try:
        address = str(ipaddress.IPv4Address(chosen.address))
    except ValueError:
        raise LabFailure(f"{chosen.address!r} is no IPv4 address") from None
    auth_key, priv_key = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    pc = room_files.RoomPc(name=chosen.name, address=address, account=chosen.account)
    written = room_files.files_for(pc, softphone_user=chosen.softphone_user, auth_key=auth_key, priv_key=priv_key)
    for place, text in written.items():
        path = chosen.folder / place.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        print(path)
    print(f"SNMPv3 user {pc.snmp_user}: SHA-256 {auth_key}, AES {priv_key}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
