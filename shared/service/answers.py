"""How every page answers: JSON, plain sentences, and findings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared.messaging.core.records import Finding

Endpoint = Callable[[Request], Awaitable[Response]]


class Json(Response):
    """A JSON response that can hold UUIDs and times."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Serialises values as repositories return them."""
        return orjson.dumps(content, default=str)


class Problem(Json):
    """A refusal, by RFC 9457: `type`, `title` and `status`, and a plain sentence in `detail`."""

    media_type = "application/problem+json"


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Json:
    """A refusal with a plain sentence."""
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Problem(content, status_code=status, headers=dict(headers or {}))


def invalid(findings: Sequence[Finding]) -> Json:
    """The answer to an invalid request: in `errors` each field with the rule that it breaks."""
    return problem(422, _INVALID, errors=[finding.as_json() for finding in findings])


_INVALID = "Something in the request breaks a rule: each field with its rule is in `errors`. Nothing was done."
