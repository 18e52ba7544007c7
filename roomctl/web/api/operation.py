"""One operation of the API: what it takes and gives, read and written in one place, and described from the same models."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import wraps
from hashlib import sha256
from typing import Annotated, Any, Protocol, TypeVar

from flask import Response, request
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from roomctl.database import db
from roomctl.errors import InvalidInput, NotVisible, Problem

LARGEST_ID = 2**31 - 1
Answer = TypeVar("Answer", bound=BaseModel)
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]
Line = Annotated[str, Field(max_length=4000)]  # How long each may really be is the use case's to say, in its own words.


def _within_calendar(at: datetime) -> datetime:
    if not 1900 <= at.year <= 2100:
        raise ValueError("the year must be from 1900 to 2100")
    return at.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_within_calendar)]


def _written_out(raw: Any) -> date:
    """Read yyyy-mm-dd and nothing else: neither a number of seconds nor a moment is a day."""
    day = date.fromisoformat(raw) if isinstance(raw, str) else None
    if day is None or day.isoformat() != raw or not 1900 <= day.year <= 2100:
        raise ValueError("a day is written yyyy-mm-dd, from 1900 to 2100")
    return day


Day = Annotated[date, BeforeValidator(_written_out)]


class Input(BaseModel):
    """What a program sends; a name that is not known is refused rather than overlooked."""

    model_config = ConfigDict(extra="forbid")


class Page(Input):
    """Long lists come in pages: `after` is the `next` of the page before."""

    limit: int = Field(100, ge=1, le=500, description="How many items at most.")
    after: int = Field(0, ge=0, le=LARGEST_ID, description="Only items behind this one, as the page before said in `next`.")


class Ordered(Input):
    """A list in an order of its own comes in pages by place: `skip` is the `next` of the page before."""

    limit: int = Field(100, ge=1, le=500, description="How many items at most.")
    skip: int = Field(0, ge=0, le=LARGEST_ID, description="How many items lie before, as the page before said in `next`.")

    def next_behind(self, found: int) -> int | None:
        """Return the `skip` of the next page of a list that holds `found` items; None on the last."""
        return self.skip + self.limit if self.skip + self.limit < found else None


class Once(Input):
    """Sent again with the same key by the same person to the same address, a request leads to what it made the first time."""

    key: str | None = Field(None, alias="Idempotency-Key", min_length=1, max_length=64, pattern=r"^[!-~]+$")

    def key_or_fresh(self) -> str:
        """Return the key as use cases keep it: a program may well number its requests from 1 at every address."""
        return sha256(f"{request.path} {self.key}".encode()).hexdigest() if self.key else secrets.token_urlsafe(16)


@dataclass(frozen=True, slots=True)
class Operation:
    """What the description of an operation is made from; one without a model for its answer gives a file."""

    summary: str
    answer: type[BaseModel] | None
    status: int
    query: type[Input] | None
    body: type[Input] | None
    headers: type[Input] | None
    refusals: tuple[int, ...]


class Described(Protocol):
    operation: Operation

    def __call__(self, *args: Any, **facts: Any) -> Response: ...


def operation(summary: str, *, answer: type[BaseModel] | None, status: int = 200, query: type[Input] | None = None, body: type[Input] | None = None,
              headers: type[Input] | None = None, refusals: tuple[int, ...] = ()) -> Callable[[Callable[..., BaseModel | Response]], Described]:
    """Turn a function from values to a model into a view from a request to JSON; a function that gives a file returns the response itself.

    The function gets `query`, `body` and `headers` as models where they are named.  Raises InvalidInput, BadRequest for
    what is no JSON, and UnsupportedMediaType for a body that does not say that it is.
    """

    def decorate(function: Callable[..., BaseModel | Response]) -> Described:
        @wraps(function)
        def answered(**facts: Any) -> Response:
            if any(isinstance(value, int) and value < 1 for value in facts.values()):
                raise NotVisible  # As a number too large for any id is, at the door: nothing has it.
            if query is not None:
                facts["query"] = _read(query, {name: _one_or_many(query, name) for name in request.args})
            if headers is not None:
                named = {field.alias or name: request.headers.get(field.alias or name) for name, field in headers.model_fields.items()}
                facts["headers"] = _read(headers, {name: value for name, value in named.items() if value is not None})
            if body is not None:
                facts["body"] = _read_body(body)
            given = function(**facts)
            if isinstance(given, Response):
                return given
            return Response(given.model_dump_json(by_alias=True), status, mimetype="application/json", headers=_location(given))

        answered.operation = Operation(summary, answer, status, query, body, headers, refusals)  # type: ignore[attr-defined]
        return answered  # type: ignore[return-value]

    return decorate


def read_anew() -> None:
    """Forget what this request has read so far: what it has just done is told as it is stored, not as it remembers it."""
    db.session.rollback()
    db.session.expire_all()


def _one_or_many(model: type[BaseModel], name: str) -> Any:
    """Return a parameter's values where the model holds a list, else its value; given twice, one value too many is a list and refused."""
    values = request.args.getlist(name)
    field = model.model_fields.get(name)
    return values if len(values) > 1 or (field is not None and "list" in str(field.annotation)) else values[0]


def _read_body(model: type[Input]) -> Input:
    """Read JSON as it is written: in it a number is no text and `true` no number, which in a parameter cannot be told apart."""
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        json.loads(request.get_data())
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError too.
        raise BadRequest from error
    return _read(model, request.get_data(), json_text=True)


def _read(model: type[Input], raw: Any, *, json_text: bool = False) -> Input:
    try:
        return model.model_validate_json(raw, strict=True) if json_text else model.model_validate(raw)
    except ValidationError as error:
        raise InvalidInput([Problem(".".join(map(str, one["loc"])), "malformed", (("why", one["msg"]),))
                            for one in error.errors(include_url=False, include_context=False, include_input=False)]) from None


def _location(given: BaseModel) -> dict[str, str]:
    address = getattr(given, "url", "") if request.method == "POST" else ""
    return {"Location": address} if address else {}
