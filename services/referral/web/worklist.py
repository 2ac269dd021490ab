"""The coordinator's worklist, who has a case in hand, and notes."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.states import WaitingReason
from services.referral.domain.safety.urgency import Line, days_waited, urgency_of
from services.referral.handlers import worklist as handlers
from services.referral.handlers.emergencies import WALL
from services.referral.repository import coordinators, emergencies, pages, signs
from services.referral.repository.reading import snapshot
from services.referral.web.answers import opened, page, require_case
from shared.contracts.vocabulary import LevelOfNeed
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import AREA, LIMIT, Query, describes
from shared.service.gate import acting, reach_of
from shared.service.requests import body_of, limit_of, number_of

_FURTHEST = 1_000_000
_COORDINATOR = Query("coordinator", "who has the case in hand")
_OFFSET = Query(
    "offset", "how many to leave out", {"type": "integer", "minimum": 0, "maximum": _FURTHEST, "default": 0}
)


class _Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class _Claim(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    take_over: bool = False


def routes(context: Context) -> list[Route]:
    """GET /worklist; POST /cases/{id}/claim, /release and /notes; GET /cases/{id}/notes.

    POST /unmatched-signs/{agency}/{id}/seen-to, for a sign that no family has come for.
    """

    @page
    @describes(query=(AREA, _COORDINATOR, LIMIT, _OFFSET))
    async def worklist(request: Request) -> Response:
        asked = request.query_params
        limit, offset = limit_of(request), number_of(request, "offset", default=0, least=0, most=_FURTHEST)
        areas = reach_of(request).whole_areas
        async with snapshot(context.pool) as connection:
            rows = await pages.waiting(
                connection,
                area=asked.get("area") or None,
                coordinator=request.app.state.staff.id_of(asked["coordinator"]) if asked.get("coordinator") else None,
                areas=areas,
            )
            unmatched = await signs.waiting(connection, areas)
            overdue = await emergencies.overdue(connection, areas or [], WALL.now())
        now = context.clock.now()
        lines = sorted((line_of(row, now) for row in rows), key=lambda each: each[0])
        items = [item for _, item in lines[offset : offset + limit]]
        return Json({"items": items, "total": len(lines), "unmatched_signs": unmatched, "reviews_overdue": overdue})

    @page
    @describes()
    async def sign_seen_to(request: Request) -> Response:
        agency, contact_id = request.path_params["agency"], request.path_params["id"]
        await handlers.see_to_sign(context, agency, contact_id, acting(request), reach_of(request).whole_areas)
        return Json({"contact_id": contact_id})

    @page
    @describes(body=_Claim)
    async def claim(request: Request) -> Response:
        case_id, who = request.path_params["id"], acting(request)
        await require_case(context, request, case_id)
        body = await body_of(request, _Claim, empty=b"{}")
        await handlers.claim(context, case_id, who, take_over=body.take_over)
        return Json({"case_id": case_id, "coordinator": who})

    @page
    @describes()
    async def release(request: Request) -> Response:
        case_id = request.path_params["id"]
        await require_case(context, request, case_id)
        await handlers.release(context, case_id, acting(request))
        return Json({"case_id": case_id, "coordinator": None})

    @page
    @describes(body=_Note)
    async def add_note(request: Request) -> Response:
        case_id = request.path_params["id"]
        await require_case(context, request, case_id)
        body = await body_of(request, _Note)
        note_id = await handlers.add_note(context, case_id, acting(request), body.text)
        return Json({"note_id": note_id})

    @page
    async def notes(request: Request) -> Response:
        await require_case(context, request, request.path_params["id"])
        async with context.pool.acquire() as connection:
            rows = await coordinators.notes(connection, request.path_params["id"])
        return Json({"items": await opened(context, rows, "text")})

    return [
        Route("/worklist", worklist),
        Route("/unmatched-signs/{agency}/{id:uuid}/seen-to", sign_seen_to, methods=["POST"]),
        Route("/cases/{id:uuid}/claim", claim, methods=["POST"]),
        Route("/cases/{id:uuid}/release", release, methods=["POST"]),
        Route("/cases/{id:uuid}/notes", add_note, methods=["POST"]),
        Route("/cases/{id:uuid}/notes", notes),
    ]


def line_of(row: dict[str, Any], now: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A line of the worklist with its place: the most urgent first, and of those the longest waiting."""
    need = row.pop("level_of_need")
    line = Line(
        reason=WaitingReason(row["waiting_reason"]),
        since=row["waiting_since"],
        level_of_need=LevelOfNeed(need) if need else None,
        limit_days=row.pop("limit_days"),
    )
    urgency, reasons = urgency_of(line, now)
    place = (urgency, line.since, str(row["case_id"]))
    return place, {
        **row,
        "days_waited": days_waited(line, now),
        "urgency": urgency.name.lower(),
        "urgency_reasons": reasons,
    }
