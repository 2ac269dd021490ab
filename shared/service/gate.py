"""Who is let in at a service's HTTP: every page behind `guarded` asks for the action of its request, or answers nobody.

A page that is about one record asks `reach_of` how far the caller's right goes, and answers what is out of reach as
what is not there.
"""

import hashlib
import hmac
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.access.errors import IdentityUnavailableError, RightMissingError, TokenRefusedError
from shared.access.principal import Caller, Machine
from shared.access.published_keys import PublishedKeys, fetched_from
from shared.access.requests import action_of
from shared.access.roles import Purpose
from shared.access.scopes import EVERYWHERE, NOWHERE, Belonging, Reach
from shared.access.table import Action, is_allowed, require
from shared.access.tokens import TokenVerifier
from shared.postgres.row_reach import reading_within
from shared.service.answers import Endpoint, Json, invalid, problem
from shared.service.requests import InvalidRequestError
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff

_Chunk = TypeVar("_Chunk")
_LONGEST_NAME = 100
_NO_TOKEN = "an access token is needed"  # noqa: S105 - a sentence
# RFC 6750: a client learns from this header that a token is asked for, and that the one it sent is no good.
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="parley"'}


@dataclass(frozen=True)
class OperatorTokenHolder:
    """Whoever holds the operator's token, which opens everything; who acts is what they say."""

    by: str


@dataclass(frozen=True)
class Gate:
    """What one service lets callers in by. `requests`: those of its manifest, with their actions."""

    requests: Mapping[str, str] = field(default_factory=dict)
    verifier: TokenVerifier | None = None
    machine_tokens: Mapping[Purpose, str] = field(default_factory=dict)
    """SHA-256 of each token of the stack's own, in hexadecimal: a service can recognise one and not use it."""
    operator_token: str = field(default="", repr=False)

    async def admit(self, request: Request) -> tuple[Caller | OperatorTokenHolder, Action | None, Reach]:
        """Who asks, for what, and how far their right to it reaches.

        Raises TokenRefusedError, IdentityUnavailableError, or RightMissingError.
        """
        caller = await self.caller_of(request)
        action = action_of(self.requests, request.method, request.scope["route"].path)
        if isinstance(caller, OperatorTokenHolder):
            return caller, action, EVERYWHERE
        if action is None:
            raise RightMissingError("", "This request is in no list of requests, so nobody has a right to it.")
        return caller, action, require(caller, action)

    async def may(self, request: Request, action: Action) -> bool:
        """Whether whoever asks may do this. False without a token, or with one that is no good."""
        try:
            caller = await self.caller_of(request)
        except (TokenRefusedError, IdentityUnavailableError):
            return False
        return isinstance(caller, OperatorTokenHolder) or is_allowed(caller, action)

    async def caller_of(self, request: Request) -> Caller | OperatorTokenHolder:
        """Whose token comes with the request. Raises TokenRefusedError or IdentityUnavailableError."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefusedError(_NO_TOKEN)
        digest = hashlib.sha256(token.encode()).hexdigest()
        for purpose, known in self.machine_tokens.items():
            if known and hmac.compare_digest(digest, known):
                return Machine(purpose)
        if self.operator_token and hmac.compare_digest(token.encode(), self.operator_token.encode()):
            return OperatorTokenHolder(request.headers.get("x-operator", "")[:_LONGEST_NAME].strip() or "operator")
        if self.verifier is None:
            raise TokenRefusedError("the token is none of this stack's")
        return await self.verifier.verify(token)


def gate_of(settings: ServiceSettings, requests: Mapping[str, str]) -> Gate:
    """The gate of a service with these settings and requests."""
    verifier = None
    if issuer := settings.identity_issuer:
        fetch = fetched_from(issuer, settings.identity_jwks_url or None, settings.identity_ca_file)
        verifier = TokenVerifier(issuer, settings.identity_audience, PublishedKeys(fetch))
    return Gate(requests, verifier, settings.machine_tokens, settings.operator_token.get_secret_value())


def guarded(endpoint: Endpoint) -> Endpoint:
    """Lets in whoever has the right to the request's action, and answers an invalid request with its findings.

    401 names the rule that a token breaks, 403 the right that is missing; 503 says that nobody can tell.
    """

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        gate: Gate = request.app.state.gate
        try:
            caller, action, reach = await gate.admit(request)
            request.state.caller, request.state.action, request.state.reach = caller, action, reach
            staff: Staff = request.app.state.staff
            with reading_within(EVERYWHERE):
                # Who only looks is recorded nowhere.
                looks = request.method == "GET"
                request.state.acting = staff.id_of(caller.by) if looks else await staff.acts(caller.by)
                with reading_within(reach):
                    response = await endpoint(request)
                if isinstance(response, StreamingResponse):
                    # What it sends is read after this.
                    response.body_iterator = _read_within(reach, response.body_iterator)
                return await _with_names(staff, response)
        except TokenRefusedError as error:
            return problem(401, f"Not let in: {error}.", _CHALLENGE)
        except IdentityUnavailableError as error:
            return problem(503, f"Nobody can be let in now. {error}", {"Retry-After": "5"})
        except RightMissingError as error:
            return problem(403, str(error), right=error.right)
        except InvalidRequestError as error:
            return invalid(error.findings)

    return answered


async def _read_within(reach: Reach, chunks: AsyncIterable[_Chunk]) -> AsyncIterator[_Chunk]:
    reading = aiter(chunks)
    while True:
        with reading_within(reach):
            try:
                chunk = await anext(reading)
            except StopAsyncIteration:
                return
        yield chunk


async def _with_names(staff: Staff, response: Response) -> Response:
    """The answer with the names of whoever acted, where it has their ids."""
    if isinstance(response, Json):
        response.body = await staff.with_names(bytes(response.body))
        response.headers["content-length"] = str(len(response.body))
    return response


class _ReadsNothing:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with reading_within(NOWHERE if scope["type"] == "http" else EVERYWHERE):
            await self._app(scope, receive, send)


def reads_nothing() -> Middleware:
    """Until somebody is let in nothing is read for a request: a page that asks nobody shows nothing of anybody."""
    return Middleware(_ReadsNothing)


def acting(request: Request) -> str:
    """The id under which what the caller does is recorded: whose it is, their token says, never they."""
    who: str = request.state.acting
    return who


def reach_of(request: Request) -> Reach:
    """How far the caller's right to this request reaches."""
    reach: Reach = request.state.reach
    return reach


def covers(request: Request, record: Belonging | None) -> bool:
    """Whether a record that belongs so is within the caller's reach. `None`: there is no such record."""
    return record is not None and reach_of(request).covers(record)


def check_area(request: Request, *areas: str) -> None:
    """Raises RightMissingError where one of these areas, which the caller named, is out of their reach."""
    allowed = reach_of(request).whole_areas
    if allowed is not None and not set(areas) <= set(allowed):
        action: Any = request.state.action
        raise RightMissingError(action, f"Your right {action} does not reach this area.")
