"""Evidence of a session: sealed at its end, exported as a file that a stranger can check."""

import hashlib
import io
import json
import zipfile
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from roomctl.audit import chain, trail, verify
from roomctl.audit import tables as trail_tables
from roomctl.audit.event_kinds import EventKind
from roomctl.database import db, write_transaction
from roomctl.errors import NotVisible
from roomctl.organisation import access
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.sessions import tables

README = """Bằng chứng phiên họp / Evidence of a session

Kiểm tra / Check:
    python verify.py {name} --key <fingerprint> --anchor checkpoints.jsonl

Dấu vân tay khóa và tệp neo phải lấy từ nơi khác, không lấy từ máy chủ.
The key's fingerprint and the anchor file must come from elsewhere, not from the server.
"""


def summary(session: tables.ConferenceSession) -> dict[str, Any]:
    """Return a session's summary: its profile, legs, gaps and verdict.  No title, no agenda."""
    profile = session.profile
    moment = lambda at: trail.iso(at) if at else None  # noqa: E731
    return {
        "session": session.id, "number": session.number, "occurrence": session.occurrence_id, "state": session.state,
        "verdict": session.verdict, "started_at": moment(session.started_at), "live_at": moment(session.live_at),
        "ended_at": moment(session.ended_at), "bridge": {"name": session.bridge.name, "address": session.bridge_address,
                                                         "simulated": session.bridge.simulated},
        "simulated": session.bridge.simulated or any(leg.device.simulated for leg in session.legs),
        "profile": {"key": profile.key, "version": profile.version, "classification": profile.classification,
                    "min_grade": profile.min_grade, "suites": list(profile.suites), "check_interval_s": profile.check_interval_s,
                    "on_drift": profile.on_drift},
        "legs": [{"leg": leg.id, "room": leg.room.name, "unit": leg.room.unit.name, "device": leg.device.name, "state": leg.state,
                  "verdict": leg.verdict, "grade": leg.grade, "suite": leg.suite, "finding": leg.finding, "detail": leg.finding_detail,
                  "dials": leg.dials, "connected_at": moment(leg.connected_at), "checked_at": moment(leg.checked_at),
                  "former_setting": leg.former_setting, "restored_at": moment(leg.restored_at), "model": leg.device.model,
                  "firmware": leg.device.firmware, "serial": leg.device.serial} for leg in session.legs],
        "gaps": [{"leg": gap.leg_id, "begun_at": moment(gap.begun_at), "ended_at": moment(gap.ended_at), "reason": gap.reason}
                 for gap in tables.gaps_of(session.id)],
    }


def seal(session: tables.ConferenceSession, now: datetime) -> None:
    """Store the summary and put its digest into the trail, inside the transaction that ends the session."""
    db.session.flush()
    document = chain.canonical(summary(session))
    db.session.add(tables.SealedEvidence(session_id=session.id, document=document, sealed_at=now))
    trail.append(EventKind.EVIDENCE_SEALED, subject=session.ref, document=hashlib.sha256(document).hexdigest())


def export(session_id: int, *, by: User | None) -> bytes:
    """Return a session's evidence as a zip: bundle.json, verify.py and how to use them.

    `by` is None for the command line of the installation itself.  Raises NotVisible and NotAllowed.
    """
    if by is not None:
        access.require(by, Action.SEE_EVIDENCE)
    with write_transaction():
        session = tables.session_by_id(session_id)
        if session is None:
            raise NotVisible
        trail.append(EventKind.EVIDENCE_EXPORTED, actor=by.id if by else None, subject=session.ref)
    trail.checkpoint()  # So that the anchor reaches everything that is exported.
    bundle = as_bundle(session_id)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", json.dumps(bundle, ensure_ascii=False, indent=1))
        archive.writestr("verify.py", resources.files("roomctl.audit").joinpath("verify.py").read_text("utf-8"))
        archive.writestr("README.txt", README.format(name=f"session-{session_id}.zip"))
    return buffer.getvalue()


def as_bundle(session_id: int) -> dict[str, Any]:
    """Return the stretch of the trail that holds the session, its checks, and the sealed summary."""
    session = tables.session_by_id(session_id)
    if session is None:
        raise NotVisible
    first = trail_tables.first_entry_of(session.ref)
    known = [row for row in trail_tables.checkpoints(first.epoch) if row.size < first.seq]
    start = (known[-1].size, json.loads(known[-1].body)["head"]) if known else (0, chain.first_head(first.epoch))
    sealed = db.session.get(tables.SealedEvidence, session_id)
    document = sealed.document if sealed else chain.canonical(summary(session))
    return {
        "format": verify.EVIDENCE,
        **trail.export_document(epoch=first.epoch, after=start[0], opened=start, whole_for={session.ref}, signed_only=True),
        "session": trail.as_stored(document),
        "checks": [trail.as_stored(check.document) for check in tables.checks_of(session_id)],
    }


def readable_checks(session_id: int) -> list[dict[str, Any]]:
    """Return a session's checks for reading; one that was tampered with beyond reading is left to the verification to name."""
    found = []
    for check in tables.checks_of(session_id):
        try:
            document = json.loads(trail.as_stored(check.document))
            found.append({key: document[key] for key in ("at", "leg", "commanded", "observed", "verdict", "grade", "finding")})
        except (ValueError, KeyError, TypeError):
            continue
    return found


def check_against_trail(session_id: int, *, key: str, anchor: Path) -> verify.Result:
    """Run verify.py's own check on a session, for the officer's page."""
    lines = verify.read_anchor(str(anchor)) if anchor.exists() else None
    return verify.check(as_bundle(session_id), key=key, anchor=lines)
