"""GET /pages/outcomes/report and report.pdf: the board's report of a quarter, of an area, a region or all of them."""

import asyncio
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.report.document import ReportChapter
from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.repository.report import Report, names, tables_of
from services.outcomes.web.pages.choices import options
from services.outcomes.web.pages.report_words import shown
from services.outcomes.web.report_pdf import pdf
from shared.messaging.core.records import Finding
from shared.service.gate import check_area, reach_of
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages
from shared.web.rendering import day, query

PATH = "/pages/outcomes/report"
_EVERYWHERE = "All areas"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class _Report:
    """The report that is asked for, and what else there is."""

    of: Report
    place: str
    name: str
    chapters: list[ReportChapter]
    named: dict[str, str]
    quarters: dict[date, date]
    places: dict[str, str]

    @property
    def title(self) -> str:
        return f"What became of the families: {self.name}"

    @property
    def about(self) -> list[str]:
        """What a reader has to know first."""
        found = [
            f"Everything that was known until {day(self.of.known_until)}, from the beginning on.",
            "An interval holds the true value 95 times out of 100, so far as chance goes. It shows what happened, not "
            "that the support did it.",
        ]
        if self.of.smallest > 1:
            found.append(
                f"“held back” is a count of fewer than {self.of.smallest}, or a figure from which such a count could "
                "be worked out, also with the reports of earlier quarters. So this one may be passed on as it is."
            )
        return found


def routes(pages: Pages, board: BoardReport) -> list[Route]:
    """The page and the file."""

    async def page(request: Request) -> Response:
        found = await _asked(pages, request, board)
        is_made = (found is not None and board.quarter in found.quarters) or not board.ask()
        chosen = {"place": found.place, "quarter": found.of.quarter.isoformat()} if found else {}
        return await pages.render(
            request,
            "report.html",
            title=found.title if found else "The board's report",
            path=pages.prefix + PATH,
            indicators=f"{pages.prefix}/pages/outcomes",
            is_made=is_made,
            about=found.about if found else [],
            chapters=shown(found.chapters, found.named) if found else [],
            of=options([(name, place) for place, name in found.places.items()], found.place) if found else [],
            quarters=options(
                [(f"Until {day(until)}", quarter.isoformat()) for quarter, until in found.quarters.items()],
                found.of.quarter.isoformat(),
            )
            if found
            else [],
            download=f"{pages.prefix}{PATH}.pdf?{query(chosen)}",
            tables=f"{pages.prefix}{PATH}" if reach_of(request).everywhere else None,
            quarter=chosen.get("quarter", ""),
        )

    async def file(request: Request) -> Response:
        found = await _asked(pages, request, board)
        if found is None:
            raise InvalidRequestError([Finding("quarter", "there is no report yet")])
        content = await pdf(found.title, found.about, shown(found.chapters, found.named), found.of.known_until)
        name = f"report-{found.of.quarter:%Y}-Q{(found.of.quarter.month + 2) // 3}-{found.place}.pdf"
        return _download(content, "application/pdf", name)

    async def workbook(request: Request) -> Response:
        found = await _of_everything(pages, request, board)
        content = await asyncio.to_thread((found.folder / f"{found.folder.name}.xlsx").read_bytes)
        return _download(content, _EXCEL, f"{found.folder.name}.xlsx")

    async def archive(request: Request) -> Response:
        found = await _of_everything(pages, request, board)
        return _download(await asyncio.to_thread(tables_of, found), "application/zip", f"{found.folder.name}.zip")

    return [
        Route(PATH, pages.guarded(page)),
        Route(f"{PATH}.pdf", pages.guarded(file)),
        Route(f"{PATH}.xlsx", pages.guarded(workbook)),
        Route(f"{PATH}.zip", pages.guarded(archive)),
    ]


async def _of_everything(pages: Pages, request: Request, board: BoardReport) -> Report:
    """The report whose tables are asked for: they are of all areas, so whoever has areas of their own gets none."""
    if reach_of(request).whole_areas is not None:
        check_area(request, ALL)
    found = await _asked(pages, request, board)
    if found is None:
        raise InvalidRequestError([Finding("quarter", "there is no report yet")])
    return found.of


def _download(content: bytes, kind: str, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=kind, headers=headers)


async def _asked(pages: Pages, request: Request, board: BoardReport) -> _Report | None:
    """The report of the quarter and place that are asked for; None before the first.

    Whoever has areas of their own gets the reports of these alone, of the first where none is chosen.
    """
    asked_for, own = request.query_params, reach_of(request).whole_areas
    every = {each.quarter.isoformat(): each for each in await asyncio.to_thread(board.published)}
    if not every:
        return None
    chosen = every.get(asked_for.get("quarter", "") or next(iter(every)))
    if chosen is None:
        raise InvalidRequestError([Finding("quarter", "must be one that there is a report of")])
    areas, regions, providers = await names(pages.context.pool)
    known = {*await asyncio.to_thread(chosen.places)}
    of_areas = sorted((areas.get(each, each), each) for each in known - regions.keys() - {ALL})
    of_regions = sorted((regions[each], each) for each in known & regions.keys())
    if own is None:
        offered = {ALL: _EVERYWHERE} | {code: name for name, code in (*of_areas, *of_regions)}
    else:
        offered = {code: name for name, code in of_areas if code in own}
    place = asked_for.get("place", "") or next(iter(offered), own[0] if own else ALL)
    if own is not None:
        check_area(request, place)
    if place not in offered:
        raise InvalidRequestError([Finding("place", "must be one that there is a report of")])
    chapters = await asyncio.to_thread(chosen.chapters, place)
    quarters = {each.quarter: each.known_until for each in every.values()}
    return _Report(chosen, place, offered[place], chapters, {**providers, **areas}, quarters, offered)
