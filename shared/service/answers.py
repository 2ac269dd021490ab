"""How every page answers: JSON, plain sentences, and findings."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
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


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> Json:
    """An error response with a plain sentence."""
    return Json({"detail": detail, **more}, status_code=status, headers=dict(headers or {}))


def invalid(findings: Sequence[Finding]) -> Json:
    """The response to an invalid request: each field with the rule that it breaks."""
    return Json({"errors": [finding.as_json() for finding in findings]}, status_code=422)
