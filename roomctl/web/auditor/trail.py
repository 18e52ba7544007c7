"""The audit trail."""

import json
from datetime import datetime
from typing import Any

import segno
from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

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


def _at(header: dict[str, Any]) -> datetime | None:
    try:
        return datetime.fromisoformat(header["at"])
    except (KeyError, TypeError, ValueError):
        return None


@bp.get("")
def index() -> ResponseReturnValue:
    """The newest entries, and whether the chain still holds up to the last signature, which is seconds old."""
    before = whole(request.args.get("before", "")) or None
    # Shown is what the chain holds, the header, not the columns beside it that serve the search.
    headers = [(entry, _readable(entry.header), payload) for entry, payload in tables.newest_entries(PAGE, before=before)]
    entries = [(entry, header, _at(header) or entry.at, _readable(payload.payload) if payload else None)
               for entry, header, payload in headers]
    settings = current_app.config["SETTINGS"]
    key, anchor = verify.fingerprint(audit_trail.public_key(settings)), audit_trail.anchor_file(settings)
    lines = verify.read_anchor(str(anchor)) if anchor.exists() else None
    result = verify.check(audit_trail.whole_trail(signed_only=True), key=key, anchor=lines) if before is None else None
    epoch = tables.current_epoch()
    is_signed = epoch is not None and tables.last_checkpoint(epoch.epoch) is not None
    return render_template("auditor/trail/index.html", entries=entries, is_signed=is_signed, result=result, key=key, anchor=anchor,
                           places=tables.deliveries(), older=entries[-1][0].id if len(entries) == PAGE else None)


@bp.get("/sheet")
def sheet() -> ResponseReturnValue:
    """The trail's length as last signed, on an A5 sheet to be kept in a drawer: paper is what no server can change."""
    epoch = tables.current_epoch()
    row = tables.last_checkpoint(epoch.epoch) if epoch else None
    if row is None:
        return redirect(url_for("auditor.trail.index"), code=303)  # Nothing was signed yet; seconds later something is.
    text = verify.sheet_text(audit_trail.as_document(row))
    return render_template("auditor/trail/sheet.html", row=row, body=json.loads(row.body), text=text,
                           code=Markup(segno.make(text, error="m").svg_inline(scale=4)))  # noqa: S704 - made of hex digits here
