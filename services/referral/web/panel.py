"""The panel's pages: members, meetings, agenda, views, decisions, and from whom a case is withheld.

Who acts is the member named in the request: the operator's token is shared until there is a sign-in. A case that is
withheld from a member is, in every answer to that member, a case that is not there.
"""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.case.states import Actor
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.domain.deciders.panel import (
    Attendance,
    Conflict,
    NewMember,
    PanelDecision,
    Schedule,
    View,
    decide_panel,
)
from services.referral.handlers.commands import decide, lock_case
from services.referral.repository import coordinators, panel
from services.referral.web.answers import UnknownCaseError, invalid, opened, unknown_case
from shared.contracts.base import Sealed
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.operator import Json, acting, operator_only, problem
from shared.service.requests import body_of

_NO_MEETING = "There is no panel meeting with this id."
# The same words whether the case is not there, is withheld, or has left the panel.
_NOT_ON_AGENDA = "There is no such case on your agenda."
_OVER = "This meeting is over."


def routes(context: Context) -> list[Route]:
    """Members, meetings and what is decided at them, and conflicts of a case."""
    return [*_members(context), *_meetings(context), *_items(context), *_conflicts(context)]


def _members(context: Context) -> list[Route]:
    @operator_only
    async def add(request: Request) -> Response:
        member = await body_of(request, NewMember)
        member_id = new_id()
        keys = await context.keyring.for_sealing([member_id], "practitioner")
        async with context.pool.acquire() as connection:
            name = keys.seal(member_id, "panel-member-name", member.name)
            await panel.add_member(connection, member_id, member, name)
        return Json({"member_id": member_id})

    @operator_only
    async def listing(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            rows = await panel.members(connection, request.query_params.get("area", ""))
        return Json({"items": await opened(context, rows, "name")})

    @operator_only
    async def retire(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            found = await panel.retire(connection, request.path_params["member"], context.clock.now())
        if not found:
            return problem(404, "There is no panel member with this id.")
        return Json({"member_id": request.path_params["member"]})

    return [
        Route("/panel/members", add, methods=["POST"]),
        Route("/panel/members", listing),
        Route("/panel/members/{member:uuid}/retire", retire, methods=["POST"]),
    ]


def _meetings(context: Context) -> list[Route]:
    @operator_only
    async def schedule(request: Request) -> Response:
        asked = await body_of(request, Schedule)
        async with context.pool.acquire() as connection, connection.transaction():
            every_days, _ = await panel.settings(connection, asked.area)
            days = [(new_id(), day) for day in asked.days(every_days)]
            if over := await panel.over_on(connection, asked.area, [day for _, day in days]):
                held_on, status = over
                return problem(
                    409, f"The meeting of {held_on:%-d %B %Y} is {status}: nothing is planned. Name another day."
                )
            planned = await panel.schedule(connection, asked.area, days)
            await panel.place_waiting(connection, asked.area)
        return Json({"items": planned})

    @operator_only
    async def listing(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json({"items": await panel.meetings(connection, request.query_params.get("area", ""))})

    @operator_only
    async def agenda(request: Request) -> Response:
        member = request.query_params.get("member")
        meeting_id: UUID = request.path_params["meeting"]
        async with context.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            meeting = await panel.meeting(connection, meeting_id)
            if meeting is None:
                return problem(404, _NO_MEETING)
            try:
                member_id = UUID(member) if member else None
            except ValueError:
                return invalid("member", "must be a UUID")
            if member_id and await panel.strangers(connection, meeting["area"], [member_id]):
                return invalid("member", "is no member of this area's panel")
            return Json({**meeting, "items": await panel.agenda(connection, meeting_id, member_id)})

    @operator_only
    async def attend(request: Request) -> Response:
        asked = await body_of(request, Attendance)
        async with context.pool.acquire() as connection, connection.transaction():
            meeting = await panel.lock_meeting(connection, request.path_params["meeting"])
            if meeting is None:
                return problem(404, _NO_MEETING)
            if meeting["status"] != "planned":
                return problem(409, _OVER)
            if await panel.strangers(connection, meeting["area"], asked.members):
                return invalid("members", "must be members of this area's panel")
            await panel.attend(connection, meeting["meeting_id"], asked.members)
        return Json({"meeting_id": request.path_params["meeting"], "attending": asked.members})

    def ending(status: str) -> Any:
        @operator_only
        async def end(request: Request) -> Response:
            async with context.pool.acquire() as connection, connection.transaction():
                meeting = await panel.lock_meeting(connection, request.path_params["meeting"])
                if meeting is None:
                    return problem(404, _NO_MEETING)
                if meeting["status"] != "planned":
                    return problem(409, _OVER)
                await panel.end_meeting(connection, meeting["meeting_id"], meeting["area"], status)
            return Json({**meeting, "status": status})

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
    async def sealed(case_id: UUID, field: str, text: str | None) -> Sealed | None:
        if not text:
            return None
        return (await context.keyring.for_sealing([case_id], "person")).seal(case_id, field, text)

    @operator_only
    async def show(request: Request) -> Response:
        meeting_id, case_id = request.path_params["meeting"], request.path_params["case"]
        try:
            member_id = UUID(request.query_params.get("member", ""))
        except ValueError:
            return invalid("member", "must be a UUID")
        async with context.pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            meeting = await panel.meeting(connection, meeting_id)
            if meeting is None or await panel.strangers(connection, meeting["area"], [member_id]):
                return problem(404, _NOT_ON_AGENDA)
            item = await panel.item(connection, meeting_id, case_id, member_id)
            if item is None:
                return problem(404, _NOT_ON_AGENDA)
            views = await panel.views(connection, meeting_id, case_id)
        item = {name: item[name] for name in ("case_id", "state", "decision", "decided_at", "decided_by", "minutes")}
        item["minutes"] = Sealed.model_validate(item["minutes"]) if item["minutes"] else None
        [item] = await opened(context, [item], "minutes")
        return Json({**item, "views": await opened(context, views, "words")})

    @operator_only
    async def give_view(request: Request) -> Response:
        meeting_id, case_id = request.path_params["meeting"], request.path_params["case"]
        view = await body_of(request, View)
        try:
            async with in_transaction(context.pool, context.service) as tx:
                # Whatever is agreed or offered of the case is decided under this lock: it sees the view, or the view
                # finds that the case has left the panel.
                await lock_case(tx, case_id)
                meeting = await panel.lock_meeting(tx.connection, meeting_id)
                if meeting is None or await panel.strangers(tx.connection, meeting["area"], [view.member]):
                    return problem(404, _NOT_ON_AGENDA)
                item = await panel.item(tx.connection, meeting_id, case_id, view.member)
                if item is None:
                    return problem(404, _NOT_ON_AGENDA)
                if meeting["status"] != "planned" or item["decision"]:
                    return problem(409, "The panel has decided about this case, or the meeting is over.")
                words = await sealed(case_id, "panel-view", view.words)
                await panel.add_view(tx.connection, meeting_id, case_id, view, words, context.clock.now())
        except UnknownCaseError:
            return problem(404, _NOT_ON_AGENDA)
        except CannotOpenError:
            return problem(409, "The key of this case was erased: nothing more is written about it.")
        return Json({"case_id": case_id, "recommendation": view.recommendation})

    @operator_only
    async def settle(request: Request) -> Response:
        decision = await body_of(request, PanelDecision)
        meeting_id, case_id = request.path_params["meeting"], request.path_params["case"]
        try:
            async with in_transaction(context.pool, context.service) as tx:
                work, case = await lock_case(tx, case_id)
                meeting = await panel.lock_meeting(tx.connection, meeting_id)
                item = await panel.item(tx.connection, meeting_id, case_id, decision.member) if meeting else None
                if meeting is None or item is None:
                    return problem(404, _NOT_ON_AGENDA)
                if meeting["status"] != "planned" or item["decision"]:
                    return problem(409, "The panel has decided about this case, or the meeting is over.")
                _, quorum = await panel.settings(tx.connection, meeting["area"])
                table = await panel.table(tx.connection, meeting_id, case_id, quorum)
                command = decide_panel(decision, table)
                minutes = await sealed(case_id, "panel-minutes", decision.minutes)
                now = context.clock.now()
                await panel.record_decision(tx.connection, meeting_id, case_id, decision, minutes, now)
                await decide(context, tx, work, case, command, str(decision.member), by=Actor.PANEL)
                return Json({"case_id": case_id, "state": work.cases[case_id].state})
        except UnknownCaseError:
            return problem(404, _NOT_ON_AGENDA)
        except InvalidCommandError as error:
            return invalid(error.field, error.rule)
        except (NotAllowedError, ConflictError) as error:
            return problem(409, str(error))
        except CannotOpenError:
            return problem(409, "The key of this case was erased: nothing more is written about it.")

    at = "/panel/meetings/{meeting:uuid}/cases/{case:uuid}"
    return [
        Route(at, show),
        Route(f"{at}/views", give_view, methods=["POST"]),
        Route(f"{at}/decision", settle, methods=["POST"]),
    ]


def _conflicts(context: Context) -> list[Route]:
    @operator_only
    async def add(request: Request) -> Response:
        conflict = await body_of(request, Conflict)
        if (conflict.agency is None) == (conflict.member is None):
            return invalid("agency", "must be given, or else member, and not both")
        case_id, conflict_id = request.path_params["case"], new_id()
        async with context.pool.acquire() as connection, connection.transaction():
            try:
                await coordinators.lock(connection, case_id)
            except LookupError:
                return unknown_case()
            if conflict.member and not await panel.is_member(connection, conflict.member):
                return invalid("member", "is no member of a panel")
            await panel.add_conflict(connection, conflict_id, case_id, conflict, context.clock.now(), acting(request))
        return Json({"conflict_id": conflict_id})

    @operator_only
    async def listing(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            return Json({"items": await panel.conflicts(connection, request.path_params["case"])})

    @operator_only
    async def lift(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            found = await panel.lift(
                connection, request.path_params["case"], request.path_params["conflict"], context.clock.now()
            )
        if not found:
            return problem(404, "No such conflict stands for this case.")
        return Json({"conflict_id": request.path_params["conflict"]})

    at = "/cases/{case:uuid}/conflicts"
    return [
        Route(at, add, methods=["POST"]),
        Route(at, listing),
        Route(f"{at}/{{conflict:uuid}}/lift", lift, methods=["POST"]),
    ]
