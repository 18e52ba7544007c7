"""Pages of security officers."""

from flask import Blueprint

from roomctl.web.auditor import attestations, overrides, profiles, records, sessions, statistics, trail

_persona = Blueprint("auditor", __name__, url_prefix="/auditor")
for _page in (sessions, records, overrides, attestations, statistics, profiles, trail):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
