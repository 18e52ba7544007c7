"""Pages of office staff and approvers."""

from flask import Blueprint

from roomctl.web.staff import approvals, conferences, notices, sessions, week

_persona = Blueprint("staff", __name__, url_prefix="/staff")
for _page in (week, conferences, sessions, approvals, notices):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
