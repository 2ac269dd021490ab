"""GET /summary: everything that `parley summary` prints, as one JSON document."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.domain.scopes import find_area, find_region
from services.outcomes.domain.summary import summary
from services.outcomes.handlers.facts import PATIENCE_S, FactPublisher
from services.outcomes.handlers.summary import read_parts
from services.outcomes.repository.directory import areas, regions, smallest_groups
from services.outcomes.web.entitled import sees_every_count
from shared.messaging.core.records import Finding
from shared.service.answers import Json, invalid, problem
from shared.service.definition import Context
from shared.service.described import Query, describes
from shared.service.gate import check_area, guarded, reach_of

_AREA = Query("area", "one area, by its ONS code or name")
_REGION = Query("region", "one region, by its id or name")


def summary_route(context: Context, publisher: FactPublisher) -> Route:
    """GET /summary?area= or ?region=: with one of them, by its id or name, of that area or region alone.

    It is of all that was read until now: facts that wait are worked out first, for a few seconds at most. Whoever
    administers all of the areas gets every count; from anybody else small ones are held back.
    """

    @guarded
    @describes(query=(_AREA, _REGION), statuses=(404,))
    async def summarised(request: Request) -> Response:
        wanted_area, wanted_region = request.query_params.get("area"), request.query_params.get("region")
        if wanted_area is not None and wanted_region is not None:
            return invalid([Finding("region", "must not be given with an area")])
        await publisher.catch_up(PATIENCE_S)
        try:
            if wanted_area is not None:
                area = find_area(wanted_area, await areas(context.pool))
                check_area(request, area.id)
                return Json(await _of(context, request, [area.id], area=asdict(area)))
            if wanted_region is not None:
                region = find_region(wanted_region, await regions(context.pool))
                check_area(request, *region.areas)
                return Json(await _of(context, request, region.areas, region=asdict(region)))
        except LookupError as error:
            return problem(404, str(error))
        if not reach_of(request).everywhere:
            return invalid([Finding("area", "must be one of your own areas, unless a region of them is given")])
        return Json(await _of(context, request, None))

    return Route("/summary", summarised)


async def _of(
    context: Context, request: Request, areas: Sequence[str] | None, **of: Mapping[str, Any]
) -> dict[str, Any]:
    parts = await read_parts(context.pool, areas)
    counted = [row["area"] for row in parts["area"] if row["cases"]]
    smallest = 1
    if not sees_every_count(request, areas if areas is not None else counted):
        smallest = largest_of(await smallest_groups(context.pool), counted)
    # What may be shown takes a moment to be found out, in which others are answered.
    return await asyncio.to_thread(partial(summary, parts, smallest=smallest, **of))
