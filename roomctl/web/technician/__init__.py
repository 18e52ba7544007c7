"""Pages of technicians."""

from flask import Blueprint

from roomctl.web.technician import alerts, backups, devices, duty, faults, maintenance, orders, preflight, provinces, rooms, trials

_persona = Blueprint("technician", __name__, url_prefix="/technician")
for _page in (alerts, backups, devices, duty, faults, maintenance, orders, preflight, provinces, rooms, trials):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
