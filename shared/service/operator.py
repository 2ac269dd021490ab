"""The operator's HTTP API, the same in every service: status, dead letters and set-aside rows, with a bearer token."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from functools import wraps
from typing import Any
from uuid import UUID

import orjson
from aiokafka.errors import KafkaError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.contracts.dead_letters import DiscardReason
from shared.contracts.strict_json import StrictJsonError, check_json
from shared.messaging.consuming import dead_letters
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.rereading import read_again
from shared.messaging.core.records import Finding, Record
from shared.messaging.publishing import set_aside
from shared.messaging.publishing.relay import Relay
from shared.postgres.connection import Connection
from shared.privacy.sealing import CannotOpenError
from shared.service.alarms import Watch
from shared.service.definition import Context
from shared.service.requests import InvalidRequestError
from shared.service.staff import UNNAMED, Staff

_LONGEST_NAME = 100
Endpoint = Callable[[Request], Awaitable[Response]]


class Json(Response):
    """A JSON response that can hold UUIDs and times."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Serialises values as repositories return them."""
        return orjson.dumps(content, default=str)


def problem(status: int, detail: str) -> Json:
    """An error response with a plain sentence."""
    return Json({"detail": detail}, status_code=status)


def invalid(findings: Sequence[Finding]) -> Json:
    """The response to an invalid request: each field with the rule that it breaks."""
    return Json({"errors": [finding.as_json() for finding in findings]}, status_code=422)


def operator_only(endpoint: Endpoint) -> Endpoint:
    """Admits only requests with the operator's token, and answers invalid ones with their findings.

    The token comes from `PARLEY_OPERATOR_TOKEN`. Whoever acts is an id within (`acting`), and has a name again in the
    response.
    """

    @wraps(endpoint)
    async def guarded(request: Request) -> Response:
        expected: str = request.app.state.operator_token
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not expected or not hmac.compare_digest(given.encode(), expected.encode()):
            return problem(401, "This needs the operator's token.")
        staff: Staff = request.app.state.staff
        name = request.headers.get("x-operator", "")[:_LONGEST_NAME].strip() or UNNAMED
        # Who only looks stands nowhere.
        request.state.acting = staff.id_of(name) if request.method == "GET" else await staff.acts(name)
        try:
            response = await endpoint(request)
        except InvalidRequestError as error:
            response = invalid(error.findings)
        if isinstance(response, Json):
            response.body = await staff.with_names(bytes(response.body))
            response.headers["content-length"] = str(len(response.body))
        return response

    return guarded


def acting(request: Request) -> str:
    """The id of whoever the caller says that they are, for the audit trail: the token itself is shared."""
    who: str = request.state.acting
    return who


def operator_routes(
    context: Context, relay: Relay, consumers: Mapping[str, Consumer], watch: Watch | None = None
) -> list[Route]:
    """GET /status, GET /dead-letters, GET /dead-letters/{id}, POST /dead-letters/{id}/retry and /discard; GET
    /outbox/set-aside, POST /outbox/set-aside/{id}/send and /discard; POST /subscriptions/{name}/resume.
    """
    looking = watch or Watch(context.pool, consumers.values())

    async def reread(topic: str, partition: int, offset: int) -> Record | None:
        return await read_again(context.settings, topic, partition, offset)

    @operator_only
    async def status(_request: Request) -> Response:
        return Json(
            {
                "service": context.service,
                "ready": True,
                "relay_active": relay.active,
                **asdict(await looking.look()),
            }
        )

    @operator_only
    async def listing(request: Request) -> Response:
        limit = request.query_params.get("limit", "1000")
        if not limit.isdigit() or not 0 < int(limit) <= 100_000:
            return problem(422, "limit: must be a number from 1 to 100000")
        items = await dead_letters.listing(
            context.pool, reason=request.query_params.get("reason") or None, limit=int(limit)
        )
        return Json({"items": [{**item, "service": context.service} for item in items]})

    @operator_only
    async def show(request: Request) -> Response:
        letter = await dead_letters.one(context.pool, request.path_params["id"])
        if letter is None:
            return problem(404, "There is no dead letter with this id.")
        return Json({**letter, "service": context.service})

    @operator_only
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

    @operator_only
    async def discard(request: Request) -> Response:
        try:
            content = await request.body()
            check_json(content)
            reason = DiscardReason(orjson.loads(content)["reason"])
        except (StrictJsonError, orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return invalid([Finding("reason", f"must be one of {', '.join(DiscardReason)}")])
        async with context.pool.acquire() as connection, connection.transaction():
            found = await dead_letters.discard(connection, request.path_params["id"], acting(request), reason)
        if not found:
            return problem(404, "There is no open dead letter with this id.")
        return Json({"id": request.path_params["id"], "status": "discarded"})

    @operator_only
    async def aside(_request: Request) -> Response:
        return Json({"items": await set_aside.listing(context.pool)})

    def resolving(resolve: Callable[[Connection, int, str], Awaitable[bool]], outcome: str) -> Endpoint:
        @operator_only
        async def endpoint(request: Request) -> Response:
            row_id: int = request.path_params["id"]
            async with context.pool.acquire() as connection, connection.transaction():
                found = await resolve(connection, row_id, acting(request))
            if not found:
                return problem(404, "There is no set-aside row with this id that waits.")
            return Json({"id": row_id, "status": outcome})

        return endpoint

    @operator_only
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
