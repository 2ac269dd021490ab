"""What a participant is asked themselves: how sure they feel before and after, and later what they made of it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import InvalidError, NotAllowedError, UnknownError
from services.workforce.domain.follow_up import Answer
from services.workforce.domain.modules import SCALE
from services.workforce.handlers.follow_ups import FollowUps
from services.workforce.handlers.sessions import Sessions
from services.workforce.web.bodies import OwnFollowUp, scores_of
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering, problems_of, read
from services.workforce.web.pages.own import HOME, asked_now, own_person, own_place
from shared.contracts.workforce import ConfidenceOccasion, HowOften
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_OCCASIONS = {str(each): each for each in (ConfidenceOccasion.BEFORE, ConfidenceOccasion.AFTER)}
_FOLLOW_UP = {
    "how_often": "Select how often you have used it",
    "families": "Enter with how many families you have used it: a whole number, 0 only where you have not used it",
    "obstacles": "Select what was in the way from the list",
}


def routes(pages: Pages) -> list[Route]:
    """GET and POST of how sure somebody feels, and of their follow-up."""
    sessions, follow_ups = Sessions(pages.context), FollowUps(pages.context)

    @pages.guarded
    @answering(pages, HOME)
    async def ask(request: Request) -> Response:
        return await _confidence(pages, request)

    @pages.guarded
    @answering(pages, HOME)
    async def rate(request: Request) -> Response:
        person, form = own_person(request), form_of(request)
        place, occasion = await own_place(pages, request), _occasion(request)
        fields = words.score_fields(place["modules"])
        try:
            scores = scores_of({name: form.get(name) for name in fields}, fields)
            if not scores:
                raise InvalidError([(next(iter(fields)), "")])
            await sessions.rate(
                place["session_id"], place["training_id"], person.practitioner_id, occasion, scores, key=form.key
            )
        except (InvalidRequestError, InvalidError) as error:
            texts = dict.fromkeys(fields, "Select how sure you feel")
            return await _confidence(pages, request, problems_of(error, texts))
        return pages.to(HOME, thanks="yes")

    @pages.guarded
    @answering(pages, HOME)
    async def ask_later(request: Request) -> Response:
        return await _later(pages, request)

    @pages.guarded
    @answering(pages, HOME)
    async def answer(request: Request) -> Response:
        person, form = own_person(request), form_of(request)
        place = await own_place(pages, request)
        fields = words.score_fields(place["modules"])
        given: dict[str, object] = {name: form.get(name) for name in ("how_often", "families", "trains_others")}
        try:
            body = read(OwnFollowUp, given | {"obstacles": form.all("obstacles")})
            answered = Answer(
                body.how_often is not HowOften.NEVER,
                body.how_often,
                body.trains_others,
                body.families,
                tuple(body.obstacles),
                scores_of({name: form.get(name) for name in fields}, fields),
            )
            await follow_ups.answer(place["training_id"], answered, own=person.practitioner_id, key=form.key)
        except (InvalidRequestError, InvalidError) as error:
            texts = _FOLLOW_UP | dict.fromkeys(fields, "Select how sure you feel")
            return await _later(pages, request, problems_of(error, texts))
        return pages.to(HOME, thanks="yes")

    at = f"{HOME}/{{training:uuid}}"
    return [
        Route(f"{at}/confidence/{{occasion}}", ask),
        Route(f"{at}/confidence/{{occasion}}", rate, methods=["POST"]),
        Route(f"{at}/follow-up", ask_later),
        Route(f"{at}/follow-up", answer, methods=["POST"]),
    ]


def _occasion(request: Request) -> ConfidenceOccasion:
    found = _OCCASIONS.get(request.path_params["occasion"])
    if found is None:
        raise UnknownError("There is no page of this address.")
    return found


async def _asked(pages: Pages, request: Request, occasion: ConfidenceOccasion) -> dict[str, Any]:
    place = await own_place(pages, request)
    if occasion not in asked_now(place, pages.context.clock.now().date()):
        raise NotAllowedError("You are not asked this about your training now.")
    return place


async def _confidence(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    occasion = _occasion(request)
    place = await _asked(pages, request, occasion)
    form = form_of(request) if problems else None
    return await pages.render(
        request,
        "rate_own.html",
        422 if problems else 200,
        title=words.ASKED[occasion],
        occasion=str(occasion),
        **_scales(place, occasion, form),
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )


async def _later(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    place = await _asked(pages, request, ConfidenceOccasion.FOLLOW_UP)
    form = form_of(request) if problems else None
    shown = _scales(place, ConfidenceOccasion.FOLLOW_UP, form)
    given = {name: form.get(name) if form else "" for name in ("how_often", "families", "trains_others")}
    return await pages.render(
        request,
        "follow_up_own.html",
        422 if problems else 200,
        title=words.ASKED[ConfidenceOccasion.FOLLOW_UP],
        closes_on=place["closes_on"],
        how_often={str(code): text for code, text in words.HOW_OFTEN.items()},
        obstacles=dict(words.OBSTACLES),
        chosen=form.all("obstacles") if form else [],
        **{**shown, "typed": shown["typed"] | given},
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )


def _scales(place: dict[str, Any], occasion: ConfidenceOccasion, form: Any) -> dict[str, Any]:
    """What the scales of a form need: a statement for each module, and what was chosen before."""
    known = place["confidence"]
    typed = {
        name: form.get(name) if form else str(known.get(f"{occasion}_{module}", ""))
        for name, module in words.score_fields(place["modules"]).items()
    }
    return {
        "training_id": place["training_id"],
        "days": place["days"],
        "statements": words.statements(place["modules"]),
        "anchors": list(SCALE.anchors),
        "typed": typed,
    }
