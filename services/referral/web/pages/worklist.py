"""The worklist as a page: what waits and why, the most urgent first."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.states import WaitingReason
from services.referral.domain.safety.urgency import Urgency
from services.referral.handlers import worklist as handlers
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.errors import NotThereError
from services.referral.repository import emergencies, signs
from services.referral.repository import pages as queries
from services.referral.repository.reading import snapshot
from services.referral.web.pages import words
from services.referral.web.worklist import line_of
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.web.pages import Pages

_ON_A_PAGE = 25
_SORTS = {"urgency": "Most urgent first", "oldest": "Longest waiting first", "newest": "Newest first"}
_WHOSE = {"": "Everybody's", "mine": "Mine", "nobody": "Nobody's yet"}
_LONGEST_SEARCH = 80


def routes(pages: Pages) -> list[Route]:
    """GET /pages/worklist; POST /pages/unmatched-signs/{agency}/{id}/seen-to."""

    @pages.guarded
    async def worklist(request: Request) -> Response:
        asked = _asked(request)
        areas = reach_of(request).whole_areas
        async with snapshot(pages.context.pool) as connection:
            rows = await queries.waiting(connection, area=asked["area"] or None, coordinator=None, areas=areas)
            unmatched = await signs.waiting(connection, areas)
            overdue = await emergencies.overdue(connection, areas or [], WALL.now())
        now = pages.context.clock.now()
        lines = [line for _, line in sorted((line_of(row, now) for row in rows), key=lambda each: each[0])]
        lines = [line for line in lines if _matches(line, asked, acting(request))]
        counts = Counter(_group(line["waiting_reason"]) for line in lines)
        shown = [line for line in lines if not asked["waits"] or _group(line["waiting_reason"]) == asked["waits"]]
        if asked["sort"] != "urgency":
            shown.sort(key=lambda line: line["waiting_since"], reverse=asked["sort"] == "newest")
        found = len(shown)
        last = max(1, -(-found // _ON_A_PAGE))
        number = min(_page_of(request), last)
        shown = shown[(number - 1) * _ON_A_PAGE : number * _ON_A_PAGE]
        concerns(request, cases=[UUID(str(line["case_id"])) for line in shown])
        return await pages.render(
            request,
            "worklist.html",
            title="Worklist",
            asked=asked,
            groups=[(code, text, counts[code]) for code, (text, _) in words.GROUPS.items() if counts[code]],
            total=len(lines),
            found=found,
            lines=[_shown(line) for line in shown],
            number=number,
            last=last,
            areas=sorted(request.state.visitor.principal.areas),
            me=acting(request),
            sorts=_SORTS,
            whose=_WHOSE,
            unmatched=unmatched,
            reviews_overdue=overdue,
        )

    @pages.guarded
    async def sign_seen_to(request: Request) -> Response:
        agency, contact_id = request.path_params["agency"], request.path_params["id"]
        areas = reach_of(request).whole_areas
        # Where somebody else was quicker, or the family came, the worklist shows what is so now.
        with suppress(NotThereError):
            await handlers.see_to_sign(pages.context, agency, contact_id, acting(request), areas)
        return pages.to("/pages/worklist")

    return [
        Route("/pages/worklist", worklist),
        Route("/pages/unmatched-signs/{agency}/{id:uuid}/seen-to", sign_seen_to, methods=["POST"]),
    ]


def _asked(request: Request) -> dict[str, str]:
    """What the filter asks for; what makes no sense counts as not asked."""
    given = request.query_params
    return {
        "waits": given.get("waits", "") if given.get("waits", "") in words.GROUPS else "",
        "area": given.get("area", "")[:_LONGEST_SEARCH],
        "whose": given.get("whose", "") if given.get("whose", "") in _WHOSE else "",
        "q": given.get("q", "").strip()[:_LONGEST_SEARCH],
        "sort": given.get("sort", "") if given.get("sort", "") in _SORTS else "urgency",
    }


def _page_of(request: Request) -> int:
    number = request.query_params.get("page", "1")
    return max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 7 else 1


def _group(reason: str) -> str:
    return next(code for code, (_, reasons) in words.GROUPS.items() if WaitingReason(reason) in reasons)


def _matches(line: Mapping[str, Any], asked: Mapping[str, str], me: str) -> bool:
    if asked["whose"] == "mine" and line["coordinator"] != me:
        return False
    if asked["whose"] == "nobody" and line["coordinator"]:
        return False
    wanted = asked["q"].lower()
    return wanted in f"{line['family_ref']} {line['agency']}".lower() or str(line["case_id"]) == wanted


def _shown(line: Mapping[str, Any]) -> dict[str, Any]:
    text, colour = words.URGENCIES[Urgency[line["urgency"].upper()]]
    return {
        **line,
        "waits_for": words.waiting(line["waiting_reason"]),
        "state_text": words.state(line["state"]),
        "urgency_text": text,
        "urgency_colour": colour,
        "because": [words.urgent_because(each) for each in line["urgency_reasons"]],
    }
