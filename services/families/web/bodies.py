"""What a person sends with a decision, and how a command is answered."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from services.families.domain.links import NotAllowedError
from services.families.handlers.decisions import NO_CASE, NO_LIKENESS, UnknownError
from services.families.repository import pages
from shared.contracts.families import LinkReason
from shared.messaging.core.records import Finding
from shared.service.answers import Endpoint, Json, problem
from shared.service.definition import Context
from shared.service.gate import check_reach, covers, guarded, reach_of
from shared.service.recording import concerns
from shared.service.requests import InvalidRequestError, body_of

B = TypeVar("B", bound="DecisionBody")


class DecisionBody(BaseModel):
    """A code, and no text: it stays with the history. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: LinkReason


class LinkBody(DecisionBody):
    """The case of the other family."""

    with_case: UUID


async def decision_of(request: Request, kind: type[B], reasons: frozenset[LinkReason]) -> B:
    """The body, whose reason is one of these. Raises InvalidRequestError."""
    body = await body_of(request, kind, empty=b"{}")
    if body.reason not in reasons:
        raise InvalidRequestError([Finding("reason", f"must be one of {', '.join(sorted(reasons))}")])
    return body


async def require_likeness(context: Context, request: Request) -> None:
    """Raises UnknownError where the likeness of the path is out of the caller's reach: for them it is not there."""
    async with context.pool.acquire() as connection:
        found = await pages.belonging_of_likeness(connection, request.path_params["id"])
        concerns(request, cases=await pages.cases_of_likeness(connection, request.path_params["id"]))
    if not reach_of(request).everywhere and not covers(request, found):
        raise UnknownError(NO_LIKENESS)


async def require_case(context: Context, request: Request, case_id: UUID) -> None:
    """The same for a case."""
    await check_reach(
        request, context.pool, lambda connection: pages.belonging_of_case(connection, case_id), UnknownError(NO_CASE)
    )


def command(endpoint: Callable[[Request], Awaitable[None]]) -> Endpoint:
    """A page that carries out a command: done, or 404 or 409 with a sentence."""

    @wraps(endpoint)
    async def done(request: Request) -> Response:
        await endpoint(request)
        return Json({"done": True})

    return page(done)


def page(endpoint: Endpoint) -> Endpoint:
    """A page for whoever has the right to it: its answer, or 404 or 409 with a sentence."""

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        try:
            return await endpoint(request)
        except UnknownError as error:
            return problem(404, str(error))
        except NotAllowedError as error:
            return problem(409, str(error))

    return guarded(answered)
