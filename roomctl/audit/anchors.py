"""Bringing checkpoints to where this server cannot change them: a syslog server, witnesses on other machines.

The anchor file is written with each checkpoint (`trail.checkpoint`).  What stands here is done again and again by the worker, outside
any transaction; how far each place has come is remembered, and a place that is away is tried again later.
"""

import json
import logging
import socket
import urllib.request
from datetime import timedelta
from urllib.error import HTTPError, URLError

from flask import current_app

from roomctl import clock
from roomctl.audit import chain, syslog, tables, trail, verify, witness
from roomctl.config import Settings
from roomctl.database import db, write_transaction

EVERY_S = 30.0
ALL_KEPT = timedelta(days=2)  # Of what witnesses sign; then one a day.
AT_ONCE = 200  # Checkpoints to syslog in one go.
WAIT_S = 10.0
_log = logging.getLogger(__name__)


def deliver() -> None:
    """Bring what is new to every place that is set up; a place in trouble does not keep the others waiting for more than seconds."""
    settings: Settings = current_app.config["SETTINGS"]
    epoch = tables.current_epoch()
    db.session.rollback()
    if epoch is None:
        return
    if settings.syslog:
        _try(settings.syslog, epoch.epoch, _to_syslog)
    for address in settings.witnesses:
        _try(address, epoch.epoch, _to_witness)


def _try(place: str, epoch: str, bring) -> None:
    row = tables.delivery_to(place)
    size = row.size if row is not None and row.epoch == epoch else 0
    db.session.rollback()
    try:
        reached, error = bring(place, epoch, size), ""
    except (OSError, ValueError, KeyError) as trouble:
        reached, error = size, f"{type(trouble).__name__}: {trouble}"[:300]
        _log.warning("checkpoints do not reach %s: %s", place, error)
    if reached == size and not error and row is not None and not row.error:
        return
    with write_transaction() as session:
        row = tables.delivery_to(place)
        if row is None:
            row = tables.TrailDelivery(place=place, epoch=epoch, size=0, tried_at=clock.now())
            session.add(row)
        row.tried_at, row.error = clock.now(), error
        if not error:
            row.epoch, row.size, row.reached_at = epoch, max(reached, row.size if row.epoch == epoch else 0), clock.now()


def _to_syslog(place: str, epoch: str, size: int) -> int:
    rows = tables.checkpoints_behind(epoch, size, limit=AT_ONCE)
    db.session.rollback()
    if not rows:
        return size
    host = socket.gethostname()
    syslog.send(syslog.place_of(place), [syslog.message(trail.as_document(row), json.loads(row.body), host=host) for row in rows])
    return rows[-1].size


def _to_witness(address: str, epoch: str, _size: int) -> int:
    """Let the witness follow the chain from where it stands to the newest checkpoint within its reach, and keep what it signs."""
    known = int(_asked(f"{address}/{epoch}")["size"])
    row = tables.longest_checkpoint(epoch, until=known + witness.MOST_LEAVES)
    if row is None or row.size <= known:
        db.session.rollback()
        return known
    leaves = [chain.leaf_of(header) for header in tables.headers_between(epoch, known, row.size)]
    wanted = {"checkpoint": trail.as_document(row), "after": known, "leaves": leaves, **trail.who_signs()}
    db.session.rollback()
    told = _asked(address, wanted)
    body = json.loads(told["body"])
    with write_transaction() as session:
        if not tables.cosigned(address, body["epoch"], body["size"]):
            session.add(tables.TrailCosignature(witness=address, epoch=body["epoch"], size=body["size"], body=told["body"].encode(),
                                                signature=verify.unhex(told["signature"]), public=verify.unhex(told["public"]),
                                                at=clock.now()))
        tables.thin_cosignatures(clock.now() - ALL_KEPT)
    return row.size


def _asked(address: str, wanted: dict | None = None) -> dict:
    """Ask a witness; raise OSError when it is away and ValueError, with its words, when it refuses."""
    data = json.dumps(wanted).encode() if wanted is not None else None
    request = urllib.request.Request(address, data=data, headers={"Content-Type": "application/json"})  # noqa: S310 - config.py lets http(s) in only
    try:
        with urllib.request.urlopen(request, timeout=WAIT_S) as answer:  # noqa: S310
            return json.load(answer)
    except HTTPError as error:
        raise ValueError(json.load(error).get("refused", str(error))) from error
    except URLError as error:
        raise OSError(str(error.reason)) from error
