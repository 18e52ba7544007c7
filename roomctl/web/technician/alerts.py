"""Alerts: what stands, under which cause, who has taken it on; and what was."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from roomctl import clock
from roomctl.duty import alert_tables, alerts
from roomctl.errors import Conflict, InvalidInput, NotVisible
from roomctl.organisation.access import reach_of
from roomctl.organisation.roles import Action
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, whole
from roomctl.web.words import reason_sentence

bp = Blueprint("alerts", __name__, url_prefix="/alerts")
MOST_SHOWN, PER_PAGE = 200, 50


@bp.get("")
def index() -> ResponseReturnValue:
    return _show()


def _show(said: str = "", form: Form | None = None, at: int = 0) -> str:
    below, now = reach_of(signed_in(), Action.SEE_DEVICES), clock.now()
    history = request.args.get("show") == "history"
    page = max(whole(request.args.get("page", "1")), 1)
    if history:
        found = alert_tables.alerts_in_the_past(below=below, limit=PER_PAGE + 1, offset=PER_PAGE * (page - 1))
        members = {}
    else:
        found = alert_tables.alerts_on_screen(below=below, limit=MOST_SHOWN + 1)
        members = alert_tables.members_of({one.id for one in found})
    most = PER_PAGE if history else MOST_SHOWN
    return render_template("technician/alerts/index.html", alerts=found[:most], more=len(found) > most, most=MOST_SHOWN, history=history, page=page,
                           members=members, now=now, said=said, form=form or Form(typed=MultiDict()), at=at)


@bp.post("/<int:alert_id>/acknowledgement")
def acknowledge(alert_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    try:
        alerts.acknowledge(alert_id, by=signed_in(), note=form.text("note"))
    except InvalidInput as error:
        form.problems += error.problems
        return _show(form=form, at=alert_id), 422
    except Conflict as error:
        return _show(said=reason_sentence(error.reason, error.facts)), 409
    alert = alert_tables.alert_by_id(alert_id)
    if alert is None:
        raise NotVisible
    room_id = form.number("room")
    if alert.device is not None and alert.device.room_id == room_id and room_id:
        return redirect(url_for("technician.rooms.show", room_id=room_id), code=303)
    return redirect(url_for("technician.alerts.index"), code=303)
