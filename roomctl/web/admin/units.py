"""Units: finding, renaming and merging them."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking.reorganise import merge_units, merger_ahead
from roomctl.devices.tables import devices_count
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation import directory
from roomctl.organisation.access import reach_of, require, visible
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import Unit, people_count, unit_by_id
from roomctl.organisation.unit_tables import children_of, names_of, units_found, units_merged_into
from roomctl.rooms.tables import rooms_count
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, searched

bp = Blueprint("units", __name__, url_prefix="/units")
MOST_FOUND = 50


@bp.get("")
def index() -> ResponseReturnValue:
    """List what was searched for; otherwise the reader's own units and those right below them."""
    user, words = signed_in(), searched(request.args.get("words", ""))
    found = visible(user, Action.KEEP_UNITS, units_found(words, below=reach_of(user, Action.KEEP_UNITS)))
    return render_template("admin/units/index.html", units=found[:MOST_FOUND], more=len(found) > MOST_FOUND, most=MOST_FOUND, words=words)


@bp.get("/<int:unit_id>")
def show(unit_id: int) -> ResponseReturnValue:
    return _show(unit_id, Form())


def _kept(unit_id: int) -> Unit:
    unit = unit_by_id(unit_id)
    if unit is None:
        raise NotVisible
    require(signed_in(), Action.KEEP_UNITS, unit)
    return unit


def _show(unit_id: int, form: Form) -> str:
    unit = _kept(unit_id)
    return render_template("admin/units/show.html", unit=unit, form=form, names=names_of(unit.id), merged=units_merged_into(unit.id),
                           children=len(children_of(unit.id)), rooms=rooms_count([unit.id]), people=people_count([unit.id]),
                           devices=devices_count([unit.id]))


@bp.post("/<int:unit_id>/name")
def rename(unit_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        directory.rename_unit(unit_id, form.text("name"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _show(unit_id, form), 422
    return redirect(url_for("admin.units.show", unit_id=unit_id), code=303)


@bp.get("/<int:unit_id>/merger")
def ask_merger(unit_id: int) -> ResponseReturnValue:
    """Show what a merger would move, and ask for its reason."""
    return _ask(unit_id, Form(typed=request.args))


def _ask(unit_id: int, form: Form) -> ResponseReturnValue:
    unit, problems = _kept(unit_id), list(form.problems)
    try:
        into = directory.unit_with_code(form.text("into"), field="into")
        moves = merger_ahead([unit_id], into=into.id, by=signed_in())
    except InvalidInput as error:
        return _show(unit_id, Form(form.typed, error.problems)), 422
    except Refused as error:
        return _show(unit_id, Form(form.typed, [Problem("into", error.reason, tuple(error.facts.items()))])), 422
    return render_template("admin/units/ask_merger.html", unit=unit, into=into, moves=moves, form=form), 422 if problems else 200


@bp.post("/<int:unit_id>/merger")
def merge(unit_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    _kept(unit_id)
    try:
        into = directory.unit_with_code(form.text("into"), field="into")
        merge_units([unit_id], into=into.id, by=signed_in(), reason=form.text("reason"))
    except InvalidInput as error:
        form.problems += error.problems
        return _ask(unit_id, form)
    except Conflict:
        if _kept(unit_id).successor_id != into.id:
            return _ask(unit_id, form)
        # The form was sent twice; the first one did it.
    except Refused:
        return _ask(unit_id, form)
    return redirect(url_for("admin.units.show", unit_id=into.id), code=303)
