"""How the pages answer, and what they have in common."""

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from services.referral.repository import pages, panel
from shared.access.scopes import Belonging
from shared.messaging.core.records import Finding
from shared.postgres.connection import Connection
from shared.privacy.sealing import CannotOpenError
from shared.service import answers
from shared.service.answers import Endpoint, problem
from shared.service.definition import Context
from shared.service.gate import check_reach, guarded


def page(endpoint: Endpoint) -> Endpoint:
    """Lets in whoever has the right to the request, and answers in plain words what cannot be done."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except NotThereError as error:
            return problem(404, str(error))
        except InvalidCommandError as error:
            return invalid(error.field, error.rule)
        except (NotAllowedError, ConflictError) as error:
            return problem(409, str(error))

    return guarded(answered)


async def opened(context: Context, rows: Sequence[Mapping[str, Any]], field: str) -> list[dict[str, Any]]:
    """The rows with a sealed field opened: None where nothing was written or the key was erased."""
    boxes = [row[field] for row in rows if row[field]]
    keys = await context.keyring.for_opening(boxes)
    items = []
    for row in rows:
        try:
            text = keys.open(row[field]) if row[field] else None
        except CannotOpenError:
            text = None
        items.append({**row, field: text})
    return items


async def require_case(context: Context, request: Request, case_id: UUID) -> None:
    """Raises UnknownCaseError where a case is out of the caller's reach: for them it is not there."""
    await check_reach(
        request, context.pool, lambda connection: pages.belonging(connection, case_id), UnknownCaseError()
    )


async def require_meeting(context: Context, request: Request, missing: str) -> None:
    """Raises NotThereError with this sentence where the meeting of the path is out of the caller's reach."""

    async def belonging(connection: Connection) -> Belonging | None:
        meeting = await panel.meeting(connection, request.path_params["meeting"])
        return Belonging.of([meeting["area"]]) if meeting else None

    await check_reach(request, context.pool, belonging, NotThereError(missing))


def invalid(field: str, rule: str) -> Response:
    """One field that names something that is not there."""
    return answers.invalid([Finding(field, rule)])


def unknown_case() -> Response:
    """There is no such case."""
    return problem(404, str(UnknownCaseError()))
