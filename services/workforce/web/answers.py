"""How the pages answer, and what they have in common."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from functools import wraps
from typing import Any, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from services.workforce.domain.errors import NO_SESSION, InvalidError, NotAllowedError, UnknownError
from services.workforce.repository import directory, sessions
from services.workforce.web.bodies import Practitioner
from shared.access.errors import RightMissingError
from shared.contracts.base import Record, Sealed
from shared.contracts.practitioners import practitioner_id
from shared.messaging.core.records import Finding
from shared.privacy.keyring import Keyring, Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.answers import Endpoint, invalid, problem
from shared.service.definition import Context
from shared.service.gate import check_reach, guarded
from shared.service.recording import concerns
from shared.service.requests import body_of

_BOXES = ("registered_as", "screened_as")
B = TypeVar("B", bound=Record)


def page(endpoint: Callable[[Request], Awaitable[Response]]) -> Endpoint:
    """Lets in whoever has the right to the request, and answers in plain words where something cannot be done."""

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

    return guarded(answered)


async def require_session(context: Context, request: Request) -> None:
    """Raises UnknownError where the session of the path is out of the caller's reach: for them it is not there."""
    session = request.path_params["id"]
    missing = UnknownError(NO_SESSION)
    await check_reach(request, context.pool, lambda connection: sessions.belonging(connection, session), missing)


async def require_agency(context: Context, request: Request, agency: str) -> None:
    """Raises RightMissingError where an agency, which the caller named, is out of their reach."""
    action: str = request.state.action
    missing = RightMissingError(action, f"Your right {action} does not reach this agency.")
    await check_reach(
        request, context.pool, lambda connection: directory.belonging_of_agency(connection, agency), missing
    )


async def read(request: Request, kind: type[B]) -> B:
    """The body as JSON of this shape. Whom it names is whose record the request concerns, whatever becomes of it."""
    body = await body_of(request, kind, empty=b"{}")
    if isinstance(body, Practitioner):
        concerns(request, practitioners=[practitioner_id(body.agency, body.practitioner)])
    return body


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
