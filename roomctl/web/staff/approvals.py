"""The approver's queue: what, when, who, until when; one decision, a whole series or a whole week; and taking it back."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.booking import decide, to_decide
from roomctl.errors import Conflict, InvalidInput, NotVisible, Problem, Refused
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, whole
from roomctl.web.words import reason_sentence

bp = Blueprint("approvals", __name__, url_prefix="/approvals")
MOST_LINES = 100


@bp.get("")
def index() -> ResponseReturnValue:
    return _index(Form(typed=request.args))


def _index(form: Form, *, refusing: int = 0, failure: str = "", refusals: dict[int, str] | None = None) -> str:
    user, only = signed_in(), _week(form)
    weeks, counts = to_decide.weeks_of(user, only=only)
    total = sum(len(week.lines) for week in weeks)
    return render_template(
        "staff/approvals/index.html", weeks=_shortened(weeks), counts=counts, only=only, more=total > MOST_LINES, most=MOST_LINES, form=form,
        refusing=refusing, failure=failure, refusals=refusals or {}, chosen=set(form.numbers("ids")), now=clock.now(),
        decided=to_decide.just_decided(user), passed_up=to_decide.passed_up(user), mandatory=to_decide.mandatory_ahead(user),
        hosted=to_decide.hosted(user))


def _week(form: Form) -> tuple[int, int] | None:
    """Return the week that the page is about, written 2027-9; None for all."""
    year, _, week = form.text("week").partition("-")
    return (whole(year), whole(week)) if 1900 <= whole(year) <= 2100 and 1 <= whole(week) <= 53 else None


def _shortened(weeks: list[to_decide.Week]) -> list[to_decide.Week]:
    left, shown = MOST_LINES, []
    for week in weeks:
        if left > 0:
            shown.append(to_decide.Week(week.year, week.week, week.lines[:left]))
        left -= len(week.lines)
    return shown


def _back(form: Form) -> ResponseReturnValue:
    week = _week(form)
    return redirect(url_for("staff.approvals.index", week=f"{week[0]}-{week[1]}" if week else None), code=303)


@bp.get("/<int:reservation_id>")
def show(reservation_id: int) -> ResponseReturnValue:
    """One request with all its dates, what changed of it, and who waits behind it."""
    return _show(reservation_id, Form(typed=request.args))


def _show(reservation_id: int, form: Form, *, failure: str = "", refusals: dict[int, str] | None = None) -> str:
    line = to_decide.line_of(signed_in(), reservation_id)
    if line is None:
        raise NotVisible
    return render_template("staff/approvals/show.html", line=line, opened=reservation_id, form=form, failure=failure, refusals=refusals or {},
                           chosen=set(form.numbers("ids")) or set(line.ids), now=clock.now())


@bp.post("/<int:reservation_id>/grant")
def grant(reservation_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    decide.grant_reservation(reservation_id, by=signed_in(), know=_known(form))
    return _back(form)


@bp.post("/<int:reservation_id>/refusal")
def refuse(reservation_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        decide.refuse_reservation(reservation_id, by=signed_in(), reason=form.text("reason"))
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form, refusing=reservation_id), 422
    return _back(form)


@bp.post("/decisions")
def decide_all() -> ResponseReturnValue:
    """Decide on everything that was chosen, or on nothing and say on which line it fails."""
    form = Form(typed=request.form)
    try:
        if form.text("decision") == "refuse":
            decide.refuse_reservations(form.numbers("ids"), by=signed_in(), reason=form.text("reason") or form.text("reason_for_all"))
        elif form.text("decision") == "grant":
            decide.grant_reservations(form.numbers("ids"), by=signed_in(), know=_known(form))
        else:
            raise InvalidInput([Problem("decision", "bad_form")])
    except decide.NotAllDecided as error:
        refusals = {reservation_id: reason_sentence(one.reason, one.facts) for reservation_id, one in error.refusals.items()}
        return _again(form, reason_sentence(error.reason, error.facts), refusals), 409
    except InvalidInput as error:
        form.problems += error.problems
        return _again(form, " ".join(reason_sentence(one.reason, dict(one.facts)) for one in error.problems)), 422
    except Refused as error:
        return _again(form, reason_sentence(error.reason, error.facts)), 409 if isinstance(error, Conflict) else 422
    return _back(form)


def _again(form: Form, failure: str, refusals: dict[int, str] | None = None) -> str:
    """Return the page that the form came from, with what was chosen and typed on it."""
    opened = form.number("opened")
    if opened and to_decide.line_of(signed_in(), opened) is not None:
        return _show(opened, form, failure=failure, refusals=refusals)
    return _index(form, failure=failure, refusals=refusals)


def _known(form: Form) -> set[int]:
    """Return the ids of those who wait behind and of whom the approver has ticked that they know."""
    return {whole(one) for raw in form.typed.getlist("know") for one in raw.split()}


@bp.post("/undoing")
def undo() -> ResponseReturnValue:
    form = Form(typed=request.form)
    decide.undo_decision(form.numbers("ids"), by=signed_in())
    return _back(form)


@bp.post("/<int:reservation_id>/cannot-serve")
def cannot_serve(reservation_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        decide.cannot_serve(reservation_id, by=signed_in(), reason=form.text("reason"))
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form, refusing=reservation_id), 422
    return _back(form)
