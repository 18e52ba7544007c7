"""The agenda and the documents of a conference: reading both, and keeping them."""

from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.agenda import conference_seen_by
from roomctl.documents import agenda, files, media
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_count

bp = Blueprint("documents", __name__, url_prefix="/documents")


@bp.get("/<int:conference_id>")
def show(conference_id: int) -> ResponseReturnValue:
    return _show(conference_id)


def _show(conference_id: int, form: Form | None = None) -> str:
    user = signed_in()
    occurrence, shown = conference_seen_by(user, conference_id)
    may_keep = can(user, Action.KEEP_DOCUMENTS, occurrence.conference)
    if shown.classification.is_restricted:
        return render_template("staff/documents/restricted.html", shown=shown, may_keep=may_keep,
                               left_behind=files.left_behind(conference_id, by=user))
    return render_template(
        "staff/documents/show.html", shown=shown, items=agenda.agenda_of(conference_id, by=user), form=form or Form(),
        documents=files.documents_of(conference_id, by=user), may_keep=may_keep,
        may_add=may_keep and occurrence.conference.cancelled_at is None, endings=media.ENDINGS, largest=files.LARGEST // files.MB,
        together=files.LARGEST_TOGETHER // files.MB)


def _back(conference_id: int) -> ResponseReturnValue:
    return redirect(url_for("staff.documents.show", conference_id=conference_id), code=303)


# The agenda


@bp.post("/<int:conference_id>/items")
def add_item(conference_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    facts = agenda.ItemFacts(title=form.text("title"), minutes=form.count("minutes"))
    try:
        if not form.problems:
            agenda.add_item(conference_id, facts, by=signed_in(), key=form.key())
            return _back(conference_id)
    except InvalidInput as error:
        form.problems += error.problems
    return _show(conference_id, form), 422


@bp.get("/<int:conference_id>/items/<int:item_id>")
def item(conference_id: int, item_id: int) -> ResponseReturnValue:
    return _item(conference_id, item_id)


def _item(conference_id: int, item_id: int, form: Form | None = None) -> str:
    """The form of one item; beside each unit stands as which it speaks."""
    items = agenda.agenda_of(conference_id, by=signed_in())
    found = next((one for one in items if one.id == item_id), None)
    occurrence, shown = conference_seen_by(signed_in(), conference_id)
    if found is None or not can(signed_in(), Action.KEEP_DOCUMENTS, occurrence.conference):
        raise NotVisible
    if form is None:
        form = Form()
        form.typed.setlist("title", [found.title])
        form.typed.setlist("minutes", [str(found.minutes or "")])
        for place, speaker in enumerate(found.speakers, 1):
            form.typed.setlist(f"speaks-{speaker.unit_id}", [str(place)])
    return render_template("staff/documents/item.html", item=found, shown=shown, form=form, units=agenda.units_to_speak(conference_id))


@bp.post("/<int:conference_id>/items/<int:item_id>")
def change_item(conference_id: int, item_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    minutes = form.count("minutes")
    try:
        unit_ids = _speaking_order(form, conference_id)
        if not form.problems:
            agenda.change_item(conference_id, item_id, agenda.ItemFacts(title=form.text("title"), minutes=minutes, unit_ids=unit_ids),
                               by=signed_in())
            return _back(conference_id)
    except InvalidInput as error:
        form.problems += error.problems
    return _item(conference_id, item_id, form), 422


def _speaking_order(form: Form, conference_id: int) -> tuple[int, ...]:
    """Read who speaks as which: units with the same number speak in the order of the list, those without one not at all."""
    conference_seen_by(signed_in(), conference_id)
    units = agenda.units_to_speak(conference_id)
    if "everyone" in form.typed:
        return tuple(unit.id for unit in units)
    numbered = []
    for unit in units:
        typed = form.text(f"speaks-{unit.id}").strip()
        if typed:
            number = form.read(f"speaks-{unit.id}", parse_count, "bad_number")
            numbered.append((number or 0, len(numbered), unit.id))
    return tuple(unit_id for _, _, unit_id in sorted(numbered))


@bp.post("/<int:conference_id>/items/<int:item_id>/move")
def move_item(conference_id: int, item_id: int) -> ResponseReturnValue:
    agenda.move_item(conference_id, item_id, to=Form(typed=request.form).number("to"), by=signed_in())
    return _back(conference_id)


@bp.post("/<int:conference_id>/items/<int:item_id>/removal")
def remove_item(conference_id: int, item_id: int) -> ResponseReturnValue:
    agenda.remove_item(conference_id, item_id, by=signed_in())
    return _back(conference_id)


# Documents


@bp.post("/<int:conference_id>/files")
def add(conference_id: int) -> ResponseReturnValue:
    form, sent = Form(typed=request.form), request.files.get("file")
    try:
        files.add_document(conference_id, sent.stream if sent else BytesIO(), (sent.filename if sent else "") or "", by=signed_in())
        return _back(conference_id)
    except InvalidInput as error:
        form.problems += error.problems
    except Refused as error:
        form.problems.append(Problem("file", error.reason, tuple(error.facts.items())))
    return _show(conference_id, form), 422


@bp.get("/<int:conference_id>/files/<int:document_id>")
def download(conference_id: int, document_id: int) -> ResponseReturnValue:
    """Give a document to be saved, never to be shown by the browser under our name."""
    document = files.opened(conference_id, document_id, by=signed_in())
    response = send_file(document.path, mimetype=document.media_type, as_attachment=True, download_name=document.name, conditional=False)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/<int:conference_id>/files/<int:document_id>/removal")
def remove(conference_id: int, document_id: int) -> ResponseReturnValue:
    files.remove_document(conference_id, document_id, by=signed_in())
    return _back(conference_id)


@bp.post("/<int:conference_id>/removal")
def remove_all(conference_id: int) -> ResponseReturnValue:
    files.remove_everything(conference_id, by=signed_in())
    return _back(conference_id)
