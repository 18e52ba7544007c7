"""The panel on a room's wall or table."""

from flask import Blueprint

from roomctl.web.panel import chair, overrides, pairing, rooms, screen, sessions

_persona = Blueprint("panel", __name__, url_prefix="/panel")
for _page in (pairing, rooms, screen, sessions, chair, overrides):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
