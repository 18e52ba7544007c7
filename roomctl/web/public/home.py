"""/ leads each person to their first screen."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from roomctl.organisation.access import can
from roomctl.organisation.roles import Action, Role

bp = Blueprint("home", __name__)
FIRST_SCREENS = (
    (Role.APPROVER, "staff.approvals.index"), (Role.TECHNICIAN, "technician.faults.index"), (Role.AUDITOR, "auditor.sessions.index"),
    (Role.ADMINISTRATOR, "admin.panels.index"),
)


@bp.get("/")
def show() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return redirect(url_for("public.sign_in.show"), code=303)
    if not can(current_user, Action.SEE_WEEK):
        return redirect(url_for("staff.notices.index"), code=303)  # Somebody without a role yet.
    roles = {grant.role for grant in current_user.standing_grants()}
    screen = next((endpoint for role, endpoint in FIRST_SCREENS if role in roles and Role.STAFF not in roles), "staff.week.this_week")
    return redirect(url_for(screen), code=303)
