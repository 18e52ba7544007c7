"""What must always be true of the trail.  `roomctl check` asks."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import current_app

from roomctl.audit import tables, trail, verify
from roomctl.config import Settings


def read_anchor() -> tuple[list[dict], list[str]]:
    """Return this installation's own anchor, and a sentence for each line that cannot be read.

    Read before the trail is: what it knows by then, the trail must know too.
    """
    settings: Settings = current_app.config["SETTINGS"]
    path = trail.anchor_file(settings)
    return _lines(path) if path.exists() else ([], [])


def _lines(path: Path) -> tuple[list[dict], list[str]]:
    lines, unreadable = [], []
    for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
        try:
            lines.append(json.loads(line))
        except ValueError:
            unreadable.append(f"Line {number} of the anchor cannot be read.")
    return lines, unreadable


def checked(anchor: tuple[list[dict], list[str]]) -> dict[str, list[str]]:
    """Return each promise with a sentence for everything that breaks it."""
    bundle = trail.whole_trail()
    lines, unreadable = anchor
    key = verify.fingerprint(trail.public_key(current_app.config["SETTINGS"])) if bundle["keys"] else None
    result = verify.check(bundle, key=key, anchor=lines)
    tampered = [f"{line[:1].upper()}{line[1:]}." for line in result.tampered]
    if not bundle["entries"] and lines:
        tampered.append("The trail is empty, and the anchor knows entries.")
    columns = tables.columns_of(bundle["epoch"])
    return {
        "The trail is whole and does not fork; its checkpoints and its anchor agree with it.":
            tampered + unreadable + _forks(columns),
        "The trail is searched by what was recorded.": _misfiled(columns, [item["header"] for item in bundle["entries"]]),
    }


def _forks(columns: Iterable[Any]) -> list[str]:
    found, last = [], None
    for row in columns:
        if last is not None and row.prev != last.head:
            found.append(f"Entry {row.seq} does not say that it follows entry {last.seq}.")
        last = row
    return found


def _misfiled(columns: Iterable[Any], headers: Iterable[str]) -> list[str]:
    """The columns beside a header are not hashed; whoever changed one would hide the entry from those who look for it."""
    return [f"Entry {row.seq} is filed as {row.kind} about {row.subject or 'nothing'}, which is not what was recorded."
            for row, header in zip(columns, headers, strict=True) if not _as_filed(row, header)]


def _as_filed(row: Any, header: str) -> bool:
    try:
        recorded = json.loads(header)
    except ValueError:
        return False
    return isinstance(recorded, Mapping) and all(recorded.get(name) == getattr(row, name) for name in ("kind", "subject", "actor", "outcome"))
