"""A case opened in an emergency, read while it is open; and the uses of an area, which somebody else reviews."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.case import Case
from services.referral.domain.case.states import HANDS, State
from services.referral.domain.safety.emergency import EmergencyAccess, OpenInEmergency, Review
from services.referral.handlers import emergencies as handlers
from services.referral.handlers.emergencies import WALL, Opener
from services.referral.repository import emergencies
from services.referral.web.answers import opened, page
from services.referral.web.cases import referrer_of
from shared.access.actions import Action
from shared.access.principal import Caller
from shared.access.table import is_allowed
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import LIMIT, describes
from shared.service.gate import acting, reach_of
from shared.service.recording import belongs_to
from shared.service.requests import body_of, limit_of


def routes(context: Context) -> list[Route]:
    """POST /cases/{id}/emergency `{reason, words}`; GET /emergencies/{access}.

    GET /emergencies; POST /emergencies/{access}/review `{finding, words}`.
    """

    @page
    @describes(body=OpenInEmergency)
    async def open_case(request: Request) -> Response:
        asked = await body_of(request, OpenInEmergency)
        access = await handlers.open_case(context, request.path_params["id"], asked, opener(request))
        belongs_to(request, [access.area])
        return Json(as_shown(access))

    @page
    @describes()
    async def read(request: Request) -> Response:
        return Json(await read_case(context, request))

    @page
    @describes(query=(LIMIT,))
    async def listing(request: Request) -> Response:
        return Json({"items": await listed(context, request)})

    @page
    @describes(body=Review)
    async def reviewed(request: Request) -> Response:
        asked = await body_of(request, Review)
        areas = reach_of(request).whole_areas or []
        access = await handlers.review(context, request.path_params["access"], asked, acting(request), areas)
        belongs_to(request, [access.area])
        return Json({"access_id": access.access_id, "case_id": access.case_id, "finding": asked.finding})

    return [
        Route("/cases/{id:uuid}/emergency", open_case, methods=["POST"]),
        Route("/emergencies/{access:uuid}", read),
        Route("/emergencies", listing),
        Route("/emergencies/{access:uuid}/review", reviewed, methods=["POST"]),
    ]


def opener(request: Request) -> Opener:
    """Whoever asks, and what they reach as a rule."""
    caller: Caller = request.state.caller
    return Opener(acting(request), lambda record: is_allowed(caller, Action.CASES_READ, record))


def as_shown(access: EmergencyAccess) -> dict[str, Any]:
    """A use, for whoever made it."""
    return {"access_id": access.access_id, "case_id": access.case_id, "ends_at": access.ends_at}


async def read_case(context: Context, request: Request) -> dict[str, Any]:
    """The case of the request's use, as far as it is needed in an emergency. Raises NotThereError."""
    access, row, case = await handlers.read_case(context, request.path_params["access"], acting(request))
    belongs_to(request, [access.area])
    shown = ("area", "agency", "family_ref", "state", "coordinator", "decision", "service", "provider")
    return {
        **as_shown(access),
        **{name: row[name] for name in (*shown, "waiting_reason", "waiting_since")},
        "in_hands_of": HANDS[State(row["state"])],
        "referrer": await referrer_of(context, row["practitioner"]),
        **_family(case),
    }


def _family(case: Case) -> dict[str, Any]:
    """The family in codes, each parent in an entry of their own; nothing before a screening has named it."""
    if case.family is None:
        return {"level_of_need": None, "parents": [], "children": []}
    return {
        "level_of_need": case.family.level_of_need,
        "parents": [
            {"person_id": each.person_id, "role": each.role, "first_language": each.first_language}
            for each in case.family.parents
        ],
        "children": [{"person_id": each.person_id, "age": each.age} for each in case.family.children],
    }


async def listed(context: Context, request: Request) -> list[dict[str, Any]]:
    """The uses in the caller's areas with what was written, those to review first."""
    areas, now = reach_of(request).whole_areas or [], WALL.now()
    async with context.pool.acquire() as connection:
        rows: Sequence[Mapping[str, Any]] = await emergencies.listed(connection, areas, limit_of(request))
    for field in ("words", "review_words"):
        rows = await opened(context, rows, field)
    return [{**row, "overdue": row["reviewed_at"] is None and row["review_due_at"] <= now} for row in rows]
