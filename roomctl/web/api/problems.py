"""What a program is told when something cannot be done: application/problem+json (RFC 9457)."""

from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field

from roomctl.booking.availability import RoomsNotFree
from roomctl.booking.dates import DatesNotFree
from roomctl.booking.decide import NotAllDecided
from roomctl.booking.maintenance import WindowMeetsConferences
from roomctl.errors import InvalidInput, Problem, RoomctlError
from roomctl.web.api import models
from roomctl.web.words import reason_sentence


class FieldProblem(BaseModel):
    """One thing wrong with one field."""

    field: str
    reason: str = Field(description="A stable word.")
    detail: str = Field(description="A sentence, in the language of Accept-Language (vi or en).")
    line: int | None = Field(None, description="Of a file that was sent: the line.")
    uid: str = Field("", description="Of a calendar file that was sent: the UID that stands there.")

    @classmethod
    def of(cls, problem: Problem) -> "FieldProblem":
        facts = dict(problem.facts)
        return cls(field=problem.field, reason=problem.reason, detail=reason_sentence(problem.reason, facts), line=facts.get("line"),
                   uid=facts.get("uid", ""))


class Refusal(BaseModel):
    """Why one of several reservations cannot be decided so."""

    reservation: int
    reason: str
    detail: str


class ProblemDocument(BaseModel):
    """Why a request was not carried out; nothing was stored."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    reason: str = Field("", description="A stable word for what happened; empty where the status says it all.")
    errors: list[FieldProblem] = Field(default_factory=list)
    rooms: list[models.RoomAnswer] = Field(default_factory=list, description="With rooms_not_free: the answer for each room asked for.")
    proposal: models.Span | None = Field(None, description="With rooms_not_free: the next time at which all of them are free.")
    dates: list[models.Date] = Field(default_factory=list, description="With dates_not_free: the dates in question, and the rooms taken on each.")
    refusals: list[Refusal] = Field(default_factory=list, description="With not_all_decided: what stands in the way of which.")
    met: list[models.Seen] = Field(default_factory=list, description="With maintenance_meets_conferences: those that have the room then.")


def is_for_program() -> bool:
    """True when the request came to the API, and no page would be read."""
    return request.path.startswith("/api/")


def problem(status: int, title: str, sentence: str, error: RoomctlError | None = None) -> Response:
    """Return a problem document; what an error knows in detail is told in its fields."""
    more: dict[str, Any] = {"reason": getattr(error, "reason", "")}
    match error:
        case InvalidInput():
            more["errors"] = [FieldProblem.of(one) for one in error.problems]
        case RoomsNotFree():
            more["rooms"] = [models.RoomAnswer.of(one) for one in error.answers]
            more["proposal"] = models.Span.of(error.proposal) if error.proposal else None
        case DatesNotFree():
            more["dates"] = [models.Date.of(one) for one in error.dates]
        case NotAllDecided():
            more["refusals"] = [Refusal(reservation=reservation_id, reason=one.reason, detail=reason_sentence(one.reason, one.facts))
                                for reservation_id, one in error.refusals.items()]
        case WindowMeetsConferences():
            more["met"] = [models.seen(one) for one in error.met]
    document = ProblemDocument(title=title, status=status, detail=sentence, **more)
    response = Response(document.model_dump_json(by_alias=True), status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="roomctl"'
    return response
