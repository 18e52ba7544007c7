"""Putting the application together."""

import logging

from flask import Flask
from flask_migrate import Migrate

from roomctl import web
from roomctl.booking import touch
from roomctl.config import Settings, project_files, settings_from_environment
from roomctl.database import db, engine_options, let_go, listen


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application with its database and its pages."""
    settings = settings or settings_from_environment()
    app = Flask("roomctl", template_folder=str(project_files("templates")), static_folder=None)
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret("cookie-key"),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # The drivers report errors as values; paramiko prints them again.
    db.init_app(app)

    @app.teardown_appcontext
    def _let_go(_error: BaseException | None) -> None:
        let_go()  # Before Flask-SQLAlchemy does: an answer that is ready must not be lost because the database has just gone.

    # No batch mode: it rebuilds SQLite tables and silently drops their triggers, the overlap guarantee among them.
    Migrate(app, db, directory=str(project_files("migrations")), render_as_batch=False)
    with app.app_context():
        listen(db.engine)
    touch.watch()
    web.register(app)
    return app
