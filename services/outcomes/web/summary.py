"""GET /summary: everything that `parley summary` prints, as one JSON document."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.scopes import find_area, find_region
from services.outcomes.domain.summary import beside_each_other, steps
from services.outcomes.repository.directory import areas, regions
from services.outcomes.web.known import Counted, Known
from services.outcomes.web.pages.report_words import shown
from shared.messaging.core.records import Finding
from shared.service.answers import Json, invalid, problem
from shared.service.definition import Context
from shared.service.described import Query, describes
from shared.service.gate import check_area, guarded, reach_of

_AREA = Query("area", "one area, by its ONS code or name")
_REGION = Query("region", "one region, by its id or name")
_Of = Mapping[str, Any]


def summary_route(context: Context, known: Known) -> Route:
    """GET /summary?area= or ?region=: with one of them, by its id or name, of that area or region alone.

    It is of the board's newest report, the same for everybody who reads it. Whoever administers all of the areas gets
    every count of theirs, of the day.
    """

    @guarded
    @describes(query=(_AREA, _REGION), statuses=(404,))
    async def summarised(request: Request) -> Response:
        wanted_area, wanted_region = request.query_params.get("area"), request.query_params.get("region")
        if wanted_area is not None and wanted_region is not None:
            return invalid([Finding("region", "must not be given with an area")])
        every_area, every_region = await areas(context.pool), await regions(context.pool)
        names = {each.id: each.name for each in every_area}
        try:
            if wanted_area is not None:
                area = find_area(wanted_area, every_area)
                check_area(request, area.id)
                counted = await known.of(request, [area.id])
                return Json(await asyncio.to_thread(_document, counted, area.id, (), names, area=asdict(area)))
            if wanted_region is not None:
                region = find_region(wanted_region, every_region)
                check_area(request, *region.areas)
                counted = await known.of(request, region.areas, region.id)
                return Json(
                    await asyncio.to_thread(_document, counted, region.id, region.areas, names, region=asdict(region))
                )
        except LookupError as error:
            return problem(404, str(error))
        if not reach_of(request).everywhere:
            return invalid([Finding("area", "must be one of your own areas, unless a region of them is given")])
        counted = await known.of(request, ())
        together = {ALL, *(each.id for each in every_region)}
        beside = [place for place in counted.places if place not in together]
        return Json(await asyncio.to_thread(_document, counted, ALL, beside, names))

    return Route("/summary", summarised)


def _document(
    counted: Counted, place: str, beside: Sequence[str], names: Mapping[str, str], **of: _Of
) -> dict[str, Any]:
    """`beside` are the areas that are shown beside each other.

    Counts and what is worked out of them are None where they are held back.
    """
    chapters = counted.chapters(place)
    in_words = shown(chapters)
    return {
        "area": of.get("area"),
        "region": of.get("region"),
        "quarter": counted.quarter,
        "known_until": counted.known_until,
        "every_count": counted.every_count,
        "smallest": counted.smallest,
        "is_due": counted.is_due,
        "funnel": steps(chapters),
        "areas": beside_each_other({area: counted.chapters(area) for area in beside}, names),
        "chapters": [
            {
                **titled,
                "parts": [
                    {**words, "rows": [{**asdict(line), **row} for line, row in _rows(part.lines, words["rows"])]}
                    | {"indicator": part.indicator, "by": part.by, "kind": part.of.kind, "unit": part.of.unit}
                    for part, words in zip(chapter.parts, titled["parts"], strict=True)
                ],
            }
            for chapter, titled in zip(chapters, in_words, strict=True)
        ],
    }


def _rows(lines: Sequence[Any], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, dict[str, Any]]]:
    """Each line with its words. A number stays the number, and the words of it are `counted`."""
    return [
        (line, {"label": row["label"], "text": row["text"], "counted": row["count"], "held": row["held"]})
        for line, row in zip(lines, rows, strict=False)
    ]
