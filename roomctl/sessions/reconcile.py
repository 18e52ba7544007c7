"""The engine: observe, plan, act, record; one step of each leg at a time.

The database is the truth.  A killed worker costs a tick: what is desired and what was intended are both stored, and
the same facts lead to the same next step.  No device is spoken to inside a transaction, and every write checks that
this worker still holds the lease.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Collection
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import datetime

from device_drivers.errors import DeviceError
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import DATABASE_AWAY, db, write_transaction
from roomctl.devices import connect
from roomctl.devices.faults import PasswordUnsettled
from roomctl.sessions import chair_tables, lease, observe, plan, record, tables, verdict, ways, wishes
from roomctl.sessions.far_ends import Far
from roomctl.sessions.hands import Processes, Threads
from roomctl.sessions.observe import Outcome, Task
from roomctl.sessions.plan import Step
from roomctl.sessions.states import LegEvent, LegState, SessionState

_log = logging.getLogger(__name__)
MOST_KEPT = 250  # Connections in one process; beyond 300 it crawls (measured with paramiko).
WAVE = 80  # Legs that are being set up at once in one process.
_SETTING_UP = frozenset({LegState.WAITING, LegState.DIALLING, LegState.CONNECTED})
GATHER_S, HUNDREDS = 0.04, 100
RESTS_S = 1.0  # How long a session with nothing to do is not looked at, unless somebody changes it.
WAY_LASTS_S = 30.0
AGAIN_S = 1.0
FIRST_BACK_OFF_S, LONGEST_BACK_OFF_S = 0.2, 3.0  # Between tries at a device that failed; each wait is twice the last one, less up to a half.
_ON_PAPER = frozenset({Step.DIAL, Step.AWAIT, Step.REDIAL, Step.GIVE_UP})  # Steps that are written before, or instead of, anything at a device.


class Engine:
    """Works on the running sessions under one lease.  Each leg goes at its own pace: a slow one delays nobody."""

    def __init__(self, held: lease.Held, connections: connect.Connections | None = None, *, hands: Threads | Processes | None = None) -> None:
        self._held = held
        self._hands = hands or Threads(connections or connect.Connections())
        self._under_way: defaultdict[int, dict[int, Future[Outcome]]] = defaultdict(dict)  # By session and leg.
        self._used: defaultdict[int, set[int]] = defaultdict(set)  # Devices that were spoken to, by session.
        self._settled: dict[int, int] = {}  # The version of each session at which nothing was left to settle.
        self._tried: defaultdict[int, set[tuple[int, Step]]] = defaultdict(set)  # By ending session: which legs' steps were carried out.
        self._not_before: dict[int, float] = {}  # By session.
        self._ways: dict[int, tuple[connect.Way | DeviceError, float]] = {}  # By device, and until when it is believed.
        self._resting: dict[int, tuple[int, float]] = {}  # Of sessions with nothing to do: the version that was looked at, and until when.
        self._failed: dict[int, tuple[int, float]] = {}  # By leg: how many tries in a row, and before when there is no other.
        self._took_s = 0.0  # What the last tick took.
        self._messages: dict[int, tuple[int, str]] = {}  # What waits to be shown, by leg, as of the last look.

    def tick(self) -> None:
        """Take every running session on as far as it goes now."""
        begun = time.monotonic()
        running = tables.running_sessions()
        for session_id in (self._under_way.keys() | self._used.keys() | self._settled.keys()) - running.keys():
            self._forget(tables.session_by_id(session_id))  # It has ended, and the answer to that commit was lost.
        for session_id, version in running.items():
            if self._not_before.get(session_id, 0.0) > time.monotonic() or self._rests(session_id, version):
                continue
            try:
                self._step(session_id)
            except (lease.LeaseLost, *DATABASE_AWAY):
                raise
            except Exception:
                # A session that cannot be worked on must not keep those behind it from being watched.
                _log.exception("session %s: a step failed", session_id)
                self._not_before[session_id] = time.monotonic() + AGAIN_S
                db.session.rollback()
        self._took_s = time.monotonic() - begun

    def _rests(self, session_id: int, version: int) -> bool:
        """True while a session is known to need nothing, and nobody has changed it since."""
        seen, until = self._resting.get(session_id, (version, 0.0))
        return seen == version and time.monotonic() < until

    def wait(self, seconds: float) -> None:
        """Wait until a device has answered, at most so long; then a moment for others, so that many share one transaction.

        With hundreds of legs a tick takes long, and so do the devices: as much time as it took is left to those that answer.
        """
        under_way = [future for of_session in self._under_way.values() for future in of_session.values()]
        if under_way:
            wait(under_way, timeout=seconds, return_when=FIRST_COMPLETED)
            wait(under_way, timeout=min(max(self._took_s, GATHER_S), AGAIN_S) if len(under_way) > HUNDREDS else GATHER_S)
        else:
            time.sleep(seconds)

    def close(self) -> None:
        self._hands.close()

    def _step(self, session_id: int) -> None:
        under_way = self._under_way[session_id]
        outcomes = [under_way.pop(leg_id).result() for leg_id, future in list(under_way.items()) if future.done()]
        self._back_off(outcomes)
        session = None if outcomes else tables.session_at_work(session_id)
        steps = self._next_steps(session) if session is not None else {}
        if session is None or session.version != self._settled.get(session_id) or not _ON_PAPER.isdisjoint(steps.values()):
            session, steps = self._write(session_id, outcomes)
        if session.ended_at is not None:
            self._forget(session)
            return
        if outcomes and self._is_crowded(session):
            self._make_room(session, {outcome.leg_id for outcome in outcomes}, steps)
        due = [leg for leg in session.legs if steps.get(leg.id, Step.REST) not in (Step.REST, Step.GIVE_UP, Step.REDIAL, Step.AWAIT)]
        self._look_up_ways(due)
        for leg in due:
            under_way[leg.id] = self._submitted(session, leg, steps[leg.id])
        if not under_way and set(steps.values()) <= {Step.REST} and self._failed.keys().isdisjoint(steps):
            self._resting[session_id] = (session.version, time.monotonic() + self._rest_of(session))
        db.session.rollback()  # Nothing of the database is held while devices are spoken to.

    def _rest_of(self, session: tables.ConferenceSession) -> float:
        """Return the seconds for which a session with nothing under way needs no look, as its legs are now."""
        now, due = clock.now(), [leg.check_due_at for leg in session.legs if leg.check_due_at is not None]
        due += [leg.mute_due_at for leg in session.legs if leg.mute_due_at is not None]
        return min([RESTS_S, *((one - now).total_seconds() for one in due if one > now)])

    def _next_steps(self, session: tables.ConferenceSession, just_tried: Collection[tuple[int, Step]] = ()) -> dict[int, Step]:
        """Return what each leg needs next that nobody is busy with."""
        now, busy, tried = clock.now(), self._under_way[session.id], defaultdict(set)
        for leg_id, step in (*self._tried[session.id], *just_tried):
            tried[leg_id].add(step)
        idle = [leg for leg in session.legs if leg.id not in busy]
        self._messages = chair_tables.waiting_messages(session.id)
        steps = {leg.id: plan.next_step(record.facts_of(session, leg, tried[leg.id], wishes.steps_for(session, leg, now, self._messages)), now)
                 for leg in idle}
        moment = time.monotonic()
        for leg_id, step in steps.items():
            if step not in _ON_PAPER and leg_id in self._failed and moment < self._failed[leg_id][1]:
                steps[leg_id] = Step.REST
        return self._in_waves(session, steps) if self._is_crowded(session) else steps

    def _back_off(self, outcomes: list[Outcome]) -> None:
        """Note which devices failed, so that they are tried again later and later, and hundreds that fail at once not at once again."""
        for outcome in outcomes:
            if not outcome.error or outcome.gone:
                self._failed.pop(outcome.leg_id, None)
                continue
            tries = self._failed.get(outcome.leg_id, (0, 0.0))[0] + 1
            longest = min(FIRST_BACK_OFF_S * 2 ** (tries - 1), LONGEST_BACK_OFF_S)
            self._failed[outcome.leg_id] = (tries, time.monotonic() + longest * random.uniform(0.5, 1.0))  # noqa: S311

    def _is_crowded(self, session: tables.ConferenceSession) -> bool:
        """True of a session with more legs than connections can be kept open."""
        return len(session.legs) > MOST_KEPT * self._hands.count

    def _in_waves(self, session: tables.ConferenceSession, steps: dict[int, Step]) -> dict[int, Step]:
        """Let so many legs begin as there is room for; the others wait for those before them to be proven, or to fail."""
        begun = sum(leg.id not in steps or leg.state in (LegState.DIALLING, LegState.CONNECTED) or leg.former_setting is not None
                    for leg in session.legs if leg.state in _SETTING_UP)
        free = WAVE * self._hands.count - begun
        for leg in session.legs:
            if steps.get(leg.id) is Step.LOOK:
                free -= 1
                if free < 0:
                    steps[leg.id] = Step.REST
        return steps

    def _make_room(self, session: tables.ConferenceSession, leg_ids: Collection[int], steps: dict[int, Step]) -> None:
        """Close the connections of legs that need nothing for now, so that the next wave finds room."""
        self._hands.let_go({leg.device_id for leg in session.legs if leg.id in leg_ids and leg.kind == tables.LegKind.ROOM
                            and steps.get(leg.id) is Step.REST and leg.state not in _SETTING_UP})

    def _submitted(self, session: tables.ConferenceSession, leg: tables.Leg, step: Step) -> "Future[Outcome]":
        """Have a step carried out; one at a device that nobody knows how to reach has failed already, and holds up no other."""
        self._used[session.id] |= {leg.device_id, leg.bridge_id}
        way = self._ways[leg.device_id][0]
        if isinstance(way, connect.Way):
            return self._hands.submit(self._task(session, leg, step, way))
        future: Future[Outcome] = Future()
        future.set_result(Outcome(leg.id, step, way.kind, str(way), message_id=self._messages[leg.id][0] if step is Step.MESSAGE else None))
        return future

    def _task(self, session: tables.ConferenceSession, leg: tables.Leg, step: Step, way: connect.Way) -> Task:
        called = ways.is_called(session, leg)
        return Task(leg_id=leg.id, device_id=leg.device_id, step=step, way=way, own_address=leg.own_address,
                    target=ways.target_of(leg), far=self._far_end(session, leg), at=ways.conference_at(leg),
                    callers=frozenset(one.own_address for one in ways.callers(session)) if called else None, call_id=leg.call_id,
                    former_setting=leg.former_setting, patient=leg.state == LegState.CONNECTED, mute=leg.mute_wanted,
                    message=self._messages.get(leg.id) if step is Step.MESSAGE else None, lock=session.lock_wanted,
                    pace_s=observe.pace_for(min(len(session.legs), WAVE * self._hands.count if self._is_crowded(session) else MOST_KEPT * 2)),
                    closes=leg.state not in _SETTING_UP and self._is_crowded(session))

    def _far_end(self, session: tables.ConferenceSession, leg: tables.Leg) -> Far | None:
        """Return the far end to read; None where there is none, or nobody knows how to reach it, which proves nothing of the leg."""
        way = self._ways[leg.bridge_id][0] if ways.has_far_end(session, leg) else None
        return Far(way, leg.bridge_address, session.topology in ways.BY_THE_HOSTS_CODEC) if isinstance(way, connect.Way) else None

    def _look_up_ways(self, legs: Collection[tables.Leg]) -> None:
        """Read how to reach the devices of legs, now and then, and whenever something at one of them went wrong."""
        now = time.monotonic()
        needed = {leg.device_id for leg in legs} | {leg.bridge_id for leg in legs if leg.bridge_id is not None}
        missing = {device_id for device_id in needed if self._ways.get(device_id, (None, 0.0))[1] < now}
        found = connect.ways_to(missing) if missing else {}
        for device_id in missing:
            self._ways[device_id] = (found.get(device_id) or PasswordUnsettled("its password is being changed"), now + WAY_LASTS_S)

    @property
    def device_ids(self) -> set[int]:
        """The devices that running sessions have spoken to."""
        return set().union(*self._used.values())

    def _forget(self, session: tables.ConferenceSession) -> None:
        others = {device_id for session_id, used in self._used.items() if session_id != session.id for device_id in used}
        self._hands.let_go(self._used.pop(session.id, set()) - others)
        self._under_way.pop(session.id, None)
        self._settled.pop(session.id, None)
        self._tried.pop(session.id, None)
        self._not_before.pop(session.id, None)
        self._resting.pop(session.id, None)
        for leg in session.legs:
            self._failed.pop(leg.id, None)

    def _write(self, session_id: int, outcomes: list[Outcome]) -> tuple[tables.ConferenceSession, dict[int, Step]]:
        """Record what the devices answered and what needs no device, in one transaction; return the session and what its legs need next."""
        for outcome in outcomes:
            if outcome.error:
                self._ways.clear()  # Its password, its host key or the bridge's may be other ones by now.
            if outcome.refused_key is not None:
                connect.keep_refused_key(db.session.get_one(tables.Leg, outcome.leg_id).device_id, outcome.refused_key)
        with write_transaction():
            lease.check(self._held)
            session = tables.session_for_update(session_id)
            just_tried = {(outcome.leg_id, outcome.step) for outcome in outcomes if session.state == SessionState.ENDING}
            now, before = clock.now(), record.shown_of(session)
            self._record(session, outcomes, now)
            ended = record.settle(session, now)
            steps = {} if ended else self._next_steps(session, just_tried)
            if not _ON_PAPER.isdisjoint(steps.values()):
                self._decide(session, steps, now)
                ended = record.settle(session, now)
            if record.shown_of(session) != before:
                session.version += 1
        self._settled[session_id] = session.version
        self._tried[session_id] |= just_tried  # Not before it is recorded: what was lost is tried again.
        if ended:
            trail.checkpoint()
        return session, steps

    def _record(self, session: tables.ConferenceSession, outcomes: list[Outcome], now: datetime) -> None:
        profile, legs = session.profile.as_profile(), {leg.id: leg for leg in session.legs}
        digests: list[str] = []
        looked_through: set[int] = set()  # Readings of a bridge, of which one serves many legs.
        with tables.at_hand([legs[outcome.leg_id] for outcome in outcomes]):
            for outcome in outcomes:
                record.apply(session, legs[outcome.leg_id], outcome, profile, now, digests)
                if outcome.bridge is not None and id(outcome.bridge) not in looked_through:
                    looked_through.add(id(outcome.bridge))
                    at = outcome.bridge.address
                    strangers = verdict.strangers(outcome.bridge, ways.expected_at(session, at))
                    record.note_stranger(session, [one.remote for one in strangers], at=at)
        if digests:
            trail.append(EventKind.LEG_CHECKS, subject=session.ref, classification=profile.classification, checks=digests)

    def _decide(self, session: tables.ConferenceSession, steps: dict[int, Step], now: datetime) -> None:
        """Write what needs no device: the intent to dial before dialling, giving up, the decision to redial."""
        for leg in session.legs:
            match steps.get(leg.id):
                case Step.DIAL:
                    record.move_leg(leg, LegEvent.DIAL_INTENDED, now)
                    leg.intent_at, leg.dials, leg.call_id = now, leg.dials + 1, None
                    trail.append(EventKind.LEG_DIALLED, subject=session.ref, leg=leg.id, room=leg.room_id, dial=leg.dials)
                case Step.AWAIT:
                    record.move_leg(leg, LegEvent.DIAL_INTENDED, now)
                    leg.dials, leg.call_id = leg.dials + 1, None
                case Step.REDIAL:
                    record.move_leg(leg, LegEvent.REDIAL, now)
                    leg.prepared_at, leg.call_id = None, None
                case Step.GIVE_UP:
                    record.give_up(session, leg, now)
