"""Calendar feeds, for calendar programs: the address itself is the credential."""

from flask import Blueprint, Response, request

from roomctl.calendars.feeds import open_feed

bp = Blueprint("feeds", __name__, url_prefix="/calendar")


@bp.get("/<token>.ics")
def show(token: str) -> Response:
    """The calendar; or 304 when nothing of it has changed, which is found without building it."""
    feed = open_feed(token)
    if request.if_none_match.contains_weak(feed.etag):
        response = Response(status=304)
    else:
        response = Response(feed.calendar(), mimetype="text/calendar")
        response.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    response.set_etag(feed.etag)
    response.headers["Cache-Control"] = "private, no-cache"  # May be kept by the program that asked, and is asked for again each time.
    return response
