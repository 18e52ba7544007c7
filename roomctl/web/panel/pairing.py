"""Pairing this panel with a room, by the code that an administrator made."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.errors import Refused
from roomctl.rooms import panels
from roomctl.web.access import PANEL_COOKIE
from roomctl.web.protection import set_cookie
from roomctl.web.status import status_of
from roomctl.web.words import reason_sentence

bp = Blueprint("pairing", __name__, url_prefix="/pair")
TEN_YEARS_S = 10 * 365 * 86400


@bp.get("")
def show() -> ResponseReturnValue:
    return render_template("panel/pairing/show.html", failure="")


@bp.post("")
def pair() -> ResponseReturnValue:
    try:
        token = panels.pair(request.form.get("code", "")[:40], address=request.remote_addr or "")
    except Refused as error:
        return render_template("panel/pairing/show.html", failure=reason_sentence(error.reason, error.facts)), status_of(error)
    response = redirect(url_for("panel.screen.show"), code=303)
    set_cookie(response, PANEL_COOKIE, token, settings=current_app.config["SETTINGS"], max_age_s=TEN_YEARS_S)
    return response
