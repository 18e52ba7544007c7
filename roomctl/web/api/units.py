"""Units of the organisation."""

from flask import Blueprint
from pydantic import Field

from roomctl.errors import NotVisible
from roomctl.organisation import tables
from roomctl.organisation.units import Level
from roomctl.web.api import models
from roomctl.web.api.operation import LARGEST_ID, Page, operation

bp = Blueprint("units", __name__, url_prefix="/units")


class UnitsWanted(Page):
    level: Level | None = None
    parent: int | None = Field(None, ge=1, le=LARGEST_ID, description="Only the units directly below this one.")


@bp.get("")
@operation("The units of today, in pages", answer=models.Units, query=UnitsWanted)
def index(query: UnitsWanted) -> models.Units:
    found = tables.units_behind(query.after, limit=query.limit, level=query.level, parent_id=query.parent)
    return models.Units(items=[models.Unit.of(unit) for unit in found], next=found[-1].id if len(found) == query.limit else None)


@bp.get("/<int:unit_id>")
@operation("One unit, today's or one of former times", answer=models.Unit, refusals=(404,))
def show(unit_id: int) -> models.Unit:
    unit = tables.unit_by_id(unit_id)
    if unit is None:
        raise NotVisible
    return models.Unit.of(unit)
