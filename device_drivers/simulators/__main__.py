"""Run a set of simulated devices from a file: `python -m device_drivers.simulators FILE.json`.

The file: {"keys": FOLDER, "devices": [{"kind": "baresip" | "cisco_roomos" | "cisco_tc" | "extron_sis" | "lifesize_220" |
"pjsip_bridge" | "poly" | "simulated_bridge" | "tesira", "name": ..., "port": ..., "password": ..., "address": ... or "pool": [...]
(codec, bridge), "bad": {...}, "timing": {...} (codecs, bridge), "autoanswer": false (codecs that can be told to answer),
"oddities": {...} (cisco_tc), "firmware": {...} (cisco_roomos), "blocks": {NAME: CHANNELS} (tesira)}]}.
Or {"kind": "snmp_agent", "name": ..., "port": ...,
"recording": one of device_drivers/simulators/recordings, "user": {...} as SnmpLogin has it}.  Or {"kind": "guest", "name": ...,
"address": ..., "encryption": ..., "autoanswer": ...}: somebody who can be called and has no port.
Prints "ready" when all listen; ends on SIGTERM or SIGINT.
"""

import json
import logging
import signal
import sys
from importlib import resources
from pathlib import Path
from typing import Any

from device_drivers.simulators.baresip import BaresipBadDay, SimulatedBaresip
from device_drivers.simulators.bridge import BridgeBadDay, SimulatedBridgeDevice
from device_drivers.simulators.cisco_roomos import Firmware, SimulatedRoomOS
from device_drivers.simulators.cisco_tc import Oddities, SimulatedTc
from device_drivers.simulators.extron_sis import ExtronBadDay, SimulatedExtron
from device_drivers.simulators.guest import SimulatedGuest
from device_drivers.simulators.lifesize_220 import LifesizeBadDay, SimulatedLifesize
from device_drivers.simulators.network import Network, Timing
from device_drivers.simulators.pjsip_bridge import SimulatedPjsipBridge
from device_drivers.simulators.poly import PolyBadDay, SimulatedPoly
from device_drivers.simulators.server import BadDay, SimulatedDevice
from device_drivers.simulators.snmp_agent import SimulatedAgent, read_recording
from device_drivers.simulators.tesira import SimulatedTesira, TesiraBadDay
from device_drivers.transports.snmp_login import SnmpLogin


def build(wanted: dict[str, Any], network: Network, keys: Path | None) -> SimulatedDevice | SimulatedAgent | SimulatedGuest:
    """Return one device as the file describes it, not yet started."""
    facts = dict(wanted)
    kind = facts.pop("kind")
    if kind == "snmp_agent":
        text = resources.files("device_drivers.simulators").joinpath("recordings", f"{facts['recording']}.snmprec").read_text("utf-8")
        engine_id = b"\x80\x00\x1f\x88\x04" + facts["name"].encode()[:27]  # RFC 3411: text of the administrator's choice.
        return SimulatedAgent(read_recording(text), users=[SnmpLogin(version="3", **facts["user"])], engine_id=engine_id, port=facts["port"])
    if kind == "guest":
        return SimulatedGuest(network=network, timing=Timing(**facts.pop("timing", {})), **facts)
    if kind in ("pjsip_bridge", "simulated_bridge"):
        busy, bridge = BridgeBadDay(**facts.pop("bad", {})), SimulatedPjsipBridge if kind == "pjsip_bridge" else SimulatedBridgeDevice
        return bridge(network=network, keys=keys, bad=busy, timing=Timing(**facts.pop("timing", {})), **facts)
    if kind == "poly":
        day = PolyBadDay(**facts.pop("bad", {}))
        return SimulatedPoly(network=network, keys=keys, bad=day, timing=Timing(**facts.pop("timing", {})), **facts)
    if kind == "baresip":
        restless = BaresipBadDay(**facts.pop("bad", {}))
        return SimulatedBaresip(network=network, keys=keys, bad=restless, timing=Timing(**facts.pop("timing", {})), **facts)
    if kind == "lifesize_220":
        day = LifesizeBadDay(**facts.pop("bad", {}))
        return SimulatedLifesize(network=network, keys=keys, bad=day, timing=Timing(**facts.pop("timing", {})), **facts)
    if kind == "extron_sis":
        return SimulatedExtron(keys=keys, bad=ExtronBadDay(**facts.pop("bad", {})), **facts)
    if kind == "tesira":
        return SimulatedTesira(keys=keys, bad=TesiraBadDay(**facts.pop("bad", {})), **facts)
    bad = BadDay(**facts.pop("bad", {}))
    if kind == "cisco_tc":
        odd = Oddities(**facts.pop("oddities", {}))
        return SimulatedTc(network=network, keys=keys, bad=bad, oddities=odd, timing=Timing(**facts.pop("timing", {})), **facts)
    firmware = Firmware(**facts.pop("firmware", {}))
    return SimulatedRoomOS(network=network, keys=keys, bad=bad, firmware=firmware, timing=Timing(**facts.pop("timing", {})), **facts)


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
