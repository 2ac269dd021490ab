"""Outcomes' HTTP, for the operator: the summary, and the facts as analysts get them."""

from collections.abc import AsyncIterator
from dataclasses import asdict

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from services.outcomes.domain.facts import told
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.domain.regions import find_region
from services.outcomes.domain.summary import summary
from services.outcomes.handlers.facts import Telling
from services.outcomes.repository import directory as directory_repository
from services.outcomes.repository import facts as facts_repository
from services.outcomes.repository import summary as summary_repository
from shared.service.definition import Context
from shared.service.operator import Json, operator_only, problem

# While a whole history is read anew, the summary is of as much as has been worked out.
_PATIENCE_S = 10.0


def routes(context: Context, pseudonyms: Pseudonyms, telling: Telling) -> list[Route]:
    """Answers from all that was read until now: facts that wait are worked out first, for a few seconds at most.

    GET /summary?region=: one JSON document; with a region, by its id or name, of that region alone.
    GET /facts?limit=: a JSON line for each fact, oldest first.
    """

    @operator_only
    async def summarised(request: Request) -> Response:
        wanted = request.query_params.get("region")
        await telling.catch_up(_PATIENCE_S)
        if wanted is None:
            return Json(summary(await summary_repository.parts(context.pool)))
        try:
            region = find_region(wanted, await directory_repository.regions(context.pool))
        except LookupError as error:
            return problem(404, str(error))
        return Json(summary(await summary_repository.parts(context.pool, region.areas), asdict(region)))

    @operator_only
    async def facts(request: Request) -> Response:
        limit = request.query_params.get("limit")
        if limit is not None and (not limit.isdigit() or not 0 < int(limit) < 2**31):
            return Json({"errors": [{"field": "limit", "rule": "must be a whole number above 0"}]}, status_code=422)

        await telling.catch_up(_PATIENCE_S)

        async def lines() -> AsyncIterator[bytes]:
            async for row in facts_repository.facts(context.pool, int(limit) if limit else None):
                yield orjson.dumps(told(row, pseudonyms).model_dump(mode="json")) + b"\n"

        return StreamingResponse(lines(), media_type="application/x-ndjson")

    return [Route("/summary", summarised), Route("/facts", facts)]
