"""The API's description (OpenAPI 3.1), made from the operations themselves."""

import re
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, json
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from roomctl import __version__
from roomctl.web.api.operation import LARGEST_ID, Operation
from roomctl.web.api.problems import ProblemDocument

bp = Blueprint("document", __name__)
ANYWHERE = (401, 403)  # What every operation may answer beside its own refusals.
_REFUSALS = {400: "Not readable as JSON", 401: "No token, or one that is not good any more", 403: "Not allowed; the try is in the trail",
             404: "Not there, or not for the token's person", 409: "Somebody was first, or the thing has moved on",
             413: "Too large", 415: "Not application/json", 422: "Something must be corrected; nothing was stored"}


@bp.get("/openapi.json")
def show() -> Response:
    return Response(_as_json(current_app._get_current_object()), mimetype="application/json")


@cache
def _as_json(app: Flask) -> str:
    return json.dumps(describe(app))


def describe(app: Flask) -> dict[str, Any]:
    """Return the OpenAPI document of every operation the application has a route for."""
    routes = [(rule, app.view_functions[rule.endpoint].operation) for rule in app.url_map.iter_rules()
              if hasattr(app.view_functions[rule.endpoint], "operation")]
    answers = {one.answer for _, one in routes if one.answer is not None} | {ProblemDocument}
    bodies = {one.body for _, one in routes if one.body is not None}
    named = lambda model: model.__name__  # noqa: E731
    references, schemas = models_json_schema(
        [*((model, "serialization") for model in sorted(answers, key=named)), *((model, "validation") for model in sorted(bodies, key=named))],
        ref_template="#/components/schemas/{model}")
    paths: dict[str, dict[str, Any]] = {}
    for rule, one in sorted(routes, key=lambda route: route[0].rule):
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
        method = next(iter(rule.methods - {"HEAD", "OPTIONS"})).lower()
        paths.setdefault(path, {})[method] = _described(rule.endpoint, sorted(rule.arguments), one, references)
    return {
        "openapi": "3.1.0",
        "info": {"title": "roomctl", "version": __version__, "description": "Rooms, conferences, decisions, schedules, sessions. The API calls the "
                 "same use cases as the pages: a token may do what its person may, and reads what they may know."},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas["$defs"],
                       "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Made with: roomctl token add USER"}}},
    }


def _described(endpoint: str, arguments: list[str], one: Operation, references: dict[Any, dict[str, str]]) -> dict[str, Any]:
    refusals = {*ANYWHERE, *one.refusals, *((400, 413, 415, 422) if one.body else ()), *((422,) if one.query else ()), *((404,) if arguments else ())}
    as_problem = {"application/problem+json": {"schema": references[ProblemDocument, "serialization"]}}
    described: dict[str, Any] = {
        "operationId": endpoint.removeprefix("api."), "summary": one.summary,
        "parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": LARGEST_ID}}
                       for name in arguments],
        "responses": {str(one.status): {"description": "Done", "content": {"application/json": {
            "schema": references[one.answer, "serialization"]}} if one.answer is not None else {"application/octet-stream": {}}},
            **{str(status): {"description": _REFUSALS[status], "content": as_problem} for status in sorted(refusals)}},
    }
    described["parameters"] += [*_parameters(one.query, "query"), *_parameters(one.headers, "header")]
    if one.answer is not None and "url" in one.answer.model_fields and one.status == 201:
        described["responses"]["201"]["headers"] = {"Location": {"description": "Where it is", "schema": {"type": "string"}}}
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": references[one.body, "validation"]}}}
    return described


def _parameters(model: type[BaseModel] | None, place: str) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema()
    required, found = schema.get("required", []), []
    for name, about in schema["properties"].items():
        # A parameter that is not given is absent: what pydantic writes as "this or null" is only this.
        kind = next((kind for kind in about.pop("anyOf", []) if kind.get("type") != "null"), {})
        kind = schema["$defs"][kind["$ref"].rpartition("/")[2]] if "$ref" in kind else kind
        told = {key: value for key, value in about.items() if key not in ("title", "description") and value is not None}
        found.append({"name": name, "in": place, "required": name in required, "description": about.get("description", ""),
                      "schema": {**kind, **told}})
    return found
