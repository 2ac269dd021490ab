"""The training sessions, and one session with everybody's place: booked, given up, and who came."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.attendance import Line
from services.workforce.domain.attendance_list import Listed
from services.workforce.domain.errors import NO_SESSION, InvalidError, UnknownError
from services.workforce.domain.modules import PROFESSIONS
from services.workforce.domain.session import Outcome
from services.workforce.handlers.sessions import Sessions
from services.workforce.repository import sessions as queries
from services.workforce.web.answers import named, require_session
from services.workforce.web.bodies import Book, Places
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering, problems_of, read
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_A_PAGE = 25
_OUTCOMES: dict[str, Outcome] = {"completed": "completed", "partly": "partly", "absent": "absent"}
_BOOKING = {
    "agency": "Enter the agency's code, as the directory has it",
    "practitioner": "Enter what the agency knows the practitioner by",
    "profession": "Select a profession",
    "name": "Enter a shorter name",
    "email": "Enter a shorter e-mail address",
}
_PLACES = {"places": "Enter how many places there are: a whole number from 1 to 10,000"}


def routes(pages: Pages) -> list[Route]:
    """GET /pages/training, one session and the form for a place; POST what is done to places."""
    commands = Sessions(pages.context)

    @pages.guarded
    async def listing(request: Request) -> Response:
        today = pages.context.clock.now().date()
        past = request.query_params.get("when") == "past"
        async with pages.context.pool.acquire() as connection:
            found = await queries.page(
                connection,
                past=past,
                today=today,
                areas=reach_of(request).whole_areas,
                after=cursor_of(request),
                limit=_A_PAGE + 1,
            )
        lines = [shown_session(each) | {"waiting": each["waiting"]} for each in found[:_A_PAGE]]
        return await pages.render(
            request,
            "training.html",
            title="Training sessions",
            lines=lines,
            past=past,
            first=not request.query_params.get("after"),
            after=next_page(found, _A_PAGE),
        )

    @pages.guarded
    @answering(pages)
    async def show(request: Request) -> Response:
        return await show_session(pages, request)

    @pages.guarded
    @answering(pages)
    async def ask(request: Request) -> Response:
        return await _booking(pages, request)

    @pages.guarded
    @answering(pages)
    async def book(request: Request) -> Response:
        await require_session(pages.context, request)
        form = form_of(request)
        try:
            body = read(Book, {name: form.get(name) for name in _BOOKING})
            concerns(request, practitioners=[body.person().practitioner_id])
            await commands.book(
                request.path_params["id"], body.person(), body.profession, acting(request), key=form.key
            )
        except (InvalidRequestError, InvalidError) as error:
            return await _booking(pages, request, problems_of(error, _BOOKING))
        return _back(pages, request)

    @pages.guarded
    @answering(pages)
    async def give_up(request: Request) -> Response:
        await require_session(pages.context, request)
        session, training = request.path_params["id"], request.path_params["training"]
        await commands.give_up(session, training, acting(request), key=form_of(request).key)
        return _back(pages, request)

    @pages.guarded
    @answering(pages)
    async def places(request: Request) -> Response:
        await require_session(pages.context, request)
        form = form_of(request)
        try:
            asked = read(Places, {"places": form.get("places")})
            await commands.change_places(request.path_params["id"], asked.places, acting(request), key=form.key)
        except (InvalidRequestError, InvalidError) as error:
            return await show_session(pages, request, problems_of(error, _PLACES))
        return _back(pages, request)

    @pages.guarded
    @answering(pages)
    async def ask_call_off(request: Request) -> Response:
        session, _ = await _read(pages, request)
        return await pages.render(
            request, "call_off.html", title="Call off the session", session=shown_session(session), key=new_key()
        )

    @pages.guarded
    @answering(pages)
    async def call_off(request: Request) -> Response:
        await require_session(pages.context, request)
        await commands.call_off(request.path_params["id"], acting(request), key=form_of(request).key)
        return _back(pages, request)

    @pages.guarded
    @answering(pages)
    async def attend(request: Request) -> Response:
        await require_session(pages.context, request)
        form = form_of(request)
        _, people = await _read(pages, request)
        everybody = _OUTCOMES.get(form.get("everybody"))
        listed: list[Listed] = []
        for row in people:
            outcome = everybody if row["status"] == "booked" else None
            outcome = _OUTCOMES.get(form.get(f"outcome-{row['training_id']}"), outcome)
            if outcome and outcome != row["status"]:
                line = Line(len(listed) + 1, row["agency"], row["practitioner_id"], outcome)
                listed.append(Listed(line, row["practitioner"] or "", None, None))
        if not listed:
            return await show_session(pages, request, _problem("attendance", "Select for somebody whether they came"))
        concerns(request, practitioners=[each.line.practitioner_id for each in listed])
        try:
            await commands.record_attendance(request.path_params["id"], listed, acting(request), key=form.key)
        except InvalidError as error:
            rules = "; ".join(dict.fromkeys(rule for _, rule in error.findings))
            return await show_session(pages, request, _problem("attendance", f"Nothing was recorded: {rules}"))
        return _back(pages, request)

    at = "/pages/training/{id:uuid}"
    return [
        Route("/pages/training", listing),
        Route(at, show),
        Route(f"{at}/places", ask),
        Route(f"{at}/places", book, methods=["POST"]),
        Route(f"{at}/places/{{training:uuid}}/give-up", give_up, methods=["POST"]),
        Route(f"{at}/number-of-places", places, methods=["POST"]),
        Route(f"{at}/call-off", ask_call_off),
        Route(f"{at}/call-off", call_off, methods=["POST"]),
        Route(f"{at}/attendance", attend, methods=["POST"]),
    ]


def cursor_of(request: Request) -> queries.Cursor | None:
    """The line that a page of sessions follows; None for the first page, and for what is no line."""
    first_day, _, session = request.query_params.get("after", "").partition("_")
    try:
        return date.fromisoformat(first_day), UUID(session)
    except ValueError:
        return None


def next_page(found: Sequence[Mapping[str, Any]], size: int) -> str:
    """Where the page after this one begins, of so many lines and one more; empty where it is the last."""
    last = found[size - 1] if len(found) > size else None
    return f"{last['days'][0]}_{last['session_id']}" if last else ""


async def show_session(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    """A session's page; with what is wrong, where a form of it was."""
    session, people = await _read(pages, request)
    concerns(request, practitioners=[row["practitioner_id"] for row in people])
    today = pages.context.clock.now().date()
    return await pages.render(
        request,
        "session.html",
        422 if problems else 200,
        title=f"Training on {session['days'][0].day} {session['days'][0]:%B %Y}",
        session=shown_session(session),
        people=[_person(row) for row in people],
        began=session["days"][0] <= today,
        over=session["days"][-1] < today,
        outcomes=words.OUTCOMES,
        problems=problems or Problems(),
        new_key=new_key,
    )


async def _read(pages: Pages, request: Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    await require_session(pages.context, request)
    session_id: UUID = request.path_params["id"]
    async with (
        pages.context.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        session = await queries.one(connection, session_id)
        if session is None:
            raise UnknownError(NO_SESSION)
        people = await queries.everybody(connection, session_id)
    return session, await named(pages.context.keyring, people)


async def _booking(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    session, _ = await _read(pages, request)
    form = form_of(request) if problems else None
    return await pages.render(
        request,
        "book.html",
        422 if problems else 200,
        title="Book a place",
        session=shown_session(session),
        professions={code.value: text for code, text in PROFESSIONS.items()},
        typed={name: form.get(name) if form else "" for name in _BOOKING},
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )


def _back(pages: Pages, request: Request) -> Response:
    return pages.to(f"/pages/training/{request.path_params['id']}")


def _problem(field: str, text: str) -> Problems:
    return problems_of(InvalidError([(field, text)]), {field: text})


def shown_session(row: Mapping[str, Any]) -> dict[str, Any]:
    """A session as every page shows it."""
    kept = {
        name: row[name]
        for name in ("session_id", "days", "areas", "delivered_by", "places", "free", "called_off", "venue")
    }
    return {**kept, "modules": words.modules(row["modules"]), "delivery": words.DELIVERIES[row["delivery"]]}


def _person(row: dict[str, Any]) -> dict[str, Any]:
    text, colour = words.STATUSES[row["status"]]
    kept = ("training_id", "status", "agency", "certificate", "valid_until", "name", "practitioner")
    reason = words.REASONS.get(row["reason"], "") if row["reason"] else ""
    return {**{name: row[name] for name in kept}, "status_text": text, "colour": colour, "reason": reason}
