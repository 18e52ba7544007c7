"""The interface for other programs: JSON under /api/v1, with a bearer token; it calls the same use cases as the pages."""

from flask import Blueprint

from roomctl.web.api import conferences, document, profiles, reservations, rooms, sessions, units

ADDRESS = "/api/"
_persona = Blueprint("api", __name__, url_prefix=f"{ADDRESS}v1")
BLUEPRINTS = [page.bp for page in (document, units, rooms, profiles, conferences, reservations, sessions)]
for _bp in BLUEPRINTS:
    _persona.register_blueprint(_bp)
PAGES = (_persona,)
