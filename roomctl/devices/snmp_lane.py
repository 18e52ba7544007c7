"""Asks devices over SNMP through the one engine, many at a time, and says what was found; only the prober's thread calls it.

What an agent answered last time is kept in memory, for rates and restarts: after a restart of this program nothing is claimed about
the time before.  What was learned of it (its class, its faults, its engine) comes from the database and goes back there.
"""

import logging
from collections.abc import Callable, Collection, Generator
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from device_drivers.errors import DeviceError
from device_drivers.readings import Measured
from device_drivers.snmp.asking import Answers, Asked
from device_drivers.transports.snmp import Engine
from device_drivers.transports.snmp import Polled as Answered
from device_drivers.transports.snmp_quirks import Quirks, Target
from roomctl import clock
from roomctl.devices import snmp, snmp_look, snmp_tables
from roomctl.devices.faults import DriverFault
from roomctl.devices.snmp_look import Found, Known

_log = logging.getLogger(__name__)


class Asks(Protocol):
    """What is needed of the transport's engine."""

    def poll(self, target: Target, asked: Asked) -> "Future[Answered]": ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Polled:
    """What asking a device over SNMP brought: readings and what was learned, or the error that stood in the way."""

    device_id: int
    known: Known
    measured: tuple[Measured, ...] = ()
    engine_id: str = ""
    quirks: Quirks = field(default_factory=Quirks)
    error: DeviceError | None = None


@dataclass(slots=True)
class _Agent:
    """A device as it is asked: who set its access when, and what is known of it."""

    set_at: datetime
    target: Target
    known: Known


@dataclass(slots=True)
class _Talk:
    """One look under way."""

    agent: _Agent
    steps: Generator[Asked, Answers, Found]
    future: "Future[Answered]"
    quirks: Quirks
    engine_id: str = ""


class SnmpLane:
    """The devices that are being asked over SNMP.  The engine is made when the first one is."""

    def __init__(self, make_engine: Callable[[], Asks] | None = None) -> None:
        self._make_engine = make_engine or (lambda: Engine().start())
        self._engine: Asks | None = None
        self._agents: dict[int, _Agent] = {}
        self._talks: dict[int, _Talk] = {}
        self._done: list[Polled] = []

    def __len__(self) -> int:
        return len(self._talks)

    def __contains__(self, device_id: int) -> bool:
        return device_id in self._talks

    def begin(self, device_ids: Collection[int]) -> set[int]:
        """Start asking devices and return which; each of them ends in `finished` once.  One without an access is not among them."""
        now, begun = clock.now(), set()
        for device, row in snmp_tables.snmp_accesses([one for one in device_ids if one not in self._talks]) if device_ids else ():
            begun.add(device.id)
            login = snmp.login_of(row, now)
            if isinstance(login, DeviceError):
                self._done.append(Polled(device.id, snmp_look.from_plain(row.detected), error=login))
                continue
            agent = self._agents.get(device.id)
            if agent is None or (agent.target.host, agent.target.port, agent.set_at) != (device.host, row.port, row.set_at):
                target = Target(key=str(device.id), host=device.host, port=row.port, login=login, quirks=Quirks.from_dict(row.quirks))
                agent = self._agents[device.id] = _Agent(row.set_at, target, snmp_look.from_plain(row.detected))
            self._talk(device.id, agent, now)
        return begun

    def _talk(self, device_id: int, agent: _Agent, now: datetime) -> None:
        if self._engine is None:
            self._engine = self._make_engine()
        # What spoils an answer today may work after an upgrade: once a day nothing is held against an agent.
        quirks = Quirks() if agent.known.is_stale(now) else agent.target.quirks
        steps = snmp_look.conversation(agent.known, now)
        self._talks[device_id] = _Talk(agent, steps, self._engine.poll(_with(agent.target, quirks), next(steps)), quirks)

    def finished(self) -> list[Polled]:
        """Return what has come back since it was asked last."""
        for device_id, talk in [(one, talk) for one, talk in self._talks.items() if talk.future.done()]:
            polled = self._step(device_id, talk)
            if polled is not None:
                del self._talks[device_id]
                self._done.append(polled)
        done, self._done = self._done, []
        return done

    def _step(self, device_id: int, talk: _Talk) -> Polled | None:
        """Go one question further; return what was found when it was the last."""
        try:
            answered = talk.future.result()
            talk.quirks, talk.engine_id = answered.quirks, answered.engine_id.hex() if answered.engine_id else ""
            talk.future = self._engine.poll(_with(talk.agent.target, talk.quirks), talk.steps.send(answered.answers))  # type: ignore[union-attr]
            return None
        except StopIteration as end:
            found: Found = end.value
            talk.agent.known, talk.agent.target = found.known, _with(talk.agent.target, talk.quirks)
            return Polled(device_id, found.known, found.measured, talk.engine_id, talk.quirks)
        except DeviceError as error:
            return Polled(device_id, talk.agent.known, error=error)
        except Exception as error:  # Whatever an agent answers, the others are asked.
            _log.exception("asking device %s over SNMP failed", device_id)
            return Polled(device_id, talk.agent.known, error=DriverFault(type(error).__name__))

    def forget_all_but(self, device_ids: Collection[int]) -> None:
        """Let go of what is known of devices that are no longer asked."""
        for device_id in self._agents.keys() - set(device_ids) - self._talks.keys():
            del self._agents[device_id]

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()



def _with(target: Target, quirks: Quirks) -> Target:
    return target if target.quirks == quirks else replace(target, quirks=quirks)
