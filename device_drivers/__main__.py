"""Look at a device from the command line, with no roomctl installed.

    python -m device_drivers                                   the families, what each can do and what it can prove
    python -m device_drivers probe HOST[:PORT]...              which SSH each address offers; "-" reads addresses from the input
    python -m device_drivers cisco_roomos hostkey HOST[:PORT]  the host key, without signing in
    python -m device_drivers cisco_roomos status HOST[:PORT] --user admin --pin SHA256:...

The password is read from DEVICE_PASSWORD, or asked for; it is never an argument.
"""

import argparse
import dataclasses
import getpass
import json
import logging
import os
import sys
from collections.abc import Iterator
from datetime import datetime

from device_drivers.errors import DeviceError, HostKeyUnknown, SshTooOld
from device_drivers.readings import Grade, Legacy
from device_drivers.registry import BRIDGES, CODECS, FAMILIES, HARDWARE, connect
from device_drivers.survey import AT_ONCE, address_in, survey
from device_drivers.transports.ssh import Deadlines, Login, look_at_host_key

PROOF = {
    Grade.A: "proves encryption for each stream, both ways (grade A)", Grade.B: "proves encryption for a call (grade B)",
    Grade.C: "proves no encryption: it tells only what is configured (grade C)", Grade.NONE: "proves no encryption",
}


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when everything asked for was read, 1 when a device could not be, 2 for words that are not understood."""
    words = sys.argv[1:] if arguments is None else arguments
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # What went wrong is told below, in one line.
    if words[:1] == ["probe"]:
        return _probe(words[1:])
    parser = argparse.ArgumentParser(prog="python -m device_drivers", description=(__doc__ or "").splitlines()[0],
                                     epilog="To see which SSH devices offer: python -m device_drivers probe HOST[:PORT]...")
    parser.add_argument("family", nargs="?", choices=sorted(FAMILIES))
    parser.add_argument("what", nargs="?", choices=["status", "hostkey", "calls"])
    parser.add_argument("address", nargs="?", help="HOST or HOST:PORT")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--pin", help="approved host key fingerprint, SHA256:...")
    parser.add_argument("--legacy", choices=[legacy.value for legacy in Legacy], default=Legacy.NONE.value,
                        help="how much of SHA-1 this connection may use (none)")
    chosen = parser.parse_args(words)
    if chosen.family is None:
        for family in sorted(FAMILIES):
            print(_about(family))
        return 0
    if chosen.what is None or chosen.address is None:
        parser.error("say what to do and the device's address")
    try:
        host, port = address_in(chosen.address)
    except ValueError as error:
        parser.error(str(error))
    try:
        if chosen.what == "hostkey":
            _show(look_at_host_key(host, port, legacy=Legacy(chosen.legacy)))
            return 0
        return _ask(chosen, host, port)
    except HostKeyUnknown as error:
        print(f"Host key {error.seen.fingerprint} ({error.seen.algorithm}) is not approved. Compare it on the device, then "
              f"call again with --pin {error.seen.fingerprint}", file=sys.stderr)
        return 1
    except DeviceError as error:
        hint = f"; --legacy {error.would_help} would let it in" if isinstance(error, SshTooOld) and error.would_help else ""
        print(f"{error.kind}: {error}{hint}", file=sys.stderr)
        return 1


def _about(family: str) -> str:
    """Return one line about a family: its kind, what it supports, what it proves and what it cannot do."""
    driver = FAMILIES[family]
    kind = "codec" if family in CODECS else "bridge" if family in BRIDGES else "hardware"
    parts = [", ".join(sorted(driver.supports))]
    if (proof := getattr(driver, "best_proof", None)) is not None:
        parts.append(PROOF[proof])
    if cannot := getattr(driver, "cannot", ""):
        parts.append(cannot)
    return f"{family} ({kind}): {'; '.join(parts)}"


def _probe(words: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m device_drivers probe", description="Say which SSH each address offers, without signing in: address, verdict, banner and "
        "what would help, with a tab between them; for an address that could not be read, unknown and why.")
    parser.add_argument("addresses", nargs="+", metavar="HOST[:PORT]", help='"-" reads more of them from the input, one a line')
    parser.add_argument("--at-once", type=int, default=AT_ONCE, choices=range(1, 257), metavar="1..256")
    parser.add_argument("--wait", type=float, default=Deadlines().banner_s, metavar="SECONDS", help="for a device's whole greeting")
    chosen = parser.parse_args(words)
    if not 0 < chosen.wait <= 600:
        parser.error("--wait takes more than 0 and at most 600 seconds")

    def addresses() -> Iterator[str]:
        for address in chosen.addresses:
            if address == "-":
                yield from sys.stdin
            else:
                yield address

    all_read = True
    for line in survey(addresses(), at_once=chosen.at_once, deadlines=Deadlines(banner_s=chosen.wait)):
        print(line, flush=True)
        all_read &= line.offer is not None
    return 0 if all_read else 1


def _ask(chosen: argparse.Namespace, host: str, port: int) -> int:
    password = os.environ.get("DEVICE_PASSWORD")
    if password is None:
        password = getpass.getpass(f"Password of {chosen.user}: ") if chosen.pin else ""
    device = connect(chosen.family, host, port, Login(chosen.user, password), pinned=chosen.pin, legacy=Legacy(chosen.legacy))
    try:
        if chosen.family not in CODECS:
            _show(device.identify())
            for measured in device.measure() if chosen.family in HARDWARE else ():
                _show(measured)
        elif chosen.what == "status":
            _show(device.status())
        else:
            for call in device.calls():
                _show(call)
    finally:
        device.close()
    return 0


def _show(reading: object) -> None:
    """Print a reading as JSON; a moment as ISO 8601."""
    print(json.dumps(dataclasses.asdict(reading), ensure_ascii=False, indent=2, default=datetime.isoformat))  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
