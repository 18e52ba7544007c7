"""The whole trail as lines for verify.py, read from the database and written as it goes: a million entries never stand in memory at once.

A line says what holds for an epoch (its start, its checkpoints, for the newest also the keys); the lines behind it are its entries.
"""

from collections.abc import Iterator
from typing import Any

from roomctl.audit import chain, tables, trail, verify


def stretches(*, signed_only: bool = False) -> Iterator[dict[str, Any]]:
    """Yield each epoch, the newest first, its entries one by one; with `signed_only` up to its last checkpoint."""
    epochs = [one.epoch for one in tables.epochs()]
    if not epochs:
        yield trail.whole_trail()
    signers = {"format": verify.TRAIL, **trail.who_signs()} if epochs else {}
    for epoch in epochs:
        checkpoints = tables.checkpoints(epoch)
        until = checkpoints[-1].size if signed_only and checkpoints else None
        yield {**signers, "epoch": epoch, "start": {"size": 0, "head": chain.first_head(epoch)},
               "checkpoints": [trail.as_document(row) for row in checkpoints],
               "cosignatures": [trail.cosignature(row) for row in tables.cosignatures(epoch, after=0)], "entries": _entries(epoch, until)}


def _entries(epoch: str, until: int | None) -> Iterator[dict[str, Any]]:
    for row in tables.entries_in_turn(epoch, until=until):
        payload = trail.as_stored(row.payload) if row.payload is not None else None
        yield {"seq": row.seq, "header": trail.as_stored(row.header), "head": row.head, "payload": payload}


def lines() -> Iterator[str]:
    """Yield the signed trail line by line, each with its line end."""
    for number, stretch in enumerate(stretches(signed_only=True)):
        entries = stretch.pop("entries")
        known = stretch if number == 0 else {part: stretch[part] for part in ("epoch", "start", "checkpoints", "cosignatures")}
        yield verify.one_line(known) + "\n"
        yield from (verify.one_line(entry) + "\n" for entry in entries)
