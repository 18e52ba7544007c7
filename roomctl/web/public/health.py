"""Is roomctl well: for monitoring, and for whoever starts it."""

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from roomctl import __version__
from roomctl.database import DatabaseUnreachable
from roomctl.sessions import lease

bp = Blueprint("health", __name__, url_prefix="/healthz")
OLDEST_TICK_S = 15.0


@bp.get("")
def show() -> ResponseReturnValue:
    """Return the database's and the worker's state; 503 when either is not well."""
    try:
        age = lease.last_tick_age()
        database = "ok"
    except DatabaseUnreachable:
        age, database = None, "unreachable"
    age_s = round(age.total_seconds(), 1) if age is not None else None
    worker = "ok" if age_s is not None and age_s <= OLDEST_TICK_S else "silent"
    well = database == worker == "ok"
    return jsonify(status="ok" if well else "not well", database=database, worker={"status": worker, "last_tick_age_s": age_s},
                   version=__version__), 200 if well else 503
