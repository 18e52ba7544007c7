"""Pages for everybody: signing in, language, assets, health."""

from flask import Blueprint

from roomctl.web.public import assets, feeds, health, home, language, metrics, sign_in

_persona = Blueprint("public", __name__)
for _page in (home, assets, health, metrics, feeds, language, sign_in):
    _persona.register_blueprint(_page.bp)
PAGES = (_persona,)
