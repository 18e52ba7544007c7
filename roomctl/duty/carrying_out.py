"""Carries orders out beside the sessions: a few devices at once, each one's outcome written down as it comes.

The database is the truth.  What a killed worker left under way is judged by the next one: a restart is unknown and not repeated, a
setting is set again and read back, a look is waited for again.  One thread calls `tick`; devices are spoken to in others.

A device that a session uses is not touched: whoever takes one, for a session or an order, does so under one lock
(`order_tables.lock_use_of_devices`).  From then until the device was told, which takes `at_device.CHANGED_WITHIN_S` at most, no session
starts with it; a restart that is under way is only watched, and no more once a session has the device.
"""

from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from device_drivers.errors import DeviceError
from roomctl import clock
from roomctl.audit import trail
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.devices import card_tables, connect, reading_tables, snmp_tables
from roomctl.duty import at_device, order_tables, orders
from roomctl.duty.at_device import Outcome, Turn
from roomctl.duty.order_tables import ACTING, ASKED, DONE, FAILED, SKIPPED, UNDER_WAY, UNKNOWN, WAITING, DeviceOrder, OrderTarget
from roomctl.organisation import access
from roomctl.organisation.roles import Action

AT_ONCE = 8
LOOKS_AT_ONCE, ASSIGNED_AT_ONCE = 200, 200
LOOKED_AT_WITHIN = timedelta(minutes=3)
LASTS = timedelta(hours=12)  # What has not had its turn by then was ordered for another day.
CLAIM_LASTS = timedelta(seconds=at_device.CHANGED_WITHIN_S + 30)  # With the longest that a device takes to answer.


@dataclass(slots=True)
class _UnderWay:
    turn: Turn
    future: "Future[Outcome]"
    told_is_stored: bool = False


class Carrier:
    """Works on the orders.  `leased` returns the devices that sessions use; `still_ours` raises when another worker has taken over."""

    def __init__(self, connections: connect.Connections, *, leased: Callable[[], Collection[int]],
                 still_ours: Callable[[], None] = lambda: None) -> None:
        self._connections, self._leased, self._still_ours = connections, leased, still_ours
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="orders")
        self._under_way: dict[tuple[int, int], _UnderWay] = {}  # By order and device.
        self._has_taken_over = False

    @property
    def device_ids(self) -> set[int]:
        """Return the devices that are spoken to now; nobody else is to look at them meanwhile."""
        return {device_id for _, device_id in list(self._under_way)}

    def tick(self) -> None:
        """Write down what has come of the devices under way, and let the next have their turn."""
        found = order_tables.open_orders()
        if not found:
            return
        kinds = {order.id: order.kind for order in found}
        try:
            if not self._has_taken_over:
                self._take_over(kinds)
                self._has_taken_over = True
            self._give_way()
            self._collect()
            self._settle_looks([order_id for order_id, kind in kinds.items() if kind == "check"])
            self._begin(found)
            self._finish(list(kinds))
        except BaseException:
            self._has_taken_over = False  # What was taken, and never sent because of this, is judged like what a killed worker left.
            raise

    def close(self) -> None:
        """Stop; restarts that are under way are judged by the next worker."""
        for one in self._under_way.values():
            one.turn.gives_way.set()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._connections.close()

    def _take_over(self, kinds: dict[int, str]) -> None:
        """Judge what was left under way by a worker that is gone."""
        with write_transaction():
            self._still_ours()
            for target in order_tables.targets_for_update(kinds, UNDER_WAY):
                if (target.order_id, target.device_id) in self._under_way:
                    continue
                match kinds[target.order_id]:
                    case "restart":
                        self._write(target, Outcome(UNKNOWN, "worker_stopped"), "restart")
                        reading_tables.add_wishes([target.device_id], clock.now())
                    case "set_encryption":
                        target.state, target.begun_at = WAITING, None

    def _give_way(self) -> None:
        """Leave alone what a session has taken: it may once a restart was told."""
        watched = {key for key, one in self._under_way.items() if not one.turn.gives_way.is_set()}
        leased = set(self._leased()) if watched else set()
        for key in watched:
            if key[1] in leased:
                self._under_way[key].turn.gives_way.set()

    def _collect(self) -> None:
        told = [key for key, one in self._under_way.items() if one.turn.was_told.is_set() and not one.told_is_stored]
        done = {key: one.future.result() for key, one in self._under_way.items() if one.future.done()}
        if not told and not done:
            return
        for (_, device_id), outcome in done.items():
            if outcome.error is not None:
                connect.remember_key(device_id, outcome.error)
        with write_transaction():
            self._still_ours()
            for key in told:
                target = order_tables.target_for_update(*key)
                if target is not None and target.state == UNDER_WAY:
                    target.outcome = ASKED
            for key, outcome in done.items():
                target = order_tables.target_for_update(*key)
                if target is not None and target.state == UNDER_WAY:
                    self._write(target, outcome, target.order.kind)
            if done:  # What is shown of them is to be how they are now.
                reading_tables.add_wishes({device_id for _, device_id in done}, clock.now())
        for key in told:
            self._under_way[key].told_is_stored = True
        for key in done:
            del self._under_way[key]

    def _write(self, target: OrderTarget, outcome: Outcome, kind: str) -> None:
        target.state, target.outcome, target.detail, target.finished_at = outcome.state, outcome.word[:40], outcome.detail[:500], clock.now()
        if kind == "restart" and outcome.state != SKIPPED:
            trail.append(EventKind.DEVICE_RESTARTED, actor=target.order.asked_by, subject=target.device.ref, unit=target.device.unit_id,
                         outcome={DONE: "done", FAILED: "failed"}.get(outcome.state, "unknown"), order=target.order_id, word=outcome.word)

    def _settle_looks(self, order_ids: Collection[int]) -> None:
        """Write down what the looks found that were wished for; one that does not come is not waited for without end."""
        now = clock.now()
        if not order_ids or not any(self._is_settled(target, now) for target in order_tables.targets_of(order_ids, UNDER_WAY)):
            return
        with write_transaction():
            self._still_ours()
            for target in order_tables.targets_for_update(order_ids, UNDER_WAY):
                device = target.device
                if self._was_looked_at(target):
                    self._write(target, Outcome(DONE, device.fault or f"found_{device.status}", device.fault_detail), "check")
                elif self._is_settled(target, now):
                    self._write(target, Outcome(UNKNOWN, "not_looked_at"), "check")

    @staticmethod
    def _was_looked_at(target: OrderTarget) -> bool:
        return target.device.probed_at is not None and target.begun_at is not None and target.device.probed_at > target.begun_at

    def _is_settled(self, target: OrderTarget, now: datetime) -> bool:
        return self._was_looked_at(target) or target.begun_at is None or now - target.begun_at > LOOKED_AT_WITHIN

    def _begin(self, found: list[DeviceOrder]) -> None:
        """Take the next devices; what stands in the way of one is asked under the lock that a session's start takes too."""
        now, counts = clock.now(), order_tables.counts_of([order.id for order in found])
        waiting = [order for order in found if counts[order.id][WAITING]]
        free = AT_ONCE - len(self._under_way)
        acting = [order.id for order in waiting if order.kind in ACTING] if free > 0 else []
        looks = [order.id for order in waiting if order.kind == "check"]
        assigning = [order.id for order in waiting if order.kind == "assign"][:1]  # One at a time: its devices are locked in one order.
        if not acting and not looks and not assigning:
            return
        with write_transaction():
            self._still_ours()
            order_tables.lock_use_of_devices()
            leased = set(self._leased())
            self._begin_looks(order_tables.targets_for_update(looks, WAITING, limit=LOOKS_AT_ONCE), leased, now)
            for target in order_tables.targets_for_update(assigning, WAITING, limit=ASSIGNED_AT_ONCE):
                self._assign(target, now)
            # More than there is room for, so that many that are skipped do not take a tick each.
            taken = self._taken(order_tables.targets_for_update(acting, WAITING, limit=4 * AT_ONCE) if acting else [], leased, now, free)
            ways = connect.ways_to([target.device_id for target in taken]) if taken else {}
        for target in taken:
            self._send(target, ways.get(target.device_id))

    def _taken(self, waiting: list[OrderTarget], leased: Collection[int], now: datetime, free: int) -> list[OrderTarget]:
        taken: list[OrderTarget] = []
        busy = orders.rooms_soon_needed({one.device.room_id for one in waiting if one.device.room_id is not None}, now)
        for target in waiting:
            word = self._in_the_way(target, leased, busy, now)
            if word:
                self._write(target, Outcome(SKIPPED, word), target.order.kind)
            elif len(taken) < free and target.device_id not in self.device_ids | {one.device_id for one in taken}:
                target.state, target.begun_at, target.outcome = UNDER_WAY, now, ""
                taken.append(target)
        return taken

    def _in_the_way(self, target: OrderTarget, leased: Collection[int], busy: Collection[int], now: datetime) -> str:
        """Return why a device is not to be touched, as far as the database tells."""
        device, order = target.device, target.order
        if order.stop_asked_at is not None:
            return "stopped"
        if now - order.asked_at > LASTS:
            return "expired"
        if device.retired_at is not None:
            return "retired"
        if not access.can(order.asker, Action.ORDER_DEVICES, device):
            return "not_yours"  # The role, or the device, has moved since.
        if orders.is_beyond(order.kind, device):
            return "not_supported"
        if device.id in leased:
            return "in_session"
        return "conference_soon" if device.room_id in busy and not order.arguments.get("force") else ""

    def _begin_looks(self, targets: list[OrderTarget], leased: Collection[int], now: datetime) -> None:
        wished = []
        for target in targets:
            word = self._in_the_way(target, leased, (), now)
            if not word and target.device.kind == "equipment" and snmp_tables.snmp_access(target.device_id) is None:
                word = "not_asked"
            if word:
                self._write(target, Outcome(SKIPPED, word), "check")
            else:
                target.state, target.begun_at = UNDER_WAY, now
                wished.append(target.device_id)
        if wished:
            reading_tables.add_wishes(sorted(set(wished)), now)

    def _assign(self, target: OrderTarget, now: datetime) -> None:
        word = self._in_the_way(target, (), (), now)
        if word:
            self._write(target, Outcome(SKIPPED, word), "assign")
            return
        arguments = target.order.arguments
        if "every_s" in arguments:
            target.device.probe_every_s = int(arguments["every_s"])
        if "responsible_id" in arguments:
            card = card_tables.card_of(target.device_id)
            if card is None:
                card = card_tables.InventoryCard(device_id=target.device_id)
                db.session.add(card)
            card.responsible_id, card.changed_at = int(arguments["responsible_id"]), now
        self._write(target, Outcome(DONE, "assigned"), "assign")

    def _send(self, target: OrderTarget, way: connect.Way | DeviceError | None) -> None:
        turn, arguments = Turn(), target.order.arguments
        if way is None or isinstance(way, DeviceError):
            future: Future[Outcome] = Future()
            future.set_result(Outcome(SKIPPED, "retired") if way is None else Outcome(FAILED, way.kind, str(way)))
        elif target.order.kind == "restart":
            future = self._pool.submit(at_device.restart, way, self._connections, turn, force=bool(arguments.get("force")))
        else:
            future = self._pool.submit(at_device.set_encryption, way, self._connections, turn, setting=arguments["setting"],
                                       force=bool(arguments.get("force")))
        self._under_way[target.order_id, target.device_id] = _UnderWay(turn, future)

    def _finish(self, order_ids: list[int]) -> None:
        """Close the orders of which nothing is left to do."""
        over = [order_id for order_id, count in order_tables.counts_of(order_ids).items() if not count[WAITING] and not count[UNDER_WAY]]
        if not over:
            return
        with write_transaction():
            self._still_ours()
            for order_id in over:
                order = order_tables.order_for_update(order_id)
                if order is not None and order.finished_at is None:
                    order.finished_at = clock.now()
