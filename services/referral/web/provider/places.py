"""How many places the provider's offers have: as agreed, or as it states itself until a day."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.stating_places import AskedPlaces
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.stated_capacity import state_places
from services.referral.repository import stated_capacity
from services.referral.repository.reading import snapshot
from services.referral.web.provider import words
from services.referral.web.provider.questions import Question, parts_of
from services.referral.web.provider.reading import provider_of
from shared.access.roles import Role
from shared.messaging.core.records import Finding
from shared.service.form_keys import AlreadySentError
from shared.service.gate import acting
from shared.service.requests import InvalidRequestError
from shared.web.forms import Form, Problems, new_key
from shared.web.pages import Pages, form_of

_LONGEST_NOTE = 200
_UNTIL = Question("until", "date", "Until which day?", "Enter the last day on which this is so")


def routes(pages: Pages) -> list[Route]:
    """GET /pages/places; GET and POST /pages/places/{offer}."""

    @pages.guarded
    async def listed(request: Request) -> Response:
        return await pages.render(
            request,
            "provider_places.html",
            title="Places",
            offers=await _offers(pages, request),
            may_state=Role.PROVIDER_MANAGER in request.state.visitor.principal.roles,
        )

    @pages.guarded
    async def ask(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    async def state(request: Request) -> Response:
        form = form_of(request)
        provider, offer = provider_of(request), request.path_params["offer"]
        try:
            await state_places(pages.context, provider, offer, _asked(form), acting(request), key=form.key)
        except NotThereError as error:
            return await _not_there(pages, request, error)
        except InvalidCommandError as error:
            return await _page(pages, request, [Finding(error.field, error.rule)])
        except InvalidRequestError as error:
            return await _page(pages, request, error.findings)
        except AlreadySentError:
            pass
        return pages.to("/pages/places")

    return [
        Route("/pages/places", listed),
        Route("/pages/places/{offer}", ask),
        Route("/pages/places/{offer}", state, methods=["POST"]),
    ]


def _asked(form: Form) -> AskedPlaces | None:
    """What is stated; None where what is agreed is to hold. Raises InvalidRequestError, in words."""
    places, free = form.get("places"), form.get("free")
    if places == "agreed":
        return None
    findings = []
    if places not in ("none", "some"):
        findings.append(Finding("places", "Select how many more families you can take on"))
    elif places == "some" and not (free.isascii() and free.isdigit() and len(free) < 6):
        findings.append(Finding("free", "Enter how many more families, such as 3"))
    until = None
    try:
        until = _UNTIL.read(form)
    except ValueError as error:
        findings.append(Finding("until", str(error)))
    if len(form.get("note")) > _LONGEST_NOTE:
        findings.append(Finding("note", f"Use at most {_LONGEST_NOTE} characters"))
    if findings or until is None:
        raise InvalidRequestError(findings)
    return AskedPlaces(0 if places == "none" else int(free), until, form.get("note"))


async def _offers(pages: Pages, request: Request) -> list[dict[str, Any]]:
    async with snapshot(pages.context.pool) as connection:
        rows = await stated_capacity.of_provider(connection, provider_of(request))
    return [
        {
            "offer": row["offer"],
            "service": words.service(row["service"]),
            "taken": row["taken"],
            "free": None if row["capacity"] is None else max(0, row["capacity"] - row["taken"]),
            "agreed": row["agreed"] if row["is_stated"] else row["capacity"],
            "stated": row["is_stated"],
            "until": row["until"],
            "note": row["note"] or "",
        }
        for row in rows
    ]


async def _page(pages: Pages, request: Request, findings: object = ()) -> Response:
    wrong = list(findings) if isinstance(findings, list | tuple) else []
    problems = Problems(wrong, {each.field: each.rule for each in wrong})
    found = next(
        (each for each in await _offers(pages, request) if each["offer"] == request.path_params["offer"]), None
    )
    if found is None:
        return await _not_there(pages, request, NotThereError("Your organisation has no offer with this name."))
    form = form_of(request) if problems else _as_stated(found)
    return await pages.render(
        request,
        "provider_offer.html",
        422 if problems else 200,
        title="How many more families can you take on?",
        offer=found,
        given={
            **{name: form.get(name) for name in ("places", "free", "note")},
            "until": [form.get(f"until-{part}") for part in ("day", "month", "year")],
        },
        problems=problems,
        key=new_key(),
    )


def _as_stated(found: dict[str, Any]) -> Form:
    if not found["stated"]:
        return Form()
    day = zip(("until-day", "until-month", "until-year"), parts_of(found["until"]), strict=True)
    places = "some" if found["free"] else "none"
    return Form([("places", places), ("free", str(found["free"] or "")), ("note", found["note"]), *day])


async def _not_there(pages: Pages, request: Request, error: NotThereError) -> Response:
    link = {"href": f"{pages.prefix}/pages/places", "text": "Go to your places"}
    return await pages.problem(request, 404, "Page not found", str(error), link=link)
