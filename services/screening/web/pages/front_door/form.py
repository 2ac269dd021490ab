"""The form, page by page: asked, saved with each page, looked at part by part, and deleted."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.form.checking import day_chosen, problems_of
from services.screening.domain.form.guidance import Danger, danger_of
from services.screening.domain.form.questions import (
    Page,
    Question,
    Screen,
    Values,
    kinds,
    one,
    page_of,
    people_of,
    screen_of,
    screens_of,
)
from services.screening.handlers import forms as handlers
from services.screening.handlers.forms import Author, NotThereError, OpenForm
from services.screening.web.pages.front_door import shown
from services.screening.web.pages.front_door.shared import AT, answering, author_of, helps_of
from services.screening.web.pages.front_door.shown import Options
from shared.contracts.front_door import day_of
from shared.web.forms import Form, Problems
from shared.web.pages import Pages, form_of


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/front-door/{id}/ask/{page}; GET …/danger/{page} and …/look/{section}; POST …/delete."""

    @pages.guarded
    @answering(pages)
    async def ask(request: Request) -> Response:
        author, screen = author_of(request), screen_of(_page_of(request))
        form = await _form_for(pages, request, author, screen)
        if form.row.sent_at is not None:
            return pages.to(f"{AT}/{form.row.form_id}")
        return await _ask(pages, request, form, screen, form.pages)

    @pages.guarded
    @answering(pages)
    async def save(request: Request) -> Response:
        author, screen = author_of(request), screen_of(_page_of(request))
        form_id: UUID = request.path_params["id"]
        typed = _typed(screen, form_of(request), day_of(pages.context.clock.now()))
        await handlers.save(pages.context, author, form_id, typed)
        # Safety first: whatever else is wrong with the page can wait.
        for page in screen.pages:
            if danger_of(page, typed[page.name]):
                return pages.to(f"{AT}/{form_id}/danger/{page.name}")
        if form_of(request).get("then") == "later":
            return pages.to(f"{AT}/{form_id}")
        form = await _form_for(pages, request, author, screen)
        wrong = await _wrong(pages, author, screen, typed)
        if wrong:
            return await _ask(pages, request, form, screen, {**form.pages, **typed}, wrong)
        if form_of(request).get("back") == "look":
            return pages.to(f"{AT}/{form_id}{look_at(screen.first.section)}")
        return pages.to(_next(form, screen))

    @pages.guarded
    @answering(pages)
    async def danger(request: Request) -> Response:
        author, page = author_of(request), _page_of(request)
        screen = screen_of(page)
        form = await _form_for(pages, request, author, screen)
        found = danger_of(page, form.pages.get(page.name, {}))
        if found is None:
            return pages.to(_next(form, screen))
        wrong = await _wrong(pages, author, screen, form.pages)
        _, areas = await handlers.front_door(pages.context, author.agency)
        here = [each for each in areas if each.area == form.row.area] or areas
        return await pages.render(
            request,
            "danger.html",
            title="Is anybody in danger now?" if found is Danger.ABUSE else "They are in a crisis now",
            abuse=found is Danger.ABUSE,
            helps=helps_of(here),
            on=f"{pages.prefix}{AT}/{form.row.form_id}/ask/{screen.name}"
            if wrong
            else f"{pages.prefix}{_next(form, screen)}",
            later=f"{pages.prefix}{AT}/{form.row.form_id}",
        )

    @pages.guarded
    @answering(pages)
    async def delete(request: Request) -> Response:
        await handlers.delete(pages.context, author_of(request), request.path_params["id"])
        return pages.to(AT)

    one_form = f"{AT}/{{id:uuid}}"
    return [
        Route(f"{one_form}/ask/{{page}}", ask),
        Route(f"{one_form}/ask/{{page}}", save, methods=["POST"]),
        Route(f"{one_form}/danger/{{page}}", danger),
        Route(f"{one_form}/delete", delete, methods=["POST"]),
    ]


def _page_of(request: Request) -> Page:
    try:
        return page_of(request.path_params["page"])
    except KeyError:
        raise NotThereError from None


async def _form_for(pages: Pages, request: Request, author: Author, screen: Screen) -> OpenForm:
    return await handlers.opened(pages.context, author, request.path_params["id"], shown.pages_needed(screen))


def _typed(screen: Screen, form: Form, today: date) -> dict[str, Values]:
    """What was typed on a screen, by page; other fields of a form are nobody's."""
    return {page.name: _typed_on(page, form, today) for page in screen.pages}


def _typed_on(page: Page, form: Form, today: date) -> Values:
    typed = {name: form.all(name) for question in page.kind.questions for name in question.fields if form.all(name)}
    for question in page.kind.questions:
        if question.recent:
            chosen = {**typed, f"{question.name}-when": form.all(f"{question.name}-when")}
            typed = {name: values for name, values in typed.items() if name not in question.fields}
            typed |= day_chosen(question, chosen, today)
    return typed


def _screens_in(form: OpenForm) -> list[Screen]:
    return screens_of(*people_of(form.pages.get("people", {})))


def _next(form: OpenForm, screen: Screen) -> str:
    """The screen after this one; after the last, a look at what will be sent."""
    names = [each.name for each in _screens_in(form)]
    at = f"{AT}/{form.row.form_id}"
    if screen.name not in names:
        return at
    place = names.index(screen.name) + 1
    return f"{at}/ask/{names[place]}" if place < len(names) else f"{at}{look_at('parent-1')}"


def look_at(section: str) -> str:
    """Where a part of a draft is looked at: each parent's by itself, what is of neither where it is sent."""
    return f"/look/{section}" if section.startswith("parent") else "/send"


async def options_of(pages: Pages, author: Author) -> Options:
    """The areas and kinds of front door that are this agency's own."""
    agency, areas = await handlers.front_door(pages.context, author.agency)
    sources = kinds()["family"].question("source").options
    known = agency.sources if agency and agency.sources else frozenset(sources)
    return {
        "area": {each.area: each.name or each.area for each in areas},
        "source": {value: text for value, text in sources.items() if value in known},
    }


async def _wrong(pages: Pages, author: Author, screen: Screen, typed: Mapping[str, Values]) -> dict[str, str]:
    """What is wrong with a screen, its area and kind of front door among that."""
    today = day_of(pages.context.clock.now())
    wrong: dict[str, str] = {}
    for page in screen.pages:
        values = typed.get(page.name, {})
        wrong |= problems_of(page, values, today)
        if page.name == "family":
            wrong |= wrong_of_agency(values, await options_of(pages, author), page.kind.questions)
    return wrong


def wrong_of_agency(values: Values, options: Options, questions: tuple[Question, ...]) -> dict[str, str]:
    """What is no answer of this agency's: an area or a kind of front door that is not its own."""
    return {
        question.name: question.missing
        for question in questions
        if question.name in options and one(values, question.name) not in options[question.name]
    }


async def _ask(
    pages: Pages,
    request: Request,
    form: OpenForm,
    screen: Screen,
    values: Mapping[str, Values],
    wrong: Mapping[str, str] | None = None,
) -> Response:
    author, found = author_of(request), dict(wrong or {})
    options = await options_of(pages, author) if screen.name == "family" else {}
    names = [each.name for each in _screens_in(form)]
    called = shown.name_of(form.pages, screen.first.number) if screen.first.kind.of == "parent" else ""
    at = f"{pages.prefix}{AT}/{form.row.form_id}"
    place = names.index(screen.name) if screen.name in names else 0
    back = request.query_params.get("back") == "look" or _asked_back(request)
    fields = {each: shown.place_on_screen(screen, each) for each in found}
    today = day_of(pages.context.clock.now())
    shows: dict[str, Any] = {
        "blocks": shown.blocks_of(screen, values, found, options, today, opened=back),
        "lead": shown.words_of(screen.first.kind.lead, screen.first, called),
        "guide": shown.guide_of(screen),
    }
    return await pages.render(
        request,
        "ask.html",
        422 if found else 200,
        title=shown.title_of(screen.first, called),
        page=screen.name,
        at=at,
        family_ref=one(form.pages.get("family", {}), "family_ref"),
        number=place + 1,
        total=len(names),
        before=f"{at}/ask/{names[place - 1]}" if place else at,
        back="look" if back else "",
        until=form.row.expires_at,
        problems=Problems.of_texts({fields[each]: text for each, text in found.items()}),
        **shows,
    )


def _asked_back(request: Request) -> bool:
    return request.method == "POST" and form_of(request).get("back") == "look"
