"""The panel's pages: members, meetings, agenda, views, decisions, and from whom a case is withheld.

Who acts is the member named in the request, for whom the coordinator writes it down: a member's own sign-in is not tied
to their seat. A case that is withheld from a member is, in every answer to that member, a case that is not there.
"""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.panel import Attendance, Conflict, NewMember, PanelDecision, Schedule, View
from services.referral.handlers import panel as handlers
from services.referral.handlers import panel_items
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.panel import NO_MEETING, NO_MEMBER
from services.referral.handlers.panel_items import NOT_ON_AGENDA
from services.referral.repository import panel
from services.referral.repository.reading import snapshot
from services.referral.web.answers import invalid, opened, page, require_case, require_meeting
from shared.access.scopes import Belonging
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import Query, describes
from shared.service.gate import acting, check_area, check_reach
from shared.service.requests import body_of

_ONE: dict[str, str] = {"type": "string", "format": "uuid"}
_OWN_AREA = Query("area", "one of the caller's own areas, by its ONS code", required=True)
_MEMBER = Query("member", "for which member of the panel: what is withheld from them is left out", _ONE)
_WHOSE_VIEW = Query("member", "for which member of the panel", _ONE, required=True)


def routes(context: Context) -> list[Route]:
    """Members, meetings and what is decided at them, and conflicts of a case."""
    return [*_members(context), *_meetings(context), *_items(context), *_conflicts(context)]


def _members(context: Context) -> list[Route]:
    @page
    @describes(body=NewMember)
    async def add(request: Request) -> Response:
        member = await body_of(request, NewMember)
        check_area(request, member.area)
        return Json({"member_id": await handlers.add_member(context, member)})

    @page
    @describes(query=(_OWN_AREA,))
    async def listing(request: Request) -> Response:
        area = request.query_params.get("area", "")
        check_area(request, area)
        async with context.pool.acquire() as connection:
            rows = await panel.members(connection, area)
        return Json({"items": await opened(context, rows, "name")})

    @page
    @describes()
    async def retire(request: Request) -> Response:
        async def belonging(connection: Connection) -> Belonging | None:
            area = await panel.area_of_member(connection, request.path_params["member"])
            return Belonging.of([area]) if area else None

        await check_reach(request, context.pool, belonging, NotThereError(NO_MEMBER))
        await handlers.retire(context, request.path_params["member"])
        return Json({"member_id": request.path_params["member"]})

    return [
        Route("/panel/members", add, methods=["POST"]),
        Route("/panel/members", listing),
        Route("/panel/members/{member:uuid}/retire", retire, methods=["POST"]),
    ]


def _meetings(context: Context) -> list[Route]:
    @page
    @describes(body=Schedule)
    async def schedule(request: Request) -> Response:
        asked = await body_of(request, Schedule)
        check_area(request, asked.area)
        return Json({"items": await handlers.schedule(context, asked)})

    @page
    @describes(query=(_OWN_AREA,))
    async def listing(request: Request) -> Response:
        area = request.query_params.get("area", "")
        check_area(request, area)
        async with context.pool.acquire() as connection:
            return Json({"items": await panel.meetings(connection, area)})

    @page
    @describes(query=(_MEMBER,))
    async def agenda(request: Request) -> Response:
        await require_meeting(context, request, NO_MEETING)
        member = request.query_params.get("member")
        meeting_id: UUID = request.path_params["meeting"]
        async with snapshot(context.pool) as connection:
            meeting = await panel.meeting(connection, meeting_id)
            if meeting is None:
                raise NotThereError(NO_MEETING)
            try:
                member_id = UUID(member) if member else None
            except ValueError:
                return invalid("member", "must be a UUID")
            if member_id and await panel.strangers(connection, meeting["area"], [member_id]):
                return invalid("member", "is no member of this area's panel")
            return Json({**meeting, "items": await panel.agenda(connection, meeting_id, member_id)})

    @page
    @describes(body=Attendance)
    async def attend(request: Request) -> Response:
        await require_meeting(context, request, NO_MEETING)
        asked = await body_of(request, Attendance)
        await handlers.attend(context, request.path_params["meeting"], asked)
        return Json({"meeting_id": request.path_params["meeting"], "attending": asked.members})

    def ending(status: str) -> Any:
        @page
        @describes()
        async def end(request: Request) -> Response:
            await require_meeting(context, request, NO_MEETING)
            return Json(await handlers.end_meeting(context, request.path_params["meeting"], status))

        return end

    at = "/panel/meetings/{meeting:uuid}"
    return [
        Route("/panel/meetings", schedule, methods=["POST"]),
        Route("/panel/meetings", listing),
        Route(f"{at}/agenda", agenda),
        Route(f"{at}/attendance", attend, methods=["POST"]),
        Route(f"{at}/close", ending("closed"), methods=["POST"]),
        Route(f"{at}/cancel", ending("cancelled"), methods=["POST"]),
    ]


def _items(context: Context) -> list[Route]:
    @page
    @describes(query=(_WHOSE_VIEW,))
    async def show(request: Request) -> Response:
        await require_meeting(context, request, NOT_ON_AGENDA)
        meeting_id, case_id = request.path_params["meeting"], request.path_params["case"]
        try:
            member_id = UUID(request.query_params.get("member", ""))
        except ValueError:
            return invalid("member", "must be a UUID")
        async with snapshot(context.pool) as connection:
            meeting = await panel.meeting(connection, meeting_id)
            if meeting is None or await panel.strangers(connection, meeting["area"], [member_id]):
                raise NotThereError(NOT_ON_AGENDA)
            item = await panel.item(connection, meeting_id, case_id, member_id)
            if item is None:
                raise NotThereError(NOT_ON_AGENDA)
            views = await panel.views(connection, meeting_id, case_id)
        item = {name: item[name] for name in ("case_id", "state", "decision", "decided_at", "decided_by", "minutes")}
        item["minutes"] = Sealed.model_validate(item["minutes"]) if item["minutes"] else None
        [item] = await opened(context, [item], "minutes")
        return Json({**item, "views": await opened(context, views, "words")})

    @page
    @describes(body=View)
    async def give_view(request: Request) -> Response:
        await require_meeting(context, request, NOT_ON_AGENDA)
        meeting_id, case_id = request.path_params["meeting"], request.path_params["case"]
        view = await body_of(request, View)
        await panel_items.give_view(context, meeting_id, case_id, view)
        return Json({"case_id": case_id, "recommendation": view.recommendation})

    @page
    @describes(body=PanelDecision)
    async def decide(request: Request) -> Response:
        await require_meeting(context, request, NOT_ON_AGENDA)
        meeting_id, case_id = request.path_params["meeting"], request.path_params["case"]
        decision = await body_of(request, PanelDecision)
        state = await panel_items.decide_item(context, meeting_id, case_id, decision)
        return Json({"case_id": case_id, "state": state})

    at = "/panel/meetings/{meeting:uuid}/cases/{case:uuid}"
    return [
        Route(at, show),
        Route(f"{at}/views", give_view, methods=["POST"]),
        Route(f"{at}/decision", decide, methods=["POST"]),
    ]


def _conflicts(context: Context) -> list[Route]:
    @page
    @describes(body=Conflict)
    async def add(request: Request) -> Response:
        await require_case(context, request, request.path_params["case"])
        conflict = await body_of(request, Conflict)
        conflict_id = await handlers.withhold(context, request.path_params["case"], conflict, acting(request))
        return Json({"conflict_id": conflict_id})

    @page
    async def listing(request: Request) -> Response:
        await require_case(context, request, request.path_params["case"])
        async with context.pool.acquire() as connection:
            return Json({"items": await panel.conflicts(connection, request.path_params["case"])})

    @page
    @describes()
    async def lift(request: Request) -> Response:
        await require_case(context, request, request.path_params["case"])
        await handlers.lift(context, request.path_params["case"], request.path_params["conflict"])
        return Json({"conflict_id": request.path_params["conflict"]})

    at = "/cases/{case:uuid}/conflicts"
    return [
        Route(at, add, methods=["POST"]),
        Route(at, listing),
        Route(f"{at}/{{conflict:uuid}}/lift", lift, methods=["POST"]),
    ]
