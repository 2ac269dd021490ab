"""Parses requests, the same in every service. `guarded` answers an invalid one with 422 and its findings, and
nothing is done.
"""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.contracts.strict_json import StrictJsonError, check_json
from shared.messaging.core.findings import findings_of, name_within
from shared.messaging.core.records import Finding
from shared.service.recording import because

_LIMIT = 200
_MOST = 10_000
B = TypeVar("B", bound=BaseModel)


class InvalidRequestError(Exception):
    """The request is invalid. Never holds a value, which may be somebody's name."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{finding.field}: {finding.rule}" for finding in findings))
        self.findings = findings


async def body_of(request: Request, kind: type[B], *, empty: bytes = b"") -> B:
    """The body as JSON of this type; `empty` replaces a missing body. Raises InvalidRequestError."""
    content = await request.body() or empty
    try:
        check_json(content)
        body = kind.model_validate_json(content)
    except StrictJsonError as error:
        field = name_within(kind, error.key) if error.key is not None else "value"
        raise InvalidRequestError([Finding(field, error.rule)]) from None
    except ValidationError as error:
        raise InvalidRequestError(findings_of(error, kind, for_requester=True)) from None
    because(request, getattr(body, "reason", None))
    return body


def limit_of(request: Request) -> int:
    """The query parameter `limit`, by default 200. Raises InvalidRequestError."""
    limit = request.query_params.get("limit", str(_LIMIT))
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit) <= _MOST):
        raise InvalidRequestError([Finding("limit", f"must be a number from 1 to {_MOST}")])
    return int(limit)
