"""Who is let in to a parent's own pages, and how these look: as nobody's pages, with a way out on each.

Whatever goes wrong is answered in the same plain words, without a way to staff's pages.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any
from uuid import UUID

import structlog
from starlette.requests import Request
from starlette.responses import Response

from services.notification.handlers.own_links import OwnLinks
from services.notification.repository.own_links import OwnSession
from services.notification.web.own.browser import COOKIE, Browser
from shared.access.scopes import EVERYWHERE
from shared.audit.entry import Access, Outcome, Subjects
from shared.messaging.core.envelope import new_id
from shared.messaging.core.transient_errors import is_transient
from shared.postgres.row_reach import reading_within
from shared.privacy.unwrapping import unwrapping_for
from shared.service.limits import Limit
from shared.web.forms import Form, FormRefusedError
from shared.web.pages import Pages

ACTION = "own-pages.use"
"""What these requests are in the audit. It is no action of the table of access: nobody has it by a role."""

# So many forms at once from one address, then one every so often: an office or a library sends more than one person.
_AT_ONCE, _EVERY_S = 20, 15.0
log = structlog.get_logger()
Endpoint = Callable[[Request], Awaitable[Response]]


class OwnPages:
    """The pages that a one-time link opens."""

    def __init__(self, pages: Pages, links: OwnLinks) -> None:
        self.links = links
        self.context = pages.context
        self._pages = pages
        self._limit = Limit(_AT_ONCE, _EVERY_S)

    def answering(self, endpoint: Endpoint) -> Endpoint:
        """Answers whatever goes wrong, in words that tell nobody anything."""

        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except FormRefusedError:
                return await self.problem(request, 403, "This page is out of date", _OLD_FORM)
            except Exception as error:
                log.error("a parent's page failed", fault=type(error).__name__, transient=is_transient(error))
                return await self.problem(request, 503, "Sorry, there is a problem", _LATER)

        return answered

    def by_link(self, endpoint: Endpoint) -> Endpoint:
        """Lets in whoever opened a link in this browser, and records what they asked for before they see it."""

        async def admitted(request: Request) -> Response:
            browser = Browser.of(request)
            session = await self.links.whose(browser.session)
            if session is None:
                return await self.problem(request, 403, "This page has closed", _CLOSED)
            request.state.own, request.state.browser = session, browser
            if request.method == "POST":
                request.state.form = await self.form_of(request, browser)
            with unwrapping_for(ACTION, str(session.person_id)):
                response = await endpoint(request)
            await self._record(request, session, response)
            return response

        return self.answering(admitted)

    async def form_of(self, request: Request, browser: Browser) -> Form:
        """The form of a request, sent from one of these pages in this browser. Raises FormRefusedError."""
        self._pages.check_origin(request)
        form = await Form.of(request)
        if not browser.sent(form.get("csrf")):
            raise FormRefusedError
        return form

    def is_too_often(self, request: Request) -> bool:
        """Whether the address that the entrance saw sends more forms than people do. It counts."""
        seen = request.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
        return not self._limit.allows(seen or "here")

    async def render(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page of the browser that was let in."""
        return await self.render_for(request, request.state.browser, template, status, **values)

    async def render_for(
        self, request: Request, browser: Browser, template: str, status: int = 200, **values: Any
    ) -> Response:
        """A page of this browser."""
        return await self._pages.render(request, template, status, csrf=browser.csrf, **values)

    async def problem(self, request: Request, status: int, title: str, text: str) -> Response:
        """A page that says what is wrong, and nothing else."""
        return await self._pages.render(request, "own_problem.html", status, title=title, text=text)

    def to(self, path: str, **parameters: str) -> Response:
        """After a form: the browser gets this page, and going back or reloading sends nothing again."""
        return self._pages.to(path, **parameters)

    def keep(self, response: Response, browser: Browser) -> Response:
        """The answer with the browser's cookie, where it is new."""
        if browser.is_new:
            self._pages.set_cookie(response, COOKIE, browser.secret)
        return response

    def forget(self, response: Response) -> Response:
        """The answer that takes the cookie away, with whatever the browser kept of these pages."""
        self._pages.set_cookie(response, COOKIE, "")
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    async def _record(self, request: Request, session: OwnSession, response: Response) -> None:
        access = Access(
            who=f"person/{session.person_id}",
            action=ACTION,
            request=f"{request.method} {request.scope['route'].path}",
            outcome=Outcome.ALLOWED if response.status_code < 400 else Outcome.INVALID,
            correlation_id=new_id(),
            subjects=Subjects.of(cases=[session.case_id], persons=[session.person_id]),
        )
        with reading_within(EVERYWHERE):
            await request.app.state.recorder.record(access)


def own_of(request: Request) -> OwnSession:
    """Whose the pages are that a request asks for."""
    found: OwnSession = request.state.own
    return found


def own_form(request: Request) -> tuple[Form, UUID]:
    """The form of a request that was let in, and its key."""
    form: Form = request.state.form
    return form, form.key


_OLD_FORM = "Nothing was done. Go back, load the page again and send it from there. Your browser has to accept cookies."
_LATER = "It is not known whether what you sent has arrived. Try again in a few minutes; it counts once."
_CLOSED = (
    "A page closes when it is not used for 20 minutes, and after an hour. If you want to come back, ask for a new link "
    "from whoever gave you the last one."
)
