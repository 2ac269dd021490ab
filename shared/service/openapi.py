"""The OpenAPI 3.1 document of a service: what it answers over HTTP, to whom, and how it refuses.

Made of its routes, its manifest and what the endpoints say of themselves. Pages for people are no part of it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import BaseRoute, Route

from shared.access.requests import ANONYMOUS, OF_EVERY_PAGE, action_of
from shared.access.table import TABLE
from shared.contracts.manifest import Manifest
from shared.service.described import JSON, PROBLEM, UNDESCRIBED, Description, Query, description_of

_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PAGES = "/pages/"
_OF_A_PATH: Mapping[str, Mapping[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "int": {"type": "integer", "minimum": 0},
    "str": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
}
# RFC 9457, with what is ours.
_MEMBERS: Mapping[str, Any] = {
    "type": {"type": "string", "format": "uri"},
    "title": {"type": "string", "description": "what the status says"},
    "status": {"type": "integer"},
    "detail": {"type": "string", "description": "a plain sentence, without any value that was sent"},
}
_FINDING: Mapping[str, Any] = {
    "type": "object",
    "required": ["field", "rule"],
    "properties": {
        "field": {"type": "string", "minLength": 1},
        "rule": {"type": "string", "minLength": 1},
    },
    "additionalProperties": False,
}
_SCHEMAS: Mapping[str, Any] = {
    "Problem": {
        "type": "object",
        "required": [*_MEMBERS],
        "properties": {
            **_MEMBERS,
            "right": {"type": "string", "description": "of a 403: the action for which a right is missing"},
        },
        "additionalProperties": False,
    },
    "Invalid": {
        "type": "object",
        "required": [*_MEMBERS, "errors"],
        "properties": {**_MEMBERS, "errors": {"type": "array", "minItems": 1, "items": _FINDING}},
        "additionalProperties": False,
    },
}
_REFUSALS: Mapping[int, tuple[str, str]] = {
    400: ("The request is no HTTP that this service reads, or its `Host` is none of the service's.", "Problem"),
    401: ("There is no access token, or it breaks a rule, which is named.", "Problem"),
    403: ("A right is missing, which is named.", "Problem"),
    404: ("It is not there, or out of the caller's reach.", "Problem"),
    409: ("Its state does not allow this; nothing has changed.", "Problem"),
    422: ("Something in the request breaks a rule: each field with its rule. Nothing has changed.", "Invalid"),
    429: ("The caller asks more often than anybody who works does.", "Problem"),
    503: ("It can't be answered now: nobody can tell who asks, or the request can't be recorded.", "Problem"),
}


def document(manifest: Manifest, routes: Iterable[BaseRoute]) -> dict[str, Any]:
    """The document of one service. `routes`: every one that it serves, those of every service included."""
    listed = sorted(_requests(manifest, routes), key=lambda each: (each[1].path, each[0]))
    bodies: list[type[BaseModel]] = []
    for _, route in listed:
        body = description_of(route.endpoint).body
        if body is not None and body not in bodies:
            bodies.append(body)
    names, made = models_json_schema([(body, "validation") for body in bodies], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for method, route in listed:
        described = description_of(route.endpoint)
        schema = names[described.body, "validation"] if described.body else None
        paths.setdefault(_path(route.path), {})[method.lower()] = _operation(manifest, method, route, described, schema)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Parley: {manifest.name}", "version": "1", "description": manifest.purpose},
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**_SCHEMAS, **made.get("$defs", {})}.items())),
            "responses": {str(status): _refusal(status) for status in _REFUSALS},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _requests(manifest: Manifest, routes: Iterable[BaseRoute]) -> Iterator[tuple[str, Route]]:
    # What the identity provider sends is described by its own standard.
    left_out = OF_EVERY_PAGE | {*manifest.by_signature}
    for route in routes:
        if not isinstance(route, Route) or _PAGES in route.path:
            continue
        for method in (route.methods or {"GET"}) - {"HEAD"}:
            if f"{method} {route.path}" not in left_out:
                yield method, route


def _operation(
    manifest: Manifest, method: str, route: Route, described: Description, body: Mapping[str, Any] | None
) -> dict[str, Any]:
    action = action_of(manifest.requests, method, route.path)
    anonymous = f"{method} {route.path}" in ANONYMOUS
    made: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "-", f"{method.lower()}{_path(route.path)}").strip("-"),
        "summary": TABLE[action].does if action else "for anybody",
        "parameters": [*_path_parameters(route.path), *map(_query_parameter, described.query)],
        "responses": _responses(method, route, described, anonymous=anonymous),
        "security": [] if anonymous else [{"token": []}],
    }
    made["x-route"] = route.path
    if action:
        made["x-action"] = action.value
    if method == "POST" and (described is UNDESCRIBED or body is not None or described.takes != JSON):
        schema = body if body is not None else {"type": "string"} if described.takes != JSON else {}
        made["requestBody"] = {"required": described.body_required, "content": {described.takes: {"schema": schema}}}
    return made


def _responses(method: str, route: Route, described: Description, *, anonymous: bool) -> dict[str, Any]:
    statuses = {400, *described.statuses}
    if not anonymous:
        statuses |= {401, 403, 429, 503}
    if "{" in route.path:
        statuses.add(404)
    if not anonymous:
        # Whatever it takes, it may come with a parameter that it does not.
        statuses.add(422)
    if method == "POST":
        statuses.add(409)
    schema = {"type": "object"} if described.answers == JSON else {"type": "string"}
    content = {described.answers: {"schema": schema}}
    answers: dict[str, Any] = {"200": {"description": "What was asked for.", "content": content}}
    for status in sorted(statuses):
        # Readiness says no in the words in which it says yes. What is accepted is no refusal.
        own = status < 400 or (anonymous and status in described.statuses)
        answers[str(status)] = answers["200"] if own else {"$ref": f"#/components/responses/{status}"}
    return answers


def _refusal(status: int) -> dict[str, Any]:
    about, schema = _REFUSALS[status]
    content: dict[str, Any] = {PROBLEM: {"schema": {"$ref": _REF.format(model=schema)}}}
    if status == 400:
        # What reads HTTP, and what looks at hosts, answer before the service does.
        content = {"text/plain": {"schema": {"type": "string"}}}
    made: dict[str, Any] = {"description": about, "content": content}
    if status == 401:
        made["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    return made


def _path(path: str) -> str:
    return _PARAMETER.sub(r"{\1}", path)


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": dict(_OF_A_PATH[kind or "str"])}
        for name, kind in _PARAMETER.findall(path)
    ]


def _query_parameter(query: Query) -> dict[str, Any]:
    schema = dict(query.schema)
    return {
        "name": query.name,
        "in": "query",
        "description": query.about,
        "required": query.required,
        "schema": {"type": "array", "items": schema} if query.repeated else schema,
    }
