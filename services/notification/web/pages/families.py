"""The front door's tracker: each family that was referred, where it is, and what whoever referred it does next."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.domain.tracker import Turn, is_shown, is_to_correct, title_of
from services.notification.handlers import mail_choices
from services.notification.repository import tracker, unread_messages
from services.notification.repository.reading import snapshot
from services.notification.repository.tracker import HeldInMind, Sought, TrackedFamily
from services.notification.web.pages.mails import chooser_of
from shared.access.roles import Role
from shared.contracts.notification import CaseProgressed
from shared.contracts.practitioners import practitioner_id
from shared.service.gate import check_reach
from shared.service.recording import concerns
from shared.web.pages import Pages

_ON_A_PAGE = 25
_LONGEST_SEARCH = 80
_VIEWS = {"mine": "Mine", "team": "My team's", "shared": "Shared with me"}
_TURNS: dict[Turn, str] = {
    "you": "You",
    "team": "Area's team",
    "provider": "Provider",
    "nobody": "Nobody",
}
_COLOURS: dict[Turn, str] = {
    "you": "govuk-tag--orange",
    "team": "govuk-tag--blue",
    "provider": "govuk-tag--turquoise",
    "nobody": "govuk-tag--grey",
}
_NOTHING = "Nothing to do now."
_NOT_THERE = "Your agency has referred no such family, or it is not yours to see."


class _NotThereError(Exception):
    """Whoever asks is shown no such family."""


def routes(pages: Pages) -> list[Route]:
    """GET /pages/families `?view=mine|team|shared&turn=&q=&page=`; GET /pages/families/{id}."""

    @pages.guarded
    async def listed(request: Request) -> Response:
        asked, number = _asked(request), _page_of(request)
        sought = _sought(request, asked)
        await mail_choices.came(pages.context, chooser_of(request))
        async with snapshot(pages.context.pool) as connection:
            found = await tracker.families(connection, sought, limit=_ON_A_PAGE + 1, offset=(number - 1) * _ON_A_PAGE)
            unread = await unread_messages.of_cases(connection, [each.case_id for each in found])
            held = (
                await tracker.held_in_mind(connection, sought.practitioner_id)
                if asked["view"] == "shared" and number == 1
                else []
            )
        concerns(request, cases=[*(each.case_id for each in found[:_ON_A_PAGE]), *(each.case_id for each in held)])
        return await pages.render(
            request,
            "families.html",
            title="Families you referred",
            asked=asked,
            views=_VIEWS,
            turns=_TURNS,
            families=[_line(each, unread) for each in found[:_ON_A_PAGE]],
            held=[_held(each) for each in held],
            number=number,
            more=len(found) > _ON_A_PAGE,
        )

    @pages.guarded
    async def family(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        try:
            await check_reach(
                request, pages.context.pool, partial(tracker.belonging, case_id=case_id), _NotThereError()
            )
            async with snapshot(pages.context.pool) as connection:
                found = await tracker.family(connection, case_id, _sought(request, {"view": "team"}))
                unread = await unread_messages.of_cases(connection, [case_id])
            if found is None:
                raise _NotThereError
        except _NotThereError:
            link = {"href": f"{pages.prefix}/pages/families", "text": "Go to the families that you referred"}
            return await pages.problem(request, 404, "Page not found", _NOT_THERE, link=link)
        tracked, records = found
        sent = next((each.submission_id for each in records if each.step == "screened" and each.submission_id), None)
        # What was sent from the pages is opened again by whoever sent it, and by nobody else.
        own = tracked.practitioner_id == own_practitioner_id(request)
        correctable = is_to_correct(tracked.record) and sent is not None
        return await pages.render(
            request,
            "family.html",
            title=f"Family {tracked.family_ref}",
            family=_line(tracked, unread),
            steps=[_step(each) for each in tracked.record.next_steps],
            records=[_record(each) for each in records if is_shown(each)],
            correctable=correctable,
            linkable=not tracked.from_self,
            correct=f"/screening/pages/front-door/{sent}" if correctable and own else None,
        )

    return [Route("/pages/families", listed), Route("/pages/families/{id:uuid}", family)]


def own_practitioner_id(request: Request) -> UUID:
    """Who somebody of an agency is among its practitioners: they sign in by the id that their agency knows them by."""
    principal = request.state.visitor.principal
    return practitioner_id(principal.agency or "", principal.username)


def _sought(request: Request, asked: dict[str, Any]) -> Sought:
    principal = request.state.visitor.principal
    return Sought(
        agency=principal.agency or "",
        of=asked["view"],
        practitioner_id=own_practitioner_id(request),
        manager=Role.TEAM_MANAGER in principal.roles,
        turn=asked.get("turn") or None,
        family_ref=asked.get("q", ""),
    )


def _asked(request: Request) -> dict[str, Any]:
    given = request.query_params
    view, turn = given.get("view", ""), given.get("turn", "")
    return {
        "view": view if view in _VIEWS else "mine",
        "turn": turn if turn in _TURNS else "",
        "q": given.get("q", "").strip()[:_LONGEST_SEARCH],
    }


def _page_of(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return min(max(int(text), 1), 1_000) if text.isascii() and text.isdigit() and len(text) < 5 else 1


def _line(each: TrackedFamily, unread: Mapping[UUID, int]) -> dict[str, Any]:
    steps = each.record.next_steps
    return {
        "case_id": each.case_id,
        "family_ref": each.family_ref,
        "at": each.at,
        "where": title_of(each.record),
        "turn": each.turn,
        "turn_text": _TURNS[each.turn],
        "colour": _COLOURS[each.turn],
        "next": steps[0].text if steps and each.turn == "you" else _NOTHING,
        "more": len(steps) - 1 if each.turn == "you" else 0,
        "unread": unread.get(each.case_id, 0),
    }


def _step(step: Any) -> dict[str, Any]:
    return {"text": step.text, "name": step.name, "phone": step.phone, "url": step.url}


def _record(record: CaseProgressed) -> dict[str, Any]:
    service = record.service.replace("-", " ") if record.service else None
    return {
        "at": record.occurred_at,
        "title": title_of(record),
        "service": service,
        "provider": record.provider,
        "steps": [_step(step) for step in record.next_steps],
    }


def _held(each: HeldInMind) -> dict[str, Any]:
    return {
        "case_id": each.case_id,
        "family_ref": each.family_ref,
        "parent": each.role.replace("-", " "),
        "is_on": each.is_on,
        "next_session": each.next_session,
    }
