"""Lending one's approver role to another person for a time."""

from datetime import datetime

from flask import Blueprint
from pydantic import BaseModel, Field

from roomctl import clock
from roomctl.errors import InvalidInput, Problem
from roomctl.organisation import lend as lending
from roomctl.organisation import lending_tables
from roomctl.organisation.tables import RoleGrant, User, unit_by_id
from roomctl.web.access import signed_in
from roomctl.web.api.operation import Id, Input, Line, Moment, operation, read_anew

bp = Blueprint("lending", __name__, url_prefix="/lending")


class OwnUnit(BaseModel):
    id: int
    name: str


class Lent(BaseModel):
    """A role that is lent; `person` has it of what one has lent, and has lent it of what one has borrowed."""

    id: int
    unit: int
    unit_name: str
    person: str
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, grant: RoleGrant, person: User) -> "Lent":
        return cls(id=grant.id, unit=grant.unit_id, unit_name=grant.unit.name, person=person.name, since=grant.valid_from_at,
                   until=grant.valid_until_at)


class Lending(BaseModel):
    units: list[OwnUnit] = Field(description="On which the role can be lent.")
    lent: list[Lent]
    borrowed: list[Lent]


class NewLoan(Input):
    unit: Id
    to: Line = Field(description="A sign-in name.")
    since: Moment
    until: Moment = Field(description="At most 60 days behind the start.")


@bp.get("")
@operation("What the token's person has lent and borrowed, and what they may lend", answer=Lending)
def index() -> Lending:
    return _lending()


@bp.post("")
@operation("Lend the approver's role on a unit; the same again lends once", answer=Lending, body=NewLoan, refusals=(404, 409))
def lend(body: NewLoan) -> Lending:
    if unit_by_id(body.unit) is None:
        raise InvalidInput([Problem("unit", "unknown_unit")])
    lending.lend_role(body.unit, to=body.to, from_at=body.since, until_at=body.until, by=signed_in())
    return _lending()


@bp.post("/<int:grant_id>/end")
@operation("End a lent role early", answer=Lending, refusals=(404,))
def take_back(grant_id: int) -> Lending:
    lending.take_back(grant_id, by=signed_in())
    return _lending()


def _lending() -> Lending:
    read_anew()
    user, now = signed_in(), clock.now()
    return Lending(units=[OwnUnit(id=unit.id, name=unit.name) for unit in lending.units_to_lend(user)],
                   lent=[Lent.of(grant, person) for grant, person in lending_tables.lent_by(user.id, now)],
                   borrowed=[Lent.of(grant, person) for grant, person in lending_tables.lent_to(user.id, now)])
