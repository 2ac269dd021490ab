"""GET /pages/outcomes and the pages beside it: a few of the report's indicators each, of an area, a region or all."""

import asyncio
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.repository.directory import areas as registered_areas
from services.outcomes.repository.directory import regions as registered_regions
from services.outcomes.repository.publications.safe_text import safe_text
from services.outcomes.web.known import Counted, Known
from services.outcomes.web.pages import words
from services.outcomes.web.pages.choices import options
from services.outcomes.web.pages.figures import FIGURES, Drawn, areas
from shared.messaging.core.records import Finding
from shared.service.gate import check_area, reach_of
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages
from shared.web.rendering import query

_NAMES = (*FIGURES, "areas")
_EVERYWHERE = "All areas"


def routes(pages: Pages, known: Known) -> list[Route]:
    """A page and a file of each figure."""
    found = []
    for name in _NAMES:
        path = "/pages/outcomes" if name == "funnel" else f"/pages/outcomes/{name}"
        found.append(Route(path, pages.guarded(_page(pages, known, name))))
        found.append(Route(f"/pages/outcomes/{name}.csv", pages.guarded(_file(pages, known, name))))
    return found


def _page(pages: Pages, known: Known, name: str) -> Any:
    async def show(request: Request) -> Response:
        asked = await _asked(pages, known, request, name)
        path = pages.prefix + ("/pages/outcomes" if name == "funnel" else f"/pages/outcomes/{name}")
        return await pages.render(
            request,
            "outcomes.html",
            title=words.TITLES[name],
            path=path,
            figure=asked.drawn.shown(),
            download=f"{pages.prefix}/pages/outcomes/{name}.csv?{query(asked.chosen)}",
            tabs=[
                *(_tab(pages, each, name, asked.chosen) for each in _NAMES),
                {"text": "The board's report", "href": f"{pages.prefix}/pages/outcomes/report", "current": False},
            ],
            of=options([(name, place) for place, name in asked.offered.items()], asked.place),
            known_until=asked.counted.known_until,
            smallest=asked.counted.smallest,
            every_count=asked.counted.every_count,
            is_due=asked.counted.is_due,
        )

    return show


def _file(pages: Pages, known: Known, name: str) -> Any:
    async def download(request: Request) -> Response:
        asked = await _asked(pages, known, request, name)
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow([*asked.drawn.columns, "Known until"])
        until = asked.counted.known_until.isoformat() if asked.counted.known_until else ""
        lines.writerows([*(_harmless(cell) for cell in row), until] for row in asked.drawn.rows)
        headers = {"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"}
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    return download


def _harmless(cell: str) -> str:
    """A number keeps its sign."""
    signed = cell[:1] in {"+", "-"} and cell[1:2].isdigit()
    return cell if signed else safe_text(cell)


def _tab(pages: Pages, name: str, current: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    path = "/pages/outcomes" if name == "funnel" else f"/pages/outcomes/{name}"
    asked = query(dict(chosen))
    href = f"{pages.prefix}{path}?{asked}" if asked else f"{pages.prefix}{path}"
    return {"text": words.TITLES[name], "href": href, "current": name == current}


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one request asks for, and what of it this person may see."""

    place: str
    offered: Mapping[str, str]
    counted: Counted
    drawn: Drawn

    @property
    def chosen(self) -> dict[str, Any]:
        return {} if self.place == ALL else {"place": self.place}


async def _asked(pages: Pages, known: Known, request: Request, name: str) -> _Asked:
    """Whoever has areas of their own sees one of them, the first by its name where none is chosen."""
    own = reach_of(request).whole_areas
    every_area = await registered_areas(pages.context.pool)
    every_region = {each.id: each for each in await registered_regions(pages.context.pool)}
    names = {each.id: each.name for each in every_area}
    place = request.query_params.get("place", "")
    if own is None:
        place = place or ALL
    else:
        place = place or next((each.id for each in every_area if each.id in own), own[0] if own else "")
        check_area(request, *(every_region[place].areas if place in every_region else (place,)))
    of_areas = () if place == ALL else tuple(every_region[place].areas) if place in every_region else (place,)
    counted = await known.of(request, of_areas, place if place in every_region else "")
    offered = {} if own is not None else {ALL: _EVERYWHERE}
    offered |= {each: names.get(each, each) for each in counted.places if each not in {ALL, *every_region}}
    offered |= {each: every_region[each].name for each in counted.places if each in every_region}
    if own is not None:
        reached = {*own, *(each for each, region in every_region.items() if {*region.areas} <= {*own})}
        offered = {each: text for each, text in offered.items() if each in reached} or {place: names.get(place, place)}
    if place not in offered:
        raise InvalidRequestError([Finding("place", "must be one that is offered")])
    return _Asked(place, offered, counted, await asyncio.to_thread(_drawn, name, place, counted, offered, every_region))


def _drawn(
    name: str, place: str, counted: Counted, offered: Mapping[str, str], every_region: Mapping[str, Any]
) -> Drawn:
    if name != "areas":
        return FIGURES[name](counted.chapters(place))
    beside = every_region[place].areas if place in every_region else offered if place == ALL else (place,)
    listed = [each for each in beside if each in offered and each not in {ALL, *every_region}]
    every = {each: counted.chapters(each) for each in listed}
    return areas(every, offered, published=not counted.every_count)
