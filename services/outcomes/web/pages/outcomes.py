"""GET /pages/outcomes and the pages beside it: an indicator each, of an area, a year and a kind of service."""

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.page_counts import Of
from services.outcomes.handlers.indicators import DailyIndicators
from services.outcomes.repository import indicators as queries
from services.outcomes.repository.publications.safe_text import safe_text
from services.outcomes.web.entitled import sees_every_count
from services.outcomes.web.pages import words
from services.outcomes.web.pages.choices import options
from services.outcomes.web.pages.figures import FIGURES, Drawn, Seen, areas
from shared.messaging.core.records import Finding
from shared.service.gate import check_area, reach_of
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages
from shared.web.rendering import query

_NAMES = (*FIGURES, "areas")
_ONE = (
    "Choose one of area, year and kind of service. Two at once would be of few families, so what is shown is of your "
    "first choice alone."
)
_ALL_AREAS = "The areas are shown beside each other for all years and all kinds of service."


def routes(pages: Pages, indicators: DailyIndicators) -> list[Route]:
    """A page and a file of each figure."""
    found = []
    for name in _NAMES:
        path = "/pages/outcomes" if name == "funnel" else f"/pages/outcomes/{name}"
        found.append(Route(path, pages.guarded(_page(pages, indicators, name))))
        found.append(Route(f"/pages/outcomes/{name}.csv", pages.guarded(_file(pages, indicators, name))))
    return found


def _page(pages: Pages, indicators: DailyIndicators, name: str) -> Any:
    async def show(request: Request) -> Response:
        day = await indicators.count_due()
        asked = await _Asked.read(pages, request, name)
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
            **asked.shown(day),
        )

    return show


def _file(pages: Pages, indicators: DailyIndicators, name: str) -> Any:
    async def download(request: Request) -> Response:
        await indicators.count_due()
        asked = await _Asked.read(pages, request, name)
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(asked.drawn.columns)
        lines.writerows([_harmless(cell) for cell in row] for row in asked.drawn.rows)
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


class _Asked:
    """What one request asks for, and what of it this person may see."""

    def __init__(self, of: Of, choices: Mapping[str, list[Any]], request: Request) -> None:
        self.of = of
        self.choices = choices
        self.note: str | None = None
        self.everywhere = reach_of(request).everywhere
        self.every_count = sees_every_count(request, [of.area] if of.area else [])
        self.smallest = 1
        self.drawn: Drawn

    @classmethod
    async def read(cls, pages: Pages, request: Request, name: str) -> "_Asked":
        async with pages.context.pool.acquire() as connection:
            choices = await queries.choices(connection)
            found = cls(_chosen(request, choices), choices, request)
            if not found.every_count:
                found._publish(name)
            if name == "areas":
                of = Of() if found.everywhere else replace(found.of, area="")
                names = {code: text for text, code in choices["areas"]}
                listed = await queries.by_area(connection, of)
                held_back = found.everywhere
                seen = [
                    (names.get(code, code), Seen(a, frozenset(b) if held_back else frozenset()))
                    for code, a, b in listed
                ]
                found.drawn = areas(sorted(seen, key=lambda each: each[0]), published=held_back)
            else:
                counts, held = await queries.counts_of(connection, found.of)
                found.drawn = FIGURES[name](Seen(counts, frozenset() if found.every_count else frozenset(held)))
            found.smallest = await queries.smallest_of(connection, "")
        return found

    def _publish(self, name: str) -> None:
        """What is published is of one choice alone, so that no two of it give a small group away."""
        if name == "areas":
            self.note = _ALL_AREAS if self.of.chosen else None
        elif self.of.chosen > 1:
            self.note = _ONE
            self.of = Of(self.of.area) if self.of.area else Of(year=self.of.year)

    @property
    def chosen(self) -> dict[str, Any]:
        return {"area": self.of.area, "year": self.of.year or "", "service": self.of.service}

    def shown(self, day: date) -> dict[str, Any]:
        """What the template takes beside the figure."""
        years = [str(each) for each in self.choices["years"]]
        every = [("All areas", "")] if self.everywhere else []
        return {
            "counted_on": day,
            "smallest": self.smallest,
            "note": self.note,
            "every_count": self.every_count,
            "areas": options([*every, *self.choices["areas"]], self.of.area),
            "years": options([("All years", ""), *((each, each) for each in years)], str(self.of.year or "")),
            "services": options(
                [("All kinds", ""), *((words.words(words.SERVICES, s), s) for s in self.choices["services"])],
                self.of.service,
            ),
        }


def _chosen(request: Request, choices: Mapping[str, list[Any]]) -> Of:
    """What was chosen. Whoever has areas of their own sees one of them, the first where none is chosen."""
    asked = request.query_params
    area, year, service = asked.get("area", ""), asked.get("year", ""), asked.get("service", "")
    own = reach_of(request).whole_areas
    if own is not None:
        area = area or next((code for _, code in choices["areas"] if code in own), own[0] if own else "")
        check_area(request, area)
    known = {code for _, code in choices["areas"]}
    findings = [
        Finding(field, "must be one that is offered")
        for field, value, offered in (
            ("area", area, known | set(own or ())),
            ("year", year, {str(each) for each in choices["years"]}),
            ("service", service, set(choices["services"])),
        )
        if value and value not in offered
    ]
    if findings:
        raise InvalidRequestError(findings)
    return Of(area, int(year or 0), service)
