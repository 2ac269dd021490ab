"""Who covers for whom: named for some days, ended by itself, or before."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.colleagues import AskedToCover, known_since
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.handlers import colleagues as handlers
from services.referral.handlers.emergencies import WALL
from services.referral.handlers.errors import NotThereError
from services.referral.repository import colleagues
from services.referral.repository.reading import snapshot
from services.referral.web.pages.handles import handle_of, whom
from services.referral.web.provider.questions import Question, answers, choice
from shared.access.roles import Role
from shared.messaging.core.records import Finding
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting, reach_of
from shared.service.requests import InvalidRequestError
from shared.web.forms import new_key
from shared.web.pages import Pages, form_of


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/cover; POST /pages/cover/{cover}/end."""

    @pages.guarded
    async def show(request: Request) -> Response:
        return await _show(pages, request)

    @pages.guarded
    async def name(request: Request) -> Response:
        for_others, who = _for_others(request), acting(request)
        areas = reach_of(request).whole_areas or []
        known = await _known(pages, request)
        try:
            found = answers(_questions(known, who, for_others=for_others), form_of(request))
            asked = AskedToCover(
                whom(found.get("absent") or who), whom(found["coverer"]), found["begins"], found["ends"]
            )
            key = form_of(request).key
            await handlers.name_cover(pages.context, asked, who, areas, for_others=for_others, key=key)
        except InvalidRequestError as error:
            return await _show(pages, request, error.findings)
        except InvalidCommandError as error:
            return await _show(pages, request, [Finding(error.field, error.rule)])
        except AlreadySentError:
            pass
        return pages.to("/pages/cover")

    @pages.guarded
    async def end(request: Request) -> Response:
        areas = reach_of(request).whole_areas or []
        cover_id = request.path_params["cover"]
        try:
            await handlers.end_cover(pages.context, cover_id, acting(request), areas, for_others=_for_others(request))
        except ConflictError as error:
            link = {"href": f"{pages.prefix}/pages/cover", "text": "Back to who covers"}
            return await pages.problem(request, 409, "This cannot be done", str(error), link=link)
        except NotThereError:
            pass  # It is over, which was what was wanted.
        return pages.to("/pages/cover")

    return [
        Route("/pages/cover", show),
        Route("/pages/cover", name, methods=["POST"]),
        Route("/pages/cover/{cover:uuid}/end", end, methods=["POST"]),
    ]


def _for_others(request: Request) -> bool:
    return Role.AREA_ADMINISTRATOR in request.state.visitor.principal.roles


async def _known(pages: Pages, request: Request) -> dict[str, str]:
    """The coordinators of the areas within reach by what a form sends for them, in the order of their names."""
    areas = reach_of(request).whole_areas or []
    async with snapshot(pages.context.pool) as connection:
        known = await colleagues.coordinators(connection, areas, known_since(WALL.now()))
    ids = sorted(set().union(*known.values())) if known else []
    names: dict[str, str] = await request.app.state.staff.names_of(ids) if ids else {}
    return {handle_of(who): who for who in sorted(ids, key=lambda each: str(names.get(each, each)).lower())}


def _questions(known: dict[str, str], who: str, *, for_others: bool) -> tuple[Question, ...]:
    others = known if for_others else {each: text for each, text in known.items() if text != who}
    whom = (choice("absent", "Who is away?", known, "Select who is away"),) if for_others else ()
    return (
        *whom,
        choice("coverer", "Who covers?", others, "Select who covers"),
        Question("begins", "date", "First day", "Enter the first day", hint="For example, 27 3 2026"),
        Question("ends", "date", "Last day", "Enter the last day", hint="It ends by itself after this day"),
    )


async def _show(pages: Pages, request: Request, findings: Any = ()) -> Response:
    who, for_others = acting(request), _for_others(request)
    known = await _known(pages, request)
    questions = _questions(known, who, for_others=for_others)
    today = WALL.now().date()
    async with snapshot(pages.context.pool) as connection:
        covers = await colleagues.covers(connection, reach_of(request).whole_areas or [], today)
    errors = {finding.field: finding.rule for finding in findings}
    shown = [each.as_shown(errors.get(each.name, ""), form_of(request) if findings else None) for each in questions]
    return await pages.render(
        request,
        "cover.html",
        422 if findings else 200,
        title="Cover",
        covers=[
            {
                **{name: each[name] for name in ("cover_id", "areas", "absent", "coverer", "begins", "ends")},
                "now": each["begins"] <= today,
                "may_end": for_others or who in (each["absent"], each["coverer"]),
            }
            for each in covers
        ],
        questions=shown,
        anybody=bool({*known.values()} - {who}),
        for_others=for_others,
        me=who,
        key=new_key(),
    )
