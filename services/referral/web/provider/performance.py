"""A manager's page: the provider's work in figures, beside all providers of the area together."""

import csv
import io
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.performance import Performance, Share, Wait, performance
from services.referral.repository import performance as queries
from services.referral.repository.reading import snapshot
from services.referral.web.provider.reading import provider_of
from shared.web.pages import Pages

_SHARES = {
    "new": "Wait for your answer",
    "at-work": "At work",
    "completed": "Closed: the work was completed",
    "ended-early": "Closed: it ended early, or nobody could be reached",
    "stopped": "Stopped",
    "declined": "Declined",
    "accepted": "Accepted, of those answered",
    "of-ended-completed": "Completed, of those closed",
    "attended": "Came, of those expected at sessions",
    "improved": "Better by more than the questionnaire's own error, of those who answered twice",
}
_WAITS = {"to-contact": "To the first attempt to reach a parent", "to-session": "To the first session"}
_HELD_BACK = "Held back"
_NOBODY = "-"
_LINE = 56
_WIDEST = 470


def routes(pages: Pages) -> list[Route]:
    """GET /pages/performance and /pages/performance.csv."""

    async def found(request: Request) -> tuple[Performance, dict[str, str], str, tuple[datetime, datetime]]:
        provider = provider_of(request)
        until = pages.context.clock.now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        # Whole months, so that nobody reads a single family in what changes from one day to the next.
        since = until.replace(year=until.year - 1)
        async with snapshot(pages.context.pool) as connection:
            areas = await queries.areas_of(connection, provider)
            asked = request.query_params.get("area", "")
            area = asked if asked in areas else next(iter(areas), "")
            works = dict(await queries.works_of(connection, area, since, until)) if area else {}
            smallest = await queries.smallest_group(connection, area)
        own = works.pop(provider, [])
        return performance(own, works, smallest), areas, area, (since, until)

    @pages.guarded
    async def show(request: Request) -> Response:
        counted, areas, area, (since, until) = await found(request)
        return await pages.render(
            request,
            "provider_performance.html",
            title="Performance",
            areas=[{"value": code, "text": name, "selected": code == area} for code, name in areas.items()],
            area=area,
            since=since,
            until=until,
            referrals=counted.referrals,
            beside=counted.beside,
            shares=[_share(each) for each in counted.shares],
            waits=[_wait(each) for each in counted.waits],
            bars=[_bar(place, each) for place, each in enumerate(each for each in counted.shares if each.own[1])],
        )

    @pages.guarded
    async def download(request: Request) -> Response:
        counted, _, _, _ = await found(request)
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(("Figure", "You", "Of", "Your figure", "All providers of the area", "Interval"))
        for share in counted.shares:
            row = _share(share)
            lines.writerow((row["text"], *share.own, row["percent"], row["area"], row["interval"]))
        for wait in counted.waits:
            row = _wait(wait)
            lines.writerow((f"Days: {row['text'].lower()}", wait.counted, "", row["own"], row["area"], ""))
        headers = {"Content-Disposition": 'attachment; filename="performance.csv"', "Cache-Control": "no-store"}
        return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)

    return [Route("/pages/performance", show), Route("/pages/performance.csv", download)]


def _share(share: Share) -> dict[str, str]:
    some, of = share.own
    low_high = share.interval
    return {
        "text": _SHARES[share.name],
        "own": f"{some:,} of {of:,}" if of else _NOBODY,
        "percent": f"{100 * some / of:.0f}%" if of else _NOBODY,
        "area": _HELD_BACK if share.area is None else f"{share.area:.0f}%",
        "interval": f"{100 * low_high[0]:.0f}% to {100 * low_high[1]:.0f}%" if low_high else "",
    }


def _wait(wait: Wait) -> dict[str, str]:
    return {
        "text": _WAITS[wait.name],
        "own": _days(wait.own) if wait.own else _NOBODY,
        "counted": f"{wait.counted:,}",
        "area": _days(wait.area) if wait.area else _HELD_BACK,
    }


def _days(quarters: tuple[float, float, float]) -> str:
    first, middle, third = (f"{each:.0f}" for each in quarters)
    return f"{middle} (half of them {first} to {third})"


def _bar(place: int, share: Share) -> dict[str, Any]:
    some, of = share.own
    return {
        "y": place * _LINE,
        "text": f"{_SHARES[share.name].partition(', of')[0]}: {100 * some / of:.0f}%",
        "own": round(_WIDEST * some / of),
        "area": None if share.area is None else round(_WIDEST * share.area / 100),
    }
