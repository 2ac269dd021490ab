"""A session is held on other days or elsewhere, by a form: whoever signed up is written to."""

from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import NO_SESSION, InvalidError, UnknownError
from services.workforce.handlers.sessions import Sessions
from services.workforce.repository import sessions as queries
from services.workforce.web.answers import require_session
from services.workforce.web.bodies import Move
from services.workforce.web.pages.answering import answering, problems_of, read
from services.workforce.web.pages.arranging import days_of
from services.workforce.web.pages.sessions import shown_session
from shared.service.gate import acting
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_WORDS = {
    "days": "Enter the days, such as 27/3/2027, none before today, each once and with a comma between two",
    "venue": "Enter where it is held on one line of at most 300 characters",
}


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/training/{id}/move."""
    commands = Sessions(pages.context)

    @pages.guarded
    @answering(pages)
    async def ask(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    @answering(pages)
    async def move(request: Request) -> Response:
        await require_session(pages.context, request)
        form, session = form_of(request), request.path_params["id"]
        try:
            body = read(Move, {"days": days_of(form.get("days")), "venue": form.get("venue") or None})
            await commands.move(session, body.days, body.venue, acting(request), key=form.key)
        except (InvalidRequestError, InvalidError) as error:
            return await _page(pages, request, problems_of(error, _WORDS))
        return pages.to(f"/pages/training/{session}")

    at = "/pages/training/{id:uuid}/move"
    return [Route(at, ask), Route(at, move, methods=["POST"])]


async def _page(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    await require_session(pages.context, request)
    session_id: UUID = request.path_params["id"]
    async with pages.context.pool.acquire() as connection, connection.transaction(readonly=True):
        session = await queries.one(connection, session_id)
    if session is None:
        raise UnknownError(NO_SESSION)
    form = form_of(request) if problems else None
    typed: dict[str, Any] = {"days": _in_words(session["days"]), "venue": session["venue"] or ""}
    return await pages.render(
        request,
        "move.html",
        422 if problems else 200,
        title="Move the session",
        session=shown_session(session),
        typed={name: form.get(name) if form else typed[name] for name in _WORDS},
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )


def _in_words(days: list[date]) -> str:
    return ", ".join(f"{day.day}/{day.month}/{day.year}" for day in days)
