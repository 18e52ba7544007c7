"""The record of a session's security for people: a PDF with the evidence inside, under the installation's seal."""

from datetime import datetime
from typing import Any

import segno
from flask import Blueprint, Response, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import force_locale, gettext
from markupsafe import Markup

from roomctl import clock
from roomctl.audit import trail, verify
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import Occurrence
from roomctl.booking.viewed import note_view
from roomctl.booking.visibility import Full, View, view
from roomctl.errors import NotVisible, Refused
from roomctl.schedule import printed
from roomctl.sessions import evidence, pdf_seal, record_sheet, tables
from roomctl.web.access import signed_in
from roomctl.web.assets import DIST

bp = Blueprint("records", __name__, url_prefix="/records")


@bp.get("/<int:session_id>/record.pdf")
def show(session_id: int) -> ResponseReturnValue:
    """Draw the record from the sealed evidence, put that inside, and seal the whole; in Vietnamese, whatever the reader's language."""
    settings, session = current_app.config["SETTINGS"], tables.session_by_id(session_id)
    if session is None:
        raise NotVisible
    if session.ended_at is None:
        raise Refused("session_running")
    printed.insist()
    with pdf_seal.sealing(settings.seal) as sealer, force_locale("vi"):
        bundle, packed = evidence.packed(session_id, by=signed_in(), form="pdf")
        occurrence = tables.session_by_id(session_id).occurrence
        shown = view(occurrence.facts(), viewer_of(signed_in()))
        note_view(signed_in().id, shown, where="evidence")
        key, anchor = verify.fingerprint(trail.public_key(settings)), trail.anchor_file(settings)
        result = verify.check(bundle, key=key, anchor=verify.read_anchor(str(anchor)) if anchor.exists() else None)
        html = render_template(
            "auditor/records/show.html", sheet=_sheet(bundle, packed), result=result, key=key, name=_name(occurrence, shown), span=shown.span,
            chair=shown.chair if isinstance(shown, Full) and not shown.classification.is_restricted else "", sealer=sealer, now=clock.now(),
            file_name=f"session-{session_id}.zip", english=_english, at=datetime.fromisoformat, code=_code,
            devices_at_most=record_sheet.MOST_DEVICES)
        pdf = printed.pdf_of(html, fonts=DIST, attached=printed.Attached(
            f"session-{session_id}.zip", packed, gettext("Bằng chứng, để kiểm tra bằng verify.py"), clock.now()))
        response = Response(sealer.seal(pdf) if sealer else pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="session-{session_id}.pdf"'
    return response


def _sheet(bundle: dict[str, Any], packed: bytes) -> record_sheet.Sheet:
    try:
        return record_sheet.sheet_of(bundle, packed)
    except (ValueError, KeyError, TypeError) as error:
        raise Refused("evidence_unreadable") from error


def _name(occurrence: Occurrence, shown: View) -> str:
    """Return the conference's name for paper that goes from hand to hand: the title only of one that everybody of the units may know."""
    is_open = isinstance(shown, Full) and not shown.classification.is_restricted
    return shown.title if is_open else occurrence.facts().code_name


def _english(sentence: str) -> str:
    with force_locale("en"):
        return gettext(sentence)


def _code(text: str) -> Markup:
    return Markup(segno.make(text, error="m").svg_inline(scale=3))  # noqa: S704 - made of hex digits here
