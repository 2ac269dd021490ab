"""The form, page by page: asked, saved with each page, looked at part by part, and deleted."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.form.checking import problems_of
from services.screening.domain.form.guidance import Danger, danger_of
from services.screening.domain.form.questions import Page, Question, Values, kinds, one, page_of, pages_of, people_of
from services.screening.handlers import forms as handlers
from services.screening.handlers.forms import Author, NotThereError, OpenForm
from services.screening.web.pages.front_door import shown
from services.screening.web.pages.front_door.shared import AT, answering, author_of, helps_of
from shared.contracts.front_door import day_of
from shared.messaging.core.records import Finding
from shared.web.forms import Form, Problems
from shared.web.pages import Pages, form_of

Options = Mapping[str, Mapping[str, str]]


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/front-door/{id}/ask/{page}; GET …/danger/{page} and …/look/{section}; POST …/delete."""

    @pages.guarded
    @answering(pages)
    async def ask(request: Request) -> Response:
        author, page = author_of(request), _page_of(request)
        form = await _form_for(pages, request, author, page)
        if form.row.sent_at is not None:
            return pages.to(f"{AT}/{form.row.form_id}")
        return await _ask(pages, request, form, page, form.pages.get(page.name, {}))

    @pages.guarded
    @answering(pages)
    async def save(request: Request) -> Response:
        author, page = author_of(request), _page_of(request)
        form_id: UUID = request.path_params["id"]
        typed = _typed(page, form_of(request))
        await handlers.save(pages.context, author, form_id, page.name, typed)
        # Safety first: whatever else is wrong with the page can wait.
        if danger_of(page, typed):
            return pages.to(f"{AT}/{form_id}/danger/{page.name}")
        if form_of(request).get("then") == "later":
            return pages.to(f"{AT}/{form_id}")
        form = await _form_for(pages, request, author, page)
        wrong = await _wrong(pages, author, page, typed)
        if wrong:
            return await _ask(pages, request, form, page, typed, wrong)
        if form_of(request).get("back") == "look":
            return pages.to(f"{AT}/{form_id}/look/{page.section}")
        return pages.to(_next(form, page))

    @pages.guarded
    @answering(pages)
    async def danger(request: Request) -> Response:
        author, page = author_of(request), _page_of(request)
        form = await _form_for(pages, request, author, page)
        values = form.pages.get(page.name, {})
        found = danger_of(page, values)
        if found is None:
            return pages.to(_next(form, page))
        wrong = await _wrong(pages, author, page, values)
        _, areas = await handlers.front_door(pages.context, author.agency)
        here = [each for each in areas if each.area == form.row.area] or areas
        return await pages.render(
            request,
            "danger.html",
            title="Is anybody in danger now?" if found is Danger.ABUSE else "They are in a crisis now",
            abuse=found is Danger.ABUSE,
            helps=helps_of(here),
            on=f"{pages.prefix}{AT}/{form.row.form_id}/ask/{page.name}"
            if wrong
            else f"{pages.prefix}{_next(form, page)}",
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


async def _form_for(pages: Pages, request: Request, author: Author, page: Page) -> OpenForm:
    return await handlers.opened(pages.context, author, request.path_params["id"], shown.pages_needed(page.name))


def _typed(page: Page, form: Form) -> dict[str, list[str]]:
    """What was typed on this page; other fields of a form are nobody's."""
    return {name: form.all(name) for question in page.kind.questions for name in question.fields if form.all(name)}


def _next(form: OpenForm, page: Page) -> str:
    """The page after this one; after the last, a look at what will be sent."""
    names = [each.name for each in pages_of(*people_of(form.pages.get("people", {})))]
    at = f"{AT}/{form.row.form_id}"
    if page.name not in names:
        return at
    place = names.index(page.name) + 1
    return f"{at}/ask/{names[place]}" if place < len(names) else f"{at}/look/family"


async def options_of(pages: Pages, author: Author) -> Options:
    """The areas and kinds of front door that are this agency's own."""
    agency, areas = await handlers.front_door(pages.context, author.agency)
    sources = kinds()["family"].question("source").options
    known = agency.sources if agency and agency.sources else frozenset(sources)
    return {
        "area": {each.area: each.name or each.area for each in areas},
        "source": {value: text for value, text in sources.items() if value in known},
    }


async def _wrong(pages: Pages, author: Author, page: Page, values: Values) -> dict[str, str]:
    """What is wrong with a page, its area and kind of front door among that."""
    wrong = problems_of(page, values, day_of(pages.context.clock.now()))
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
    pages: Pages, request: Request, form: OpenForm, page: Page, values: Values, wrong: Mapping[str, str] | None = None
) -> Response:
    author = author_of(request)
    options = await options_of(pages, author) if page.name == "family" else {}
    names = [each.name for each in pages_of(*people_of(form.pages.get("people", {})))]
    found = wrong or {}
    fields = {each.name: f"{each.name}-day" if each.kind == "date" else each.name for each in page.kind.questions}
    called = shown.name_of(form.pages, page.number) if page.kind.of == "parent" else ""
    at = f"{pages.prefix}{AT}/{form.row.form_id}"
    place = names.index(page.name) if page.name in names else 0
    title = shown.title_of(page, called)
    values_shown: dict[str, Any] = {
        "questions": shown.questions_of(page, values, found, options),
        "lead": shown.words_of(page.kind.lead, page, called),
    }
    return await pages.render(
        request,
        "ask.html",
        422 if found else 200,
        title=title,
        page=page.name,
        at=at,
        family_ref=one(form.pages.get("family", {}), "family_ref"),
        number=place + 1,
        total=len(names),
        before=f"{at}/ask/{names[place - 1]}" if place else at,
        back="look" if request.query_params.get("back") == "look" or _asked_back(request) else "",
        only=len(page.kind.questions) == 1,
        until=form.row.expires_at,
        problems=Problems(
            [Finding(fields[each], "") for each in found], {fields[each]: text for each, text in found.items()}
        ),
        **values_shown,
    )


def _asked_back(request: Request) -> bool:
    return request.method == "POST" and form_of(request).get("back") == "look"
