"""Parses requests, the same in every service. `guarded` answers an invalid one with 422 and its findings, and
nothing is done.
"""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from shared.contracts.strict_json import StrictJsonError, check_json
from shared.messaging.core.findings import NO_NUL, UNKNOWN, findings_of, name_within
from shared.messaging.core.records import Finding
from shared.service.described import UNDESCRIBED, Description
from shared.service.recording import because

_LIMIT = 200
_MOST_FINDINGS = 20
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


async def record_of(request: Request, _contract: type[BaseModel]) -> bytes:
    """The body as it came, of this contract: a party's record, which its topic's reader checks."""
    return await request.body()


def check_parameters(request: Request, described: Description) -> None:
    """Raises InvalidRequestError where the query has what this request does not take, or an address has U+0000.

    A typing error must not vanish, and of a parameter that is given twice nobody may take one and somebody else the
    other. A request that does not say what it takes is not held to it.
    """
    known = {query.name: query for query in described.query}
    given = request.query_params.multi_items()
    findings = []
    for name in dict(given):
        values = [value for key, value in given if key == name]
        if name not in known:
            if described is not UNDESCRIBED:
                findings.append(Finding(UNKNOWN, "is no parameter of this request"))
        elif len(values) > 1 and not known[name].repeated:
            findings.append(Finding(name, "must be given once"))
        elif any("\0" in value for value in values):
            findings.append(Finding(name, NO_NUL))
    findings += [Finding(name, NO_NUL) for name, value in request.path_params.items() if "\0" in str(value)]
    if findings:
        raise InvalidRequestError(findings[:_MOST_FINDINGS])


def prefers(request: Request, preference: str) -> bool:
    """Whether whoever asks prefers this (`Prefer`, RFC 7240), such as `respond-async`: not to wait for what follows."""
    return any(
        each.partition(";")[0].strip().lower() == preference
        for header in request.headers.getlist("prefer")
        for each in header.split(",")
    )


def limit_of(request: Request) -> int:
    """The query parameter `limit`, by default 200. Raises InvalidRequestError."""
    return number_of(request, "limit", default=_LIMIT, most=_MOST)


def number_of(request: Request, name: str, *, default: int, least: int = 1, most: int) -> int:
    """A whole number among the query parameters. Raises InvalidRequestError."""
    text = request.query_params.get(name, str(default))
    # As many digits as somebody likes take as long to read as they like.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
        raise InvalidRequestError([Finding(name, f"must be a number from {least} to {most}")])
    return int(text)
