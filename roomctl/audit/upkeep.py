"""What is seldom done to the trail: another key, a new epoch after a restore, letting old payloads go.

Each is an entry of the trail itself, so that whoever verifies meets it where it happened.
"""

import json
from datetime import timedelta

from flask import current_app

from roomctl import clock
from roomctl.audit import chain, keys, tables, trail, verify
from roomctl.audit.event_kinds import EventKind
from roomctl.config import Settings
from roomctl.database import db, write_transaction
from roomctl.errors import Refused

LEAST_KEPT = timedelta(days=365)
AT_ONCE = 1000
SESSIONS = "session:%"  # What their evidence needs is kept as long as they are.


def rotate_key(*, by: int | None) -> str:
    """Let a new key sign from the next entry on, and return its fingerprint; the former one signs the change and everything before.

    Raises SigningKeyLost, and Refused("trail_is_empty") while there is nothing that the former key could have signed.
    """
    settings: Settings = current_app.config["SETTINGS"]
    former = keys.signing_key(settings)
    new = keys.prepare(settings)
    with write_transaction() as session:
        trail.take_lock()
        end = tables.end_of_chain()
        if end is None:
            raise Refused("trail_is_empty")
        epoch, after, _ = end
        signed = tables.last_checkpoint(epoch)
        if signed is None or signed.size != after:
            signed = trail.sign_length(tables.last_entry(epoch), former)
            session.add(signed)
        now = clock.now()
        statement = chain.canonical({"what": verify.ROTATION, "epoch": epoch, "after": after, "former": keys.fingerprint_of(former),
                                     "new": keys.fingerprint_of(new), "at": trail.iso(now)})
        session.add(tables.TrailKeyChange(epoch=epoch, after=after, statement=statement, by_former=former.sign(statement),
                                          by_new=new.sign(statement), former_public=keys.raw_public(former),
                                          new_public=keys.raw_public(new), at=now))
        trail.append(EventKind.TRAIL_KEY_ROTATED, actor=by, after=after, former=keys.fingerprint_of(former), new=keys.fingerprint_of(new))
    trail.write_anchor(trail.anchor_file(settings), signed)
    keys.take_over(settings)
    trail.checkpoint()
    return keys.fingerprint_of(new)


def open_epoch_after_restore() -> tuple[int, int] | None:
    """Open a new epoch when the anchor knows of entries that this database does not hold, and name what was lost.

    Returns how many entries were kept and how many the anchor knew; None when nothing is missing.  A restored database that
    went on in its old epoch would contradict its own anchor for ever.
    """
    settings: Settings = current_app.config["SETTINGS"]
    db.session.rollback()  # What is asked is how the database is now.
    path, epoch = trail.anchor_file(settings), tables.current_epoch()
    lines = [json.loads(line["body"]) for line in verify.read_anchor(str(path))] if path.exists() else []
    known = [body for body in lines if epoch is not None and body["epoch"] == epoch.epoch]
    if not known or all(_agrees(body) for body in known[-1:]):
        db.session.rollback()
        return None
    kept = max((body["size"] for body in known if _agrees(body)), default=0)
    longest = max(known, key=lambda body: body["size"])
    with write_transaction():
        trail.take_lock()
        if tables.current_epoch().epoch != epoch.epoch:
            return None  # Another process was first.
        trail.open_epoch()
        trail.append(EventKind.EPOCH_OPENED, outcome="failed", former=epoch.epoch, kept=kept, known=longest["size"],
                     head=longest["head"], because="restored")
    trail.checkpoint()
    return kept, longest["size"]


def _agrees(body: dict) -> bool:
    return tables.head_at(body["epoch"], body["size"]) == body["head"]


def expire_payloads(older_than: timedelta, *, by: int | None) -> int:
    """Delete what entries older than that say beyond their headers, and return how many; those of sessions are kept.

    The chain holds: it was made over the headers, which name each payload's digest.  Raises Refused("kept_too_short") below a year.
    """
    if older_than < LEAST_KEPT:
        raise Refused("kept_too_short", days=LEAST_KEPT.days)
    before, total = clock.now() - older_than, 0
    for epoch in tables.epochs():
        while True:
            with write_transaction():
                gone = tables.expire_payloads(epoch.epoch, before, kept_subjects=SESSIONS, limit=AT_ONCE)
                if gone:
                    trail.append(EventKind.PAYLOADS_EXPIRED, actor=by, epoch=epoch.epoch, before=trail.iso(before), count=gone)
            total += gone
            if gone < AT_ONCE:
                break
    return total
