"""Finds another family by one parent's name and date of birth, to join it with the one of a case.

What is typed is in the body of a form alone, is answered on the spot and changes nothing: no address or table has it.
"""

from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.handlers.finding import Finding as Search
from services.families.handlers.finding import Found, Sought
from services.families.repository import pages as queries
from services.families.web.bodies import require_case
from services.families.web.pages import words
from services.families.web.pages.answering import answering
from shared.contracts.families import REASONS_FOR_ONE
from shared.messaging.core.records import Finding
from shared.service.gate import reach_of
from shared.service.recording import concerns
from shared.web.forms import Form, Problems, new_key
from shared.web.pages import Pages, form_of

_AT = "/pages/families/{id:uuid}/find"
_LONGEST = 100
_TYPED = ("given", "family", "born-day", "born-month", "born-year")
_MISSING = {
    "given": "Enter the parent's given name",
    "family": "Enter the parent's family name",
    "born": "Enter the parent's date of birth, such as 27 3 1988",
}


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/families/{case}/find."""
    search = Search(pages.context)
    answered = answering(pages, lambda request: f"/pages/families/{request.path_params['id']}")

    @pages.guarded
    @answered
    async def ask(request: Request) -> Response:
        await require_case(pages.context, request, request.path_params["id"])
        return await _page(pages, request)

    @pages.guarded
    @answered
    async def find(request: Request) -> Response:
        case_id: UUID = request.path_params["id"]
        await require_case(pages.context, request, case_id)
        sought, missing = _sought(form_of(request))
        if sought is None:
            return await _page(pages, request, Problems([Finding(each, "") for each in missing], _MISSING))
        found = await search.find(sought, reach_of(request).whole_areas or [])
        async with pages.context.pool.acquire() as connection:
            member = await queries.member_of(connection, case_id)
            own = await queries.family(connection, member[0]) if member else {"members": []}
        of_this = {each for row in own["members"] for each in row["cases"]}
        others = [each for each in found if each.case_id not in of_this]
        concerns(request, cases=[each.case_id for each in others])
        return await _page(pages, request, found=others)

    return [Route(_AT, ask), Route(_AT, find, methods=["POST"])]


def _sought(form: Form) -> tuple[Sought | None, list[str]]:
    given, family = form.get("given"), form.get("family")
    try:
        born = date(*(int(form.get(f"born-{part}")) for part in ("year", "month", "day")))
    except ValueError:
        born = None
    missing = [name for name, text in (("given", given), ("family", family)) if not 0 < len(text) <= _LONGEST]
    if born is None:
        return None, [*missing, "born"]
    return (None, missing) if missing else (Sought(given, family, born), [])


async def _page(
    pages: Pages, request: Request, problems: Problems | None = None, found: list[Found] | None = None
) -> Response:
    asked = problems is not None or found is not None
    typed: dict[str, Any] = {name: form_of(request).get(name) if asked else "" for name in _TYPED}
    return await pages.render(
        request,
        "find_family.html",
        422 if problems else 200,
        title="Find another family",
        case_id=request.path_params["id"],
        found=[each._asdict() for each in found or []],
        looked=found is not None,
        typed=typed,
        reasons=words.in_order(REASONS_FOR_ONE),
        problems=problems or Problems(),
        key=new_key(),
    )
