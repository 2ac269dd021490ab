"""Where a worry begins: what Parley is for, whom to call, what one began and sent, and whether one sent it before."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.form.questions import Values, one
from services.screening.handlers import forms as handlers
from services.screening.handlers.forms import Author, OpenForm
from services.screening.repository.directory import Agency, AreaHelp
from services.screening.web.pages.front_door.shared import AT, NoAgencyError, answering, author_of, helps_of
from services.screening.web.pages.words import DECISIONS
from shared.access.roles import Role
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_LONGEST_REFERENCE = 200
_ABOUT = ("conflict", "abuse", "danger", "unsure")
_WRITES = ("conflict", "unsure")
_LAST = 3


def routes(pages: Pages) -> list[Route]:
    """GET /pages/front-door, /worry and /new; POST /new."""

    @pages.guarded
    @answering(pages)
    async def start(request: Request) -> Response:
        author = author_of(request)
        return await _start(pages, request, author)

    @pages.guarded
    @answering(pages)
    async def worry(request: Request) -> Response:
        author = author_of(request)
        about = request.query_params.get("about", "")
        if about not in _ABOUT:
            return pages.to(AT)
        if about in _WRITES:
            return await _new(pages, request, await _registered(pages, author))
        _, areas = await handlers.front_door(pages.context, author.agency)
        return await pages.render(
            request, "worry.html", title=_TITLES[about], about=about, helps=helps_of(areas), at=f"{pages.prefix}{AT}"
        )

    @pages.guarded
    @answering(pages)
    async def new(request: Request) -> Response:
        return await _new(pages, request, await _registered(pages, author_of(request)))

    @pages.guarded
    @answering(pages)
    async def begin(request: Request) -> Response:
        author, form = author_of(request), form_of(request)
        agency, _ = registered = await _registered(pages, author)
        family_ref, area = form.get("family_ref"), form.get("area")
        if len(agency.areas) == 1:
            (area,) = agency.areas
        wrong = {}
        if not family_ref or len(family_ref) > _LONGEST_REFERENCE:
            wrong["family_ref"] = "Enter your own reference for the family, of at most 200 characters"
        if area not in agency.areas:
            wrong["area"] = "Select where the family lives"
        typed = {"family_ref": family_ref, "area": area}
        if wrong:
            return await _new(pages, request, registered, typed, Problems.of_texts(wrong))
        mine = await handlers.mine(pages.context, author)
        if form.get("again") != "yes":
            drafts = [
                each
                for each in mine
                if each.row.sent_at is None
                and one(each.pages["family"], "family_ref").casefold() == family_ref.casefold()
            ]
            sent = await handlers.sent_before(pages.context, author.agency, family_ref)
            if drafts or sent:
                return await _new(pages, request, registered, typed, before=(drafts, sent))
        you = await you_of(pages, request, author, mine)
        family = {"family_ref": [family_ref], "area": [area]}
        if agency.sources and len(agency.sources) == 1:
            family["source"] = list(agency.sources)
        form_id = await handlers.begin(pages.context, author, form.key, {"you": you, "family": family}, area)
        return pages.to(f"{AT}/{form_id}/ask/family")

    return [
        Route(AT, start),
        Route(f"{AT}/worry", worry),
        Route(f"{AT}/new", new),
        Route(f"{AT}/new", begin, methods=["POST"]),
    ]


async def _start(pages: Pages, request: Request, author: Author) -> Response:
    mine = await handlers.mine(pages.context, author)
    sent = [each for each in mine if each.row.sent_at is not None]
    decided = await handlers.decided(pages.context, author.agency, [each.row.form_id for each in sent])
    is_manager = Role.TEAM_MANAGER in request.state.visitor.principal.roles
    return await pages.render(
        request,
        "front_door.html",
        title="Who are you worried about?",
        at=f"{pages.prefix}{AT}",
        drafts=[_line(each, decided) for each in mine if each.row.sent_at is None],
        sent=[_line(each, decided) for each in sent],
        team_drafts=await handlers.drafts_of_agency(pages.context, author.agency) if is_manager else None,
    )


def _line(form: OpenForm, decided: Mapping[Any, Mapping[str, Any]]) -> dict[str, Any]:
    found = decided.get(form.row.form_id)
    return {
        "form_id": form.row.form_id,
        "family_ref": one(form.pages["family"], "family_ref") or "No reference yet",
        "saved_at": form.row.saved_at,
        "expires_at": form.row.expires_at,
        "sent_at": form.row.sent_at,
        "corrects": form.row.supersedes is not None,
        "became": DECISIONS[found["decision"]][0] if found else "Under way",
    }


async def _registered(pages: Pages, author: Author) -> tuple[Agency, list[AreaHelp]]:
    agency, areas = await handlers.front_door(pages.context, author.agency)
    if agency is None:
        raise NoAgencyError
    return agency, areas


async def _new(
    pages: Pages,
    request: Request,
    registered: tuple[Agency, Sequence[AreaHelp]],
    typed: Mapping[str, str] | None = None,
    problems: Problems | None = None,
    before: tuple[Sequence[OpenForm], Sequence[Any]] | None = None,
) -> Response:
    drafts, sent = before or ((), ())
    given = typed or {"family_ref": "", "area": ""}
    # Whoever comes from the first question reads what it is for; it is on the page where they begin.
    asked = request.query_params.get("about", "")
    about = asked if asked in _WRITES else ""
    return await pages.render(
        request,
        "new_form.html",
        422 if problems else 200,
        title="You wrote of this family before" if before else _TITLES.get(about, "Which family is it?"),
        about=about,
        helps=helps_of(registered[1]) if about else [],
        at=f"{pages.prefix}{AT}",
        areas=[{"area": each.area, "name": each.name or each.area} for each in registered[1]],
        typed=dict(given),
        found=before is not None,
        drafts=[{"form_id": each.row.form_id, "saved_at": each.row.saved_at} for each in drafts],
        sent=list(sent),
        problems=problems or Problems(),
        key=new_key(),
    )


async def you_of(pages: Pages, request: Request, author: Author, mine: Sequence[OpenForm] | None = None) -> Values:
    """Who one is, as one said it last, or as the account says: nobody types that twice."""
    known = await handlers.mine(pages.context, author) if mine is None else mine
    for each in known[:_LAST]:
        last = await handlers.opened(pages.context, author, each.row.form_id, ["you"])
        if one(last.pages.get("you", {}), "role"):
            return last.pages["you"]
    account = request.state.visitor.principal
    return {name: [given] for name, given in (("name", account.name), ("email", account.email)) if given}


_TITLES = {
    "conflict": "Before you start",
    "unsure": "Conflict or abuse?",
    "abuse": "Somebody may be controlled or hurt",
    "danger": "Somebody is in danger now",
}
