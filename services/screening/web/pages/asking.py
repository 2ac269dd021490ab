"""For a parent without an account: whom to call in danger, and a request that somebody speaks with each parent alone.

A GET does nothing and reads of the directory alone. What is sent is for the front door of the area and nobody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.screening.domain.parent_requests import CHOICES, LONGEST, Answers, answers_of, problems_of
from services.screening.handlers.parent_requests import NOTICE, NoSuchRequestError, ParentRequests
from services.screening.repository.directory import AreaHelp
from services.screening.web.pages.front_door.shared import helps_of
from shared.service.form_keys import AlreadySentError
from shared.service.limits import Limit
from shared.web.browser import Browser
from shared.web.forms import Form, Problems, new_key
from shared.web.pages import Pages
from shared.web.without_account import WithoutAccount

AT = "/pages/help"
# So many requests at once from one address, then one every so often: a library has more than one visitor.
_AT_ONCE, _EVERY_S = 10, 120.0
_TOO_OFTEN = (
    "Many requests have come from this connection. Wait some minutes and try again, or call your council. If somebody "
    "is in danger now, call 999."
)
_NO_AREA = "Select your council"
_ELSEWHERE = "This council is not on our list. Go back and choose another, or call your council. In danger, call 999."


def routes(pages: Pages) -> list[Route]:
    """GET /pages/help, …/{area}, …/{area}/privacy, …/{area}/sent; GET and POST …/{area}/ask."""
    open_pages, requests = WithoutAccount(pages, Limit(_AT_ONCE, _EVERY_S)), ParentRequests(pages.context)

    async def area_of(request: Request) -> AreaHelp:
        wanted = request.path_params["area"]
        found = next((each for each in await requests.areas() if each.area == wanted), None)
        if found is None:
            raise NoSuchRequestError
        return found

    async def elsewhere(request: Request) -> Response:
        return await open_pages.problem(request, 404, "Council not found", _ELSEWHERE)

    async def shown(request: Request, template: str, title: str, **more: Any) -> Response:
        try:
            area = await area_of(request)
        except NoSuchRequestError:
            return await elsewhere(request)
        return await pages.render(request, template, title=title, at=_at(pages, area), **more, **_helps(template, area))

    async def form_page(request: Request, browser: Browser, area: AreaHelp, given: _Given) -> Response:
        return await open_pages.render_for(
            request,
            browser,
            "help_ask.html",
            422 if given.wrong else 200,
            title="Ask for somebody to speak with you",
            at=_at(pages, area),
            helps=helps_of([area]),
            **given.shown(),
        )

    @open_pages.answering
    async def start(request: Request) -> Response:
        areas = await requests.areas()
        wanted = request.query_params.get("council")
        if wanted in {each.area for each in areas}:
            return open_pages.to(f"{AT}/{wanted}")
        return await pages.render(
            request,
            "help_areas.html",
            422 if wanted is not None else 200,
            title="Help when parents argue",
            areas=[{"area": each.area, "name": each.name or each.area} for each in areas],
            problem=_NO_AREA if wanted is not None else "",
        )

    @open_pages.answering
    async def danger(request: Request) -> Response:
        return await shown(request, "help_danger.html", "Is anybody in danger now?")

    @open_pages.answering
    async def privacy(request: Request) -> Response:
        return await shown(request, "help_privacy.html", "How your information is used", version=NOTICE)

    @open_pages.answering
    async def sent(request: Request) -> Response:
        return await shown(request, "help_sent.html", "Your request has been sent")

    @open_pages.answering
    async def asked(request: Request) -> Response:
        try:
            area = await area_of(request)
        except NoSuchRequestError:
            return await elsewhere(request)
        browser = Browser.of(request)
        return open_pages.keep(await form_page(request, browser, area, _Given()), browser)

    @open_pages.answering
    async def taken(request: Request) -> Response:
        browser = Browser.of(request)
        form: Form = await open_pages.form_of(request, browser)
        try:
            area = await area_of(request)
            given = answers_of({name: form.all(name) for name in (*LONGEST, *CHOICES)})
            if wrong := problems_of(given):
                return await form_page(request, browser, area, _Given(given, wrong, str(form.key)))
            if open_pages.is_too_often(request):
                return await open_pages.problem(request, 429, "Try again later", _TOO_OFTEN)
            await requests.ask(area.area, given, form.key)
        except AlreadySentError:
            pass
        except NoSuchRequestError:
            return await elsewhere(request)
        return open_pages.to(f"{AT}/{area.area}/sent")

    one = f"{AT}/{{area}}"
    return [
        Route(AT, start),
        Route(one, danger),
        Route(f"{one}/privacy", privacy),
        Route(f"{one}/ask", asked),
        Route(f"{one}/ask", taken, methods=["POST"]),
        Route(f"{one}/sent", sent),
    ]


def _at(pages: Pages, area: AreaHelp) -> str:
    return f"{pages.prefix}{AT}/{area.area}"


def _helps(template: str, area: AreaHelp) -> dict[str, Any]:
    return {} if template == "help_privacy.html" else {"helps": helps_of([area])}


@dataclass(frozen=True)
class _Given:
    """What was answered so far, what is wrong with it, and the form's key."""

    answers: Answers = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    key: str = field(default_factory=new_key)

    def shown(self) -> dict[str, Any]:
        """As the form shows it."""
        fields = (*LONGEST, "afraid", "leave_message", "knows")
        return {
            "key": self.key,
            "problems": Problems.of_texts(self.wrong),
            "typed": {name: next(iter(self.answers.get(name, ())), "") for name in fields},
            "chosen": list(self.answers.get("safe_methods", ())),
        }
