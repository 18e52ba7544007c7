"""Rooms, people and devices as tables: bringing them in, and taking them along."""

from types import ModuleType

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.errors import InvalidInput, NotVisible
from roomctl.exchange import devices, people, rooms, sheets
from roomctl.exchange.outcome import BadLines, Outcome
from roomctl.timespan import to_local
from roomctl.web import sheet_forms
from roomctl.web.access import signed_in
from roomctl.web.forms import Form
from roomctl.web.language import is_english

bp = Blueprint("exchange", __name__, url_prefix="/exchange")
TABLES: dict[str, ModuleType] = {"rooms": rooms, "people": people, "devices": devices}


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form())


def _index(form: Form, kind: str = "", bad: BadLines | None = None) -> str:
    forms = {name: form if name == kind else Form() for name in TABLES}
    return render_template("admin/exchange/index.html", forms=forms, bad=bad, english=is_english(), largest=sheets.LARGEST // sheets.MB,
                           columns={name: table.COLUMNS for name, table in TABLES.items()})


def _table(kind: str) -> ModuleType:
    if kind not in TABLES:
        raise NotVisible
    return TABLES[kind]


@bp.post("/<kind>")
def read(kind: str) -> ResponseReturnValue:
    """Say what a file would do; nothing is done yet."""
    table, form = _table(kind), Form()
    try:
        content = sheet_forms.sent_file()
        outcome = table.preview(sheets.read(content, table.COLUMNS), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form, kind), 422
    except BadLines as error:
        return _index(form, kind, error), 422
    return _outcome(kind, outcome, content=sheet_forms.carried(content), key=form.key())


@bp.post("/<kind>/confirmation")
def bring_in(kind: str) -> ResponseReturnValue:
    """Do it, and show the passwords that come of it, this once."""
    table, form = _table(kind), Form(typed=request.form)
    try:
        lines = sheets.read(sheet_forms.carried_file(), table.COLUMNS)
        outcome = people.bring_in(lines, by=signed_in(), key=form.key()) if table is people else table.bring_in(lines, by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form, kind), 422
    except BadLines as error:
        return _index(form, kind, error), 422
    return _outcome(kind, outcome)


def _outcome(kind: str, outcome: Outcome, *, content: str = "", key: str = "") -> str:
    return render_template("admin/exchange/outcome.html", kind=kind, outcome=outcome, content=content, key=key)


@bp.get("/<kind>/<form>")
def take_out(kind: str, form: str) -> ResponseReturnValue:
    table = _table(kind)
    if form not in sheets.FORMATS:
        raise NotVisible
    content = table.taken_out(by=signed_in(), form=form, english=is_english())
    return sheet_forms.taken_along(content, kind, form, to_local(clock.now()).date())
