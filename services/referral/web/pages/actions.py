"""What a coordinator does with a case: each form gives the API's own command to the API's own handler."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import (
    Agree,
    Command,
    InvalidCommandError,
)
from services.referral.handlers import worklist as handlers
from services.referral.handlers.commands import Instruction, carry_out
from services.referral.web.answers import require_case
from services.referral.web.pages import words
from services.referral.web.pages.answering import answering
from services.referral.web.pages.asked import ASKED, Asked
from services.referral.web.pages.case import show_case
from services.referral.web.pages.reading import case_of
from shared.messaging.core.records import Finding
from shared.service.gate import acting
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_LONGEST_NOTE = 4000
WAIT = "wait:"
"""Before an offer's id: a place on its waiting list."""


def routes(pages: Pages) -> list[Route]:
    """A page for each form, and a POST for each command; to agree, to claim, and a note are on the case's own page."""

    @pages.guarded
    @answering(pages)
    async def agree(request: Request) -> Response:
        await require_case(pages.context, request, request.path_params["id"])
        form = form_of(request)
        offer = form.get("offer").removeprefix(WAIT)
        if not offer:
            return await _again(pages, request, Finding("offer", "Select an offer"))
        waits = form.get("offer").startswith(WAIT)
        try:
            return await _done(pages, request, form.read(Agree, offer=offer, wait=waits))
        except InvalidCommandError as error:
            return await _again(pages, request, Finding("offer", f"This offer {error.rule}"))

    @pages.guarded
    @answering(pages)
    async def claim(request: Request) -> Response:
        form, case_id = form_of(request), request.path_params["id"]
        await require_case(pages.context, request, case_id)
        take_over = form.get("take_over") == "yes"
        await handlers.claim(pages.context, case_id, acting(request), take_over=take_over, key=form.key)
        return pages.to(f"/pages/cases/{case_id}")

    @pages.guarded
    @answering(pages)
    async def release(request: Request) -> Response:
        case_id = request.path_params["id"]
        await require_case(pages.context, request, case_id)
        await handlers.release(pages.context, case_id, acting(request), key=form_of(request).key)
        return pages.to(f"/pages/cases/{case_id}")

    @pages.guarded
    @answering(pages)
    async def note(request: Request) -> Response:
        form, case_id = form_of(request), request.path_params["id"]
        await require_case(pages.context, request, case_id)
        text = form.get("text")
        if not text or len(text) > _LONGEST_NOTE:
            rule = f"Enter a note of at most {_LONGEST_NOTE:,} characters"
            return await _again(pages, request, Finding("text", rule), text)
        await handlers.add_note(pages.context, case_id, acting(request), text, key=form.key)
        return pages.to(f"/pages/cases/{case_id}")

    def form_page(asked: Asked) -> Route:
        @pages.guarded
        @answering(pages)
        async def ask(request: Request) -> Response:
            return await _ask(pages, request, asked)

        return Route(f"/pages/cases/{{id:uuid}}/{asked.name}", ask)

    def command(asked: Asked) -> Route:
        @pages.guarded
        @answering(pages)
        async def do(request: Request) -> Response:
            await require_case(pages.context, request, request.path_params["id"])
            try:
                return await _done(pages, request, asked.read(form_of(request)))
            except InvalidRequestError as error:
                return await _ask(pages, request, asked, Problems(error.findings, _words_of(asked)))
            except InvalidCommandError as error:
                return await _ask(pages, request, asked, Problems([Finding(error.field, error.rule)], _words_of(asked)))

        return Route(f"/pages/cases/{{id:uuid}}/{asked.name}", do, methods=["POST"])

    at = "/pages/cases/{id:uuid}"
    return [
        Route(f"{at}/agree", agree, methods=["POST"]),
        Route(f"{at}/claim", claim, methods=["POST"]),
        Route(f"{at}/release", release, methods=["POST"]),
        Route(f"{at}/notes", note, methods=["POST"]),
        *map(form_page, ASKED),
        *map(command, ASKED),
    ]


async def _done(pages: Pages, request: Request, command: Command) -> Response:
    case_id = request.path_params["id"]
    instruction = Instruction(case_id, command, acting(request), key=form_of(request).key)
    await carry_out(pages.context, instruction)
    return pages.to(f"/pages/cases/{case_id}")


async def _ask(pages: Pages, request: Request, asked: Asked, problems: Problems | None = None) -> Response:
    case, found = await case_of(pages.context, request)
    chosen = form_of(request).all(asked.choices.field) if problems and asked.choices else []
    return await pages.render(
        request,
        "action.html",
        422 if problems else 200,
        title=asked.title,
        asked=asked.as_shown(),
        fits=asked.fits(case),
        items=[(code, words.sentence(words.worded(code))) for code in (asked.choices.codes if asked.choices else ())],
        chosen=chosen,
        problems=problems or Problems(),
        key=new_key(),
        **found,
    )


async def _again(pages: Pages, request: Request, finding: Finding, text: str = "") -> Response:
    """The case's page again, with what is wrong."""
    return await show_case(pages, request, Problems.of_texts({finding.field: finding.rule}), text)


def _words_of(asked: Asked) -> Mapping[str, str]:
    return {asked.choices.field: asked.choices.missing} if asked.choices else {}
