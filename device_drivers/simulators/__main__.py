"""Run a set of simulated devices from a file: `python -m device_drivers.simulators FILE.json`.

The file: {"keys": FOLDER, "devices": [{"kind": "cisco_roomos" | "cisco_tc" | "poly" | "simulated_bridge", "name": ...,
"port": ..., "password": ..., "address": ... or "pool": [...], "bad": {...}, "timing": {...}, "oddities": {...} (cisco_tc)}]}.
Prints "ready" when all listen; ends on SIGTERM or SIGINT.
"""

import json
import logging
import signal
import sys
from pathlib import Path
from typing import Any

from device_drivers.simulators.bridge import SimulatedBridgeDevice
from device_drivers.simulators.cisco_roomos import SimulatedRoomOS
from device_drivers.simulators.cisco_tc import Oddities, SimulatedTc
from device_drivers.simulators.network import Network, Timing
from device_drivers.simulators.poly import PolyBadDay, SimulatedPoly
from device_drivers.simulators.server import BadDay, SimulatedDevice


def build(wanted: dict[str, Any], network: Network, keys: Path | None) -> SimulatedDevice:
    """Return one device as the file describes it, not yet started."""
    facts = dict(wanted)
    kind = facts.pop("kind")
    if kind == "poly":
        day = PolyBadDay(**facts.pop("bad", {}))
        return SimulatedPoly(network=network, keys=keys, bad=day, timing=Timing(**facts.pop("timing", {})), **facts)
    bad = BadDay(**facts.pop("bad", {}))
    if kind == "cisco_tc":
        odd = Oddities(**facts.pop("oddities", {}))
        return SimulatedTc(network=network, keys=keys, bad=bad, oddities=odd, timing=Timing(**facts.pop("timing", {})), **facts)
    if kind == "simulated_bridge":
        return SimulatedBridgeDevice(network=network, keys=keys, bad=bad, **facts)
    return SimulatedRoomOS(network=network, keys=keys, bad=bad, timing=Timing(**facts.pop("timing", {})), **facts)


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 3
    ending = {signal.SIGTERM, signal.SIGINT}
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)  # Before any thread starts: one that inherits no mask would die of the signal.
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # A controller that hangs up is no news.
    wanted = json.loads(Path(sys.argv[1]).read_text())
    network = Network()
    keys = Path(wanted["keys"]) if wanted.get("keys") else None
    devices = [build(one, network, keys) for one in wanted["devices"]]
    for device in devices:
        device.start()
    print("ready", flush=True)
    signal.sigwait(ending)
    for device in devices:
        device.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
