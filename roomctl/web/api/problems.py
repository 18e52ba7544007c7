"""What a program is told when something cannot be done: application/problem+json (RFC 9457)."""

from typing import Any

from flask import Response, request
from pydantic import BaseModel, Field

from roomctl.booking.availability import RoomsNotFree
from roomctl.errors import InvalidInput, RoomctlError
from roomctl.web.api import models
from roomctl.web.words import reason_sentence


class FieldProblem(BaseModel):
    """One thing wrong with one field."""

    field: str
    reason: str = Field(description="A stable word.")
    detail: str = Field(description="A sentence, in the language of Accept-Language (vi or en).")


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


def is_for_program() -> bool:
    """True when the request came to the API, and no page would be read."""
    return request.path.startswith("/api/")


def problem(status: int, title: str, sentence: str, error: RoomctlError | None = None) -> Response:
    """Return a problem document; what an error knows in detail is told in its fields."""
    more: dict[str, Any] = {"reason": getattr(error, "reason", "")}
    match error:
        case InvalidInput():
            more["errors"] = [FieldProblem(field=one.field, reason=one.reason, detail=reason_sentence(one.reason, dict(one.facts)))
                              for one in error.problems]
        case RoomsNotFree():
            more["rooms"] = [models.RoomAnswer.of(one) for one in error.answers]
            more["proposal"] = models.Span.of(error.proposal) if error.proposal else None
    document = ProblemDocument(title=title, status=status, detail=sentence, **more)
    response = Response(document.model_dump_json(by_alias=True), status, mimetype="application/problem+json")
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="roomctl"'
    return response
