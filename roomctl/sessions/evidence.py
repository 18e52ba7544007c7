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
from roomctl.sessions.summary import summary

README = """Bằng chứng phiên họp / Evidence of a session

Kiểm tra / Check:
    python verify.py {name} --key <fingerprint> --anchor checkpoints.jsonl

Dấu vân tay khóa và tệp neo phải lấy từ nơi khác, không lấy từ máy chủ.
The key's fingerprint and the anchor file must come from elsewhere, not from the server.
"""


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
    return packed(session_id, by=by)[1]


def packed(session_id: int, *, by: User | None, form: str = "zip") -> tuple[dict[str, Any], bytes]:
    """Return the bundle and the zip that it is in, and record that the evidence was taken away; `form` says as what."""
    if by is not None:
        access.require(by, Action.SEE_EVIDENCE)
    with write_transaction():
        session = tables.session_by_id(session_id)
        if session is None:
            raise NotVisible
        trail.append(EventKind.EVIDENCE_EXPORTED, actor=by.id if by else None, subject=session.ref, form=form)
    trail.checkpoint()  # So that the anchor reaches everything that is exported.
    bundle = as_bundle(session_id)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", verify.one_line(bundle))
        archive.writestr("verify.py", resources.files("roomctl.audit").joinpath("verify.py").read_text("utf-8"))
        archive.writestr("README.txt", README.format(name=f"session-{session_id}.zip"))
    return bundle, buffer.getvalue()


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
