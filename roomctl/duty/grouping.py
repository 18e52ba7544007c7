"""Which devices do not answer for one and the same reason: a device they stand behind, or the line of a whole unit.  Pure.

Only silence has a shared cause: a lamp burns out by itself, whatever the line does.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

LEAST_OF_A_LINE = 3  # Two silent devices say nothing about a line.


@dataclass(frozen=True, slots=True)
class Down:
    """A device that does not answer, and the path of its unit."""

    device_id: int
    unit_path: str


@dataclass(frozen=True, slots=True)
class Behind:
    """The device stands behind this one, which does not answer either."""

    device_id: int


@dataclass(frozen=True, slots=True)
class Line:
    """The line of the unit at this path is down, with nearly all that is at and below it."""

    unit_path: str


Cause = Behind | Line


def causes(down: Collection[Down], upstream: Mapping[int, int], in_use: Mapping[str, int]) -> dict[int, Cause]:
    """Return the cause of each silent device that has one; what is its own cause is left out.

    `upstream` names the device that stands between another one and the network, and `in_use` how many devices of each unit (by
    path, its own only) could have answered.  A cause never has a cause itself.  The highest unit of which nearly all is silent is the
    one whose line is down, narrowed to where the silence is.  Where one silent device explains all that is silent in a unit, it is the
    cause and not the line.
    """
    silent = {one.device_id for one in down}
    tops = {one.device_id: _topmost(one.device_id, upstream, silent) for one in down}
    found: dict[int, Cause] = {device_id: Behind(top) for device_id, top in tops.items() if top != device_id}
    for highest in _highest(units_silent(down, in_use, share_percent=80)):
        path = _narrowed(one.unit_path for one in down if one.unit_path.startswith(highest))
        below = [one.device_id for one in down if one.unit_path.startswith(path)]
        if len({tops[device_id] for device_id in below}) > 1:
            found |= dict.fromkeys(below, Line(path))
    # What stands behind a device whose own unit is cut off is cut off with that unit.
    return {device_id: found.get(cause.device_id, cause) if isinstance(cause, Behind) else cause for device_id, cause in found.items()}


def units_silent(down: Iterable[Down], in_use: Mapping[str, int], *, share_percent: int) -> set[str]:
    """Return the paths of the units at and below which at least that share of the devices, and at least three, does not answer."""
    silent, total = Counter[str](), Counter[str]()
    for one in down:
        silent.update(_upward(one.unit_path))
    for path, count in in_use.items():
        for upper in _upward(path):
            total[upper] += count
    return {path for path, count in silent.items() if count >= LEAST_OF_A_LINE and count * 100 >= share_percent * total[path]}


def _upward(path: str) -> list[str]:
    """Return "/1/", "/1/7/" and "/1/7/42/" for "/1/7/42/"."""
    ids = path.strip("/").split("/")
    return [f"/{'/'.join(ids[:place])}/" for place in range(1, len(ids) + 1)]


def _highest(paths: set[str]) -> list[str]:
    """Return those of some paths that are below none of the others."""
    return sorted(path for path in paths if paths.isdisjoint(_upward(path)[:-1]))


def _narrowed(paths: Iterable[str]) -> str:
    """Return the lowest path that all of some paths are at or below: where all the silence is in one commune, it is the commune's."""
    ways = [_upward(path) for path in paths]
    return [step[0] for step in zip(*ways, strict=False) if len(set(step)) == 1][-1]


def _topmost(device_id: int, upstream: Mapping[int, int], silent: Collection[int]) -> int:
    """Return the last silent device on the way to the network, itself when there is none; of a ring, which nobody meant, the first id."""
    way = [device_id]
    while (above := upstream.get(way[-1])) in silent:
        if above in way:
            return min(way[way.index(above):])
        way.append(above)
    return way[-1]
