"""The inventory: what needs somebody, and a device's card with its maintenance and inspections."""

from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.devices import card, card_tables, due
from roomctl.devices.card import CardFacts
from roomctl.devices.card_tables import ONLY, Wanted
from roomctl.devices.tables import Device, device_by_id
from roomctl.errors import Conflict, InvalidInput, NotVisible
from roomctl.organisation.access import can, reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.unit_tables import unit_by_code, units_found
from roomctl.typed import Typed
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_day, searched, whole
from roomctl.web.language import ddmmyyyy
from roomctl.web.words import reason_sentence

bp = Blueprint("inventory", __name__, url_prefix="/inventory")
A_PAGE, MOST_PRINTED = 50, 1000
DAYS = ("bought_on", "warranty_until", "maintained_on", "inspected_on")
LINES = ("asset_number", "serial", "model", "inspection", "note")


@bp.get("")
def index() -> ResponseReturnValue:
    """List what was asked for, a page at a time, or all of it to be printed."""
    user, asked, today = signed_in(), request.args, card.today()
    below = reach_of(user, Action.SEE_DEVICES)
    unit = unit_by_code(asked.get("unit", "")[:16]) if asked.get("unit", "").isprintable() else None
    wanted = Wanted(words=searched(asked.get("words", "")), unit_path=unit.path if unit else "",
                    only=asked.get("only", "") if asked.get("only") in ONLY else "", responsible_id=whole(asked.get("responsible", "")) or None)
    total = card_tables.count_listed(wanted, below=below, today=today)
    printed = "print" in asked
    size = MOST_PRINTED if printed else A_PAGE
    last = 0 if printed else max((total - 1) // A_PAGE, 0)
    page = 0 if printed else min(max(whole(asked.get("page", "1")) - 1, 0), last)
    rows = card_tables.listed(wanted, below=below, today=today, limit=size, offset=page * size)
    return render_template(
        "admin/inventory/index.html", lines=[(*row, _words(row[1], row[0], today)) for row in rows], total=total, page=page, last=last,
        wanted=wanted, unit=unit, units=units_found("", below=below), choices=ONLY, people=card_tables.people_responsible(below), today=today,
        printed=printed, most=MOST_PRINTED)


def _words(kept: card_tables.InventoryCard | None, device: Device, today: date) -> dict[str, object]:
    """Return what is due of a device, and where its label says something else than it does."""
    facts = card.facts_of(kept)
    return {"warranty": due.warranty(facts.warranty_until, today),
            "maintenance": due.maintenance(facts.maintained_on, facts.bought_on, facts.maintain_every_months, today),
            "inspection": due.inspection(facts.inspected_on, today),
            "serial_differs": due.differs(facts.serial, device.serial), "model_differs": due.differs(facts.model, device.model)}


def _seen(device_id: int) -> Device:
    device = device_by_id(device_id)
    if device is None or device.retired_at is not None or not can(signed_in(), Action.SEE_DEVICES, device):
        raise NotVisible
    return device


@bp.get("/<int:device_id>")
def show(device_id: int) -> ResponseReturnValue:
    return _show(device_id)


def _show(device_id: int, form: Form | None = None, *, maintaining: Form | None = None, inspecting: Form | None = None, failure: str = "") -> str:
    device, user, today = _seen(device_id), signed_in(), card.today()
    kept = card_tables.card_of(device_id)
    facts = card.facts_of(kept)
    if form is None:
        form = _filled(facts, card.responsible_name(kept), card.version_of(kept))
    return render_template(
        "admin/inventory/show.html", device=device, facts=facts, words=_words(kept, device, today), form=form, failure=failure,
        responsible=card.responsible_name(kept), may_keep=can(user, Action.KEEP_DEVICES, device), today=today, saved="saved" in request.args,
        may_record=can(user, Action.KEEP_MAINTENANCE, device), maintaining=maintaining or _today(today), inspecting=inspecting or _today(today))


def _filled(facts: CardFacts, responsible: str, seen: str) -> Form:
    form = Form()
    for name in LINES:
        form.typed[name] = getattr(facts, name)
    for name in DAYS:
        form.typed[name] = ddmmyyyy(day) if (day := getattr(facts, name)) else ""
    form.typed["maintain_every_months"], form.typed["responsible"], form.typed["seen"] = str(facts.maintain_every_months), responsible, seen
    return form


def _today(today: date) -> Form:
    form = Form()
    form.typed["on"] = ddmmyyyy(today)
    return form


@bp.post("/<int:device_id>")
def change(device_id: int) -> ResponseReturnValue:
    form, typed = Form(typed=request.form), Typed()
    _seen(device_id)
    days = {name: form.read(name, parse_day, "bad_date") if form.text(name).strip() else None for name in DAYS}
    facts = CardFacts(**{name: form.text(name) for name in LINES}, **days, maintain_every_months=form.count("maintain_every_months"),
                      responsible_id=card.responsible(typed, form.text("responsible")))
    form.problems += typed.problems
    try:
        if not form.problems:
            card.change_card(device_id, facts, seen=form.text("seen"), by=signed_in())
            return _back(device_id)
    except InvalidInput as error:
        form.problems += error.problems
    except Conflict as error:
        return _show(device_id, form, failure=reason_sentence(error.reason, error.facts)), 409
    return _show(device_id, form), 422


@bp.post("/<int:device_id>/maintenance")
def record_maintenance(device_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    _seen(device_id)
    try:
        card.record_maintenance(device_id, _on(form), done=form.text("done"), by=signed_in(), key=form.key())
    except InvalidInput as error:
        _note(form, error)
        return _show(device_id, maintaining=form), 422
    return _back(device_id)


@bp.post("/<int:device_id>/inspection")
def record_inspection(device_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    _seen(device_id)
    try:
        card.record_inspection(device_id, _on(form), result=form.text("inspection"), by=signed_in(), key=form.key())
    except InvalidInput as error:
        _note(form, error)
        return _show(device_id, inspecting=form), 422
    return _back(device_id)


def _on(form: Form) -> date | None:
    """Return the day typed, or None, which the use case refuses in its own words."""
    try:
        return parse_day(form.text("on").strip())
    except ValueError:
        return None


def _note(form: Form, error: InvalidInput) -> None:
    """Take the problems over; the day's field is called otherwise in the form."""
    form.problems += [type(one)("on", one.reason, one.facts) if one.field in DAYS else one for one in error.problems]


def _back(device_id: int) -> ResponseReturnValue:
    return redirect(url_for("admin.inventory.show", device_id=device_id, saved=1), code=303)
