"""The approver's queue, and decisions on it."""

from typing import Literal

from flask import Blueprint

from roomctl.booking import decide as decisions
from roomctl.booking.availability import viewer_of
from roomctl.booking.tables import reservation_by_id
from roomctl.booking.visibility import view
from roomctl.errors import NotVisible
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import Input, Line, operation

bp = Blueprint("reservations", __name__, url_prefix="/reservations")


class Decision(Input):
    decision: Literal["grant", "refuse"]
    reason: Line = ""


@bp.get("")
@operation("What waits for a decision of the token's person, the most urgent first", answer=models.Queue)
def index() -> models.Queue:
    user = signed_in()
    viewer = viewer_of(user)
    return models.Queue(items=[models.Waiting(reservation=models.Reservation.of(one), conference=models.seen(view(one.occurrence.facts(), viewer)))
                               for one in decisions.queue_of(user)])


@bp.post("/<int:reservation_id>/decision")
@operation("Grant a reservation, or refuse it with a reason", answer=models.Reservation, body=Decision, refusals=(404, 409, 422))
def decide(reservation_id: int, body: Decision) -> models.Reservation:
    if body.decision == "grant":
        decisions.grant_reservation(reservation_id, by=signed_in())
    else:
        decisions.refuse_reservation(reservation_id, by=signed_in(), reason=body.reason)
    row = reservation_by_id(reservation_id)
    if row is None:
        raise NotVisible
    return models.Reservation.of(row)
