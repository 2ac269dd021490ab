"""Waiting lists and capacity: who waits for which offer since when, and how many places are free as was stated."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.repository import waiting_list
from services.referral.repository.reading import snapshot
from services.referral.web.pages import words
from shared.service.gate import reach_of
from shared.service.recording import concerns
from shared.web.pages import Pages

_SHOWN = 50


def routes(pages: Pages) -> list[Route]:
    """GET /pages/waiting-lists."""

    @pages.guarded
    async def lists(request: Request) -> Response:
        within = reach_of(request).whole_areas or []
        area = request.query_params.get("area", "")
        areas = [each for each in within if area in ("", each)] or within
        now = pages.context.clock.now()
        async with snapshot(pages.context.pool) as connection:
            offers = await waiting_list.capacity(connection, areas, _SHOWN)
        shown = [
            {
                **{name: row[name] for name in ("offer", "provider", "capacity", "taken", "length")},
                "service": words.sentence(words.worded(row["service"])),
                "free": None if row["capacity"] is None else max(0, row["capacity"] - row["taken"]),
                "full": row["capacity"] is not None and row["taken"] >= row["capacity"],
                "waiting": [{**case, "days": max(0, (now - case["since"]).days)} for case in row["waiting"]],
            }
            for row in offers
        ]
        concerns(request, cases=[UUID(str(case["case_id"])) for each in shown for case in each["waiting"]])
        return await pages.render(
            request,
            "waiting_lists.html",
            title="Waiting lists",
            offers=shown,
            areas=within,
            area=area if area in within else "",
            most=_SHOWN,
        )

    return [Route("/pages/waiting-lists", lists)]
