"""Two families that may be one: what agrees, side by side, and what a person decides about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.decisions import NO_LIKENESS, Decisions, UnknownError
from services.families.repository import pages as queries
from services.families.web.bodies import require_likeness
from services.families.web.pages import words
from services.families.web.pages.answering import answering, reason_of
from shared.contracts.families import REASONS_FOR_ONE, REASONS_FOR_TWO, REASONS_TO_NOTE, LinkReason
from shared.messaging.core.records import Finding
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_AT = "/pages/likenesses/{id:uuid}"
_MOST = 200
_MISSING = {"reason": "Select why"}


@dataclass(frozen=True)
class Decision:
    """What somebody may decide about two families, and the page that asks for the reason."""

    name: Literal["confirm", "reject", "note"]
    title: str
    lead: str
    button: str
    reasons: frozenset[LinkReason]


DECISIONS: Mapping[str, Decision] = {
    each.name: each
    for each in (
        Decision(
            "confirm",
            "They are one family",
            "One case goes on, and the other joins it. What is known about abuse holds for both. Neither front door is "
            "told that the other knows the family.",
            "Join the two",
            REASONS_FOR_ONE,
        ),
        Decision(
            "reject",
            "They are two families",
            "The case that waited goes on. Matching does not ask again, unless something new is certain.",
            "Keep them apart",
            REASONS_FOR_TWO,
        ),
        Decision(
            "note",
            "The coordinators of both areas have spoken",
            "Families of two areas are never joined: areas share no case data. The case that waited goes on.",
            "Note it",
            REASONS_TO_NOTE,
        ),
    )
}


def routes(pages: Pages, decisions: Decisions) -> list[Route]:
    """GET /pages/likenesses and /pages/likenesses/{id}; GET and POST its confirm, reject and note."""
    answered = answering(pages, _at)

    @pages.guarded
    async def listing(request: Request) -> Response:
        async with pages.context.pool.acquire() as connection:
            rows = await queries.doubtful(connection, area=None, areas=reach_of(request).whole_areas, limit=_MOST)
        concerns(request, cases=[case for row in rows for side in row["sides"] for case in side["cases"]])
        return await pages.render(
            request,
            "likenesses.html",
            title="Families that may be one",
            items=[_line(row) for row in rows],
            most=len(rows) == _MOST,
        )

    @pages.guarded
    @answered
    async def show(request: Request) -> Response:
        found = await _likeness_of(pages, request)
        return await pages.render(
            request,
            "likeness.html",
            title="May be one family",
            choices=[(each.name, each.title) for each in possible(found)],
            status_text=words.STATUSES[found["status"]],
            lines=words.compared(found["fields"]),
            history=words.lines_of(found["history"]),
            in_question=bool((found["fields"] or {}).get("in_question")),
            **{name: found[name] for name in ("id", "found_at", "weight", "evidence", "look_again", "across_areas")},
            sides=found["sides"],
        )

    def deciding(decision: Decision) -> list[Route]:
        @pages.guarded
        @answered
        async def ask(request: Request) -> Response:
            return await _ask(pages, request, decision)

        @pages.guarded
        @answered
        async def decide(request: Request) -> Response:
            await require_likeness(pages.context, request)
            reason = reason_of(request, decision.reasons)
            if reason is None:
                return await _ask(pages, request, decision, Problems([Finding("reason", "")], _MISSING))
            carry_out = getattr(decisions, decision.name)
            await carry_out(request.path_params["id"], acting(request), reason, key=form_of(request).key)
            return pages.to(_at(request))

        at = f"{_AT}/{decision.name}"
        return [Route(at, ask), Route(at, decide, methods=["POST"])]

    return [
        Route("/pages/likenesses", listing),
        Route(_AT, show),
        *(route for decision in DECISIONS.values() for route in deciding(decision)),
    ]


def possible(found: Mapping[str, Any]) -> list[Decision]:
    """What may be decided of a likeness: of two areas that it is noted, else that they are one family or two."""
    if found["across_areas"]:
        return [DECISIONS["note"]] if found["status"] == "open" else []
    if found["status"] == "linked":
        return [DECISIONS["confirm"]] if found["look_again"] else []
    return [DECISIONS["confirm"], DECISIONS["reject"]] if found["status"] == "open" else [DECISIONS["confirm"]]


async def _likeness_of(pages: Pages, request: Request) -> dict[str, Any]:
    await require_likeness(pages.context, request)
    likeness_id: UUID = request.path_params["id"]
    async with pages.context.pool.acquire() as connection:
        found = await queries.likeness(connection, likeness_id)
    if found is None:
        raise UnknownError(NO_LIKENESS)
    return found


async def _ask(pages: Pages, request: Request, decision: Decision, problems: Problems | None = None) -> Response:
    await _likeness_of(pages, request)
    return await pages.render(
        request,
        "decide.html",
        422 if problems else 200,
        title=decision.title,
        lead=decision.lead,
        button=decision.button,
        to=f"{pages.prefix}{_at(request)}/{decision.name}",
        back=f"{pages.prefix}{_at(request)}",
        reasons=words.in_order(decision.reasons),
        asks_case=False,
        typed="",
        problems=problems or Problems(),
        key=new_key(),
    )


def _at(request: Request) -> str:
    return f"/pages/likenesses/{request.path_params['id']}"


def _line(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in ("id", "found_at", "look_again", "across_areas", "sides")},
        "alike": words.alike_in(row["fields"]),
    }
