"""Families by a case: how one came to be one, and what a person links or separates by their own knowledge."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.decisions import NO_CASE, Decisions, UnknownError
from services.families.repository import pages
from services.families.web.bodies import DecisionBody, LinkBody, command, decision_of, page, require_case
from shared.contracts.families import REASONS_FOR_ONE, REASONS_TO_SEPARATE
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import describes
from shared.service.gate import acting
from shared.service.recording import concerns


def routes(context: Context, decisions: Decisions) -> list[Route]:
    """GET /families/{case}, POST its link and separate."""

    @page
    async def family(request: Request) -> Response:
        await require_case(context, request, request.path_params["id"])
        async with context.pool.acquire() as connection:
            found = await pages.member_of(connection, request.path_params["id"])
            if found is None:
                raise UnknownError(NO_CASE)
            return Json(await pages.family(connection, found[0]))

    @command
    @describes(body=LinkBody)
    async def link(request: Request) -> None:
        await require_case(context, request, request.path_params["id"])
        body = await decision_of(request, LinkBody, REASONS_FOR_ONE)
        concerns(request, cases=[body.with_case])
        await require_case(context, request, body.with_case)
        await decisions.link(request.path_params["id"], body.with_case, acting(request), body.reason)

    @command
    @describes(body=DecisionBody)
    async def separate(request: Request) -> None:
        await require_case(context, request, request.path_params["id"])
        body = await decision_of(request, DecisionBody, REASONS_TO_SEPARATE)
        await decisions.separate(request.path_params["id"], acting(request), body.reason)

    return [
        Route("/families/{id:uuid}", family),
        Route("/families/{id:uuid}/link", link, methods=["POST"]),
        Route("/families/{id:uuid}/separate", separate, methods=["POST"]),
    ]
