"""Look at a device from the command line, with no roomctl installed.

    python -m device_drivers                                   the families and what each can do
    python -m device_drivers cisco_roomos hostkey HOST[:PORT]  the host key, without signing in
    python -m device_drivers cisco_roomos status HOST[:PORT] --user admin --pin SHA256:...

The password is read from DEVICE_PASSWORD, or asked for; it is never an argument.
"""

import argparse
import dataclasses
import getpass
import json
import os
import sys

from device_drivers.errors import DeviceError, HostKeyUnknown
from device_drivers.registry import CODECS, FAMILIES, connect
from device_drivers.transports.ssh import Login, look_at_host_key


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m device_drivers", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("family", nargs="?", choices=sorted(FAMILIES))
    parser.add_argument("what", nargs="?", choices=["status", "hostkey", "calls"])
    parser.add_argument("address", nargs="?", help="HOST or HOST:PORT")
    parser.add_argument("--user", default="admin")
    parser.add_argument("--pin", help="approved host key fingerprint, SHA256:...")
    chosen = parser.parse_args(arguments)
    if chosen.family is None:
        for family, driver in sorted(FAMILIES.items()):
            kind = "codec" if family in CODECS else "bridge"
            print(f"{family} ({kind}): {', '.join(sorted(driver.supports))}")
        return 0
    if chosen.what is None or chosen.address is None:
        parser.error("say what to do and the device's address")
    host, _, port = chosen.address.partition(":")
    try:
        if chosen.what == "hostkey":
            _show(look_at_host_key(host, int(port or 22)))
            return 0
        return _ask(chosen, host, int(port or 22))
    except HostKeyUnknown as error:
        print(f"Host key {error.seen.fingerprint} ({error.seen.algorithm}) is not approved. Compare it on the device, then "
              f"call again with --pin {error.seen.fingerprint}", file=sys.stderr)
        return 1
    except DeviceError as error:
        print(f"{error.kind}: {error}", file=sys.stderr)
        return 1


def _ask(chosen: argparse.Namespace, host: str, port: int) -> int:
    password = os.environ.get("DEVICE_PASSWORD")
    if password is None:
        password = getpass.getpass(f"Password of {chosen.user}: ") if chosen.pin else ""
    device = connect(chosen.family, host, port, Login(chosen.user, password), pinned=chosen.pin)
    try:
        if chosen.family not in CODECS:
            _show(device.identify())
        elif chosen.what == "status":
            _show(device.status())
        else:
            for call in device.calls():
                _show(call)
    finally:
        device.close()
    return 0


def _show(reading: object) -> None:
    print(json.dumps(dataclasses.asdict(reading), ensure_ascii=False, indent=2))  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
