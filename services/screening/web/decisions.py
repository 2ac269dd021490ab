"""The decisions, for whoever may read them, of their own areas or agency."""

from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.screening.handlers.decisions import decisions
from services.screening.repository import submissions
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import JSON_LINES, describes
from shared.service.gate import guarded, reach_of


def routes(context: Context) -> list[Route]:
    """GET /decisions: one JSON line for each screening, by when it was submitted. GET /decisions/count: how many."""

    @guarded
    @describes(answers=JSON_LINES)
    async def listed(request: Request) -> Response:
        async def lines() -> AsyncIterator[bytes]:
            async for row in decisions(context.pool, reach_of(request)):
                yield orjson.dumps({**row, "reasons": sorted(row["reasons"])}, default=str) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @guarded
    async def counted(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json({"decisions": await submissions.count(connection)})

    return [Route("/decisions", listed), Route("/decisions/count", counted)]
