"""The audit trail."""

import json
from typing import Any

from flask import Blueprint, current_app, render_template, request
from flask.typing import ResponseReturnValue

from roomctl.audit import tables, verify
from roomctl.audit import trail as audit_trail
from roomctl.web.forms import whole

bp = Blueprint("trail", __name__, url_prefix="/trail")
PAGE = 100


def _readable(payload: bytes) -> dict[str, Any]:
    """Return a payload's facts; one that somebody made unreadable is shown as it is, since that is when the page is needed."""
    try:
        facts = json.loads(payload)
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {"?": repr(payload)[:300]}


@bp.get("")
def index() -> ResponseReturnValue:
    """The newest entries, and whether the whole chain still holds."""
    before = whole(request.args.get("before", "")) or None
    entries = [(entry, _readable(payload.payload) if payload else None) for entry, payload in tables.newest_entries(PAGE, before=before)]
    settings = current_app.config["SETTINGS"]
    key, anchor = verify.fingerprint(audit_trail.public_key(settings)), audit_trail.anchor_file(settings)
    lines = verify.read_anchor(str(anchor)) if anchor.exists() else None
    result = verify.check(audit_trail.whole_trail(), key=key, anchor=lines) if before is None else None
    return render_template("auditor/trail/index.html", entries=entries, result=result, key=key, anchor=anchor,
                           older=entries[-1][0].id if len(entries) == PAGE else None)
