"""The family of a case: how it came to be one, what may belong to it, and what a person separates or joins."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.decisions import NO_CASE, Decisions, UnknownError
from services.families.repository import pages as queries
from services.families.web.bodies import require_case
from services.families.web.pages import words
from services.families.web.pages.answering import answering, reason_of
from shared.contracts.families import REASONS_FOR_ONE, REASONS_TO_SEPARATE
from shared.messaging.core.records import Finding
from shared.service.gate import acting
from shared.service.recording import concerns
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_AT = "/pages/families/{id:uuid}"
_MISSING = {"reason": "Select why", "with_case": "Enter the id of a case that you may see"}
_SEPARATE = {
    "title": "Separate this case from the family",
    "lead": "From now on it is a family of its own. A case that has stopped for a sign of abuse stays stopped.",
    "button": "Separate it",
}
_LINK = {
    "title": "Join with another family that you know",
    "lead": "One case goes on, and the other joins it. What is known about abuse holds for both. Neither front door is "
    "told that the other knows the family.",
    "button": "Join the two",
}


def routes(pages: Pages, decisions: Decisions) -> list[Route]:
    """GET /pages/families/{case}; GET and POST its separate and its link."""
    answered = answering(pages, _at)

    @pages.guarded
    @answered
    async def show(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        await require_case(pages.context, request, case_id)
        async with pages.context.pool.acquire() as connection:
            member = await queries.member_of(connection, case_id)
            if member is None:
                raise UnknownError(NO_CASE)
            found = await queries.family(connection, member[0])
            waiting = await queries.doubtful_of(connection, case_id)
        concerns(
            request, families=[found["family_id"]], cases=[each for row in found["members"] for each in row["cases"]]
        )
        return await pages.render(
            request,
            "joined_family.html",
            title="One family",
            case_id=case_id,
            members=found["members"],
            history=words.lines_of(found["history"]),
            waiting=[{"id": row["id"], "alike": words.alike_in(row["fields"])} for row in waiting],
        )

    @pages.guarded
    @answered
    async def separate(request: Request) -> Response:
        return await _ask(pages, request, "separate")

    @pages.guarded
    @answered
    async def separated(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        await require_case(pages.context, request, case_id)
        reason = reason_of(request, REASONS_TO_SEPARATE)
        if reason is None:
            return await _ask(pages, request, "separate", Problems([Finding("reason", "")], _MISSING))
        await decisions.separate(case_id, acting(request), reason, key=form_of(request).key)
        return pages.to(_at(request))

    @pages.guarded
    @answered
    async def link(request: Request) -> Response:
        return await _ask(pages, request, "link")

    @pages.guarded
    @answered
    async def linked(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        await require_case(pages.context, request, case_id)
        form, reason = form_of(request), reason_of(request, REASONS_FOR_ONE)
        other = _uuid(form.get("with_case"))
        missing = [name for name, given in (("with_case", other), ("reason", reason)) if given is None]
        if other is None or reason is None:
            return await _ask(pages, request, "link", Problems([Finding(each, "") for each in missing], _MISSING))
        concerns(request, cases=[other])
        await require_case(pages.context, request, other)
        await decisions.link(case_id, other, acting(request), reason, key=form.key)
        return pages.to(_at(request))

    return [
        Route(_AT, show),
        Route(f"{_AT}/separate", separate),
        Route(f"{_AT}/separate", separated, methods=["POST"]),
        Route(f"{_AT}/link", link),
        Route(f"{_AT}/link", linked, methods=["POST"]),
    ]


async def _ask(pages: Pages, request: Request, name: str, problems: Problems | None = None) -> Response:
    await require_case(pages.context, request, request.path_params["id"])
    joins = name == "link"
    texts: dict[str, Any] = _LINK if joins else _SEPARATE
    return await pages.render(
        request,
        "decide.html",
        422 if problems else 200,
        to=f"{pages.prefix}{_at(request)}/{name}",
        back=f"{pages.prefix}{_at(request)}",
        reasons=words.in_order(REASONS_FOR_ONE if joins else REASONS_TO_SEPARATE),
        asks_case=joins,
        typed=form_of(request).get("with_case") if problems else "",
        problems=problems or Problems(),
        key=new_key(),
        **texts,
    )


def _at(request: Request) -> str:
    return f"/pages/families/{request.path_params['id']}"


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
