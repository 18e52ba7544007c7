"""The approver's queue and decisions on it, and what an organizer does about a room that could not be had."""

from datetime import datetime
from typing import Literal

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl.booking import decide as decisions
from roomctl.booking import replace, to_decide
from roomctl.booking.lifecycle import Change, ReservationState
from roomctl.booking.tables import reservation_by_id
from roomctl.errors import NotVisible
from roomctl.web.access import signed_in
from roomctl.web.api import models
from roomctl.web.api.conference_seen import conference_as_seen
from roomctl.web.api.operation import Id, Input, Line, operation, read_anew

bp = Blueprint("reservations", __name__, url_prefix="/reservations")


class Behind(BaseModel):
    """Somebody who waits for the same room at that time, and is refused when it is granted."""

    id: int
    conference: models.Seen

    @classmethod
    def of(cls, one: to_decide.Behind) -> "Behind":
        return cls(id=one.id, conference=models.seen(one.view))


class Waiting(BaseModel):
    """A reservation that waits for a decision of the token's person."""

    reservation: models.Reservation
    conference: models.Seen
    change: Change = Field(description="Why it waits: it is new, or what changed of it.")
    behind: list[Behind]


class Queue(BaseModel):
    items: list[Waiting]


class Decided(BaseModel):
    """What was decided together, and until when it can be taken back."""

    ids: list[int]
    state: ReservationState
    room: int
    conference: models.Seen
    until: datetime


class JustDecided(BaseModel):
    items: list[Decided]


class Decision(Input):
    decision: Literal["grant", "refuse"]
    reason: Line = ""
    know: list[Id] = Field(default_factory=list, max_length=decisions.MOST_AT_ONCE,
                           description="Ids from `behind`: those of whom the person knows that they wait for the same room.")


class Decisions(Decision):
    ids: list[Id] = Field(min_length=1, max_length=decisions.MOST_AT_ONCE)


class Undoing(Input):
    ids: list[Id] = Field(min_length=1, max_length=decisions.MOST_AT_ONCE)


class Refusing(Input):
    reason: Line


class Later(Input):
    later_too: bool = Field(False, description="On every later date of the series as well.")


class Replacement(Later):
    room: Id = Field(description="Another room of the same unit.")


class Reservations(BaseModel):
    items: list[models.Reservation]


@bp.get("")
@operation("What waits for a decision of the token's person, the most urgent first", answer=Queue)
def index() -> Queue:
    weeks, _ = to_decide.weeks_of(signed_in())
    asked = sorted((date for week in weeks for line in week.lines for date in line.dates), key=lambda one: (one.reservation.deadline_at, one.id))
    return Queue(items=[Waiting(reservation=models.Reservation.of(one.reservation), conference=models.seen(one.view), change=one.reservation.change,
                                behind=[Behind.of(other) for other in one.behind]) for one in asked])


@bp.get("/decided")
@operation("What the token's person decided within the last minutes and can take back, the latest first", answer=JustDecided)
def decided() -> JustDecided:
    return JustDecided(items=[Decided(ids=one.line.ids, state=one.state, room=one.line.room.id, conference=models.seen(one.line.view),
                                      until=one.until) for one in to_decide.just_decided(signed_in())])


@bp.post("/<int:reservation_id>/decision")
@operation("Grant a reservation, or refuse it with a reason", answer=models.Reservation, body=Decision, refusals=(404, 409, 422))
def decide(reservation_id: int, body: Decision) -> models.Reservation:
    if body.decision == "grant":
        decisions.grant_reservation(reservation_id, by=signed_in(), know=body.know)
    else:
        decisions.refuse_reservation(reservation_id, by=signed_in(), reason=body.reason)
    return _as_decided([reservation_id]).items[0]


@bp.post("/decisions")
@operation("Decide on several reservations alike, a series or a whole week: on all of them or on none", answer=Reservations, body=Decisions,
           refusals=(404, 409))
def decide_all(body: Decisions) -> Reservations:
    if body.decision == "grant":
        decisions.grant_reservations(body.ids, by=signed_in(), know=body.know)
    else:
        decisions.refuse_reservations(body.ids, by=signed_in(), reason=body.reason)
    return _as_decided(body.ids)


@bp.post("/undoing")
@operation("Take fresh decisions of one's own back, all of them or none", answer=Reservations, body=Undoing, refusals=(404, 409))
def undo(body: Undoing) -> Reservations:
    decisions.undo_decision(body.ids, by=signed_in())
    return _as_decided(body.ids)


@bp.post("/<int:reservation_id>/inability")
@operation("Say that a room cannot serve a mandatory conference, which is all that its unit can answer", answer=models.Reservation, body=Refusing,
           refusals=(404, 409))
def cannot_serve(reservation_id: int, body: Refusing) -> models.Reservation:
    decisions.cannot_serve(reservation_id, by=signed_in(), reason=body.reason)
    return _as_decided([reservation_id]).items[0]


def _as_decided(ids: list[int]) -> Reservations:
    """Return reservations that this person has just decided on."""
    read_anew()
    rows = [reservation_by_id(one) for one in dict.fromkeys(ids)]
    return Reservations(items=[models.Reservation.of(row) for row in rows if row is not None])


@bp.post("/<int:reservation_id>/replacement")
@operation("Ask for another room of the same unit in place of one that could not be had", answer=models.Conference, body=Replacement,
           refusals=(404, 409))
def replace_room(reservation_id: int, body: Replacement) -> models.Conference:
    replace.replace_room(reservation_id, body.room, by=signed_in(), later_too=body.later_too)
    return _conference_of(reservation_id)


@bp.post("/<int:reservation_id>/going-without")
@operation("Let the conference take place without a room that could not be had", answer=models.Conference, body=Later, refusals=(404, 409))
def go_on_without(reservation_id: int, body: Later) -> models.Conference:
    replace.go_on_without(reservation_id, by=signed_in(), later_too=body.later_too)
    return _conference_of(reservation_id)


def _conference_of(reservation_id: int) -> models.Conference:
    read_anew()
    row = reservation_by_id(reservation_id)
    if row is None:
        raise NotVisible
    return conference_as_seen(row.occurrence.conference_id, row.occurrence_id)
