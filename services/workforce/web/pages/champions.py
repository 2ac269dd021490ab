"""Agencies' champions: who they are, named and taken from the list."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import InvalidError
from services.workforce.domain.rule import modules_held
from services.workforce.handlers.champions import Champions
from services.workforce.repository import champions as queries
from services.workforce.repository import practitioners
from services.workforce.web.answers import named, require_agency
from services.workforce.web.bodies import Practitioner
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering, problems_of, read
from shared.access.errors import RightMissingError
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_PATH = "/pages/champions"
_MOST = 500
_NAMING = {
    "agency": "Enter the code of an agency of your areas, as the directory has it",
    "practitioner": "Enter what the agency knows the practitioner by",
    "name": "Enter a shorter name",
}


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/champions, and taking one from the list."""
    commands = Champions(pages.context)

    @pages.guarded
    @answering(pages, _PATH)
    async def listing(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    @answering(pages, _PATH)
    async def name(request: Request) -> Response:
        form = form_of(request)
        try:
            body = read(Practitioner, {each: form.get(each) for each in _NAMING})
            await require_agency(pages.context, request, body.agency)
            concerns(request, practitioners=[body.person().practitioner_id])
            await commands.name(body.person(), acting(request), key=form.key)
        except RightMissingError:
            return await _page(pages, request, problems_of(InvalidError([("agency", "")]), _NAMING))
        except (InvalidRequestError, InvalidError) as error:
            return await _page(pages, request, problems_of(error, _NAMING))
        return pages.to(_PATH)

    @pages.guarded
    @answering(pages, _PATH)
    async def stand_down(request: Request) -> Response:
        form = form_of(request)
        body = read(Practitioner, {each: form.get(each) for each in ("agency", "practitioner")})
        await require_agency(pages.context, request, body.agency)
        concerns(request, practitioners=[body.person().practitioner_id])
        await commands.stand_down(body.person(), acting(request), key=form.key)
        return pages.to(_PATH)

    return [
        Route(_PATH, listing),
        Route(_PATH, name, methods=["POST"]),
        Route(f"{_PATH}/stand-down", stand_down, methods=["POST"]),
    ]


async def _page(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    form = form_of(request) if problems else None
    async with (
        pages.context.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        rows = await queries.listing(connection, area=None, areas=reach_of(request).whole_areas, limit=_MOST)
        held = await practitioners.certificates(connection, [row["practitioner_id"] for row in rows])
    concerns(request, practitioners=[row["practitioner_id"] for row in rows])
    people: list[dict[str, Any]] = [
        {
            **{name: row[name] for name in ("name", "agency", "practitioner", "named_on")},
            "modules": words.modules(list(modules_held(held.get(row["practitioner_id"], ())))),
        }
        for row in await named(pages.context.keyring, rows)
    ]
    return await pages.render(
        request,
        "champions.html",
        422 if problems else 200,
        title="Champions",
        people=people,
        typed={name: form.get(name) if form else "" for name in _NAMING},
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
        new_key=new_key,
    )
