"""Making a conference mandatory, and naming what it displaces: for an approver of the unit of its host room."""

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl.booking import decide, mandatory
from roomctl.booking.tables import occurrence_by_id
from roomctl.errors import NotVisible
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.operation import Id, Input, Line, operation, read_anew

bp = Blueprint("mandatory", __name__, url_prefix="/mandatory")


class Holder(BaseModel):
    """Who holds a room that a mandatory conference wants."""

    reservation: int
    conference: models.Seen
    displaceable: bool


class Missing(BaseModel):
    """A room that the conference has not got on one date."""

    occurrence: int
    reservation: models.Reservation
    held_by: list[Holder]


class InTheWay(BaseModel):
    conference: models.Full
    mandatory: bool
    missing: list[Missing]


class Displacement(Input):
    ids: list[Id] = Field(min_length=1, max_length=decide.MOST_AT_ONCE, description="The reservations that give way, each by name.")
    reason: Line


@bp.get("/<int:conference_id>")
@operation("Which rooms a conference has not got, and who holds them", answer=InTheWay, refusals=(404,))
def show(conference_id: int) -> InTheWay:
    return _in_the_way(conference_id)


@bp.post("/<int:conference_id>/marking")
@operation("Make a conference mandatory: rooms below its host's unit are granted at once", answer=InTheWay, refusals=(404, 409, 422))
def mark(conference_id: int) -> InTheWay:
    mandatory.make_mandatory(conference_id, by=signed_in())
    return _in_the_way(conference_id)


@bp.post("/occurrences/<int:occurrence_id>/displacement")
@operation("Let a mandatory conference have what local reservations hold on one date: all that is named, or nothing", answer=InTheWay,
           body=Displacement, refusals=(404, 409))
def displace(occurrence_id: int, body: Displacement) -> InTheWay:
    mandatory.displace(body.ids, for_occurrence_id=occurrence_id, by=signed_in(), reason=body.reason)
    occurrence = occurrence_by_id(occurrence_id)
    if occurrence is None:
        raise NotVisible
    return _in_the_way(occurrence.conference_id)


def _in_the_way(conference_id: int) -> InTheWay:
    read_anew()
    conference, shown, missing = mandatory.to_displace(conference_id, by=signed_in())
    return InTheWay(conference=models.seen(shown), mandatory=conference.mandatory_at is not None, missing=[
        Missing(occurrence=one.reservation.occurrence_id, reservation=models.Reservation.of(one.reservation), held_by=[
            Holder(reservation=reservation_id, conference=models.seen(view), displaceable=displaceable)
            for reservation_id, view, displaceable in one.held_by]) for one in missing])
