"""Who is let in at a service's HTTP: every page behind `guarded` asks for the action of its request, or answers nobody.

A page that is about one record asks `reach_of` how far the caller's right goes, and answers what is out of reach as
what is not there. What was asked for, and what became of it, is recorded before the answer leaves.
"""

import hashlib
import hmac
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import asyncpg
import structlog
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.access.actions import Action
from shared.access.errors import IdentityUnavailableError, RightMissingError, TokenRefusedError
from shared.access.principal import Caller, Machine, Principal
from shared.access.published_keys import PublishedKeys, fetched_from
from shared.access.requests import action_of
from shared.access.roles import Purpose
from shared.access.scopes import EVERYWHERE, NOWHERE, Belonging, Reach
from shared.access.table import is_allowed, require
from shared.access.tokens import TokenVerifier
from shared.audit.recorder import UNAVAILABLE
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.privacy.unwrapping import KeysRefusedError, unwrapping_for
from shared.service import recording, showing
from shared.service.answers import Endpoint, Json, invalid, problem
from shared.service.described import description_of
from shared.service.ended_sign_ins import EndedSignIns
from shared.service.limits import Limit
from shared.service.requests import InvalidRequestError, check_parameters
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff

log = structlog.get_logger()

_Chunk = TypeVar("_Chunk")
# Of each rule so many lines at once, and then one in a minute.
_LOGGED = Limit(5, 60.0)
_NO_TOKEN = "an access token is needed"  # noqa: S105 - a sentence
# A script that works off a year of an area gets through; one that never ends does not.
_AT_ONCE, _EVERY_S = 5_000, 0.01
# RFC 6750: a client learns from this header that a token is asked for, and that the one it sent is no good.
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="parley"'}


@dataclass(frozen=True)
class Gate:
    """What one service lets callers in by. `requests`: those of its manifest, with their actions."""

    requests: Mapping[str, str] = field(default_factory=dict)
    verifier: TokenVerifier | None = None
    machine_tokens: Mapping[Purpose, str] = field(default_factory=dict)
    """SHA-256 of each token of the stack's own, in hexadecimal: a service can recognise one and not use it."""
    limit: Limit | None = None

    def is_too_much_of(self, caller: Caller) -> bool:
        """Whether a person or an automation asks more often than anybody who works does. It counts."""
        return self.limit is not None and isinstance(caller, Principal) and not self.limit.allows(caller.subject)

    def action_of(self, request: Request) -> Action | None:
        """What a request asks for; None where it is in no list."""
        return action_of(self.requests, request.method, request.scope["route"].path)

    def reach_of(self, caller: Caller, action: Action | None) -> Reach:
        """How far a caller's right to an action reaches. Raises RightMissingError."""
        if action is None:
            raise RightMissingError("", "This request is in no list of requests, so nobody has a right to it.")
        return require(caller, action)

    async def may(self, request: Request, action: Action) -> bool:
        """Whether whoever asks may do this. False without a token, or with one that is no good."""
        try:
            caller = await self.caller_of(request)
        except (TokenRefusedError, IdentityUnavailableError):
            return False
        return is_allowed(caller, action)

    async def caller_of(self, request: Request) -> Caller:
        """Whose token comes with the request. Raises TokenRefusedError or IdentityUnavailableError."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TokenRefusedError(_NO_TOKEN)
        digest = hashlib.sha256(token.encode()).hexdigest()
        for purpose, known in self.machine_tokens.items():
            if known and hmac.compare_digest(digest, known):
                return Machine(purpose)
        if self.verifier is None:
            raise TokenRefusedError("the token is none of this stack's")
        caller = await self.verifier.verify(token)
        ended: EndedSignIns | None = getattr(request.app.state, "ended_sign_ins", None)
        if ended is not None and await ended.include(caller):
            raise TokenRefusedError("sid: the sign-in of this token has ended")
        return caller


def gate_of(settings: ServiceSettings, requests: Mapping[str, str]) -> Gate:
    """The gate of a service with these settings and requests."""
    verifier = None
    if issuer := settings.identity_issuer:
        keys = settings.identity_jwks_url or None
        inside = settings.internal_ca_file if keys else None
        fetch = fetched_from(issuer, keys, inside or settings.identity_ca_file)
        verifier = TokenVerifier(issuer, settings.identity_audience, PublishedKeys(fetch))
    return Gate(requests, verifier, settings.machine_tokens, Limit(_AT_ONCE, _EVERY_S))


def guarded(endpoint: Endpoint) -> Endpoint:
    """Lets in whoever has the right to the request's action, and answers an invalid request with its findings.

    401 names the rule that a token breaks, 403 the right that is missing; 503 says that nobody can tell, or that the
    request can't be recorded. Whose token is no good is nobody whom an entry could name.
    """

    @wraps(endpoint)
    async def answered(request: Request) -> Response:
        gate: Gate = request.app.state.gate
        staff: Staff = request.app.state.staff
        try:
            caller = await gate.caller_of(request)
        except TokenRefusedError as error:
            _log_refusal(request, str(error))
            return problem(401, f"Not let in: {error}.", _CHALLENGE)
        except IdentityUnavailableError as error:
            return problem(503, f"Nobody can be let in now. {error}", {"Retry-After": "5"})
        if gate.is_too_much_of(caller):
            _log_refusal(request, "asks too often")
            return problem(429, "You have asked very often. Wait a second.", {"Retry-After": "1"})
        action = gate.action_of(request)
        request.state.caller, request.state.action = caller, action
        recording.begin(request)
        if not recording.is_recorded(request, caller, action):
            request.state.acting = staff.id_of(caller.by)
            return await _answer(gate, staff, endpoint, request)
        try:
            # Whoever only looks is named too: an entry must lead to somebody.
            request.state.acting = await staff.acts(caller.by)
        except UNAVAILABLE as error:
            return recording.not_recorded(request, error)
        try:
            response = await _answer(gate, staff, endpoint, request)
        except Exception:
            await recording.record_failure(request)
            raise
        return await recording.recorded(request, response)

    return answered


def _log_refusal(request: Request, rule: str) -> None:
    """Whoever is not let in is nobody whom an entry of the audit could name, and could fill it: so a few are logged."""
    if _LOGGED.allows(rule):
        log.warning("a request was not let in", rule=rule, method=request.method, route=request.scope["route"].path)


async def _answer(gate: Gate, staff: Staff, endpoint: Endpoint, request: Request) -> Response:
    """What the endpoint answers to whoever has the right to ask it; else which right is missing, or what is invalid.

    The database shows the endpoint no more than the caller's reach, and of its answer leaves what the table of fields
    gives to them.
    """
    try:
        request.state.reach = reach = gate.reach_of(request.state.caller, request.state.action)
        check_parameters(request, description_of(endpoint))
        with reading_within(reach), unwrapping_for(str(request.state.action), request.state.acting):
            response = showing.shown(request, await endpoint(request))
        if isinstance(response, StreamingResponse):
            # What it sends is read after this.
            response.body_iterator = _read_within(request, response.body_iterator)
        return await _with_names(staff, response)
    except RightMissingError as error:
        return problem(403, str(error), right=error.right)
    except InvalidRequestError as error:
        return invalid(error.findings)
    except KeysRefusedError:
        return problem(503, "This service has opened as much as it may for now.", {"Retry-After": "60"})


async def _read_within(request: Request, chunks: AsyncIterable[_Chunk]) -> AsyncIterator[_Chunk]:
    reading, purpose = aiter(chunks), str(request.state.action)
    try:
        while True:
            with reading_within(request.state.reach), unwrapping_for(purpose, request.state.acting):
                try:
                    chunk = await anext(reading)
                except StopAsyncIteration:
                    return
            yield chunk
    finally:
        # It may hold a connection, of which there are few.
        if isinstance(reading, AsyncGenerator):
            await reading.aclose()


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
    if record is not None:
        recording.belongs_to(request, record.areas)
        showing.seen_as(request, record)
    return record is not None and reach_of(request).covers(record)


async def check_reach(
    request: Request,
    pool: "asyncpg.Pool[Any]",
    belonging: Callable[[Connection], Awaitable[Belonging | None]],
    missing: Exception,
) -> None:
    """Raises `missing` where a record is out of the caller's reach: for them it is not there.

    `belonging` looks up where it belongs, unless the caller reaches everything. It sees what is out of reach too: whose
    record somebody was refused is recorded.
    """
    if reach_of(request).everywhere:
        return
    with reading_within(EVERYWHERE):
        async with pool.acquire() as connection:
            found = await belonging(connection)
    if not covers(request, found):
        raise missing


def check_area(request: Request, *areas: str) -> None:
    """Raises RightMissingError where one of these areas, which the caller named, is out of their reach."""
    allowed = reach_of(request).whole_areas
    if allowed is not None and not set(areas) <= set(allowed):
        action: Any = request.state.action
        raise RightMissingError(action, f"Your right {action} does not reach this area.")
