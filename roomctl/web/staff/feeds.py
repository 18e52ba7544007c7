"""Addresses under which one's own calendar program reads what one may see here."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.calendars import feeds
from roomctl.errors import InvalidInput, Refused
from roomctl.organisation.access import can
from roomctl.organisation.roles import Action
from roomctl.organisation.tables import User
from roomctl.rooms.tables import rooms_matching, rooms_of
from roomctl.web.access import signed_in
from roomctl.web.forms import Form, searched
from roomctl.web.words import reason_sentence

bp = Blueprint("feeds", __name__, url_prefix="/feeds")
MOST_FOUND = 50


@bp.get("")
def index() -> ResponseReturnValue:
    """The addresses somebody has; with `words`, the rooms that can be chosen besides those of their own unit."""
    return _index(Form(typed=request.args))


@bp.post("")
def make() -> ResponseReturnValue:
    """Make an address and show it, this once."""
    form = Form(typed=request.form)
    try:
        token = feeds.make_feed(form.text("subject"), by=signed_in())
    except InvalidInput as error:
        form.problems += error.problems
        return _index(form), 422
    except Refused as error:
        return _index(form, failure=reason_sentence(error.reason, error.facts)), 409
    return _index(Form(), address=url_for("public.feeds.show", token=token, _external=True))


@bp.post("/<int:feed_id>/revocation")
def revoke(feed_id: int) -> ResponseReturnValue:
    feeds.revoke_feed(feed_id, by=signed_in())
    return redirect(url_for("staff.feeds.index"), code=303)


def _index(form: Form, *, address: str = "", failure: str = "") -> str:
    user, words = signed_in(), searched(form.text("words"))
    return render_template("staff/feeds/index.html", form=form, feeds=feeds.feeds_of(user), address=address, failure=failure, words=words,
                           rooms=_rooms(user, words), user=user, may_see_rooms=can(user, Action.SEE_WEEK))


def _rooms(user: User, words: str) -> list[tuple[str, str]]:
    """Return what the list of rooms offers: those that were searched for, or those of one's own unit."""
    if not can(user, Action.SEE_WEEK):
        return []
    found = rooms_matching(words, limit=MOST_FOUND) if words else rooms_of(user.unit_id)
    return [(f"room:{room.id}", f"{room.name} – {room.unit.name}") for room in found]
