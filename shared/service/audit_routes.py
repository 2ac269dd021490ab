"""The audit's HTTP, the same in every service: who asked for what about whom, and the head of the chain."""

from datetime import datetime
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.audit import store
from shared.audit.entry import NOTHING_BEFORE, Entry
from shared.audit.store import Wanted
from shared.audit.verification import ChainCheck
from shared.contracts.written import read_timestamp
from shared.messaging.core.records import Finding
from shared.service.answers import Json
from shared.service.definition import Context
from shared.service.described import LIMIT, Query, describes
from shared.service.gate import guarded, reach_of
from shared.service.recording import concerns
from shared.service.requests import InvalidRequestError, limit_of

_PART = 2_000
"""So many entries are looked at for one request: it must answer before whoever asks gives up."""
_MOST_NUMBERS = 100
_NUMBER = {"type": "integer", "minimum": 0}
_AFTER = Query("after", "the number of the entry after which to begin", _NUMBER)
_HASH_AT = Query("hash_at", "numbers of entries whose hash is wanted", _NUMBER, repeated=True)
_SUBJECTS = {"case": "cases", "family": "families", "person": "persons", "practitioner": "practitioners"}


def audit_routes(context: Context) -> list[Route]:
    """GET /audit?case= or ?person=, ?family=, ?practitioner=, and ?from= and ?to=; GET /audit/head and /audit/check.

    The check looks at the next part of the chain after an entry: how many there were, the last of them, and each flaw
    by its number; never what an entry says.
    """

    @guarded
    @describes(query=(*map(_subject, _SUBJECTS), *map(_time_of, ("from", "to")), LIMIT))
    async def about(request: Request) -> Response:
        ids = {kind: _ids(request, name) for name, kind in _SUBJECTS.items()}
        if not any(ids.values()):
            raise InvalidRequestError([Finding("case", f"give one of {', '.join(_SUBJECTS)}")])
        concerns(request, **ids)
        areas = reach_of(request).whole_areas
        wanted = Wanted(
            ids["cases"],
            ids["families"],
            ids["persons"],
            ids["practitioners"],
            areas=None if areas is None else tuple(areas),
            since=_time(request, "from"),
            until=_time(request, "to"),
        )
        async with context.pool.acquire() as connection:
            found = await store.about(connection, wanted, limit_of(request))
        return Json({"service": context.service, "items": [_line(entry) for entry in found]})

    @guarded
    async def head(_request: Request) -> Response:
        async with context.pool.acquire() as connection:
            last = await store.last(connection)
        shown = {"sequence": last.sequence, "hash": last.hash, "at": last.at} if last else None
        return Json({"service": context.service, "head": shown})

    @guarded
    @describes(query=(_AFTER, _HASH_AT))
    async def check(request: Request) -> Response:
        after, wanted = _number(request, "after"), _numbers(request, "hash_at")
        async with context.pool.acquire() as connection:
            before = await store.hash_of(connection, after) if after else NOTHING_BEFORE
            entries = await store.part(connection, after, _PART)
        chain = ChainCheck(context.service, (), (after, before or NOTHING_BEFORE))
        for entry in entries:
            chain.add(entry)
        result = chain.end()
        return Json(
            {
                "service": context.service,
                "entries": len(entries),
                "last": {"sequence": entries[-1].sequence, "hash": entries[-1].hash} if entries else None,
                "found": [
                    {"flaw": each.flaw, "sequence": each.sequence, "detail": each.detail} for each in result.found
                ],
                "hashes": {str(each.sequence): each.hash for each in entries if each.sequence in wanted},
                "done": len(entries) < _PART,
            }
        )

    return [Route("/audit", about), Route("/audit/head", head), Route("/audit/check", check)]


def _number(request: Request, name: str) -> int:
    return max(_numbers(request, name), default=0)


def _numbers(request: Request, name: str) -> frozenset[int]:
    texts = request.query_params.getlist(name)
    if len(texts) > _MOST_NUMBERS or not all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):
        raise InvalidRequestError([Finding(name, "must be a number of an entry")])
    return frozenset(map(int, texts))


def _subject(name: str) -> Query:
    return Query(
        name, f"ids of a {name}; one of the four is needed", {"type": "string", "format": "uuid"}, repeated=True
    )


def _time_of(name: str) -> Query:
    return Query(name, "RFC 3339, such as 2026-03-31T00:00:00Z", {"type": "string", "format": "date-time"})


def _ids(request: Request, name: str) -> frozenset[UUID]:
    try:
        return frozenset(UUID(each) for each in request.query_params.getlist(name))
    except ValueError:
        raise InvalidRequestError([Finding(name, "must be a UUID")]) from None


def _time(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        return read_timestamp(text)
    except ValueError:
        raise InvalidRequestError([Finding(name, "must be RFC 3339, such as 2026-03-31T00:00:00Z")]) from None


def _line(entry: Entry) -> dict[str, Any]:
    access, subjects = entry.access, entry.access.subjects
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "who": access.who,
        "roles": access.roles,
        "action": access.action,
        "request": access.request,
        "outcome": access.outcome,
        "reason": access.reason,
        "address": access.address,
        "cases": subjects.cases,
        "families": subjects.families,
        "persons": subjects.persons,
        "practitioners": subjects.practitioners,
        "records": subjects.records,
        "correlation_id": access.correlation_id,
    }
