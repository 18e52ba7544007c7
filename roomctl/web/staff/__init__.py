"""Pages of office staff and approvers."""

from flask import Blueprint

from roomctl.web.staff import (
    account,
    approvals,
    chair,
    changes,
    conferences,
    day,
    documents,
    drafts,
    exchange,
    feeds,
    groups,
    imports,
    invitations,
    lending,
    mandatory,
    minutes,
    notices,
    overrides,
    reports,
    rooms,
    rooms_asked,
    sessions,
    times,
    week,
)

_persona = Blueprint("staff", __name__, url_prefix="/staff")
for _page in (week, day, rooms, times, groups, conferences, changes, drafts, documents, sessions, chair, overrides, minutes, approvals, lending,
              rooms_asked, mandatory, invitations, notices, reports, feeds, imports, exchange,
              account):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
