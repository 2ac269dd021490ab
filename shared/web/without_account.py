"""Pages for somebody who has no account: they look as nobody's, with a way out on each, and answer in plain words.

Whatever goes wrong is answered in the same words, without a way to staff's pages.
"""

from functools import wraps
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from shared.messaging.core.transient_errors import is_transient
from shared.service.addresses import address_of
from shared.service.answers import Endpoint
from shared.service.limits import Limit
from shared.web.browser import COOKIE, Browser
from shared.web.forms import Form, FormRefusedError
from shared.web.pages import Pages

log = structlog.get_logger()


class WithoutAccount:
    """Pages of a service that nobody signs in to."""

    def __init__(self, pages: Pages, limit: Limit) -> None:
        """`limit`: how many forms one address may send."""
        self.context = pages.context
        self._pages = pages
        self._limit = limit

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

    async def form_of(self, request: Request, browser: Browser) -> Form:
        """The form of a request, sent from one of these pages in this browser. Raises FormRefusedError."""
        self._pages.check_origin(request)
        form = await Form.of(request)
        if not browser.sent(form.get("csrf")):
            raise FormRefusedError
        return form

    def is_too_often(self, request: Request) -> bool:
        """Whether the address that the entrance saw sends more forms than people do. It counts."""
        return not self._limit.allows(address_of(request))

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


_OLD_FORM = "Nothing was done. Go back, load the page again and send it from there. Your browser has to accept cookies."
_LATER = "It is not known whether what you sent has arrived. Try again in a few minutes; it counts once."
