"""Conferences as tables: asking for many at once, and taking a span of them along."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem
from roomctl.exchange import conferences, sheets
from roomctl.exchange.outcome import BadLines, Outcome
from roomctl.timespan import to_local
from roomctl.web import sheet_forms
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day
from roomctl.web.language import is_english

bp = Blueprint("exchange", __name__, url_prefix="/exchange")


@bp.get("")
def index() -> ResponseReturnValue:
    form, today = Form(), to_local(clock.now()).date()
    monday = today - timedelta(days=today.weekday())
    form.typed.setlist("first", [monday.strftime("%d/%m/%Y")])
    form.typed.setlist("last", [(monday + timedelta(days=6)).strftime("%d/%m/%Y")])
    return _index(form)


def _index(form: Form, bad: BadLines | None = None) -> str:
    return render_template("staff/exchange/index.html", form=form, bad=bad, english=is_english(), largest=sheets.LARGEST // sheets.MB,
                           columns=conferences.COLUMNS, most=conferences.MOST_LINES)


@bp.post("")
def read() -> ResponseReturnValue:
    """Say what a file would do; nothing is asked for yet."""
    form = Form(typed=request.form)
    try:
        content = sheet_forms.sent_file()
        outcome = conferences.preview(sheets.read(content, conferences.COLUMNS), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form), 422
    except BadLines as error:
        return _index(form, error), 422
    return _outcome(outcome, content=sheet_forms.carried(content))


@bp.post("/confirmation")
def bring_in() -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        outcome = conferences.bring_in(sheets.read(sheet_forms.carried_file(), conferences.COLUMNS), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form), 422
    except BadLines as error:
        return _index(form, error), 422
    except Conflict as error:
        form.problems.append(Problem("file", error.reason, tuple(error.facts.items())))
        return _index(form), 409
    return _outcome(outcome)


def _outcome(outcome: Outcome, *, content: str = "") -> str:
    return render_template("staff/exchange/outcome.html", outcome=outcome, content=content)


@bp.get("/file")
def take_out() -> ResponseReturnValue:
    form = Form(typed=request.args)
    first, last = form.read("first", parse_day, "bad_date"), form.read("last", parse_day, "bad_date")
    if form.text("form") not in sheets.FORMATS:
        raise NotVisible
    try:
        if first is not None and last is not None:
            content = conferences.taken_out(first, last, by=signed_in(), form=form.text("form"), english=is_english())
            return sheet_forms.taken_along(content, "conferences", form.text("form"), first, last)
    except InvalidInput as error:
        form.problems += error.problems
    return _index(form), 422
