"""The page assets."""

from flask import Blueprint, Response, request, send_from_directory

from roomctl.web.assets import DIST

bp = Blueprint("assets", __name__, url_prefix="/assets")


@bp.get("/<name>")
def show(name: str) -> Response:
    response = send_from_directory(DIST, name)
    # An address with its hash never changes; one without must be asked for again.
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if request.args.get("v") else "no-cache"
    return response
