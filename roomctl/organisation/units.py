"""The tree of units: how a place in it is written and compared.  Pure.

A unit's path is the ids from the root down, "/1/7/42/"; a subtree is a prefix.
"""

from enum import StrEnum


class Level(StrEnum):
    CENTRAL = "central"
    PROVINCIAL = "provincial"
    COMMUNE = "commune"


def child_path(parent_path: str | None, unit_id: int) -> str:
    """Return the path of a unit below `parent_path`; None makes a root."""
    return f"{parent_path or '/'}{unit_id}/"


def covers(upper_path: str, lower_path: str) -> bool:
    """True when the unit at `lower_path` is the one at `upper_path` or stands below it."""
    return lower_path.startswith(upper_path)
