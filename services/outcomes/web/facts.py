"""What analysts have, over HTTP: GET /facts, one JSON line each, and GET /releases."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.outcomes.handlers.facts import FactPublisher
from services.outcomes.handlers.lists import read_facts, read_releases
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import JSON_LINES, Query, describes
from shared.service.gate import guarded
from shared.service.requests import number_of

_MOST = 2**31 - 1
_LIMIT = Query("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": _MOST})

_BATCHES = 400


def facts_routes(context: Context, publisher: FactPublisher) -> list[Route]:
    """GET /facts?limit=: what was published until now, oldest first, without what was retracted. GET /releases: in
    which releases and batches, and how much was held back. A batch that is due is made first.
    """

    @guarded
    @describes(query=(_LIMIT,), answers=JSON_LINES)
    async def facts(request: Request) -> Response:
        limited = "limit" in request.query_params
        limit = number_of(request, "limit", default=_MOST, most=_MOST) if limited else None
        await publisher.publish_due()

        async def lines() -> AsyncIterator[bytes]:
            async for line in read_facts(context.pool, limit):
                yield line + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @guarded
    @describes()
    async def releases(_request: Request) -> Response:
        await publisher.publish_due()
        return Json(await read_releases(context.pool, _BATCHES))

    return [Route("/facts", facts), Route("/releases", releases)]
