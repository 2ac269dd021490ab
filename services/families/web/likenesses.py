"""Families' HTTP, for whoever decides on doubtful likenesses, with the operator's token.

A person sees agencies, areas, case ids and how each field compares. Not what a field holds: whoever decides speaks with
the two workers, who know their families.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.families.domain.groups import Pair, pair_of
from services.families.domain.links import Hand, Links, NotAllowedError
from services.families.handlers.publishing import save_and_tell
from services.families.repository import identities, links, pages
from shared.contracts.families import (
    REASONS_FOR_ONE,
    REASONS_FOR_TWO,
    REASONS_TO_NOTE,
    REASONS_TO_SEPARATE,
    LinkReason,
)
from shared.messaging.core.records import Finding
from shared.messaging.publishing.transaction import in_transaction
from shared.postgres.connection import Connection
from shared.service.definition import Context
from shared.service.operator import Json, acting, operator_only, problem
from shared.service.requests import InvalidRequestError, body_of, limit_of

S = TypeVar("S", bound="Said")


class Said(BaseModel):
    """What a person says with a decision: a code, and no words. It stays with the history. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: LinkReason


class SaidOfTwo(Said):
    """The case of the other family."""

    with_case: UUID


class _UnknownError(Exception):
    """There is nothing of this id."""


def routes(context: Context) -> list[Route]:
    """GET /likenesses and /likenesses/{id}, POST its confirm, reject and note; GET /families/{case}, POST its link and
    separate."""

    @operator_only
    async def doubtful(request: Request) -> Response:
        limit = limit_of(request)
        async with context.pool.acquire() as connection:
            rows = await pages.doubtful(connection, area=request.query_params.get("area") or None, limit=limit)
        return Json({"items": rows})

    @operator_only
    async def likeness(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            found = await pages.likeness(connection, request.path_params["id"])
        return Json(found) if found else problem(404, "There is no likeness with this id.")

    @operator_only
    async def family(request: Request) -> Response:
        async with context.pool.acquire() as connection:
            found = await pages.member_of(connection, request.path_params["id"])
            return Json(await pages.family(connection, found[0])) if found else _unknown_case()

    def of_likeness(
        decide: Callable[[Links, Pair, Hand], None], reasons: frozenset[LinkReason]
    ) -> Callable[[Request], Awaitable[Response]]:
        @operator_only
        async def endpoint(request: Request) -> Response:
            async def act(connection: Connection, said: Said) -> Links:
                pair = await links.pair_by_id(connection, request.path_params["id"])
                if pair is None:
                    raise _UnknownError("There is no likeness with this id.")
                loaded = await links.load(connection, pair)
                decide(loaded, pair, _hand(context, request, said))
                return loaded

            return await _carry_out(context, request, Said, reasons, act)

        return endpoint

    @operator_only
    async def link(request: Request) -> Response:
        async def act(connection: Connection, said: SaidOfTwo) -> Links:
            one = await pages.member_of(connection, request.path_params["id"])
            other = await pages.member_of(connection, said.with_case)
            if one is None or other is None:
                raise _UnknownError("There is no case with this id.")
            if one[0] == other[0]:
                raise NotAllowedError("Both are cases of one family of one front door.")
            loaded = await links.load(connection, (one[0], other[0]))
            loaded.link(pair_of(one[0], other[0]), _hand(context, request, said), across_areas=one[1] != other[1])
            return loaded

        return await _carry_out(context, request, SaidOfTwo, REASONS_FOR_ONE, act)

    @operator_only
    async def separate(request: Request) -> Response:
        async def act(connection: Connection, said: Said) -> Links:
            found = await pages.member_of(connection, request.path_params["id"])
            if found is None:
                raise _UnknownError("There is no case with this id.")
            loaded = await links.load(connection, [found[0]])
            loaded.separate(found[0], _hand(context, request, said))
            return loaded

        return await _carry_out(context, request, Said, REASONS_TO_SEPARATE, act)

    return [
        Route("/likenesses", doubtful),
        Route("/likenesses/{id:uuid}", likeness),
        Route("/likenesses/{id:uuid}/confirm", of_likeness(Links.confirm, REASONS_FOR_ONE), methods=["POST"]),
        Route("/likenesses/{id:uuid}/reject", of_likeness(Links.reject, REASONS_FOR_TWO), methods=["POST"]),
        Route("/likenesses/{id:uuid}/note", of_likeness(Links.note, REASONS_TO_NOTE), methods=["POST"]),
        Route("/families/{id:uuid}", family),
        Route("/families/{id:uuid}/link", link, methods=["POST"]),
        Route("/families/{id:uuid}/separate", separate, methods=["POST"]),
    ]


async def _carry_out(
    context: Context,
    request: Request,
    kind: type[S],
    reasons: frozenset[LinkReason],
    act: Callable[[Connection, S], Awaitable[Links]],
) -> Response:
    """Decides under the lock, and saves and tells what follows in the same transaction."""
    said = await body_of(request, kind, empty=b"{}")
    if said.reason not in reasons:
        raise InvalidRequestError([Finding("reason", f"must be one of {', '.join(sorted(reasons))}")])
    try:
        async with in_transaction(context.pool, context.service) as tx:
            await identities.lock(tx.connection)
            decided = await act(tx.connection, said)
            for event in await save_and_tell(tx.connection, decided, context.clock.now()):
                tx.emit(event)
    except _UnknownError as error:
        return problem(404, str(error))
    except NotAllowedError as error:
        return problem(409, str(error))
    return Json({"done": True})


def _hand(context: Context, request: Request, said: Said) -> Hand:
    return Hand(acting(request), context.clock.now(), said.reason)


def _unknown_case() -> Response:
    return problem(404, "There is no case with this id.")
