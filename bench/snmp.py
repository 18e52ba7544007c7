"""Polling all devices of a country over SNMP: how long a sweep takes, and how much of a core it needs once a minute.

Agents in a process of their own, one at each loopback address, 2 of 100 silent; 12 values each.  The same agents are then asked by
prometheus-snmp-exporter, if it is installed, and by pysnmp's own `get_cmd`.  `--devices 1000` for a short run.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from pysnmp.hlapi.v3arch import asyncio as hlapi

from bench.servers import free_ports
from bench.snmp_agents import COMMUNITY, USER, VALUES, address_of
from device_drivers.snmp.asking import Asked
from device_drivers.transports.snmp import Engine
from device_drivers.transports.snmp_login import SnmpLogin
from device_drivers.transports.snmp_quirks import Target

EXPORTER = "prometheus-snmp-exporter"
DEVICES, SILENT_OF_100, SWEEPS, EVERY_S = 10_000, 2, 3, 60
COMPARED = {"pysnmp": 200, "exporter": 1000}  # Devices at most that the others are asked about: they need longer.
LOGINS = {"v2c": SnmpLogin("2c", COMMUNITY), "v3 authPriv": USER}
WANTED_OF_CORE = {"v2c": 0.6}


@contextmanager
def agents(count: int) -> Iterator[int]:
    """Run the agents and yield their port."""
    port = free_ports(1)[0]
    process = subprocess.Popen([sys.executable, "-m", "bench.snmp_agents", str(port), str(count), str(count * SILENT_OF_100 // 100)],
                               stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("the agents did not start")
        yield port
    finally:
        process.terminate()
        process.wait(10)


def memory_mb() -> float:
    return next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")) / 1024


def sweep(name: str, port: int, count: int) -> dict:
    """Poll all agents some times and return what it took, the first sweep apart: it meets every agent for the first time."""
    before = memory_mb()
    engine = Engine().start()
    targets = [Target(address_of(number), address_of(number), LOGINS[name], port) for number in range(count)]
    engine.register(targets).result()
    asked, found = Asked(tuple(VALUES)), []
    for _ in range(SWEEPS):
        begun, used = time.perf_counter(), time.process_time()
        polls = [engine.poll(target, asked) for target in targets]
        wait(polls[: count - count * SILENT_OF_100 // 100])  # The silent ones are the last.
        answered_s = time.perf_counter() - begun
        wait(polls)
        complete = sum(poll.exception() is None and len(poll.result().answers.values) == len(VALUES) for poll in polls)
        found.append({"all_s": time.perf_counter() - begun, "answered_s": answered_s, "cpu_s": time.process_time() - used,
                      "complete": complete, "again": sum(poll.result().asked_again for poll in polls if poll.exception() is None)})
    memory = memory_mb()
    engine.close()
    return {"first": found[0], "later": min(found[1:], key=lambda one: one["cpu_s"]), "memory_mb": memory, "before_mb": before}


def by_pysnmp(name: str, port: int, count: int) -> float:
    """Return the CPU seconds a device by pysnmp's `get_cmd`, one engine, 50 questions at a time, after a first round."""
    objects = [hlapi.ObjectType(hlapi.ObjectIdentity(".".join(map(str, known)))) for known in VALUES]

    async def ask_all() -> float:
        engine, turns = hlapi.SnmpEngine(), asyncio.Semaphore(50)
        user = hlapi.CommunityData(COMMUNITY) if name == "v2c" else hlapi.UsmUserData(
            USER.username, USER.auth_password, USER.priv_password, authProtocol=hlapi.USM_AUTH_HMAC192_SHA256, privProtocol=hlapi.USM_PRIV_CFB128_AES)
        reached = [await hlapi.UdpTransportTarget.create((address_of(number), port)) for number in range(count)]

        async def ask(target: hlapi.UdpTransportTarget) -> None:
            async with turns:
                error, _, _, bindings = await hlapi.get_cmd(engine, user, target, hlapi.ContextData(), *objects, lookupMib=False)
                if error or len(bindings) != len(VALUES):
                    raise RuntimeError(f"pysnmp got {error}")

        await asyncio.gather(*map(ask, reached))
        used = time.process_time()
        await asyncio.gather(*map(ask, reached))
        return time.process_time() - used

    return asyncio.run(ask_all()) / count


def settings_of_exporter() -> str:
    """Return the exporter's configuration (0.21) that asks for the same objects."""
    names = [".".join(map(str, known)) for known in VALUES]
    kinds = {0x04: "DisplayString", 0x02: "gauge", 0x42: "gauge", 0x43: "gauge"}
    asked = "  get: [" + ", ".join(names) + "]\n  metrics:\n" + "".join(
        f"  - {{name: value{place}, oid: {name.removesuffix('.0')}, type: {kinds[kind]}, help: x}}\n"
        for place, (name, (kind, _)) in enumerate(zip(names, VALUES.values(), strict=True)))
    return (f"v2c:\n{asked}  version: 2\n  auth: {{community: {COMMUNITY}}}\nv3:\n{asked}  version: 3\n  auth: {{security_level: authPriv, "
            f"username: {USER.username}, password: {USER.auth_password}, auth_protocol: SHA256, priv_protocol: AES, "
            f"priv_password: {USER.priv_password}}}\n")


def by_exporter(name: str, port: int, count: int) -> float:
    """Return the CPU seconds a device that the exporter needs; the asking for it is not counted."""
    listening = free_ports(1)[0]
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "snmp.yml"
        config.write_text(settings_of_exporter())
        process = subprocess.Popen([EXPORTER, f"--config.file={config}", f"--web.listen-address=127.0.0.1:{listening}", "--log.level=error"])

        def used() -> float:
            fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

        def scrape(number: int) -> None:
            address = f"http://127.0.0.1:{listening}/snmp?module={name.split()[0]}&target={address_of(number)}:{port}"
            with urllib.request.urlopen(address, timeout=20) as page:
                if page.read().count(b"\nvalue") < len(VALUES) - 1:
                    raise RuntimeError("the exporter did not bring every value")

        try:
            _until_it_listens(lambda: scrape(0))
            before = used()
            with ThreadPoolExecutor(16) as pool:
                list(pool.map(scrape, range(count)))
            return (used() - before) / count
        finally:
            process.terminate()
            process.wait(10)


def _until_it_listens(ask) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            ask()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--devices", type=int, default=DEVICES)
    options.add_argument("--part", nargs=3, help=argparse.SUPPRESS)  # What, how, port: a measurement in a process of its own.
    chosen = options.parse_args()
    if chosen.part:
        what, name, port = chosen.part
        print(json.dumps({"sweep": sweep, "pysnmp": by_pysnmp}[what](name, int(port), chosen.devices)))
        return
    silent = chosen.devices * SILENT_OF_100 // 100
    print(f"{chosen.devices} devices, {silent} of them silent, {len(VALUES)} values each")
    with agents(chosen.devices) as port:
        for name in LOGINS:
            show(name, port, chosen.devices)


def show(name: str, port: int, count: int) -> None:
    """Measure one login and print what it took, and what others take for the same."""
    def apart(what: str, devices: int):
        return json.loads(subprocess.run([sys.executable, "-m", "bench.snmp", "--devices", str(devices), "--part", what, name, str(port)],
                                         check=True, stdout=subprocess.PIPE, text=True).stdout)

    measured = apart("sweep", count)
    ours = measured["later"]["cpu_s"] / count
    print(f"\n{name}")
    for label, one in (("first sweep", measured["first"]), ("later sweeps", measured["later"])):
        print(f"  {label:<14}{one['complete']} complete in {one['answered_s']:.2f} s, the silent ones given up after {one['all_s']:.2f} s; "
              f"CPU {one['cpu_s']:.2f} s, {one['cpu_s'] / count * 1e6:.0f} µs a device; {one['again']} asked again")
    wanted = f", wanted below {WANTED_OF_CORE[name]}" if name in WANTED_OF_CORE else ""
    print(f"  {'once a minute':<14}{measured['later']['cpu_s'] / EVERY_S:.3f} of one core{wanted}")
    print(f"  {'memory':<14}{measured['memory_mb']:.0f} MB, {measured['before_mb']:.0f} MB of it before the first target")
    answering = count - count * SILENT_OF_100 // 100
    for other, most in COMPARED.items():
        if other == "exporter" and not which(EXPORTER):
            continue
        compared = min(answering, most)
        theirs = apart(other, compared) if other == "pysnmp" else by_exporter(name, port, compared)
        print(f"  {other:<14}{theirs * 1e6:.0f} µs a device, {theirs / ours:.1f} times as much ({compared} devices)")


if __name__ == "__main__":
    main()
