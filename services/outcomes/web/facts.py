"""GET /facts: the facts as analysts get them, one JSON line each."""

from collections.abc import AsyncIterator

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.outcomes.domain.facts import fact_recorded
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.handlers.summary import read_facts
from shared.service.definition import Context
from shared.service.described import JSON_LINES, Query, describes
from shared.service.gate import guarded
from shared.service.requests import number_of

_MOST = 2**31 - 1
_LIMIT = Query("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": _MOST})


def facts_route(context: Context, pseudonyms: Pseudonyms, publisher: FactPublisher) -> Route:
    """GET /facts?limit=: oldest first, of all that was read until now, as far as it is worked out in a few seconds."""

    @guarded
    @describes(query=(_LIMIT,), answers=JSON_LINES)
    async def facts(request: Request) -> Response:
        limited = "limit" in request.query_params
        limit = number_of(request, "limit", default=_MOST, most=_MOST) if limited else None
        await publisher.catch_up(PATIENCE_S)

        async def lines() -> AsyncIterator[bytes]:
            async for row in read_facts(context.pool, limit):
                yield orjson.dumps(fact_recorded(row, pseudonyms).model_dump(mode="json")) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    return Route("/facts", facts)
