"""Pages of administrators."""

from flask import Blueprint

from roomctl.web.admin import panels

_persona = Blueprint("admin", __name__, url_prefix="/admin")
_persona.register_blueprint(panels.bp)
PAGES = (_persona,)
