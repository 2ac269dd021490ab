"""A page that asks: a title, questions one below the other, and a button; shown again with what is wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.web.provider.questions import Question, answers
from shared.messaging.core.records import Finding
from shared.service.answers import Endpoint
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of


@dataclass(frozen=True)
class Sheet:
    """What such a page says and asks. `to` takes its answers, `back` is where one goes without giving any."""

    title: str
    button: str
    to: str
    back: str
    back_text: str
    questions: tuple[Question, ...] = ()
    lead: str = ""
    caption: str = ""
    warning: bool = False
    hidden: Mapping[str, str] = field(default_factory=dict)

    def answers(self, request: Request) -> dict[str, Any]:
        """What was answered, without the questions that were left open. Raises InvalidRequestError."""
        found = answers(self.questions, form_of(request))
        return {name: value for name, value in found.items() if value not in ("", [], None)}


Answering = Callable[[Endpoint], Endpoint]
SheetOf = Callable[[Request], Awaitable[Sheet]]
Do = Callable[[Request, dict[str, Any]], Awaitable[None]]
"""Does what the answers to a sheet ask, or raises what is wrong with them."""


async def ask(pages: Pages, request: Request, sheet: Sheet, problems: Problems | None = None) -> Response:
    """The page; after a form that could not be taken, with what is wrong and what was answered."""
    form = form_of(request) if problems else None
    wrong = problems or Problems()
    questions = [each.as_shown(wrong.of(each.name), form) for each in sheet.questions]
    return await pages.render(
        request,
        "sheet.html",
        422 if problems else 200,
        title=sheet.title,
        lead=sheet.lead,
        caption=sheet.caption,
        warning=sheet.warning,
        button=sheet.button,
        to=f"{pages.prefix}{sheet.to}",
        back=f"{pages.prefix}{sheet.back}",
        back_text=sheet.back_text,
        hidden=dict(sheet.hidden),
        questions=questions,
        links={each["name"]: each["first"] for each in questions},
        problems=wrong,
        key=new_key(),
    )


async def give(
    pages: Pages, request: Request, sheet: Sheet, do: Callable[[dict[str, Any]], Awaitable[None]]
) -> Response:
    """Does what a sheet's answers ask, and goes back; the sheet again where one cannot be taken."""
    try:
        await do(sheet.answers(request))
    except (InvalidRequestError, InvalidCommandError) as error:
        return await ask(pages, request, sheet, problems_of(error))
    return pages.to(sheet.back)


def sheet_routes(pages: Pages, at: str, answering: Answering, sheet_of: SheetOf, do: Do) -> list[Route]:
    """GET and POST of a sheet. `answering`: how what cannot be done is answered."""

    @pages.guarded
    @answering
    async def shown(request: Request) -> Response:
        return await ask(pages, request, await sheet_of(request))

    @pages.guarded
    @answering
    async def given(request: Request) -> Response:
        return await give(pages, request, await sheet_of(request), partial(do, request))

    return [Route(at, shown), Route(at, given, methods=["POST"])]


def problems_of(error: InvalidRequestError | InvalidCommandError) -> Problems:
    """What to say of each field: the question's own words, or the field and the rule that it breaks."""
    findings = error.findings if isinstance(error, InvalidRequestError) else [Finding(error.field, error.rule)]
    return Problems(findings, {each.field: _sentence(each) for each in findings})


def _sentence(finding: Finding) -> str:
    if finding.rule[:1].isupper():
        return finding.rule
    return f"{finding.field.replace('_', ' ').capitalize()} {finding.rule}"
