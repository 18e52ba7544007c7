"""A province, or any unit: its rooms and those of the units below it, each with the worst of its devices."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from roomctl import clock
from roomctl.duty import alert_tables, on_call, sight
from roomctl.errors import NotVisible
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import unit_by_id
from roomctl.web.access import signed_in
from roomctl.web.forms import whole
from roomctl.web.technician.steps import GUIDES

bp = Blueprint("provinces", __name__, url_prefix="/provinces")
PER_PAGE = 50


@bp.get("/<int:unit_id>")
def show(unit_id: int) -> ResponseReturnValue:
    user, unit, now = signed_in(), unit_by_id(unit_id), clock.now()
    if unit is None or not can(user, Action.SEE_DEVICES, unit):
        raise NotVisible
    only_faults = request.args.get("only") == "faults"
    page = max(whole(request.args.get("page", "1")), 1)
    listed = sight.rooms_of(unit, now, only_faults=only_faults, page=page, per_page=PER_PAGE)
    causes = sight.causes_at(unit)
    return render_template("technician/provinces/show.html", unit=unit, causes=causes, members=alert_tables.members_of({one.id for one in causes}),
                           line=GUIDES["line_down"], listed=listed, only_faults=only_faults, page=page,
                           pages=-(-listed.count // PER_PAGE), now=now, people=on_call.nearest([unit.path], now)[unit.path])
