"""GET /api/v1/outcomes/indicators: what each one means; and of one what was published of it, never anything else."""

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.indicators.indicator import Indicator
from services.outcomes.domain.indicators.registry import CHAPTERS, INDICATORS
from services.outcomes.domain.publication.released import PublishedNumber, may_see, of_report, of_tables
from services.outcomes.repository.publications.reading import releases
from services.outcomes.repository.report import Report, reports
from services.outcomes.web.api.addresses import INDICATORS_PATH, indicator_at, release_at
from services.outcomes.web.api.damaged import refusing_damage
from shared.messaging.core.records import Finding
from shared.service.answers import Json, problem
from shared.service.described import Query, describes
from shared.service.gate import check_area, guarded, reach_of
from shared.service.requests import InvalidRequestError

_PLACE = Query("place", "one area by its ONS code, one region by its id, or `all`")
_RELEASE = Query("release", "one release by its id, instead of all")
_BY = Query("by", "only what is broken down by this, such as `source`")


def routes(publications: Path | None) -> list[Route]:
    """The registry, and an indicator with its published numbers."""

    @guarded
    @describes()
    async def registry(_request: Request) -> Response:
        items = [
            {"chapter": chapter, **_described(each)} for chapter, indicators in CHAPTERS.items() for each in indicators
        ]
        return Json({"items": items})

    @guarded
    @describes(query=(_PLACE, _RELEASE, _BY))
    @refusing_damage
    async def one(request: Request) -> Response:
        indicator = INDICATORS.get(request.path_params["name"])
        if indicator is None:
            return problem(404, f"There is no such indicator. {INDICATORS_PATH} lists them.")
        place, release, by = (request.query_params.get(each.name) for each in (_PLACE, _RELEASE, _BY))
        own = reach_of(request).whole_areas
        if place is not None and own is not None:
            check_area(request, place)
        if by is not None and by not in {*indicator.dimensions, *_OF_EVERY}:
            rule = f"must be one of {', '.join(sorted({*indicator.dimensions, *_OF_EVERY}))}"
            raise InvalidRequestError([Finding("by", rule)])
        found = await asyncio.to_thread(lambda: [*_numbers(publications, indicator, own)])
        numbers = [
            {**asdict(each), "by": [{"name": name, "value": value} for name, value in each.by.items()]}
            for each in found
            if place in (None, each.place) and release in (None, each.release) and (by is None or by in each.by)
        ]
        return Json({**_described(indicator), "numbers": numbers, "releases": _named(found)})

    return [Route(INDICATORS_PATH, registry), Route(f"{INDICATORS_PATH}/{{name}}", one)]


_OF_EVERY = ("period", "category", "measure")
"""What numbers are of beside an indicator's own dimensions."""


def _described(each: Indicator) -> dict[str, Any]:
    return {
        "name": each.name,
        "question": each.question,
        "definition": each.definition,
        "numerator": each.numerator,
        "denominator": each.denominator,
        "exclusions": each.exclusions,
        "source": each.source,
        "kind": each.kind,
        "unit": each.unit,
        "dimensions": [*each.dimensions],
        "href": indicator_at(each.name),
    }


def _numbers(root: Path | None, indicator: Indicator, own: list[str] | None) -> Iterator[PublishedNumber]:
    of_quarters: dict[str, Report] = {each.folder.name: each for each in reports(root)} if root else {}
    for name, release in releases(root).items():
        if name not in of_quarters:
            yield from of_tables(release.document, indicator, own)
            continue
        report = of_quarters[name]
        for place in report.places():
            if may_see(place, own):
                yield from of_report(release.document, indicator, place, report.chapters(place))


def _named(found: list[PublishedNumber]) -> list[dict[str, str]]:
    return [{"id": name, "href": release_at(name)} for name in dict.fromkeys(each.release for each in found)]
