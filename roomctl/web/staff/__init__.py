"""Pages of office staff and approvers."""

from flask import Blueprint

from roomctl.web.staff import account, approvals, conferences, day, notices, sessions, week

_persona = Blueprint("staff", __name__, url_prefix="/staff")
for _page in (week, day, conferences, sessions, approvals, notices, account):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
