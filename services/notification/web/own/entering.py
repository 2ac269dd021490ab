"""The page that a link leads to. Asking for it does nothing and reads nothing: scanners of mail ask for it too."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.notification.handlers.own_links import NotOpenedError
from services.notification.web.own.pages import OwnPages
from shared.web.browser import Browser
from shared.web.forms import Form

_LONGEST_TOKEN = 100
_NOT_OPEN = (
    "The link or the numbers are not right, or the link cannot be used any more. Check the numbers. If they are right, "
    "ask for a new link from whoever gave them to you"
)


def routes(own: OwnPages) -> list[Route]:
    """GET and POST /pages/l/{token}."""

    @own.answering
    async def asked(request: Request) -> Response:
        browser = Browser.of(request)
        return own.keep(await _page(request, browser, ""), browser)

    @own.answering
    async def opened(request: Request) -> Response:
        browser = Browser.of(request)
        form: Form = await own.form_of(request, browser)
        if own.is_too_often(request):
            return await own.problem(request, 429, "Try again later", "This was tried very often. Wait a few minutes.")
        digits = "".join(sign for sign in form.get("code") if sign.isascii() and sign.isdigit())
        if len(digits) != 6:
            return await _page(request, browser, "Enter the six numbers that you were given")
        token, inside = request.path_params["token"], Browser.fresh()
        try:
            await own.links.open(token[:_LONGEST_TOKEN], digits, browser.session, inside.session)
        except NotOpenedError:
            return await _page(request, browser, _NOT_OPEN)
        # Another secret than before: somebody with this telephone may have put that one there.
        return own.keep(own.to("/pages/own"), inside)

    async def _page(request: Request, browser: Browser, problem: str) -> Response:
        return await own.render_for(
            request,
            browser,
            "own_enter.html",
            422 if problem else 200,
            title="Open your page",
            problem=problem,
        )

    return [Route("/pages/l/{token}", asked), Route("/pages/l/{token}", opened, methods=["POST"])]
