"""How the pages answer, and what they have in common."""

from collections.abc import Mapping, Sequence
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from shared.messaging.core.records import Finding
from shared.privacy.sealing import CannotOpenError
from shared.service import operator
from shared.service.definition import Context
from shared.service.operator import Endpoint, operator_only, problem


def page(endpoint: Endpoint) -> Endpoint:
    """Lets only the operator in, and answers in plain words what cannot be done."""

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

    return operator_only(answered)


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


def invalid(field: str, rule: str) -> Response:
    """One field that names something that is not there."""
    return operator.invalid([Finding(field, rule)])


def unknown_case() -> Response:
    """There is no such case."""
    return problem(404, str(UnknownCaseError()))
