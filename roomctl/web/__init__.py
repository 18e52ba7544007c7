"""Pages, arranged by the person they serve."""

from flask import Flask
from flask_login import LoginManager
from werkzeug.wrappers import Request

from roomctl.organisation import signin, tokens
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.web import (
    access,
    admin,
    api,
    auditor,
    error_pages,
    fault_words,
    language,
    order_sentences,
    panel,
    protection,
    public,
    reading_words,
    staff,
    technician,
    words,
)
from roomctl.web.assets import asset_url
from roomctl.web.public.sign_in import SIGN_IN_COOKIE


def register(app: Flask) -> None:
    """Give the application its pages, and everything that stands in front of them."""
    protection.register(app)
    language.register(app)
    words.register(app)
    fault_words.register(app)
    reading_words.register(app)
    order_sentences.register(app)
    error_pages.register(app)
    signs_in(app)
    access.register(app)
    for persona in (public, staff, technician, admin, auditor, panel, api):
        for blueprint in persona.PAGES:
            app.register_blueprint(blueprint)
    for blueprint in api.BLUEPRINTS:
        app.extensions["csrf"].exempt(blueprint)  # A program sends its token itself; no browser does that unasked.
    app.jinja_env.globals.update(asset_url=asset_url, can=can, Action=Action, simulation=app.config["SETTINGS"].simulation)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def signs_in(app: Flask) -> None:
    """Let flask-login read our own rows, which can be revoked: the browser's sign-in for pages, the bearer token for the API."""
    manager = LoginManager(app)

    @manager.request_loader
    def _load(request: Request) -> User | None:
        if request.path.startswith(api.ADDRESS):
            kind, token = request.authorization.type if request.authorization else "", request.authorization
            return tokens.user_of_bearer(token.token) if kind == "bearer" and token.token else None
        token = request.cookies.get(SIGN_IN_COOKIE, "")
        return signin.user_of_token(token) if token else None
