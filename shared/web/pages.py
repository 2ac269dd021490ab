"""Who may see and do what on a page: the same table of access as the API's, with a session in place of a token.

Whoever is not signed in is sent to sign in and comes back; what they may not do is said in words. A form is taken only
from our own pages, with the session's token.
"""

import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

import asyncpg
import structlog
from jinja2 import BaseLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shared.access.errors import IdentityUnavailableError, RightMissingError, TokenRefusedError
from shared.access.principal import Principal
from shared.access.staff_ids import STAFF_ID
from shared.access.tokens import TokenVerifier
from shared.contracts.administration import NoticeKind
from shared.messaging.core.transient_errors import is_transient
from shared.postgres.row_reach import reading_within
from shared.privacy.unwrapping import unwrapping_for
from shared.service import recording, showing
from shared.service.answers import Endpoint
from shared.service.definition import Context
from shared.service.requests import InvalidRequestError
from shared.service.staff import FORMER, Staff
from shared.web.directory_names import DirectoryNames
from shared.web.forms import Form, FormRefusedError
from shared.web.headers import headers
from shared.web.notices import Notices
from shared.web.openid import OpenIdClient, SignInRefusedError
from shared.web.rendering import environment
from shared.web.sessions import Held, Sessions, Tokens
from shared.web.settings import PagesSettings

log = structlog.get_logger()
_WITHOUT_SUBJECT = re.compile(r" \([^()]*\)$")
# The paths that somebody may be sent back to: our own pages, and nothing that a browser reads as another host.
_BACK = re.compile(r"/(?:[a-z]+/pages/[A-Za-z0-9/_.~-]*(?:\?[A-Za-z0-9=&%+_.~-]*)?)?")
_LONGEST_PATH = 500
# What htmx asks with, when something on a page has changed.
_BY_ITSELF = "hx-request"


@dataclass(frozen=True)
class Visitor:
    """Whoever is signed in and looks at a page."""

    principal: Principal
    name: str = field(repr=False)
    csrf: str = field(repr=False)


class Pages:
    """The pages of one service."""

    def __init__(self, context: Context, templates: BaseLoader | None) -> None:
        self.settings = PagesSettings()
        self.context = context
        self.prefix = f"/{context.service}"
        self.cookie = f"__Host-parley-{context.service}"
        self.sessions = Sessions(context.pool)
        self.notices = Notices(context.pool)
        self.names = DirectoryNames(context.pool)
        settings = context.settings
        self.openid = OpenIdClient(
            settings.identity_issuer,
            self.settings.pages_client,
            self.settings.pages_client_secret.get_secret_value(),
            settings.identity_ca_file,
        )
        self._templates = environment(templates)
        self._templates.filters["called"] = self.names.called

    def guarded(self, endpoint: Endpoint) -> Endpoint:
        """Lets in whoever is signed in and has the right to the request's action; a form must be one of ours.

        What they asked for is recorded before they see the answer; where that fails, they see none.
        """

        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            alone = _BY_ITSELF in request.headers
            visitor = await self.visitor_of(request, works=not alone)
            if visitor is None and alone:
                return Response(status_code=204)  # What is on the screen stays there.
            if visitor is None:
                return self._sign_in_first(request) if request.method != "POST" else await self._signed_out(request)
            gate, staff = request.app.state.gate, request.app.state.staff
            if gate.is_too_much_of(visitor.principal):
                return await self.problem(request, 429, "Too many requests", _TOO_MANY)
            request.state.visitor, request.state.caller = visitor, visitor.principal
            request.state.action = gate.action_of(request)
            recording.begin(request)
            # Whoever only looks is named too: an entry of the audit must lead to somebody.
            request.state.acting = await staff.acts(visitor.principal.by)
            response = await answer(request)
            await recording.record_page(request, response)
            return response

        async def admitted(request: Request) -> Response:
            if request.method == "POST":
                await self._check_form(request, request.state.visitor)
            request.state.reach = reach = request.app.state.gate.reach_of(request.state.caller, request.state.action)
            with reading_within(reach), unwrapping_for(str(request.state.action), request.state.acting):
                return await endpoint(request)

        answer = self.answering(admitted)
        return self.answering(answered)

    def answering(self, endpoint: Endpoint) -> Endpoint:
        """Answers whatever goes wrong with a page, which tells nothing of the inside."""

        @wraps(endpoint)
        async def answered(request: Request) -> Response:
            try:
                return await endpoint(request)
            except FormRefusedError:
                return await self.problem(request, 403, "This form could not be taken", _OLD_FORM)
            except RightMissingError as error:
                return await self.problem(request, 403, "You cannot see or do this", str(error))
            except InvalidRequestError:
                return await self.problem(request, 422, "There is a problem", _NOT_ASKED)
            except IdentityUnavailableError as error:
                log.warning("a page could not be shown: the identity provider", fault=str(error))
                return await self.problem(request, 503, "Sorry, nobody can sign in just now", _LATER)
            except Exception as error:
                transient = is_transient(error)
                log.error("a page failed", fault=type(error).__name__, transient=transient)
                title = "Sorry, the service is not available" if transient else "Sorry, there is a problem"
                return await self.problem(request, 503 if transient else 500, title, _NOT_KNOWN)

        return answered

    async def visitor_of(self, request: Request, *, works: bool = True) -> Visitor | None:
        """Whoever is signed in; None where nobody is. Raises IdentityUnavailableError where nobody can tell.

        `works`: whether they ask for it themselves. What a page fetches on its own keeps no session from ending.
        """
        secret = request.cookies.get(self.cookie)
        verifier: TokenVerifier | None = request.app.state.gate.verifier
        if not secret or verifier is None:
            return None
        held = await self.sessions.find(secret, datetime.now(UTC), used=works)
        if held is None:
            return None
        try:
            principal = await verifier.verify(held.tokens.access)
        except TokenRefusedError:
            renewed = await self._renewed(secret, held, verifier)
            if renewed is None:
                return None
            held, principal = renewed
        request.state.token = held.tokens.access
        return Visitor(principal, held.tokens.name, held.csrf)

    async def render(self, request: Request, template: str, status: int = 200, **values: Any) -> Response:
        """A page. Ids of whoever acted are replaced by their names, without what tells two of one name apart."""
        nonce = secrets.token_urlsafe(16)
        visitor: Visitor | None = getattr(request.state, "visitor", None)
        await self.names.read()
        text = self._templates.get_template(template).render(
            cspNonce=nonce,
            prefix=self.prefix,
            visitor=visitor,
            here=f"{self.prefix}{request.url.path}",
            here_query=f"?{request.url.query}" if request.url.query else "",
            made_at=time.time_ns() // 1_000_000,
            places=[each for each in self.settings.places if visitor and visitor.principal.roles & {*each.roles}],
            downtimes=await self.notices.shown(NoticeKind.DOWNTIME),
            latest_news=(await self.notices.shown(NoticeKind.NEWS))[:1] if visitor else [],
            **showing.of_page(request, template, values),
        )
        forms_to = self.openid.origin if self.openid.is_set_up and self.openid.origin != self.origin else ""
        return HTMLResponse(
            await _with_names(request.app.state.staff, text), status_code=status, headers=headers(nonce, forms_to)
        )

    async def problem(self, request: Request, status: int, title: str, text: str, **more: Any) -> Response:
        """A page that says what went wrong, and what to do."""
        return await self.render(request, "problem.html", status, title=title, text=text, **more)

    def to(self, path: str, **parameters: str) -> Response:
        """After a form: the browser gets the page at this path, and going back or reloading sends nothing again."""
        address = f"{self.prefix}{path}"
        return self.elsewhere(f"{address}?{urlencode(parameters)}" if parameters else address)

    @property
    def origin(self) -> str:
        """The origin that browsers see."""
        return self.settings.entrance_url

    def elsewhere(self, address: str) -> Response:
        """The browser goes to this address with a GET."""
        return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})

    def way_back(self, path: str) -> str:
        """The path that somebody is sent back to after they signed in; the start where it is none of ours."""
        return path if len(path) <= _LONGEST_PATH and _BACK.fullmatch(path) else "/"

    def sign_in_address(self, back: str) -> str:
        """Where somebody signs in who then comes back to this path."""
        return f"{self.prefix}/sign-in?to={quote(self.way_back(back), safe='/')}"

    def set_cookie(self, response: Response, name: str, value: str, seconds: int | None = None) -> None:
        """Sets a cookie that only our own origin gets and no script reads; without a value it goes."""
        response.set_cookie(
            name, value, max_age=seconds if value else 0, path="/", secure=True, httponly=True, samesite="lax"
        )

    def check_origin(self, request: Request) -> None:
        """Raises FormRefusedError where a form is not sent from one of our own pages."""
        if request.headers.get("origin") != self.origin or not self.origin:
            raise FormRefusedError

    async def _check_form(self, request: Request, visitor: Visitor) -> None:
        self.check_origin(request)
        form = await Form.of(request)
        if not hmac.compare_digest(form.get("csrf").encode(), visitor.csrf.encode()):
            raise FormRefusedError
        request.state.form = form

    def _sign_in_first(self, request: Request) -> Response:
        back = f"{self.prefix}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
        return self.elsewhere(self.sign_in_address(back))

    async def _signed_out(self, request: Request) -> Response:
        """The answer to a form of a session that has ended: nothing is done, and what was written is not lost."""
        self.check_origin(request)
        form = await Form.of(request)
        page = request.headers.get("referer", "").removeprefix(self.origin)
        link = {"href": self.sign_in_address(page), "text": "Sign in and go back to the page"}
        return await self.problem(
            request, 403, "You have been signed out", _SIGNED_OUT, link=link, written=form.sentences()
        )

    async def _renewed(self, secret: str, seen: Held, verifier: TokenVerifier) -> tuple[Held, Principal] | None:
        """The session with new tokens: roles and areas are those of now. None where it has ended at the provider."""
        async with self.sessions.locked(secret) as locked:
            if locked is None:
                return None
            held = locked.held
            try:
                if held.tokens == seen.tokens:
                    found = await self.openid.renewed(held.tokens.refresh)
                    tokens = Tokens(found["access_token"], found["refresh_token"], held.tokens.name)
                    held = await locked.replace(tokens)
                return held, await verifier.verify(held.tokens.access)
            except (SignInRefusedError, TokenRefusedError):
                await locked.end()
                return None


async def _with_names(staff: Staff, text: str) -> str:
    ids = set(STAFF_ID.findall(text))
    if not ids:
        return text
    try:
        names = await staff.names_of(ids)
        former = await staff.erased(ids - names.keys())
    except (asyncpg.PostgresError, OSError):
        names, former = {}, set()

    def name(match: re.Match[str]) -> str:
        known = names.get(match[0])
        if known:
            return escape(_WITHOUT_SUBJECT.sub("", known))
        return FORMER if match[0] in former else "somebody whose name is not known here"

    return STAFF_ID.sub(name, text)


def token_of(request: Request) -> str:
    """The access token of whoever looks, for a request on their behalf to another service. No template gets it."""
    token: str = request.state.token
    return token


def form_of(request: Request) -> Form:
    """The form of a request that `guarded` has let in."""
    form: Form = request.state.form
    return form


_TOO_MANY = "You have asked very often. Wait a moment, and try again."
_OLD_FORM = (
    "It is from another sign-in than yours, or it did not come from a page of Parley. Nothing was done. Go back, load "
    "the page again and send it from there."
)
_SIGNED_OUT = "Nothing of what you sent was done. Sign in, look at the page again and send it from there."
_LATER = "Try again in a few minutes. If it is urgent, speak to your team directly."
_NOT_ASKED = "What was sent is not what this page asks for."
_NOT_KNOWN = (
    "It is not known whether what you did is done. Go back and look before you do it again. A form that is sent a "
    "second time is recognised and counts once."
)
