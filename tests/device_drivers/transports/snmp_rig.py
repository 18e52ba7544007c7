"""Agents and engines for the tests of the SNMP transport: simulated ones, and net-snmp's own snmpd on a loopback port."""

import os
import shutil
import socket
import subprocess
import threading
import time
from pathlib import Path

from hypothesis import settings

from device_drivers.errors import DeviceError
from device_drivers.simulators.snmp_agent import AgentBadDay, SimulatedAgent, Typed, typed
from device_drivers.snmp.asking import Asked, Oid, oid
from device_drivers.transports import snmp_ber, snmp_usm
from device_drivers.transports.snmp import Engine, Polled
from device_drivers.transports.snmp_ber import COUNTER_32, OCTETS
from device_drivers.transports.snmp_login import SnmpLogin
from device_drivers.transports.snmp_quirks import Target

SNMPD = shutil.which("snmpd") or ("/usr/sbin/snmpd" if Path("/usr/sbin/snmpd").exists() else None)
SYSTEM, IF_DESCR, HC_IN_OCTETS = oid("1.3.6.1.2.1.1"), oid("1.3.6.1.2.1.2.2.1.2"), oid("1.3.6.1.2.1.31.1.1.1.6")
AUTH, PRIV = "mot mat khau", "mat khau khac"
PUBLIC, PUBLIC_V1 = SnmpLogin("2c", "public"), SnmpLogin("1", "public")
QUIET = {"MIBS": "", "SNMPCONFPATH": "/nonexistent"}  # net-snmp's programs then read numbers only, and nobody's settings.

CALMLY = settings(max_examples=60, deadline=None, database=None)  # However busy the machine is, and without files.


def user(name: str = "doc", auth: str = "SHA-256", priv: str = "AES-128", *, auth_password: str = AUTH, priv_password: str = PRIV) -> SnmpLogin:
    """Return a user of version 3."""
    return SnmpLogin("3", username=name, auth_protocol=auth, auth_password=auth_password if auth else "", priv_protocol=priv,
                     priv_password=priv_password if priv else "")


def scalars(count: int = 4) -> dict[Oid, Typed]:
    """Return single objects, the first of which is sysDescr."""
    return {(*SYSTEM, number, 0): typed(OCTETS, f"scalar {number}") for number in range(1, count + 1)}


def interfaces(count: int = 3) -> dict[Oid, Typed]:
    """Return two columns of a table of interfaces."""
    rows = range(1, count + 1)
    return {(*IF_DESCR, row): typed(OCTETS, f"port {row}") for row in rows} | {
        (*IF_DESCR[:-1], 10, row): typed(COUNTER_32, 1000 + row) for row in rows}


class Rig:
    """Simulated agents and one engine, started when asked for and stopped at the end of the test."""

    def __init__(self) -> None:
        self._agents: list[SimulatedAgent] = []
        self._engine: Engine | None = None

    def agent(self, objects: dict[Oid, Typed] | None = None, *, bad: AgentBadDay | None = None, **facts) -> SimulatedAgent:
        agent = SimulatedAgent(scalars() | interfaces() if objects is None else objects, bad=bad, **facts).start()
        self._agents.append(agent)
        return agent

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            self._engine = Engine().start()
        return self._engine

    def poll(self, agent, login: SnmpLogin = PUBLIC, *, objects: tuple[Oid, ...] = (), columns: tuple[Oid, ...] = (), **facts) -> Polled:
        """Poll an agent and return what came; a DeviceError is raised as the engine raises it."""
        return self.engine.poll(target(agent, login, **facts), Asked(objects, columns)).result(30)

    def failure(self, agent, login: SnmpLogin = PUBLIC, **facts) -> DeviceError:
        """Poll an agent that must fail, and return how it did."""
        facts.setdefault("objects", ((*SYSTEM, 1, 0),))
        error = self.engine.poll(target(agent, login, **{name: fact for name, fact in facts.items() if name not in ("objects", "columns")}),
                                 Asked(facts["objects"], facts.get("columns", ()))).exception(30)
        assert isinstance(error, DeviceError), error
        return error

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        for agent in self._agents:
            agent.stop()


def target(agent, login: SnmpLogin = PUBLIC, **facts) -> Target:
    """Return the target of an agent, impatient unless the test says otherwise."""
    wanted = {"key": f"device {agent.port}", "timeout_s": 0.25, "retries": 1, **facts}
    return Target(host=getattr(agent, "host", "127.0.0.1"), port=agent.port, login=login, **wanted)


def free_udp_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Snmpd:
    """A running snmpd; the same folder keeps its engine ID and its boots."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, lines: list[str], *, port: int | None = None) -> None:
        self.port, self._folder = port or free_udp_port(), folder
        (folder / "state").mkdir(exist_ok=True)
        config = folder / "snmpd.conf"
        config.write_text("\n".join([f"agentAddress udp:127.0.0.1:{self.port}", "sysDescr a real agent", *lines, ""]))
        self._process = subprocess.Popen(
            [SNMPD, "-f", "-Lf", str(folder / "log"), "-c", str(config), "-p", str(folder / "pid")],
            env={**os.environ, **QUIET, "SNMPCONFPATH": str(folder / "state"), "SNMP_PERSISTENT_DIR": str(folder / "state")})
        self._wait()

    def _wait(self) -> None:
        """Wait until it answers, for which any datagram that deserves a Report will do."""
        asking = snmp_usm.seal(1, snmp_ber.pdu(snmp_ber.GET, 1, snmp_ber.asked_for(())), engine_id=b"", boots=0, time_s=0, username=b"",
                               keys=None, level=0, reportable=True)
        until, pause = time.monotonic() + 20, threading.Event()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
            asker.settimeout(0.2)
            while time.monotonic() < until and self._process.poll() is None:
                try:
                    asker.sendto(asking, ("127.0.0.1", self.port))
                    asker.recv(65_535)
                    return
                except OSError:
                    pause.wait(0.05)
        raise RuntimeError(f"snmpd did not start: {(self._folder / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
