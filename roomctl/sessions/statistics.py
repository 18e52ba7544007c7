"""The officer's statistics of a year: how sessions ended, gaps, overrides, devices that cannot prove, sites most often not proven."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time

from device_drivers.readings import Grade
from roomctl.devices.connect import best_proof_of
from roomctl.errors import InvalidInput, NotVisible, Problem
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, User, unit_by_id
from roomctl.organisation.unit_tables import children_of
from roomctl.organisation.units import covers
from roomctl.rooms.tables import Room, rooms_by_id
from roomctl.sessions import statistics_tables
from roomctl.sessions.overridable import Decision
from roomctl.sessions.verdict import Verdict
from roomctl.timespan import from_local

FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_SITES = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted; `longest_gap_s` is the longest of them, all others add up."""

    secure: int = 0
    not_proven: int = 0
    not_secure: int = 0
    never_live: int = 0  # Ended without having been live.
    gaps: int = 0
    longest_gap_s: int = 0
    asked: int = 0  # Overrides, whatever became of them.
    granted: int = 0
    refused: int = 0
    used: int = 0

    @property
    def sessions(self) -> int:
        return self.secure + self.not_proven + self.not_secure + self.never_live


@dataclass(frozen=True, slots=True)
class Site:
    """A room whose legs were not proven: in how many of its sessions, and why most often."""

    room: Room
    sessions: int
    not_proven: int
    finding: str


@dataclass(frozen=True, slots=True)
class Family:
    """The devices of one make: how many, and the best that a reading of them can prove."""

    kind: str
    family: str
    count: int
    best: Grade

    @property
    def can_prove(self) -> bool:
        return self.best in (Grade.A, Grade.B)


@dataclass(frozen=True, slots=True)
class Statistics:
    """A year of a unit and all below it."""

    unit: Unit
    year: int
    months: list[tuple[int, Figures]]
    branches: list[tuple[Unit, Figures]]
    total: Figures
    families: list[Family]
    sites: list[Site]


def added(parts: Iterable[Figures]) -> Figures:
    """Return the sum of some figures; of the longest gaps the longest."""
    parts = list(parts)
    return Figures(**{one.name: (max if one.name == "longest_gap_s" else sum)([0, *(getattr(part, one.name) for part in parts)])
                      for one in fields(Figures)})


def session_statistics(unit_id: int, year: int, *, by: User) -> Statistics:
    """Return a year's statistics of the sessions hosted by a unit and all below it.  Raises NotVisible, NotAllowed, InvalidInput (year)."""
    unit = unit_by_id(unit_id)
    if unit is None:
        raise NotVisible
    access.require(by, Action.SEE_EVIDENCE, unit)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise InvalidInput([Problem("year", "number_out_of_range", (("least", FIRST_YEAR), ("most", LAST_YEAR)))])
    months = [from_local(date(year + number // 12, number % 12 + 1, 1), time(0)) for number in range(13)]
    cells = _cells(unit.path, months)
    return Statistics(
        unit=unit, year=year, total=added(cells.values()),
        months=[(number, added(figures for (_, month), figures in cells.items() if month == number)) for number in range(1, 13)],
        branches=_branches(unit, cells), families=[Family(kind, family, count, best_proof_of(family))
                                                   for kind, family, count in statistics_tables.families_in_use(unit.path)],
        sites=_sites(unit.path, months))


def _cells(unit_path: str, months: list[datetime]) -> dict[tuple[int, int], Figures]:
    """Return the figures by (unit, month)."""
    found: dict[tuple[int, int], list[Figures]] = {}
    for one in statistics_tables.sessions_counted(unit_path, months):
        found.setdefault((one.unit_id, one.month), []).append(Figures(**{one.verdict: one.count}))
    for gap in statistics_tables.gaps_found(unit_path, months):
        length = max(0, int((gap.ended_at - gap.begun_at).total_seconds()))
        found.setdefault((gap.unit_id, gap.month), []).append(Figures(gaps=1, longest_gap_s=length))
    for one in statistics_tables.overrides_counted(unit_path, months):
        found.setdefault((one.unit_id, one.month), []).append(Figures(
            asked=one.count, granted=one.count if one.decision == Decision.GRANTED else 0,
            refused=one.count if one.decision == Decision.REFUSED else 0, used=one.count if one.used else 0))
    return {place: added(parts) for place, parts in found.items()}


def _branches(unit: Unit, cells: Mapping[tuple[int, int], Figures]) -> list[tuple[Unit, Figures]]:
    """Return the figures of a unit's own sessions, and of each unit right below it with all under that, where there are any."""
    branches: dict[int, list[Figures]] = {}
    below = children_of(unit.id)
    units = {unit_id: unit_by_id(unit_id) for unit_id, _ in cells}
    for (unit_id, _), figures in cells.items():
        path = units[unit_id].path
        branch = next((one.id for one in below if covers(one.path, path)), unit.id)
        branches.setdefault(branch, []).append(figures)
    return [(one, added(branches[one.id])) for one in (unit, *below) if one.id in branches]


def _sites(unit_path: str, months: list[datetime]) -> list[Site]:
    """Return the rooms that were most often not proven, with what was found there most often."""
    total: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    findings: dict[int, Counter[str]] = {}
    for one in statistics_tables.sites_counted(unit_path, months):
        total[one.room_id] += one.count
        if one.verdict != Verdict.SECURE:
            bad[one.room_id] += one.count
            findings.setdefault(one.room_id, Counter())[one.finding] += one.count
    worst = [room_id for room_id, _ in sorted(bad.items(), key=lambda item: (-item[1], item[0]))[:MOST_SITES]]
    rooms = rooms_by_id(worst)
    return [Site(rooms[room_id], total[room_id], bad[room_id], findings[room_id].most_common(1)[0][0]) for room_id in worst if room_id in rooms]
