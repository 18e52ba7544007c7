"""The tree of units: how a place in it is written and compared.  Pure.

A unit's path is the ids from the root down, "/1/7/42/"; a subtree is a prefix.
"""

from collections.abc import Iterable
from enum import StrEnum


class Level(StrEnum):
    CENTRAL = "central"
    PROVINCIAL = "provincial"
    COMMUNE = "commune"


_KINDS = ("Tỉnh ", "Thành phố ", "Phường ", "Xã ", "Đặc khu ")


def short_name(name: str) -> str:
    """Return a unit's name without its kind: "Thành phố Hà Nội" is Hà Nội; lists are sorted by it."""
    return next((name.removeprefix(kind) for kind in _KINDS if name.startswith(kind)), name)


def child_path(parent_path: str | None, unit_id: int) -> str:
    """Return the path of a unit below `parent_path`; None makes a root."""
    return f"{parent_path or '/'}{unit_id}/"


def last_ids(paths: Iterable[str]) -> list[int]:
    """Return the ids of the units at some paths."""
    return [int(path.strip("/").rsplit("/", 1)[-1]) for path in paths]


def ids_of_path(path: str) -> list[int]:
    """Return the ids of a unit and of all above it, the root first."""
    return [int(step) for step in path.strip("/").split("/")]


def covers(upper_path: str, lower_path: str) -> bool:
    """True when the unit at `lower_path` is the one at `upper_path` or stands below it."""
    return lower_path.startswith(upper_path)
