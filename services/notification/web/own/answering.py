"""What a parent reads and answers on their own pages: fixed words, and what they answered here themselves.

Nothing is read of the case, so that nothing here changes with what anybody else did.
"""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.web.own.browser import Browser
from services.notification.web.own.pages import OwnPages

NOTICE = "2026-11"
"""The version of the privacy notice in `own_privacy.html`. Whoever changes its words gives it another."""


def routes(own: OwnPages) -> list[Route]:
    """GET /pages/own, /pages/own/privacy; POST /pages/own/finish."""

    @own.by_link
    async def home(request: Request) -> Response:
        return await own.render(request, "own_home.html", title="Your page")

    @own.by_link
    async def privacy(request: Request) -> Response:
        return await own.render(request, "own_privacy.html", title="How your information is used", version=NOTICE)

    @own.by_link
    async def finish(request: Request) -> Response:
        browser: Browser = request.state.browser
        await own.links.finish(browser.session)
        return own.forget(await own.problem(request, 200, "You are done", _DONE))

    return [
        Route("/pages/own", home),
        Route("/pages/own/privacy", privacy),
        Route("/pages/own/finish", finish, methods=["POST"]),
    ]


_DONE = (
    "This page is closed. You may want to delete it from the history of this browser, and the message that had the "
    "link."
)
