"""GET /summary: everything that `parley summary` prints, as one JSON document."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.regions import find_region
from services.outcomes.domain.summary import summary
from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.handlers.summary import read_parts
from services.outcomes.repository.directory import regions
from shared.service.definition import Context
from shared.service.operator import Json, operator_only, problem


def summary_route(context: Context, publisher: FactPublisher) -> Route:
    """GET /summary?region=: with a region, by its id or name, of that region alone.

    It is of all that was read until now: facts that wait are worked out first, for a few seconds at most.
    """

    @operator_only
    async def summarised(request: Request) -> Response:
        wanted = request.query_params.get("region")
        await publisher.catch_up(PATIENCE_S)
        if wanted is None:
            return Json(summary(await read_parts(context.pool)))
        try:
            region = find_region(wanted, await regions(context.pool))
        except LookupError as error:
            return problem(404, str(error))
        return Json(summary(await read_parts(context.pool, region.areas), asdict(region)))

    return Route("/summary", summarised)
