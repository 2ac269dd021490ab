"""Likenesses: what waits for a person, and what a person decides of it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.decisions import NO_LIKENESS, Decisions, UnknownError
from services.families.repository import pages
from services.families.web.bodies import DecisionBody, command, decision_of, page, require_likeness
from shared.contracts.families import REASONS_FOR_ONE, REASONS_FOR_TWO, REASONS_TO_NOTE, LinkReason
from shared.service.answers import Endpoint, Json
from shared.service.definition import Context
from shared.service.described import AREA, LIMIT, describes
from shared.service.gate import acting, reach_of
from shared.service.requests import limit_of


def routes(context: Context, decisions: Decisions) -> list[Route]:
    """GET /likenesses and /likenesses/{id}, POST its confirm, reject and note."""

    @page
    @describes(query=(AREA, LIMIT))
    async def doubtful(request: Request) -> Response:
        limit = limit_of(request)
        async with context.pool.acquire() as connection:
            rows = await pages.doubtful(
                connection,
                area=request.query_params.get("area") or None,
                areas=reach_of(request).whole_areas,
                limit=limit,
            )
        return Json({"items": rows})

    @page
    async def likeness(request: Request) -> Response:
        await require_likeness(context, request)
        async with context.pool.acquire() as connection:
            found = await pages.likeness(connection, request.path_params["id"])
        if found is None:
            raise UnknownError(NO_LIKENESS)
        return Json(found)

    def deciding(
        decide: Callable[[UUID, str, LinkReason], Awaitable[None]], reasons: frozenset[LinkReason]
    ) -> Endpoint:
        @command
        @describes(body=DecisionBody)
        async def endpoint(request: Request) -> None:
            await require_likeness(context, request)
            body = await decision_of(request, DecisionBody, reasons)
            await decide(request.path_params["id"], acting(request), body.reason)

        return endpoint

    return [
        Route("/likenesses", doubtful),
        Route("/likenesses/{id:uuid}", likeness),
        Route("/likenesses/{id:uuid}/confirm", deciding(decisions.confirm, REASONS_FOR_ONE), methods=["POST"]),
        Route("/likenesses/{id:uuid}/reject", deciding(decisions.reject, REASONS_FOR_TWO), methods=["POST"]),
        Route("/likenesses/{id:uuid}/note", deciding(decisions.note, REASONS_TO_NOTE), methods=["POST"]),
    ]
