"""Writing the trail: every use case appends its entry inside its own transaction.

Entries are gathered while the transaction runs and written as its last step, with the trail's lock taken last, so
that nothing waits for the trail while holding it.  A chain alone shows neither a cut tail nor a full rewrite, so
checkpoints are signed and also written to an anchor file that is kept elsewhere.
"""

import json
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy import text

from roomctl import clock
from roomctl.audit import chain, keys, tables, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.config import Settings
from roomctl.database import before_commit, db, is_postgresql, write_transaction

_LOCK = 7_203_114_001  # Any number, as long as it is always the same.


def append(kind: EventKind, *, actor: int | None = None, on_behalf: str = "", origin: str = "", subject: str = "",
           unit: int | None = None, classification: str = "ordinary", outcome: str = "done", **payload: Any) -> None:
    """Add an entry to the open transaction's; `payload` must be JSON values and holds nothing that is a secret."""
    if not db.session().info.get("writing"):
        raise RuntimeError(f"{kind} outside write_transaction(): nothing would be written")
    pending = db.session().info.setdefault("pending_trail", [])
    if _write_pending not in db.session().info["last_steps"]:
        pending.clear()  # Left over from a transaction that was rolled back.
    pending.append(({"kind": kind.value, "actor": actor, "on_behalf": on_behalf, "origin": origin, "subject": subject, "unit": unit,
                     "classification": classification, "outcome": outcome}, payload))
    before_commit(_write_pending)


def take_lock() -> None:
    if is_postgresql():
        db.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _write_pending() -> None:
    session = db.session()
    take_lock()
    epoch, seq, head = tables.end_of_chain() or _opened()
    entries: list[dict[str, Any]] = []
    payloads: list[dict[str, Any]] = []
    for facts, payload in session.info["pending_trail"]:
        seq += 1
        now, salt, body = clock.now(), secrets.token_hex(16), chain.canonical(payload)
        header = chain.canonical({"v": 1, "seq": seq, "at": iso(now), "epoch": epoch, **facts, "salt": salt,
                                  "payload_digest": chain.payload_digest(salt, body)})
        prev, head = head, chain.next_head(head, chain.leaf_of(header))
        entries.append({"epoch": epoch, "seq": seq, "header": header, "prev": prev, "head": head, "kind": facts["kind"], "at": now,
                        "actor": facts["actor"], "subject": facts["subject"], "outcome": facts["outcome"]})
        payloads.append({"epoch": epoch, "seq": seq, "payload": body})
    session.info["pending_trail"] = []
    session.flush()
    tables.add_entries(entries, payloads)


def _opened() -> tuple[str, int, str]:
    """Return the beginning of the current epoch, which is opened when there is none."""
    epoch = tables.current_epoch() or open_epoch()
    return epoch.epoch, 0, chain.first_head(epoch.epoch)


def open_epoch() -> tables.TrailEpoch:
    """Begin another run of the chain, inside the open transaction; its first entry says why."""
    epoch = tables.TrailEpoch(epoch=secrets.token_hex(8), opened_at=clock.now())
    db.session.add(epoch)
    db.session.flush()
    return epoch


def iso(moment: datetime) -> str:
    """Return a UTC moment as the trail writes it: 2026-11-25T07:30:00.000000Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# Checkpoints and anchors


def public_key(settings: Settings) -> bytes:
    """Return the raw 32 bytes of the trail's public key."""
    return keys.raw_public(keys.signing_key(settings))


def anchor_file(settings: Settings) -> Path:
    return settings.home / "anchor" / "checkpoints.jsonl"


def checkpoint() -> tables.TrailCheckpoint | None:
    """Sign how long the chain is now and append that to the anchor file; None while the trail is empty."""
    settings: Settings = current_app.config["SETTINGS"]
    with write_transaction() as session:
        take_lock()  # Two who sign at once would otherwise both sign the same length.
        epoch = tables.current_epoch()
        last = tables.last_entry(epoch.epoch) if epoch else None
        if epoch is None or last is None:
            return None
        row = tables.last_checkpoint(epoch.epoch)
        if row is None or row.size != last.seq:
            row = sign_length(last, keys.signing_key(settings))
            session.add(row)
    write_anchor(anchor_file(settings), row)
    return row


def sign_length(last: tables.TrailEntry, key: Ed25519PrivateKey) -> tables.TrailCheckpoint:
    """Return the checkpoint that states that the chain reaches its last entry."""
    now = clock.now()
    body = chain.canonical({"origin": "roomctl", "epoch": last.epoch, "size": last.seq, "head": last.head, "at": iso(now)})
    return tables.TrailCheckpoint(epoch=last.epoch, size=last.seq, body=body, signature=key.sign(body), key=keys.fingerprint_of(key), at=now)


def write_anchor(path: Path, row: tables.TrailCheckpoint) -> None:
    """Append the checkpoint unless the file's last line is this one already."""
    line = json.dumps(as_document(row), sort_keys=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    known = path.read_text().splitlines() if path.exists() else []
    if known and known[-1] == line:
        return
    with path.open("a") as anchor:
        anchor.write(line + "\n")
        anchor.flush()
        os.fsync(anchor.fileno())


def as_document(row: tables.TrailCheckpoint) -> dict[str, str]:
    return {"body": row.body.decode(), "signature": row.signature.hex(), "key": row.key}


def export_document(*, epoch: str, after: int, opened: tuple[int, str], whole_for: set[str] | None = None,
                    signed_only: bool = False) -> dict[str, Any]:
    """Return the chain behind seq `after` as verify.py reads it; with `signed_only`, up to the last checkpoint behind it.

    With `whole_for`, entries of other subjects are given by their leaf only: the chain can be followed through them
    and nothing of them is told.
    """
    items: list[dict[str, Any]] = []
    signed = tables.last_checkpoint(epoch) if signed_only else None
    until = signed.size if signed is not None and signed.size > after else None
    for entry in tables.entries(epoch, after=after):
        if until is not None and entry.seq > until:
            break
        header = as_stored(entry.header)
        if whole_for is not None and subject_of(header) not in whole_for:
            items.append({"seq": entry.seq, "leaf": chain.leaf_of(header.encode())})
        else:
            items.append({"seq": entry.seq, "header": header, "head": entry.head,
                          "payload": as_stored(entry.payload) if entry.payload is not None else None})
    return {
        "epoch": epoch,
        "start": {"size": opened[0], "head": opened[1]},
        "entries": items,
        "checkpoints": [as_document(row) for row in tables.checkpoints(epoch) if row.size >= opened[0]],
        "cosignatures": [cosignature(one) for one in tables.cosignatures(epoch, after=after)],
        **who_signs(),
    }


def cosignature(row: tables.TrailCosignature) -> dict[str, str]:
    return {"body": as_stored(row.body), "signature": row.signature.hex(), "public": row.public.hex(), "key": verify.fingerprint(row.public)}


def who_signs() -> dict[str, Any]:
    """Return every key that ever signed, and the changes from one to the next."""
    changes, public = tables.key_changes(), public_key(current_app.config["SETTINGS"])
    known = dict.fromkeys([*(one for change in changes for one in (change.former_public, change.new_public)), public])
    return {
        "keys": [{"fingerprint": verify.fingerprint(one), "public": one.hex()} for one in known],
        "rotations": [{"statement": as_stored(change.statement), "by_former": change.by_former.hex(), "by_new": change.by_new.hex()}
                      for change in changes],
    }


def as_stored(raw: bytes | str) -> str:
    """Return stored bytes as text; whoever tampers may have stored another type, and must still only be told of."""
    return raw if isinstance(raw, str) else raw.decode("utf-8", "replace")


def subject_of(header: str) -> str:
    """Return what an entry is about from what was hashed, not from the column beside it, which anybody could change."""
    try:
        return str(json.loads(header)["subject"])
    except (ValueError, KeyError, TypeError):
        return ""


def sign_what_is_new() -> None:
    """Make a checkpoint when there are entries that none covers yet."""
    epoch = tables.current_epoch()
    last, signed = (tables.last_entry(epoch.epoch), tables.last_checkpoint(epoch.epoch)) if epoch else (None, None)
    if last is not None and (signed is None or signed.size < last.seq):
        checkpoint()


def whole_trail(*, signed_only: bool = False) -> dict[str, Any]:
    """Return the current epoch from its first entry, and the former ones, for `roomctl trail verify`."""
    epochs = [one.epoch for one in tables.epochs()]
    if not epochs:
        return {"format": verify.TRAIL, "epoch": "", "start": {"size": 0, "head": ""}, "entries": [], "checkpoints": [], "keys": []}
    whole = [export_document(epoch=epoch, after=0, opened=(0, chain.first_head(epoch)), signed_only=signed_only) for epoch in epochs]
    former = [{part: one[part] for part in ("epoch", "start", "entries", "checkpoints", "cosignatures")} for one in whole[1:]]
    return {"format": verify.TRAIL, **whole[0], "former": former}
