"""The operator's HTTP API, the same in every service: status, dead letters and set-aside rows."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from uuid import UUID

from aiokafka.errors import KafkaError
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.contracts.dead_letters import DiscardReason
from shared.messaging.consuming import dead_letters
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.rereading import read_again
from shared.messaging.core.records import Record
from shared.messaging.publishing import set_aside
from shared.messaging.publishing.relay import Relay
from shared.postgres.connection import Connection
from shared.privacy.sealing import CannotOpenError
from shared.service.alarms import Watch
from shared.service.answers import Endpoint, Json, problem
from shared.service.definition import Context
from shared.service.described import Query, describes
from shared.service.gate import acting, guarded
from shared.service.requests import body_of, number_of

_MOST = 100_000
_VERSION = version("parley")
_REASON = Query("reason", "text of a finding's field or rule")
_LIMIT = Query("limit", "how many at most", {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 1000})


class Discard(BaseModel):
    """Why a dead letter is given up."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    reason: DiscardReason


def operator_routes(
    context: Context, relay: Relay, consumers: Mapping[str, Consumer], watch: Watch | None = None
) -> list[Route]:
    """GET /status, GET /dead-letters, GET /dead-letters/{id}, POST /dead-letters/{id}/retry and /discard; GET
    /outbox/set-aside, POST /outbox/set-aside/{id}/send and /discard; POST /subscriptions/{name}/resume.
    """
    looking = watch or Watch(context.pool, consumers.values())

    async def reread(topic: str, partition: int, offset: int) -> Record | None:
        return await read_again(context.settings, topic, partition, offset)

    @guarded
    async def status(_request: Request) -> Response:
        return Json(
            {
                "service": context.service,
                "version": _VERSION,
                "ready": True,
                "relay_active": relay.active,
                **asdict(await looking.look()),
            }
        )

    @guarded
    @describes(query=(_REASON, _LIMIT))
    async def listing(request: Request) -> Response:
        limit = number_of(request, "limit", default=1000, most=_MOST)
        items = await dead_letters.listing(context.pool, reason=request.query_params.get("reason") or None, limit=limit)
        return Json({"items": [{**item, "service": context.service} for item in items]})

    @guarded
    @describes()
    async def show(request: Request) -> Response:
        letter = await dead_letters.one(context.pool, request.path_params["id"])
        if letter is None:
            return problem(404, "There is no dead letter with this id.")
        return Json({**letter, "service": context.service})

    @guarded
    @describes()
    async def retry(request: Request) -> Response:
        letter_id: UUID = request.path_params["id"]
        try:
            found = await dead_letters.reopen(context.pool, context.keyring, letter_id, reread)
        except CannotOpenError:
            return problem(409, "The record's key was erased, or it is not in its topic any more.")
        except (KafkaError, TimeoutError):
            return problem(503, "The record has to be read from its topic again, and Kafka does not answer.")
        if found is None:
            return problem(404, "There is no open dead letter with this id.")
        subscription, record = found
        consumer = consumers.get(subscription)
        if consumer is None:
            return problem(409, f"This service no longer has a subscription called {subscription}.")
        findings = await consumer.attempt(record, letter_id, actor=acting(request))
        letter = await dead_letters.one(context.pool, letter_id)
        status = letter["status"] if letter else "open"
        return Json({"id": letter_id, "status": status, "findings": [finding.as_json() for finding in findings]})

    @guarded
    @describes(body=Discard)
    async def discard(request: Request) -> Response:
        reason = (await body_of(request, Discard, empty=b"{}")).reason
        async with context.pool.acquire() as connection, connection.transaction():
            found = await dead_letters.discard(connection, request.path_params["id"], acting(request), reason)
        if not found:
            return problem(404, "There is no open dead letter with this id.")
        return Json({"id": request.path_params["id"], "status": "discarded"})

    @guarded
    async def aside(_request: Request) -> Response:
        return Json({"items": await set_aside.listing(context.pool)})

    def resolving(resolve: Callable[[Connection, int, str], Awaitable[bool]], outcome: str) -> Endpoint:
        @guarded
        @describes()
        async def endpoint(request: Request) -> Response:
            row_id: int = request.path_params["id"]
            async with context.pool.acquire() as connection, connection.transaction():
                found = await resolve(connection, row_id, acting(request))
            if not found:
                return problem(404, "There is no set-aside row with this id that waits.")
            return Json({"id": row_id, "status": outcome})

        return endpoint

    @guarded
    @describes()
    async def resume(request: Request) -> Response:
        consumer = consumers.get(request.path_params["name"])
        if consumer is None:
            return problem(404, "This service has no subscription of this name.")
        if not consumer.own_dead_letters.resume():
            return problem(409, "This subscription is not paused.")
        return Json({"subscription": consumer.subscription.name, "status": "resumed"})

    return [
        Route("/status", status),
        Route("/outbox/set-aside", aside),
        Route("/outbox/set-aside/{id:int}/send", resolving(set_aside.send_again, "sent"), methods=["POST"]),
        Route("/outbox/set-aside/{id:int}/discard", resolving(set_aside.discard, "discarded"), methods=["POST"]),
        Route("/subscriptions/{name}/resume", resume, methods=["POST"]),
        Route("/dead-letters", listing),
        Route("/dead-letters/{id:uuid}", show),
        Route("/dead-letters/{id:uuid}/retry", retry, methods=["POST"]),
        Route("/dead-letters/{id:uuid}/discard", discard, methods=["POST"]),
    ]
