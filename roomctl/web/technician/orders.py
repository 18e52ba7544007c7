"""Orders to many devices: choose, see what would be done, place, watch, stop."""

from collections import Counter
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from device_drivers.readings import EncryptionSetting
from roomctl import clock
from roomctl.devices import list_tables
from roomctl.devices.list_tables import Wanted
from roomctl.devices.tables import Device
from roomctl.duty import order_tables, orders, rota_tables
from roomctl.duty.order_tables import UNDER_WAY, WAITING, DeviceOrder
from roomctl.errors import InvalidInput, NotVisible, Problem, Refused
from roomctl.organisation.access import can, reach_of
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User, user_by_id
from roomctl.organisation.unit_tables import Unit, unit_by_code, units_found
from roomctl.sessions.tables import leased_device_ids
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, parse_count, searched
from roomctl.web.technician.devices import KINDS as DEVICE_KINDS
from roomctl.web.words import reason_sentence

bp = Blueprint("orders", __name__, url_prefix="/orders")
MOST_LISTED, MOST_PEOPLE = 50, 500
OPEN_S, OVER_S = 2, 60
_STATES = (UNDER_WAY, "failed", "unknown", WAITING, "skipped", "done")  # As the list shows them: what needs somebody first.


@bp.get("")
def index() -> ResponseReturnValue:
    user = signed_in()
    found = order_tables.orders_seen(below=reach_of(user, Action.SEE_DEVICES), asked_by=user.id, limit=MOST_LISTED)
    return render_template("technician/orders/index.html", orders=found, counts=order_tables.counts_of([one.id for one in found]))


@bp.get("/new")
def new() -> ResponseReturnValue:
    return _form(Form(typed=request.args))


def _form(form: Form) -> str:
    user = signed_in()
    people = rota_tables.technicians_at_or_below(reach_of(user, Action.ORDER_DEVICES), limit=MOST_PEOPLE)
    return render_template("technician/orders/new.html", form=form, kinds=orders.KINDS, settings=list(EncryptionSetting), people=people,
                           units=units_found("", below=reach_of(user, Action.ORDER_DEVICES)), device_kinds=DEVICE_KINDS,
                           statuses=list_tables.ORDER, least=orders.LEAST_EVERY_S, most=orders.MOST_EVERY_S)


@bp.get("/proposal")
def propose() -> ResponseReturnValue:
    """Say what would be done, device by device; nothing is done yet."""
    form, user = Form(typed=request.args), signed_in()
    arguments = _arguments(form)
    unit = _unit(form)
    if form.problems or arguments is None:
        return _form(form), 422
    devices = _devices(form, unit, user)
    lines = orders.propose(form.text("kind"), devices[:orders.MOST_DEVICES], by=user, leased=leased_device_ids())
    force = bool(arguments.get("force"))
    done = [line for line in lines if not line.is_skipped(force=force)]
    return render_template("technician/orders/propose.html", form=form, arguments=arguments, done=done, force=force, key=form.key(),
                           skipped=[line for line in lines if line.is_skipped(force=force)], more=len(devices) > orders.MOST_DEVICES,
                           most=orders.MOST_DEVICES, responsible=_responsible(arguments))


def _arguments(form: Form) -> dict[str, Any] | None:
    """Return an order's arguments as they were typed; None with the form's problems noted."""
    every_s = form.read("every", parse_count, "bad_number") if form.text("every").strip() else 0
    if form.problems:
        return None
    try:
        return orders.arguments_of(form.text("kind"), setting=form.text("setting"), responsible_id=form.number("responsible"),
                                   every_s=every_s or 0, force="force" in form.typed)
    except InvalidInput as error:
        form.problems += error.problems
        return None


def _unit(form: Form) -> Unit | None:
    code = form.text("unit").strip()
    unit = unit_by_code(code[:16]) if code.isprintable() and code else None
    if code and unit is None:
        form.problems.append(Problem("unit", "unknown_unit_code"))
    return unit


def _devices(form: Form, unit: Unit | None, user: User) -> list[Device]:
    """Return the devices that the form asks for, one more than an order may have at most."""
    if form.numbers("device"):
        return [device for device in order_tables.devices_by_ids(form.numbers("device")) if can(user, Action.SEE_DEVICES, device)]
    wanted = Wanted(words=searched(form.text("words")), unit_path=unit.path if unit else "",
                    kind=form.text("device_kind") if form.text("device_kind") in DEVICE_KINDS else "",
                    status=form.text("status") if form.text("status") in set(list_tables.ORDER) else "")
    below = reach_of(user, Action.ORDER_DEVICES)
    return [device for _, device in list_tables.listed(wanted, below=below, now=clock.now(), limit=orders.MOST_DEVICES + 1, offset=0)]


def _responsible(arguments: dict[str, Any]) -> str:
    person = user_by_id(arguments["responsible_id"]) if arguments.get("responsible_id") else None
    return person.name if person is not None else ""


@bp.post("")
def create() -> ResponseReturnValue:
    form = Form(typed=request.form)
    arguments = _arguments(form)
    if arguments is None:
        return _form(form), 422
    try:
        order_id = orders.place(form.text("kind"), arguments, form.numbers("device"), by=signed_in(), key=form.key())
    except Refused as error:
        form.problems.append(Problem("kind", error.reason, tuple(error.facts.items())))
        return _form(form), 422
    return redirect(url_for("technician.orders.show", order_id=order_id), code=303)


def _seen(order_id: int) -> DeviceOrder:
    order = order_tables.order_by_id(order_id)
    if order is None or not orders.may_see(signed_in(), order):
        raise NotVisible
    return order


def look(order_id: int) -> dict[str, object]:
    """Return what both the page and its fragment are drawn from: the devices of one's own units, and how many there are in all."""
    order, user = _seen(order_id), signed_in()
    counts = Counter(target.state for target in order.targets)
    left = counts[WAITING] + counts[UNDER_WAY]
    mine = [target for target in order.targets if order.asked_by == user.id or can(user, Action.SEE_DEVICES, target.device)]
    return {"order": order, "counts": counts, "left": left, "all": len(order.targets), "key": "open" if left else "over",
            "targets": sorted(mine, key=lambda target: (_STATES.index(target.state), target.device.unit.order_key, target.device.name)),
            "responsible": _responsible(order.arguments)}


@bp.get("/<int:order_id>")
def show(order_id: int) -> ResponseReturnValue:
    return _show(order_id)


def _show(order_id: int, said: str = "") -> str:
    seen = look(order_id)
    return render_template("technician/orders/show.html", **seen, may_stop=orders.may_stop(signed_in(), seen["order"]), said=said)


@bp.get("/<int:order_id>/state")
def state(order_id: int) -> ResponseReturnValue:
    """The list alone, with an ETag; 304 when nothing changed."""
    seen = look(order_id)
    response = make_response(render_template("technician/orders/_state.html", **seen))
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    response.make_conditional(request)
    response.headers["X-Panel-State"] = str(seen["key"])
    response.headers["X-Poll-Seconds"] = str(OPEN_S if seen["left"] else OVER_S)
    return response


@bp.post("/<int:order_id>/stop")
def stop(order_id: int) -> ResponseReturnValue:
    try:
        orders.stop(order_id, by=signed_in())
    except Refused as error:
        return _show(order_id, reason_sentence(error.reason, error.facts)), 409
    return redirect(url_for("technician.orders.show", order_id=order_id), code=303)
