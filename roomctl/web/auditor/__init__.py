"""Pages of security officers."""

from flask import Blueprint

from roomctl.web.auditor import sessions, trail

_persona = Blueprint("auditor", __name__, url_prefix="/auditor")
for _page in (sessions, trail):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
