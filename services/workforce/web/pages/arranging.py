"""A new session, by a form: what is taught, where, on which days, how, by whom and for how many."""

import re
from contextlib import suppress
from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.workforce.domain.errors import InvalidError
from services.workforce.domain.modules import MODULES
from services.workforce.domain.session import Arranged
from services.workforce.handlers.sessions import Sessions
from services.workforce.web.bodies import Arrange
from services.workforce.web.pages import words
from services.workforce.web.pages.answering import answering, problems_of, read
from shared.service.gate import acting, check_area
from shared.service.requests import InvalidRequestError
from shared.web.forms import Problems, new_key
from shared.web.pages import Pages, form_of

_WORDS = {
    "modules": "Select what is taught",
    "areas": "Select for which area it is",
    "days": "Enter the days, such as 27/3/2027, each once and with a comma between two",
    "delivery": "Select how it is held",
    "delivered_by": "Enter the code of the organisation that delivers it, in small letters, such as amity",
    "places": "Enter how many places there are: a whole number from 1 to 10,000",
    "venue": "Enter where it is held on one line of at most 300 characters",
}
_MANY = ("modules", "areas")
_DAY = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")


def routes(pages: Pages) -> list[Route]:
    """GET and POST /pages/arrange."""
    commands = Sessions(pages.context)

    @pages.guarded
    async def ask(request: Request) -> Response:
        return await _page(pages, request)

    @pages.guarded
    @answering(pages)
    async def arrange(request: Request) -> Response:
        form = form_of(request)
        given: dict[str, object] = {name: form.all(name) if name in _MANY else form.get(name) for name in _WORDS}
        given |= {"days": days_of(form.get("days")), "venue": form.get("venue") or None}
        try:
            body = read(Arrange, given)
            check_area(request, *body.areas)
            arranged = Arranged(
                modules=tuple(body.modules),
                areas=tuple(body.areas),
                days=tuple(body.days),
                delivery=body.delivery,
                delivered_by=body.delivered_by,
                trainer=None,
                places=body.places,
                venue=body.venue,
            )
            # The form's key is the session's id: sent twice, it is one session.
            session = await commands.arrange(form.key, arranged, None, acting(request))
        except (InvalidRequestError, InvalidError) as error:
            return await _page(pages, request, problems_of(error, _WORDS))
        return pages.to(f"/pages/training/{session}")

    return [Route("/pages/arrange", ask), Route("/pages/arrange", arrange, methods=["POST"])]


async def _page(pages: Pages, request: Request, problems: Problems | None = None) -> Response:
    form = form_of(request) if problems else None
    areas, names = sorted(request.state.visitor.principal.areas), await pages.names.read()
    typed = {name: form.get(name) if form else "" for name in _WORDS if name not in _MANY}
    return await pages.render(
        request,
        "arrange.html",
        422 if problems else 200,
        title="Arrange a session",
        modules={module.value: about.title for module, about in MODULES.items()},
        areas={area: names.of("area", area) for area in areas},
        chosen=(form.all("modules") + form.all("areas")) if form else areas[:1],
        deliveries={str(code): text for code, text in words.DELIVERIES.items()},
        typed=typed,
        problems=problems or Problems(),
        key=form.get("key") if form else new_key(),
    )


def days_of(text: str) -> list[date | str]:
    """The days of a line of text; what is none stays as it is, for the contract to refuse."""
    return [_day(each) for each in re.split(r"[,;\n]+", text) if each.strip()]


def _day(text: str) -> date | str:
    if found := _DAY.fullmatch(text.strip()):
        with suppress(ValueError):
            return date(int(found[3]), int(found[2]), int(found[1]))
    return text.strip()
