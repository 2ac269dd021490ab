"""GET /pages/outcomes/report and report.pdf: the board's report of a quarter, of an area, a region or all of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.report.document import ReportChapter
from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.repository import reports
from services.outcomes.web.pages.report_words import shown
from services.outcomes.web.report_pdf import pdf
from shared.messaging.core.records import Finding
from shared.service.gate import check_area, reach_of
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages
from shared.web.rendering import day, query

PATH = "/pages/outcomes/report"
_EVERYWHERE = "All areas"


@dataclass(frozen=True, slots=True)
class _Report:
    """The report that is asked for."""

    quarter: date
    known_until: date
    smallest: int
    place: str
    name: str
    chapters: list[ReportChapter]
    quarters: list[date]
    places: list[tuple[str, str]]

    @property
    def title(self) -> str:
        return f"What became of the families: {self.name}"

    @property
    def about(self) -> list[str]:
        """What a reader has to know first."""
        found = [
            f"Report of {_quarter(self.quarter)}: everything that was known until {day(self.known_until)}.",
            "An interval holds the true value 95 times out of 100, so far as chance goes. It shows what happened, not "
            "that the support did it.",
        ]
        if self.smallest > 1:
            found.append(
                f"“held back” is a count of fewer than {self.smallest}, or a figure from which such a count could be "
                "worked out, also with the reports of earlier quarters. So this one may be passed on as it is."
            )
        return found


def routes(pages: Pages, board: BoardReport) -> list[Route]:
    """The page and the file."""

    async def page(request: Request) -> Response:
        is_made = not board.make_due()
        found = await _asked(pages, request)
        chosen = {"place": found.place, "quarter": found.quarter.isoformat()} if found else {}
        return await pages.render(
            request,
            "report.html",
            title=found.title if found else "The board's report",
            path=pages.prefix + PATH,
            indicators=f"{pages.prefix}/pages/outcomes",
            is_made=is_made,
            about=found.about if found else [],
            chapters=shown(found.chapters) if found else [],
            of=_options([(name, place) for place, name in found.places], found.place) if found else [],
            quarters=_options([(_quarter(q), q.isoformat()) for q in found.quarters], found.quarter.isoformat())
            if found
            else [],
            download=f"{pages.prefix}{PATH}.pdf?{query(chosen)}",
        )

    async def file(request: Request) -> Response:
        found = await _asked(pages, request)
        if found is None:
            raise InvalidRequestError([Finding("quarter", "there is no report yet")])
        content = await pdf(found.title, found.about, shown(found.chapters), found.known_until)
        name = f"report-{found.quarter:%Y}-Q{(found.quarter.month + 2) // 3}-{found.place}.pdf"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(content, media_type="application/pdf", headers=headers)

    return [Route(PATH, pages.guarded(page)), Route(f"{PATH}.pdf", pages.guarded(file))]


async def _asked(pages: Pages, request: Request) -> _Report | None:
    """The report of the quarter and place that are asked for; None before the first.

    Whoever has areas of their own gets the reports of these alone, of the first where none is chosen.
    """
    asked_for, own = request.query_params, reach_of(request).whole_areas
    async with pages.context.pool.acquire() as connection:
        every = {each["quarter"].isoformat(): each for each in await reports.quarters(connection)}
        if not every:
            return None
        chosen = every.get(asked_for.get("quarter", "") or next(iter(every)))
        if chosen is None:
            raise InvalidRequestError([Finding("quarter", "must be one that there is a report of")])
        found = await reports.places(connection, chosen["quarter"])
        known = {each["place"]: each["name"] for each in found if own is None or each["place"] in own}
        known.pop(ALL, None)
        names = {ALL: _EVERYWHERE} | known if own is None else known
        place = asked_for.get("place", "") or next((each for each in names), own[0] if own else ALL)
        if own is not None:
            check_area(request, place)
        chapters = await reports.chapters(connection, chosen["quarter"], place) if place in names else None
        if chapters is None:
            raise InvalidRequestError([Finding("place", "must be one that there is a report of")])
    return _Report(
        chosen["quarter"],
        chosen["known_until"],
        chosen["smallest"],
        place,
        names[place],
        chapters,
        [each["quarter"] for each in every.values()],
        [(code, name) for code, name in names.items()],
    )


def _quarter(first: date) -> str:
    return f"{first:%B} to {date(first.year, first.month + 2, 1):%B %Y}"


def _options(offered: list[tuple[str, str]], chosen: str) -> list[dict[str, Any]]:
    return [{"text": text, "value": value, "selected": value == chosen} for text, value in offered]
