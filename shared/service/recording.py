"""What the audit learns of a request: whose records it names, what its answer shows, and what became of it.

Every request behind the gate is recorded once its answer is known and before the answer leaves. Where that fails,
nobody gets the answer. An answer of many lines leaves part by part, each recorded first.
"""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Iterator, Mapping
from contextlib import aclosing
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import orjson
import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.access.actions import Action
from shared.access.principal import Caller, Principal
from shared.access.table import TABLE, About
from shared.audit.entry import Access, Outcome, Subjects, ordered
from shared.audit.recorder import UNAVAILABLE, Recorder
from shared.messaging.core.envelope import new_id
from shared.service.addresses import forwarded_address
from shared.service.answers import Json, problem

CORRELATION = "x-correlation-id"
"""The header of an answer with the id under which its request is recorded."""

# By the names under which answers show ids, whose they are.
_SHOWN = {
    "case_id": "cases",
    "cases": "cases",
    "family_id": "families",
    "person_id": "persons",
    "child_id": "persons",
    "practitioner_id": "practitioners",
}
# By the noun before a parameter of a route. A family's page is addressed by one of its cases.
_OF_CASES = ("cases", "families")
_PARAMETER = re.compile(r"/([a-z-]+)/\{(\w+)(?::\w+)?\}")
_OUTCOMES = {
    401: Outcome.REFUSED,
    403: Outcome.REFUSED,
    404: Outcome.NOT_FOUND,
    409: Outcome.NOT_POSSIBLE,
    422: Outcome.INVALID,
}
_LINES = 1_000
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_RETRY = {"Retry-After": "5"}
log = structlog.get_logger()


def begin(request: Request) -> None:
    """Prepares what endpoints may add to."""
    request.state.subjects, request.state.reason, request.state.areas = Subjects(), None, frozenset()
    request.state.correlation_id = new_id()


def concerns(
    request: Request,
    *,
    cases: Iterable[UUID] = (),
    families: Iterable[UUID] = (),
    persons: Iterable[UUID] = (),
    practitioners: Iterable[UUID] = (),
) -> None:
    """Adds whose records a request concerns, where neither its path nor its answer names them."""
    request.state.subjects |= Subjects.of(cases, families, persons, practitioners)


def because(request: Request, reason: object) -> None:
    """Notes why somebody asks: a code of a closed list. Anything else is no reason here, as it might name a person."""
    if isinstance(reason, StrEnum):
        request.state.reason = reason.value


def belongs_to(request: Request, areas: Iterable[str]) -> None:
    """Adds the areas of a record that was looked at: who administers them may read the entry."""
    request.state.areas |= frozenset(areas)


def is_recorded(request: Request, caller: object, action: Action | None) -> bool:
    """Whether a request is recorded. What the stack's own tokens read of the machinery is not.

    That is metrics, health and status, asked for every few seconds by programs and about nobody: it would bury what
    people did. What such a token changes, and whatever a person reads, is recorded.
    """
    if isinstance(caller, Principal) or action is None or TABLE[action].about is not About.MACHINERY:
        return True
    return request.method not in ("GET", "HEAD")


async def recorded(request: Request, response: Response) -> Response:
    """The answer, once it is recorded; 503 where it can't be."""
    response.headers[CORRELATION] = str(request.state.correlation_id)
    outcome = _outcome(response.status_code)
    try:
        if isinstance(response, StreamingResponse):
            return await _recorded_in_parts(request, response)
        shown = (
            _shown_in([bytes(response.body)]) if _shows_people(request) and isinstance(response, Json) else Subjects()
        )
        await _record(request, outcome, shown)
    except UNAVAILABLE as error:
        return not_recorded(request, error)
    return response


async def record_page(request: Request, response: Response) -> None:
    """Records what a page shows or did. Its endpoint names whom a list shows (`concerns`).

    Raises one of `UNAVAILABLE` where that cannot be written: then nobody may see the page.
    """
    response.headers[CORRELATION] = str(request.state.correlation_id)
    await _record(request, _outcome(response.status_code), Subjects())


async def record_failure(request: Request) -> None:
    """Records a request whose endpoint failed. It has no answer that could be withheld."""
    try:
        await _record(request, Outcome.FAILED, Subjects())
    except UNAVAILABLE as error:
        log.error("a request that failed is not in the audit", fault=type(error).__name__)


def not_recorded(request: Request, error: BaseException) -> Response:
    """The answer instead of one that nobody would know of."""
    log.error("the audit can't be written", fault=type(error).__name__)
    if request.method in ("GET", "HEAD"):
        return problem(503, "Nobody sees what can't be recorded, and the audit can't be written now.", _RETRY)
    detail = "It can't be recorded now. Look whether it was done before you ask again."
    return problem(503, detail, _RETRY)


async def _recorded_in_parts(request: Request, response: StreamingResponse) -> Response:
    parts = _parts(response.body_iterator)

    async def part() -> bytes | None:
        found = await anext(parts, None)
        if found is not None:
            await _record(request, Outcome.ALLOWED, _shown_in(found) if _shows_people(request) else Subjects())
        return None if found is None else b"".join(found)

    try:
        first = await part()
        if first is None:
            await _record(request, Outcome.ALLOWED, Subjects())
    except BaseException:
        # It may hold a connection, of which there are few.
        await parts.aclose()
        raise

    async def rest() -> AsyncIterator[bytes]:
        following = first
        async with aclosing(parts):
            while following is not None:
                yield following
                following = await part()

    response.body_iterator = rest()
    return response


async def _parts(lines: Any) -> AsyncGenerator[list[bytes], None]:
    """So many lines at a time, each as the endpoint gave it."""
    held: list[bytes] = []
    async with aclosing(lines):
        async for line in lines:
            held.append(line if isinstance(line, bytes) else str(line).encode())
            if len(held) == _LINES:
                yield held
                held = []
        if held:
            yield held


async def _record(request: Request, outcome: Outcome, shown: Subjects) -> None:
    recorder: Recorder = request.app.state.recorder
    caller: Caller | object = request.state.caller
    own = caller if isinstance(caller, Principal) else None
    access = Access(
        who=request.state.acting,
        action=str(request.state.action or ""),
        request=f"{request.method} {request.scope['route'].path}",
        outcome=outcome,
        correlation_id=request.state.correlation_id,
        roles=ordered(role.value for role in own.roles) if own else (),
        areas=ordered(request.state.areas),
        subjects=request.state.subjects | _named_in(request) | shown,
        reason=request.state.reason,
        address=_address(request),
    )
    await recorder.record(access, own.areas if own else ())


def _outcome(status: int) -> Outcome:
    if status < 400:
        return Outcome.ALLOWED
    return _OUTCOMES.get(status, Outcome.FAILED if status >= 500 else Outcome.INVALID)


def _shows_people(request: Request) -> bool:
    """Whether an answer may hold ids of people. What is published has pseudonyms, which are nobody's record."""
    action: Action | None = request.state.action
    return action is not None and TABLE[action].about is not About.PUBLISHED


def _named_in(request: Request) -> Subjects:
    """What the path names, where the route takes ids alone: free text would be whatever somebody typed."""
    found = Subjects()
    for noun, parameter in _PARAMETER.findall(request.scope["route"].path):
        value = request.path_params.get(parameter)
        if isinstance(value, UUID) and noun in _OF_CASES:
            found |= Subjects(cases=(value,))
        elif isinstance(value, UUID | int):
            found |= Subjects(records=(f"{noun}/{value}",))
    return found


def _shown_in(bodies: Iterable[bytes]) -> Subjects:
    """Whose ids these JSON documents show, at whatever depth."""
    ids: dict[str, set[UUID]] = {kind: set() for kind in _SHOWN.values()}
    for body in bodies:
        for kind, value in _ids_in(orjson.loads(body)):
            ids[kind].add(value)
    return Subjects.of(ids["cases"], ids["families"], ids["persons"], ids["practitioners"])


def _ids_in(node: Any) -> Iterator[tuple[str, UUID]]:
    if isinstance(node, list):
        for each in node:
            yield from _ids_in(each)
    elif isinstance(node, Mapping):
        for name, value in node.items():
            if kind := _SHOWN.get(name):
                for each in value if isinstance(value, list) else [value]:
                    if (found := _uuid(each)) is not None:
                        yield kind, found
            yield from _ids_in(value)


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _address(request: Request) -> str | None:
    """Where the request comes from. Through the entrance, which is on this machine, it is as the entrance says."""
    peer = request.client.host if request.client else None
    for address in (forwarded_address(request) if peer in _LOOPBACK else "", peer):
        try:
            return str(ip_address(address or ""))
        except ValueError:
            continue
    return None
