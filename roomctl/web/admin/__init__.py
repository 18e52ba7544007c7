"""Pages of administrators."""

from flask import Blueprint

from roomctl.web.admin import days_off, devices, exchange, firmware, inventory, panels, passwords, people, rooms, snmp, ssh, units

_persona = Blueprint("admin", __name__, url_prefix="/admin")
for _page in (units, people, rooms, devices, panels, days_off, exchange, ssh, snmp, inventory, firmware, passwords):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
