"""A practitioner's own training: what they need, what they have booked, and which sessions are to come."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.calendar import has_lapsed
from services.workforce.domain.confidence import Days, may_rate
from services.workforce.domain.errors import InvalidError, NotAllowedError, UnknownError
from services.workforce.domain.modules import PROFESSIONS, SCALE
from services.workforce.domain.rule import judge
from services.workforce.handlers.people import Person
from services.workforce.handlers.sessions import Sessions
from services.workforce.repository import champions, directory, practitioners
from services.workforce.repository import own as own_rows
from services.workforce.repository import sessions as queries
from services.workforce.web.answers import named, require_session
from services.workforce.web.bodies import GiveUp, OwnBooking, scores_of
from services.workforce.web.certificate_pdf import COURSE
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering, problems_of, read
from services.workforce.web.pages.sessions import cursor_of, next_page, shown_session
from shared.contracts.practitioners import practitioner_id
from shared.contracts.workforce import ConfidenceOccasion, TrainingModule
from shared.service.gate import acting, reach_of
from shared.service.recording import concerns
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

HOME = "/pages/my-training"
_A_PAGE = 20
_BOOKING = {
    "profession": "Select your profession",
}
_GIVING_UP = {"reason": "Select why you give the place up"}


def own_person(request: Request) -> Person:
    """Whoever is signed in, as screenings name them. Raises NotAllowedError for somebody without an agency."""
    principal = request.state.visitor.principal
    if not principal.agency:
        raise NotAllowedError("Your sign-in names no agency. Ask whoever administers your area to put that right.")
    known_as = practitioner_id(principal.agency, principal.username)
    concerns(request, practitioners=[known_as])
    return Person(known_as, principal.agency, principal.username, principal.name or None, principal.email or None)


async def own_place(pages: Pages, request: Request) -> dict[str, Any]:
    """The place of the path, if it is theirs. Raises UnknownError."""
    person = own_person(request)
    async with pages.context.pool.acquire() as connection, connection.transaction(readonly=True):
        found = await own_rows.places(connection, person.practitioner_id)
    for place in found:
        if place["training_id"] == request.path_params["training"]:
            return place
    raise UnknownError("You have no place of this address. You may have given it up.")


def asked_now(place: dict[str, Any], today: date) -> list[ConfidenceOccasion]:
    """What its holder is asked about a place today, whether or not they have answered."""
    if place["called_off"]:
        return []
    days = Days.of(place["days"], place["delivery"])
    asked = [
        occasion
        for occasion in (ConfidenceOccasion.BEFORE, ConfidenceOccasion.AFTER)
        if may_rate(occasion, days, place["status"], today)
    ]
    if place["follow_up"] in ("to-come", "open", "answered") and place["opens_on"] <= today < place["closes_on"]:
        asked.append(ConfidenceOccasion.FOLLOW_UP)
    return asked


def routes(pages: Pages) -> list[Route]:
    """GET /pages/my-training, a session to book and a place to give up; POST both."""
    commands = Sessions(pages.context)

    @pages.guarded
    @answering(pages, "/start")
    async def home(request: Request) -> Response:
        return await _home(pages, request)

    @pages.guarded
    @answering(pages, HOME)
    async def ask(request: Request) -> Response:
        return await _booking(pages, request)

    @pages.guarded
    @answering(pages, HOME)
    async def book(request: Request) -> Response:
        person, form = own_person(request), form_of(request)
        session = await _to_book(pages, request)
        try:
            given = {name: form.get(name) for name in words.score_fields(session["modules"])}
            body = read(OwnBooking, {"profession": form.get("profession")})
            booking = await commands.book(
                session["session_id"],
                person,
                body.profession,
                acting(request),
                before=scores_of(given, words.score_fields(session["modules"])),
                key=form.key,
            )
        except (InvalidRequestError, InvalidError) as error:
            return await _booking(pages, request, problems_of(error, _BOOKING))
        return pages.to(HOME, booked=str(booking.training_id))

    @pages.guarded
    @answering(pages, HOME)
    async def ask_give_up(request: Request) -> Response:
        return await _giving_up(pages, request)

    @pages.guarded
    @answering(pages, HOME)
    async def give_up(request: Request) -> Response:
        person, form = own_person(request), form_of(request)
        place = await own_place(pages, request)
        try:
            body = read(GiveUp, {"reason": form.get("reason")})
        except InvalidRequestError as error:
            return await _giving_up(pages, request, problems_of(error, _GIVING_UP))
        await commands.give_up(
            place["session_id"],
            place["training_id"],
            acting(request),
            own=person.practitioner_id,
            reason=body.reason,
            key=form.key,
        )
        return pages.to(HOME, given_up="yes")

    return [
        Route(HOME, home),
        Route(f"{HOME}/sessions/{{id:uuid}}", ask),
        Route(f"{HOME}/sessions/{{id:uuid}}", book, methods=["POST"]),
        Route(f"{HOME}/{{training:uuid}}/give-up", ask_give_up),
        Route(f"{HOME}/{{training:uuid}}/give-up", give_up, methods=["POST"]),
    ]


async def _home(pages: Pages, request: Request) -> Response:
    person, today = own_person(request), pages.context.clock.now().date()
    async with (
        pages.context.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        mine = await own_rows.places(connection, person.practitioner_id)
        needs = await _needs(connection, request, person.practitioner_id, today)
        found = await queries.page(
            connection,
            past=False,
            today=today,
            areas=reach_of(request).whole_areas,
            after=cursor_of(request),
            limit=_A_PAGE + 1,
        )
        carriers = await champions.of_agency(connection, person.agency)
    booked = {each["session_id"] for each in mine}
    carriers = await named(pages.context.keyring, carriers)
    concerns(request, practitioners=[each["practitioner_id"] for each in carriers])
    held = {code for each in mine if _counts(each, today) for code in each["modules"]}
    return await pages.render(
        request,
        "my_training.html",
        title="My training",
        asked=[
            {"training_id": place["training_id"], "occasion": str(occasion), "text": words.ASKED[occasion]}
            | {"day": place["days"][0], "answered": _answered(place, occasion)}
            for place in mine
            for occasion in asked_now(place, today)
        ],
        needs=needs,
        mine=[_place(each, today) for each in mine if not _counts(each, today)],
        certificates=[_certificate(each) for each in mine if each["certificate"]],
        course=held >= {module.value for module in COURSE},
        lines=[
            shown_session(each)
            | {"waiting": each["waiting"], "booked": each["session_id"] in booked, "begun": _begun(each, today)}
            for each in found[:_A_PAGE]
        ],
        after=next_page(found, _A_PAGE),
        champions=[each["name"] or "Somebody whose name is erased" for each in carriers],
        news=_news(request, mine),
    )


async def _needs(connection: Any, request: Request, person: UUID, today: date) -> list[dict[str, Any]]:
    """What each area asks of whoever screens there, and which modules of it this practitioner still needs."""
    areas = reach_of(request).whole_areas or []
    rules = await directory.rules(connection, areas)
    held = await own_rows.held(connection, person)
    first = await practitioners.first_screened(connection, [person], areas)
    found = []
    for area, rule in sorted(rules.items()):
        judged = judge(rule, held, today, first.get((person, area), today))
        asked = judge(rule, [], max(today, rule.since), today).missing
        found.append(
            {
                "area": area,
                "since": rule.since,
                "standing": judged.standing,
                "asks_for": words.modules(list(asked)),
                "missing": words.modules(list(judged.missing)),
                "until": judged.grace_ended_on if judged.standing == "in-grace" else None,
            }
        )
    return found


def _news(request: Request, mine: Sequence[dict[str, Any]]) -> str:
    """What has become of the form that was just sent, as it is stored now."""
    if request.query_params.get("given_up"):
        return "You have given the place up."
    if request.query_params.get("thanks"):
        return "Thank you. Your answer is saved."
    for each in mine:
        if str(each["training_id"]) == request.query_params.get("booked"):
            if each["status"] == "waiting":
                return (
                    f"All places are taken. You are number {each['position']} on the waiting list, and get a place as "
                    "soon as one is given up."
                )
            return "You have a place."
    return ""


def _counts(place: dict[str, Any], today: date) -> bool:
    return place["certificate"] is not None and not has_lapsed(place["valid_until"], today)


def _begun(session: dict[str, Any], today: date) -> bool:
    days = Days.of(session["days"], session["delivery"])
    return today > (days.last if days.open_between else days.first)


def _answered(place: dict[str, Any], occasion: ConfidenceOccasion) -> bool:
    if occasion is ConfidenceOccasion.FOLLOW_UP:
        return bool(place["follow_up"] == "answered")
    return any(key.startswith(f"{occasion}_") for key in place["confidence"])


def _place(row: dict[str, Any], today: date) -> dict[str, Any]:
    _, colour = words.STATUSES[row["status"]]
    text = words.OWN_STATUSES.get(row["status"], f"Number {row['position']} on the waiting list")
    return {
        "training_id": row["training_id"],
        "days": row["days"],
        "modules": words.modules(row["modules"]),
        "delivery": words.DELIVERIES[row["delivery"]],
        "delivered_by": row["delivered_by"],
        "status_text": text,
        "colour": colour,
        "may_give_up": row["status"] in ("booked", "waiting") and not _begun(row, today),
    }


def _certificate(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "training_id": row["training_id"],
        "number": row["certificate"],
        "completed_on": row["completed_on"],
        "valid_until": row["valid_until"],
        "modules": [{"code": str(code), "title": words.modules([code])[0]} for code in row["modules"]],
    }


async def _to_book(pages: Pages, request: Request) -> dict[str, Any]:
    await require_session(pages.context, request)
    async with pages.context.pool.acquire() as connection:
        session = await queries.one(connection, request.path_params["id"])
    if session is None or session["called_off"]:
        raise UnknownError("This session does not take place.")
    return session


async def _booking(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    own_person(request)
    session = await _to_book(pages, request)
    form = form_of(request) if problems else None
    fields: dict[str, TrainingModule] = words.score_fields(session["modules"])
    return await pages.render(
        request,
        "book_own.html",
        422 if problems else 200,
        title="Book a place",
        session=shown_session(session),
        professions={code.value: text for code, text in PROFESSIONS.items()},
        statements=words.statements(session["modules"]),
        anchors=list(SCALE.anchors),
        typed={name: form.get(name) if form else "" for name in ("profession", *fields)},
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )


async def _giving_up(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    place = await own_place(pages, request)
    form = form_of(request) if problems else None
    return await pages.render(
        request,
        "give_up_own.html",
        422 if problems else 200,
        title="Give up your place",
        training_id=place["training_id"],
        days=place["days"],
        reasons=dict(words.REASONS),
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )
