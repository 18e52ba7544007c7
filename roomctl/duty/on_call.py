"""Who is to be called about a unit's equipment: those on duty for it, or all its technicians, or those of the nearest unit above."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from roomctl.duty import rota_tables
from roomctl.organisation import access
from roomctl.organisation.roles import Action


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody to call; `until` is when their turn ends, None for a technician who is not on duty."""

    user_id: int
    name: str
    phone: str
    unit: str
    until: datetime | None


def nearest(paths: Collection[str], now: datetime) -> dict[str, tuple[OnCall, ...]]:
    """Return, for each unit path, whom to call first; nobody when no unit up to the root has a technician."""
    tiers = _tiers(paths, now)
    return {path: next((tiers[unit_id] for unit_id in _upward(path) if unit_id in tiers), ()) for path in paths}


def upward(path: str, now: datetime) -> list[tuple[OnCall, ...]]:
    """Return whom to call about a unit, the nearest unit first, then those above it, each that has somebody."""
    tiers = _tiers([path], now)
    return [tiers[unit_id] for unit_id in _upward(path) if unit_id in tiers]


def _upward(path: str) -> list[int]:
    """Return the ids of a unit and of those above it, the nearest first."""
    return [int(part) for part in reversed(path.strip("/").split("/"))]


def _tiers(paths: Iterable[str], now: datetime) -> dict[int, tuple[OnCall, ...]]:
    """Return whom each unit itself has: those on duty, or without any all its technicians."""
    unit_ids = {unit_id for path in paths for unit_id in _upward(path)}
    found: dict[int, list[OnCall]] = {}
    for turn in rota_tables.turns_at(unit_ids, now):
        if access.can(turn.user, Action.HANDLE_ALERTS, turn.unit):  # Whoever lost the role meanwhile is on duty no more.
            phone = turn.phone or turn.user.phone
            found.setdefault(turn.unit_id, []).append(OnCall(turn.user_id, turn.user.name, phone, turn.unit.name, turn.end_at))
    for grant, user in rota_tables.technicians_on(unit_ids - set(found)):
        if grant.is_valid_at(now):
            found.setdefault(grant.unit_id, []).append(OnCall(user.id, user.name, user.phone, grant.unit.name, None))
    return {unit_id: tuple(people) for unit_id, people in found.items()}
