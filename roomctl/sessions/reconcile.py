"""The engine: observe, plan, act, record; one step of each leg at a time.

The database is the truth.  A killed worker costs a tick: what is desired and what was intended are both stored, and
the same facts lead to the same next step.  No device is spoken to inside a transaction, and every write checks that
this worker still holds the lease.
"""

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices import connect
from roomctl.sessions import lease, observe, plan, record, tables, verdict
from roomctl.sessions.observe import Outcome, Task
from roomctl.sessions.plan import Step
from roomctl.sessions.states import LegEvent, LegState, SessionState

MOST_AT_ONCE = 64
GATHER_S = 0.04


class Engine:
    """Works on the running sessions under one lease.  Each leg goes at its own pace: a slow one delays nobody."""

    def __init__(self, held: lease.Held, connections: connect.Connections | None = None) -> None:
        self._held = held
        self._connections = connections or connect.Connections()
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="legs")
        self._under_way: dict[int, Future[Outcome]] = {}  # By leg.
        self._bridges: dict[int, observe.BridgeReader] = {}  # By session.
        self._settled: dict[int, int] = {}  # The version of each session at which nothing was left to settle.

    def tick(self) -> bool:
        """Take every running session on as far as it goes now; return whether one of them is in a hurry."""
        hurry = False
        for session_id in tables.running_session_ids():
            hurry |= self._step(session_id)
        return hurry

    def wait(self, seconds: float) -> None:
        """Wait until a device has answered, at most so long; then a moment for others, so that many share one transaction."""
        if self._under_way:
            wait(self._under_way.values(), timeout=seconds, return_when=FIRST_COMPLETED)
            wait(self._under_way.values(), timeout=GATHER_S)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._connections.close()

    def _step(self, session_id: int) -> bool:
        session = tables.session_by_id(session_id)
        if session is None:
            return False
        outcomes = [self._under_way.pop(leg.id).result() for leg in session.legs
                    if leg.id in self._under_way and self._under_way[leg.id].done()]
        if outcomes or session.version != self._settled.get(session_id):
            self._record(session_id, outcomes)
            session = tables.session_by_id(session_id)
            self._settled[session_id] = session.version
            if session.ended_at is not None:
                self._forget(session)
                return False
        now = clock.now()
        steps = {leg.id: plan.next_step(record.facts_of(session, leg), now) for leg in session.legs if leg.id not in self._under_way}
        if any(step in (Step.DIAL, Step.GIVE_UP, Step.REDIAL) for step in steps.values()):
            session = self._write_decisions(session_id, steps)
        for leg in session.legs:
            if steps.get(leg.id, Step.REST) not in (Step.REST, Step.GIVE_UP, Step.REDIAL):
                task = self._task(session, leg, steps[leg.id])
                self._under_way[leg.id] = self._pool.submit(observe.carry_out, task, self._connections)
        db.session.rollback()  # Nothing of the database is held while devices are spoken to.
        return session.state != SessionState.LIVE

    def _task(self, session: tables.ConferenceSession, leg: tables.Leg, step: Step) -> Task:
        reader = self._bridges.get(session.id)
        if reader is None or reader.failed:  # Anew after a failure: its host key may have been approved in the meantime.
            self._bridges[session.id] = observe.BridgeReader(self._connections, connect.way_to(session.bridge), session.bridge_id,
                                                             session.bridge_address)
        way = None if leg.device_id in self._connections.device_ids else connect.way_to(leg.device)
        return Task(leg_id=leg.id, device_id=leg.device_id, step=step, way=way, own_address=leg.device.dial_address,
                    bridge=self._bridges[session.id], call_id=leg.call_id, former_setting=leg.former_setting)

    def _forget(self, session: tables.ConferenceSession) -> None:
        for leg in session.legs:
            self._connections.drop(leg.device_id)
        others = {reader.device_id for session_id, reader in self._bridges.items() if session_id != session.id}
        if session.bridge_id not in others:
            self._connections.drop(session.bridge_id)
        self._bridges.pop(session.id, None)
        self._settled.pop(session.id, None)

    # Writing

    def _write_decisions(self, session_id: int, steps: dict[int, Step]) -> tables.ConferenceSession:
        """Write what needs no device: the intent to dial before dialling, giving up, the decision to redial."""
        with write_transaction():
            lease.check(self._held)
            session = tables.session_for_update(session_id)
            now = clock.now()
            for leg in session.legs:
                match steps.get(leg.id):
                    case Step.DIAL if leg.state == LegState.WAITING and session.state != SessionState.ENDING:
                        record.move_leg(leg, LegEvent.DIAL_INTENDED, now)
                        leg.intent_at, leg.dials, leg.call_id = now, leg.dials + 1, None
                        trail.append(EventKind.LEG_DIALLED, subject=session.ref, leg=leg.id, room=leg.room_id, dial=leg.dials)
                    case Step.DIAL:
                        steps[leg.id] = Step.REST  # Somebody asked for the end in between.
                    case Step.REDIAL:
                        record.move_leg(leg, LegEvent.REDIAL, now)
                        leg.prepared_at, leg.call_id = None, None
                    case Step.GIVE_UP:
                        record.give_up(session, leg, now)
            session.version += 1
        return session

    def _record(self, session_id: int, outcomes: list[Outcome]) -> None:
        for outcome in outcomes:
            if outcome.device_error is not None:
                connect.remember_key(db.session.get_one(tables.Leg, outcome.leg_id).device_id, outcome.device_error)
        with write_transaction():
            lease.check(self._held)
            session = tables.session_for_update(session_id)
            profile, now = session.profile.as_profile(), clock.now()
            before = record.shown_of(session)
            legs = {leg.id: leg for leg in session.legs}
            digests: list[str] = []
            for outcome in outcomes:
                record.apply(session, legs[outcome.leg_id], outcome, profile, now, digests)
                if outcome.bridge is not None:
                    strangers = verdict.strangers(outcome.bridge, [leg.device.dial_address for leg in session.legs])
                    session.stranger = strangers[0].remote if strangers else ""
            if digests:
                trail.append(EventKind.LEG_CHECKS, subject=session.ref, classification=profile.classification, checks=digests)
            ended = record.settle(session, now)
            if record.shown_of(session) != before:
                session.version += 1
        if ended:
            trail.checkpoint()
