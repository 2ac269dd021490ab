"""Reading what a request asks, the same in every service. What breaks a rule is answered by `operator_only`: 422, with
each field and its rule, and nothing is done.
"""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.contracts.strict_json import StrictJsonError, check_json
from shared.messaging.core.findings import findings_of, name_within
from shared.messaging.core.records import Finding

_LIMIT = 200
_MOST = 10_000
B = TypeVar("B", bound=BaseModel)


class InvalidRequestError(Exception):
    """What was asked breaks rules. Never holds a value, which may be somebody's name."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("; ".join(f"{finding.field}: {finding.rule}" for finding in findings))
        self.findings = findings


async def body_of(request: Request, kind: type[B], *, empty: bytes = b"") -> B:
    """The body as JSON of this shape; `empty` is what no body at all stands for. Raises InvalidRequestError."""
    content = await request.body() or empty
    try:
        check_json(content)
        return kind.model_validate_json(content)
    except StrictJsonError as error:
        field = name_within(kind, error.key) if error.key is not None else "value"
        raise InvalidRequestError([Finding(field, error.rule)]) from None
    except ValidationError as error:
        raise InvalidRequestError(findings_of(error, kind, to_the_asker=True)) from None


def limit_of(request: Request) -> int:
    """How many the asker wants at most: `limit`, or 200. Raises InvalidRequestError."""
    limit = request.query_params.get("limit", str(_LIMIT))
    if not (limit.isascii() and limit.isdigit() and 0 < int(limit) <= _MOST):
        raise InvalidRequestError([Finding("limit", f"must be a number from 1 to {_MOST}")])
    return int(limit)
