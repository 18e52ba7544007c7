"""Pages of technicians."""

from flask import Blueprint

from roomctl.web.technician import devices

_persona = Blueprint("technician", __name__, url_prefix="/technician")
_persona.register_blueprint(devices.bp)
PAGES = (_persona,)
