"""What an organizer does about a room that could not be had: another one instead, or going on without it."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from roomctl.booking import replace
from roomctl.booking.tables import reservation_by_id
from roomctl.errors import NotVisible
from roomctl.web.access import signed_in
from roomctl.web.forms import Form

bp = Blueprint("rooms_asked", __name__, url_prefix="/rooms-asked")


@bp.post("/<int:reservation_id>/replacement")
def replace_room(reservation_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    replace.replace_room(reservation_id, form.number("room"), by=signed_in(), later_too=bool(form.text("later")))
    return _back(reservation_id)


@bp.post("/<int:reservation_id>/without")
def go_on_without(reservation_id: int) -> ResponseReturnValue:
    form = Form(typed=request.form)
    replace.go_on_without(reservation_id, by=signed_in(), later_too=bool(form.text("later")))
    return _back(reservation_id)


def _back(reservation_id: int) -> ResponseReturnValue:
    reservation = reservation_by_id(reservation_id)
    if reservation is None:
        raise NotVisible
    occurrence = reservation.occurrence
    return redirect(url_for("staff.conferences.show", conference_id=occurrence.conference_id, occurrence=occurrence.id), code=303)
