"""How one comes in and out: sign-in by OpenID Connect, sign-out, the start page, and what pages are dressed in.

No step before somebody is known stores anything, and the way back from the identity provider may be asked for twice: an
entrance sends a GET again that it has no answer to, and a second use of a code would end the session.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.access.errors import IdentityUnavailableError, TokenRefusedError
from shared.access.principal import Principal
from shared.contracts.administration import NoticeKind
from shared.messaging.consuming import inbox
from shared.service.addresses import address_of
from shared.service.limits import Limit
from shared.web import following
from shared.web.forms import Form, FormRefusedError
from shared.web.openid import SignInRefusedError
from shared.web.pages import Pages
from shared.web.rendering import ASSETS, asset
from shared.web.sessions import Tokens
from shared.web.sign_in_secrets import SignInSecrets

SIGN_INS = "sign-ins"
"""The states that were used, among the ids of the inbox."""

OWN = "/pages/your-sign-in"
# What the embedded Keycloak has somebody change who asks for it, once it has asked again who they are.
_CHANGES = {"password": "UPDATE_PASSWORD", "app": "CONFIGURE_TOTP", "passkey": "webauthn-register"}
_LONGEST = timedelta(minutes=30)
_NO_STORE = {"Cache-Control": "no-store"}
_AT_ONCE, _EVERY_S = 30, 2.0


def routes(pages: Pages) -> Sequence[Route]:
    """GET /start, /whats-new, /sign-in, /sign-in/callback, /pages/your-sign-in, /assets/{name} and /changes; POST
    /sign-out; else 404.
    """
    cookie = f"{pages.cookie}-sign-in"
    limit = Limit(_AT_ONCE, _EVERY_S)

    def redirect_uri() -> str:
        return f"{pages.origin}{pages.prefix}/sign-in/callback"

    @pages.answering
    async def start(request: Request) -> Response:
        try:
            request.state.visitor = await pages.visitor_of(request)
        except IdentityUnavailableError:
            request.state.visitor = None
        return await pages.render(request, "start.html", signed_out="signed-out" in request.query_params)

    @pages.answering
    async def whats_new(request: Request) -> Response:
        try:
            request.state.visitor = await pages.visitor_of(request)
        except IdentityUnavailableError:
            request.state.visitor = None
        news = await pages.notices.shown(NoticeKind.NEWS)
        shown = [{"title": each.title, "text": each.text, "shown_from": each.shown_from} for each in news]
        return await pages.render(request, "whats_new.html", news=shown)

    @pages.answering
    async def sign_in(request: Request) -> Response:
        if not pages.openid.is_set_up or not pages.origin:
            return await pages.problem(request, 503, "Nobody can sign in here", _NOT_SET_UP)
        if not limit.allows(address_of(request)):
            return await pages.problem(request, 429, "Too many sign-ins", _TOO_MANY)
        # The same cookie for every tab: two of them may sign in at once.
        known = request.cookies.get(cookie) or secrets.token_urlsafe(32)
        back = pages.way_back(request.query_params.get("to", "/"))
        under_way = SignInSecrets.begin(known, back, datetime.now(UTC))
        change = _CHANGES.get(request.query_params.get("change", "")) if pages.settings.changes_sign_ins else None
        more = {"kc_action": change} if change else {}
        response = pages.elsewhere(await pages.openid.address(under_way, redirect_uri(), **more))
        pages.set_cookie(response, cookie, known, int(_LONGEST.total_seconds()))
        return response

    @pages.answering
    async def own(request: Request) -> Response:
        request.state.visitor = await pages.visitor_of(request)
        if request.state.visitor is None:
            return pages.elsewhere(pages.sign_in_address(f"{pages.prefix}{request.url.path}"))
        changes = pages.settings.changes_sign_ins
        return await pages.render(request, "your_sign_in.html", title="Your sign-in", changes=changes)

    @pages.answering
    async def callback(request: Request) -> Response:
        asked, now = request.query_params, datetime.now(UTC)
        under_way = SignInSecrets(request.cookies.get(cookie, ""), asked.get("state", ""))
        back = under_way.read(now, _LONGEST)
        if back is None:
            return await pages.problem(request, 403, "Sign in again", _TOO_LATE, again=True)
        if await pages.visitor_of(request) is not None:
            return pages.elsewhere(back)
        if not limit.allows(address_of(request)):
            return await pages.problem(request, 429, "Too many sign-ins", _TOO_MANY)
        if asked.get("error") or not asked.get("code"):
            return await pages.problem(request, 403, "You are not signed in", _NOT_SIGNED_IN, again=True)
        if not await _first_use(pages, under_way):
            # The first one is still under way, or its answer was lost. What it did stands; here it is begun again.
            return pages.elsewhere(pages.sign_in_address(back))
        try:
            tokens, whose = await _tokens(request, under_way, asked["code"])
        except (SignInRefusedError, TokenRefusedError):
            return await pages.problem(request, 403, "You are not signed in", _NOT_SIGNED_IN, again=True)
        response = pages.elsewhere(back)
        pages.set_cookie(response, pages.cookie, await pages.sessions.begin(tokens, now, whose))
        return response

    async def _tokens(request: Request, under_way: SignInSecrets, code: str) -> tuple[Tokens, Principal]:
        found = await pages.openid.tokens_for(code, under_way, redirect_uri())
        verifier = request.app.state.gate.verifier
        subject = await verifier.verify_sign_in(found["id_token"], pages.openid.client, under_way.nonce)
        principal = await verifier.verify(found["access_token"])
        if principal.subject != subject:
            raise TokenRefusedError("sub: the tokens are not of one person")
        return Tokens(found["access_token"], found["refresh_token"], principal.username), principal

    @pages.answering
    async def sign_out(request: Request) -> Response:
        pages.check_origin(request)
        visitor = await pages.visitor_of(request)
        if visitor is not None and (await Form.of(request)).get("csrf") != visitor.csrf:
            raise FormRefusedError
        held = await pages.sessions.end(request.cookies.get(pages.cookie, ""))
        if held is not None:
            await pages.openid.end(held.tokens.refresh)
        response = pages.elsewhere("/?signed-out")
        pages.set_cookie(response, pages.cookie, "")
        # Whoever sits down next finds no page of the last. Not cookies: on `localhost` they are other programs' too.
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    async def assets(request: Request) -> Response:
        name = request.path_params["name"]
        content = asset(name)
        if content is None:
            return Response(status_code=404, headers=_NO_STORE)
        kept = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
        return Response(content, media_type=ASSETS[name], headers=kept)

    @pages.answering
    async def no_page(request: Request) -> Response:
        request.state.visitor = await pages.visitor_of(request)
        return await pages.problem(request, 404, "Page not found", _NO_PAGE)

    return [
        Route("/start", start),
        Route("/whats-new", whats_new),
        Route("/sign-in", sign_in),
        Route("/sign-in/callback", callback),
        Route("/sign-out", sign_out, methods=["POST"]),
        Route("/assets/{name}", assets),
        following.route(pages),
        Route(OWN, own),
        Route("/pages/{path:path}", no_page),
    ]


async def _first_use(pages: Pages, under_way: SignInSecrets) -> bool:
    """Whether this way back was not taken before. It is kept as long as any id of the inbox."""
    state = uuid5(NAMESPACE_URL, under_way.state)
    async with pages.context.pool.acquire() as connection:
        return state in await inbox.claim(connection, SIGN_INS, [state])


_NOT_SET_UP = (
    "No identity provider is set up for the pages of this stack. Whoever runs it names one (PARLEY_IDENTITY_ISSUER) "
    "and the pages' secret there (PARLEY_PAGES_CLIENT_SECRET)."
)
_TOO_MANY = "There were many sign-ins from where you are. Wait a minute and try again."
_TOO_LATE = "This sign-in was begun in another browser, or more than half an hour ago."
_NOT_SIGNED_IN = "The sign-in was not completed."
_NO_PAGE = "If you typed the address, check it. If you followed a link, go to the start."
