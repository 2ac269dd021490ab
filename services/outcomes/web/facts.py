"""What analysts have, over HTTP: GET /facts, one JSON line each, and GET /releases."""

from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.outcomes.handlers.facts import FactPublisher
from services.outcomes.handlers.summary import read_facts, read_releases
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.gate import guarded

_BATCHES = 400


def facts_routes(context: Context, publisher: FactPublisher) -> list[Route]:
    """GET /facts?limit=: what was published until now, oldest first, without what was retracted. GET /releases: in
    which releases and batches, and how much was held back. A batch that is due is made first.
    """

    @guarded
    async def facts(request: Request) -> Response:
        limit = request.query_params.get("limit")
        if limit is not None and (not limit.isdigit() or not 0 < int(limit) < 2**31):
            return Json({"errors": [{"field": "limit", "rule": "must be a whole number above 0"}]}, status_code=422)

        await publisher.publish_due()

        async def lines() -> AsyncIterator[bytes]:
            async for line in read_facts(context.pool, int(limit) if limit else None):
                yield line + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    @guarded
    async def releases(_request: Request) -> Response:
        await publisher.publish_due()
        return Json(await read_releases(context.pool, _BATCHES))

    return [Route("/facts", facts), Route("/releases", releases)]
