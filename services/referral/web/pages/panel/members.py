"""Who is on an area's panel: somebody joins, somebody leaves."""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.panel import NewMember
from services.referral.handlers import panel as handlers
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.panel import NO_MEMBER
from services.referral.repository import panel
from services.referral.web.answers import opened
from services.referral.web.pages.asking import Sheet, ask, give
from services.referral.web.pages.panel import words
from services.referral.web.pages.panel.meetings import area_of
from services.referral.web.provider.questions import Question, choice
from shared.access.scopes import Belonging
from shared.messaging.core.records import Finding
from shared.postgres.connection import Connection
from shared.service.gate import check_area, check_reach
from shared.service.requests import InvalidRequestError
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of

_AGENCY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def routes(pages: Pages) -> list[Route]:
    """GET /pages/panel/members; GET and POST its new; POST /pages/panel/members/{member}/retire."""
    answering = words.answering(pages, lambda _request: "/pages/panel/members", "Look at the members")

    @pages.guarded
    async def listing(request: Request) -> Response:
        area, areas = area_of(request)
        async with pages.context.pool.acquire() as connection:
            rows = await panel.members(connection, area)
        items = [{**row, "role_text": words.ROLES[row["role"]]} for row in await opened(pages.context, rows, "name")]
        return await pages.render(
            request,
            "panel_members.html",
            title="Members of the panel",
            area=area,
            areas=areas,
            members=[row for row in items if row["retired_at"] is None],
            former=[row for row in items if row["retired_at"] is not None],
            new_key=new_key,
        )

    @pages.guarded
    async def new(request: Request) -> Response:
        return await ask(pages, request, await _sheet(pages, area_of(request)[0]))

    @pages.guarded
    @answering
    async def add(request: Request) -> Response:
        form = form_of(request)
        area = form.get("area")
        check_area(request, area)

        async def do(answers: dict[str, Any]) -> None:
            if not _AGENCY.fullmatch(answers["agency"]):
                rule = "Enter the agency in small letters with hyphens, such as county-police"
                raise InvalidRequestError([Finding("agency", rule)])
            await handlers.add_member(pages.context, form.read(NewMember, area=area, **answers), key=form.key)

        return await give(pages, request, await _sheet(pages, area), do)

    @pages.guarded
    @answering
    async def retire(request: Request) -> Response:
        member = request.path_params["member"]

        async def belonging(connection: Connection) -> Belonging | None:
            area = await panel.area_of_member(connection, member)
            return Belonging.of([area]) if area else None

        await check_reach(request, pages.context.pool, belonging, NotThereError(NO_MEMBER))
        await handlers.retire(pages.context, member, key=form_of(request).key)
        return pages.to("/pages/panel/members", area=form_of(request).get("area"))

    return [
        Route("/pages/panel/members", listing),
        Route("/pages/panel/members/new", new),
        Route("/pages/panel/members/new", add, methods=["POST"]),
        Route("/pages/panel/members/{member:uuid}/retire", retire, methods=["POST"]),
    ]


async def _sheet(pages: Pages, area: str) -> Sheet:
    names = await pages.names.read()
    return Sheet(
        "Add a member",
        "Add the member",
        to="/pages/panel/members/new",
        back=f"/pages/panel/members?area={area}",
        back_text="Members of the panel",
        caption=names.of("area", area),
        hidden={"area": area},
        questions=(
            Question("name", "line", "Full name", "Enter the member's name"),
            Question(
                "agency",
                "line",
                "Which agency are they from?",
                "Enter the agency",
                hint="As it is written everywhere in Parley, such as county-police. A case that is withheld from an "
                "agency is withheld from its members by this name.",
            ),
            choice("role", "What do they bring to the panel?", words.ROLES, "Select what they bring to the panel"),
        ),
    )
