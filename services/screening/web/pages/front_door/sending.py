"""Before it is sent: what is still open, each part by itself, and the sending."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.form.questions import Page, one, page_of, screen_of
from services.screening.domain.form.record import place_of
from services.screening.handlers import forms as handlers
from services.screening.handlers.forms import Author, NotThereError, OpenForm
from services.screening.handlers.sending import UnfinishedError, pages_in, send, unfinished
from services.screening.web.pages.front_door import shown
from services.screening.web.pages.front_door.form import options_of, wrong_of_agency
from services.screening.web.pages.front_door.shared import AT, answering, author_of
from shared.service.ingress import await_effect
from shared.service.requests import InvalidRequestError
from shared.web.pages import Pages


def routes(pages: Pages) -> list[Route]:
    """GET /pages/front-door/{id}/look/{section} and …/send; POST …/send."""

    @pages.guarded
    @answering(pages)
    async def look(request: Request) -> Response:
        return await _look(pages, request, author_of(request))

    @pages.guarded
    @answering(pages)
    async def ready(request: Request) -> Response:
        author, form_id = author_of(request), request.path_params["id"]
        form = await handlers.opened(pages.context, author, form_id)
        if form.row.sent_at is not None:
            return pages.to(f"{AT}/{form_id}")
        return await _ready(pages, request, author, form)

    @pages.guarded
    @answering(pages)
    async def sending(request: Request) -> Response:
        author, form_id = author_of(request), request.path_params["id"]
        form = await handlers.opened(pages.context, author, form_id)
        if form.row.sent_at is None and await open_pages(pages, author, form):
            return await _ready(pages, request, author, form, status=422)
        try:
            await send(pages.context, author, form_id)
        except UnfinishedError:
            return await _ready(
                pages, request, author, await handlers.opened(pages.context, author, form_id), status=422
            )
        except InvalidRequestError as error:
            found = [_finding(pages, form_id, each.field, each.rule) for each in error.findings]
            return await _ready(pages, request, author, form, found, 422)
        await _wait(pages, author, form_id)
        return pages.to(f"{AT}/{form_id}")

    one_form = f"{AT}/{{id:uuid}}"
    return [
        Route(f"{one_form}/look/{{section}}", look),
        Route(f"{one_form}/send", ready),
        Route(f"{one_form}/send", sending, methods=["POST"]),
    ]


async def open_pages(pages: Pages, author: Author, form: OpenForm) -> dict[str, Mapping[str, str]]:
    """By page, what is still to be completed."""
    found = unfinished(pages.context, form)
    family = page_of("family")
    wrong = wrong_of_agency(form.pages.get("family", {}), await options_of(pages, author), family.kind.questions)
    return {**({"family": {**found.get("family", {}), **wrong}} if wrong else {}), **found} if wrong else found


def sections_of(form: OpenForm) -> list[str]:
    """The parts that are looked at by themselves, in order."""
    return list(dict.fromkeys(page.section for page in pages_in(form)))


async def _wait(pages: Pages, author: Author, form_id: UUID) -> None:
    """Until it is decided, for a moment: mostly the next page can say what became of it."""

    async def look() -> object | None:
        return await handlers.decided(pages.context, author.agency, [form_id]) or None

    await await_effect(look)


def _finding(pages: Pages, form_id: UUID, field: str, rule: str) -> dict[str, str]:
    """What the contract found, at the page where it was typed."""
    page, name = place_of(field)
    try:
        found = page_of(page)
        label = found.kind.question(name).label
    except KeyError:
        return {"text": f"{field.replace('_', ' ').replace('.', ' ')}: {rule}", "href": f"{pages.prefix}{AT}/{form_id}"}
    href = f"{pages.prefix}{AT}/{form_id}/ask/{page}?back=look"
    return {"text": f"{shown.title_of(found)}: {label} {rule}", "href": href}


async def _ready(
    pages: Pages,
    request: Request,
    author: Author,
    form: OpenForm,
    findings: list[dict[str, str]] | None = None,
    status: int = 200,
) -> Response:
    """What is of neither parent, to look at, and what is still open; where nothing is, it can be sent."""
    at = f"{pages.prefix}{AT}/{form.row.form_id}"
    still = await open_pages(pages, author, form)
    screens = {screen.name: screen.first for screen in (screen_of(page_of(name)) for name in still)}
    waiting = [
        {"text": shown.title_of(first, _called(form, first)), "href": f"{at}/ask/{name}"}
        for name, first in screens.items()
    ]
    of_neither = [page for page in pages_in(form) if page.kind.of != "parent"]
    return await pages.render(
        request,
        "look.html",
        status,
        title="Check and send the correction" if form.row.supersedes else "Check and send",
        at=at,
        family_ref=one(form.pages.get("family", {}), "family_ref"),
        draft=True,
        parts=_parts(form, of_neither, still, await options_of(pages, author), compact=True),
        before=f"{at}/look/{_parents_in(form)[-1]}",
        last=True,
        sends=not waiting,
        waiting=waiting,
        findings=findings or [],
        tried=status != 200,
    )


def _parents_in(form: OpenForm) -> list[str]:
    return [each for each in sections_of(form) if each.startswith("parent")]


def _called(form: OpenForm, page: Page) -> str:
    return shown.name_of(form.pages, page.number) if page.kind.of == "parent" else ""


def _parts(
    form: OpenForm,
    those: Sequence[Page],
    still: Mapping[str, Mapping[str, str]],
    options: shown.Options,
    *,
    compact: bool,
) -> list[dict[str, Any]]:
    return [
        {
            "title": page.kind.heading
            if compact and page.kind.of != "child"
            else shown.title_of(page, _called(form, page)),
            "page": page.name,
            "rows": shown.rows_of(
                page, form.pages.get(page.name, {}), still.get(page.name, {}), options, compact=compact
            ),
        }
        for page in those
    ]


async def _look(pages: Pages, request: Request, author: Author) -> Response:
    """One part as it was typed: the family, one parent, or one child. Of the parents, no two are ever on one page."""
    section, form_id = request.path_params["section"], request.path_params["id"]
    first = await handlers.opened(pages.context, author, form_id, ["people", "family"])
    is_draft = first.row.sent_at is None
    sections = sections_of(first)
    if section not in sections:
        raise NotThereError
    if is_draft:
        if not section.startswith("parent"):
            return pages.to(f"{AT}/{form_id}/send")
        sections = _parents_in(first)
    those = [page for page in pages_in(first) if page.section == section]
    form = await handlers.opened(pages.context, author, form_id, [*(page.name for page in those), "family", "people"])
    at = f"{pages.prefix}{AT}/{form_id}"
    place = sections.index(section)
    after = sections[place + 1] if place + 1 < len(sections) else None
    still = unfinished(pages.context, form) if is_draft else {}
    return await pages.render(
        request,
        "look.html",
        title=shown.section_title(section, _called(form, those[0])),
        at=at,
        family_ref=one(form.pages.get("family", {}), "family_ref"),
        draft=is_draft,
        sent_at=form.row.sent_at,
        parts=_parts(form, those, still, await options_of(pages, author), compact=is_draft),
        before=f"{at}/look/{sections[place - 1]}" if place else at,
        after=f"{at}/look/{after}" if after else (f"{at}/send" if is_draft else at),
        last=after is None,
        sends=False,
        by=request.state.visitor.name,
    )
