"""Invitations: what one is invited to and what one answers; for who asked for a conference or chairs it, whom to invite."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl.booking import invite as invitations
from roomctl.web.access import signed_in
from roomctl.web.api import models, people
from roomctl.web.api.operation import Input, Line, operation, read_anew

bp = Blueprint("invitations", __name__, url_prefix="/invitations")


class Invitation(BaseModel):
    """What the token's person is invited to."""

    conference: models.Seen = Field(description="Its next date.")
    dates: int = Field(description="How many dates are left.")
    answer: str = Field(description="accepted, declined, tentative, or nothing yet.")
    note: str


class Invitations(BaseModel):
    items: list[Invitation]


class Guest(BaseModel):
    id: int
    name: str
    answer: str
    answered: datetime | None
    note: str


class Guests(BaseModel):
    conference: models.Full
    items: list[Guest]
    may_change: bool = Field(description="There is a date left to attend.")


class Answering(Input):
    answer: invitations.Answer
    note: Line = ""


class Inviting(Input):
    people: list[Line] = Field(min_length=1, max_length=invitations.MOST_INVITED, description="Sign-in names.")


@bp.get("")
@operation("What the token's person is invited to and is not over, the nearest first", answer=Invitations)
def index() -> Invitations:
    return _invitations()


@bp.post("/conferences/<int:conference_id>/answer")
@operation("Answer an invitation; a later answer takes the place of an earlier one", answer=Invitations, body=Answering, refusals=(404, 409))
def answer(conference_id: int, body: Answering) -> Invitations:
    invitations.answer_invitation(conference_id, body.answer, by=signed_in(), note=body.note)
    return _invitations()


@bp.get("/conferences/<int:conference_id>/people")
@operation("Who was invited to a conference, and what they answered", answer=Guests, refusals=(404,))
def show(conference_id: int) -> Guests:
    return _guests(conference_id)


@bp.post("/conferences/<int:conference_id>/people")
@operation("Invite people; those who are invited already are left as they are", answer=Guests, body=Inviting, refusals=(404, 409))
def invite(conference_id: int, body: Inviting) -> Guests:
    invitations.invite_people(conference_id, people.ids_of(body.people), by=signed_in())
    return _guests(conference_id)


@bp.post("/conferences/<int:conference_id>/people/<int:user_id>/withdrawal")
@operation("Take an invitation back", answer=Guests, refusals=(404, 409, 422))
def withdraw(conference_id: int, user_id: int) -> Guests:
    invitations.withdraw(conference_id, user_id, by=signed_in())
    return _guests(conference_id)


def _invitations() -> Invitations:
    read_anew()
    return Invitations(items=[Invitation(conference=models.seen(one.shown), dates=one.dates, answer=one.answer, note=one.note)
                              for one in invitations.invitations_of(signed_in())])


def _guests(conference_id: int) -> Guests:
    read_anew()
    found = invitations.guest_list(conference_id, by=signed_in())
    return Guests(conference=models.seen(found.shown), may_change=found.may_change, items=[
        Guest(id=one.user_id, name=one.user.name, answer=one.answer, answered=one.answered_at, note=one.note) for one in found.invitations])
