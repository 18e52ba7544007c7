"""Choosing the language."""

from urllib.parse import urlsplit

from flask import Blueprint, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from roomctl.organisation import directory
from roomctl.web.language import COOKIE, LANGUAGES
from roomctl.web.protection import set_cookie

bp = Blueprint("language", __name__, url_prefix="/language")


@bp.post("")
def choose() -> ResponseReturnValue:
    """Remember the language and return to where the person was."""
    response = redirect(own_path(request.form.get("back", "")), code=303)
    wanted = request.form.get("language", "")
    wanted = wanted if wanted in LANGUAGES else "vi"
    if current_user.is_authenticated and current_user.language != wanted:
        directory.choose_language(current_user.id, wanted)  # Mails are in it too.
    set_cookie(response, COOKIE, wanted, settings=current_app.config["SETTINGS"],
               max_age_s=365 * 86400, strict=False)
    return response


def own_path(raw: str) -> str:
    """Return `raw` when it is a path of this site, else "/": nobody is led elsewhere."""
    parts = urlsplit(raw)
    own = raw.startswith("/") and not raw.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return raw if own and raw.isprintable() else "/"
