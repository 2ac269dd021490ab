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
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.gate import guarded


def facts_route(context: Context, pseudonyms: Pseudonyms, publisher: FactPublisher) -> Route:
    """GET /facts?limit=: oldest first, of all that was read until now, as far as it is worked out in a few seconds."""

    @guarded
    async def facts(request: Request) -> Response:
        limit = request.query_params.get("limit")
        if limit is not None and (not limit.isdigit() or not 0 < int(limit) < 2**31):
            return Json({"errors": [{"field": "limit", "rule": "must be a whole number above 0"}]}, status_code=422)

        await publisher.catch_up(PATIENCE_S)

        async def lines() -> AsyncIterator[bytes]:
            async for row in read_facts(context.pool, int(limit) if limit else None):
                yield orjson.dumps(fact_recorded(row, pseudonyms).model_dump(mode="json")) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    return Route("/facts", facts)
