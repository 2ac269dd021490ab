"""How the pages answer, and what they have in common."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from services.workforce.domain.errors import InvalidError, NotAllowedError, UnknownError
from shared.contracts.base import Record, Sealed
from shared.messaging.core.records import Finding
from shared.privacy.keyring import Keyring, Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.operator import Endpoint, invalid, operator_only, problem
from shared.service.requests import body_of

_BOXES = ("registered_as", "screened_as")
B = TypeVar("B", bound=Record)


def page(endpoint: Callable[[Request], Awaitable[Response]]) -> Endpoint:
    """Lets only the operator in, and answers in plain words where something cannot be done."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except InvalidError as error:
            return invalid([Finding(field, rule) for field, rule in error.findings])
        except NotAllowedError as error:
            return problem(409, str(error))
        except UnknownError as error:
            return problem(404, str(error))

    return operator_only(answered)


async def read(request: Request, kind: type[B]) -> B:
    """The body as JSON of this shape."""
    return await body_of(request, kind, empty=b"{}")


def day_of(request: Request, name: str) -> date | None:
    """A day among the parameters; None where it is not given."""
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError([(name, "must be a date such as 2026-03-31")]) from None


async def named(keyring: Keyring, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows with the practitioners' names and addresses instead of the boxes; None where the key was erased."""
    boxes = [{field: Sealed.model_validate(row[field]) for field in _BOXES if row[field] is not None} for row in rows]
    keys = await keyring.for_opening(box for each in boxes for box in each.values())
    return [
        {key: value for key, value in row.items() if key not in _BOXES} | _opened(keys, list(each.values()))
        for row, each in zip(rows, boxes, strict=True)
    ]


def _opened(keys: Keys, boxes: Sequence[Sealed]) -> dict[str, str | None]:
    found: dict[str, str | None] = {"practitioner": None, "name": None, "email": None}
    for box in boxes:
        try:
            opened = keys.open(box)
        except CannotOpenError:
            continue
        for field, known in found.items():
            found[field] = known or opened.get(field)
    return found
