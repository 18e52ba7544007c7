"""One operation of the API: what it takes and gives, read and written in one place, and described from the same models."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any, Protocol, TypeVar

from flask import Response, request
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from roomctl.errors import InvalidInput, Problem

LARGEST_ID = 2**31 - 1
Answer = TypeVar("Answer", bound=BaseModel)
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Line = Annotated[str, Field(max_length=4000)]  # How long each may really be is the use case's to say, in its own words.


def _within_calendar(at: datetime) -> datetime:
    if not 1900 <= at.year <= 2100:
        raise ValueError("the year must be from 1900 to 2100")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_within_calendar)]


class Input(BaseModel):
    """What a program sends; a name that is not known is refused rather than overlooked."""

    model_config = ConfigDict(extra="forbid")


class Page(Input):
    """Long lists come in pages: `after` is the `next` of the page before."""

    limit: int = Field(100, ge=1, le=500, description="How many items at most.")
    after: int = Field(0, ge=0, le=LARGEST_ID, description="Only items behind this one, as the page before said in `next`.")


@dataclass(frozen=True, slots=True)
class Operation:
    """What the description of an operation is made from."""

    summary: str
    answer: type[BaseModel]
    status: int
    query: type[Input] | None
    body: type[Input] | None
    headers: type[Input] | None
    refusals: tuple[int, ...]


class Described(Protocol):
    operation: Operation

    def __call__(self, *args: Any, **facts: Any) -> Response: ...


def operation(summary: str, *, answer: type[BaseModel], status: int = 200, query: type[Input] | None = None, body: type[Input] | None = None,
              headers: type[Input] | None = None, refusals: tuple[int, ...] = ()) -> Callable[[Callable[..., BaseModel]], Described]:
    """Turn a function from values to a model into a view from a request to JSON.

    The function gets `query`, `body` and `headers` as models where they are named.  Raises InvalidInput, BadRequest for
    what is no JSON, and UnsupportedMediaType for a body that does not say that it is.
    """

    def decorate(function: Callable[..., BaseModel]) -> Described:
        @wraps(function)
        def answered(**facts: Any) -> Response:
            if query is not None:
                facts["query"] = _read(query, {name: _one_or_many(query, name) for name in request.args})
            if headers is not None:
                named = {field.alias or name: request.headers.get(field.alias or name) for name, field in headers.model_fields.items()}
                facts["headers"] = _read(headers, {name: value for name, value in named.items() if value is not None})
            if body is not None:
                facts["body"] = _read(body, _json())
            given = function(**facts)
            return Response(given.model_dump_json(by_alias=True), status, mimetype="application/json", headers=_location(given))

        answered.operation = Operation(summary, answer, status, query, body, headers, refusals)  # type: ignore[attr-defined]
        return answered  # type: ignore[return-value]

    return decorate


def _one_or_many(model: type[BaseModel], name: str) -> Any:
    """Return a parameter's values where the model holds a list, else its value; given twice, one value too many is a list and refused."""
    values = request.args.getlist(name)
    field = model.model_fields.get(name)
    return values if len(values) > 1 or (field is not None and "list" in str(field.annotation)) else values[0]


def _json() -> Any:
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        return json.loads(request.get_data())
    except ValueError as error:  # UnicodeDecodeError is one too.
        raise BadRequest from error


def _read(model: type[Input], raw: Any) -> Input:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        raise InvalidInput([Problem(".".join(map(str, one["loc"])), "malformed", (("why", one["msg"]),))
                            for one in error.errors(include_url=False, include_context=False, include_input=False)]) from None


def _location(given: BaseModel) -> dict[str, str]:
    address = getattr(given, "url", "") if request.method == "POST" else ""
    return {"Location": address} if address else {}
