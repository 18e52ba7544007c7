"""Pages of technicians."""

from flask import Blueprint

from roomctl.web.technician import devices, maintenance

_persona = Blueprint("technician", __name__, url_prefix="/technician")
for _page in (devices, maintenance):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
