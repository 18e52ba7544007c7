"""The interface for other programs: JSON under /api/v1, with a bearer token; it calls the same use cases as the pages."""

from flask import Blueprint

from roomctl.web.api import (
    conferences,
    days_off,
    document,
    documents,
    drafts,
    feeds,
    groups,
    imports,
    invitations,
    lending,
    maintenance,
    mandatory,
    profiles,
    reports,
    reservations,
    rooms,
    sessions,
    times,
    units,
    week,
)

ADDRESS = "/api/"
_persona = Blueprint("api", __name__, url_prefix=f"{ADDRESS}v1")
BLUEPRINTS = [page.bp for page in (document, units, rooms, maintenance, groups, times, profiles, conferences, invitations, documents, reservations,
                                   mandatory, lending, week, reports, days_off, drafts, feeds, imports, sessions)]
for _bp in BLUEPRINTS:
    _persona.register_blueprint(_bp)
PAGES = (_persona,)
