"""Pages of administrators."""

from flask import Blueprint

from roomctl.web.admin import days_off, devices, exchange, panels, people, rooms, units

_persona = Blueprint("admin", __name__, url_prefix="/admin")
for _page in (units, people, rooms, devices, panels, days_off, exchange):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
