"""Ports and addresses of bridges are held with the rooms, from booking on: whatever changes rooms or times settles them anew.

It happens once, as a last step of the transaction and in one place, whichever use case it was: rooms are locked by then, bridges are
locked after them in id order, and the trail's lock comes last.  What a person books or changes must fit, or it is refused; where
somebody else's act made an occurrence grow (a place came free for it, say), it keeps what it has, and the conference's page says what
is lacking.  Nothing of it is in the trail: it follows from rooms and times, whose changes are there.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from roomctl import clock
from roomctl.booking import port_tables
from roomctl.booking.planning import Planned, Planning, bridges_near
from roomctl.booking.port_ledger import Held
from roomctl.booking.port_tables import BridgePorts
from roomctl.booking.tables import Occurrence
from roomctl.booking.topology import ConnectionPlan, NoConnection, Topology
from roomctl.database import before_commit, db, write_transaction
from roomctl.errors import Conflict
from roomctl.timespan import Span

EVERY_S = 300.0
AHEAD = timedelta(days=7)  # So long before it begins, ports are looked for again and again for what lacks them.
_STRAIGHT = ConnectionPlan(Topology.DIRECT)


def reserved_parts(occurrence_id: int) -> list[BridgePorts]:
    """Return what an occurrence holds of bridges, the top first; nothing where no bridge is needed, or none was to be had."""
    return port_tables.ports_of([occurrence_id])


def insist_on_ports(occurrences: Iterable[Occurrence]) -> None:
    """Refuse the open transaction at its end unless these occurrences get the ports that their rooms need.

    It then raises Conflict("bridge_full") or Conflict("bridge_no_address"): bridge, at, wanted, free.  Where no bridge serves the host's
    unit nothing is refused: only the start of the session needs one.
    """
    touched, insisted = _noted()
    ids = {one.id for one in occurrences}
    touched |= ids
    insisted |= ids


def settle_ports(occurrence: Occurrence) -> None:
    """Let what an occurrence holds of bridges fit its rooms now, inside the caller's transaction; twice it changes nothing.

    For whoever must know before the transaction ends; otherwise it happens then by itself.
    """
    db.session.flush()
    _settle({occurrence.id}, set())


def settle_touched() -> None:
    """Settle for all occurrences that the open transaction has changed so far; raise Conflict as `insist_on_ports` says."""
    db.session.flush()
    touched, insisted = _noted()
    ids, strictly = set(touched), set(insisted)
    touched.clear()
    insisted.clear()
    if ids:
        _settle(ids, strictly)


def hold_what_lacks() -> int:
    """Hold ports for coming conferences that have none, or too few, wherever they have come free; return for how many that was tried.

    They were booked before there was a bridge, or grew while it was full.
    """
    now = clock.now()
    lacking = _lacking(port_tables.soon(Span(now, now + AHEAD)), now) if port_tables.bridges_in_use() else set()
    db.session.rollback()
    if lacking:
        with write_transaction():
            _settle(lacking, set())
    return len(lacking)


def _lacking(occurrence_ids: Collection[int], now: datetime) -> set[int]:
    """Return those of some occurrences whose plan asks for something else than is held."""
    planning, found = Planning(occurrence_ids, bridges_near(occurrence_ids), now=now), set()
    for one in planning.occurrences:
        held = planning.ledger.take_out(one.id)
        with suppress(NoConnection):
            if one.ends > 1 and set(planning.plan(one).parts) != set(planning.preset(one.id)):
                found.add(one.id)
        for part in held:
            planning.ledger.put(part)
    return found


def _noted() -> tuple[set[int], set[int]]:
    """Return the occurrences that the open transaction has touched, and those that must get what they need; to be added to."""
    info = db.session().info
    if settle_touched not in info["last_steps"]:
        info["ports_touched"] = (set(), set())  # Whatever was there is of a transaction that was rolled back.
        before_commit(settle_touched, first=True)
    return info["ports_touched"]


def _note(occurrence_ids: set[int]) -> None:
    _noted()[0].update(occurrence_ids)


port_tables.whenever_changed(_note)


def _settle(occurrence_ids: Collection[int], insisted: Collection[int]) -> None:
    bridge_ids = bridges_near(occurrence_ids) | {row.bridge_id for row in port_tables.ports_of(occurrence_ids)}
    if not bridge_ids:
        return
    port_tables.lock_bridges(bridge_ids)
    planning = Planning(occurrence_ids, bridge_ids, now=clock.now())  # Read after the lock: whoever was before us has written by now.
    # Those that stay within their former time keep what they hold until it is their turn; those that move give it up before anybody is
    # settled, since dates of one series move into each other's former time.
    ahead = [one for one in planning.occurrences if not one.over]
    staying = [one for one in ahead if all(_within(one.span, row.span) for row in planning.rows[one.id])]
    moving = [one for one in ahead if one not in staying]
    for one in moving:
        planning.ledger.take_out(one.id)
    rows = [_settle_one(planning, one, strictly=one.id in insisted) for one in (*staying, *moving)]
    db.session.flush()
    for (top, *below) in filter(None, rows):
        top.upper_id = None
        for row in below:
            row.upper_id = top.id
    db.session.flush()


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end


def _settle_one(planning: Planning, one: Planned, *, strictly: bool) -> list[BridgePorts]:
    """Write what one occurrence holds from now on, and return the rows, the top first."""
    former = planning.ledger.take_out(one.id)
    rows = planning.rows[one.id]
    try:
        plan = planning.plan(one) if one.ends > 1 else _STRAIGHT
    except NoConnection as refused:
        if strictly and refused.reason == "bridge_full":
            raise _conflict(planning, one, refused) from refused
        if refused.reason == "no_bridge" or not former or any(row.bridge_id not in planning.bridges for row in rows):
            plan = _STRAIGHT
        else:
            for row in rows:  # Too little, and more than nothing.
                row.held_start_at, row.held_end_at = one.span.start, one.span.end
            _write_down(planning, one, rows)
            return rows
    reserved = {row.bridge_id: row for row in rows}
    kept = []
    for part in plan.parts:
        row = reserved.pop(part.bridge_id, None) or BridgePorts(occurrence_id=one.id, bridge_id=part.bridge_id)
        row.address, row.ports, row.held_start_at, row.held_end_at = part.address, part.ports, one.span.start, one.span.end
        kept.append(row)
    for row in reserved.values():
        row.released_at = clock.now()
    db.session.add_all(kept)
    _write_down(planning, one, kept)
    return kept


def _write_down(planning: Planning, one: Planned, rows: Iterable[BridgePorts]) -> None:
    for row in rows:
        planning.ledger.put(Held(one.span.start, one.span.end, one.id, row.bridge_id, row.address, row.ports))


def _conflict(planning: Planning, one: Planned, refused: NoConnection) -> Conflict:
    reason = "bridge_full" if refused.free < refused.wanted else "bridge_no_address"
    return Conflict(reason, bridge=planning.bridges[refused.bridge_id].name, at=one.span.start, wanted=refused.wanted, free=refused.free)
