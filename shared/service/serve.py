"""Runs a service: starts pools, subscriptions, relay and HTTP, and stops them in order on SIGTERM."""

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

import asyncpg
import structlog
import uvicorn
from faststream.kafka import KafkaBroker
from faststream.kafka.prometheus import KafkaPrometheusMiddleware
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from shared.access.actions import Action
from shared.audit.recorder import AnchorPolicy, Recorder
from shared.contracts.manifest import Manifest
from shared.messaging.changelog.writer import Changelog
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.inbox_retention import InboxRetention
from shared.messaging.consuming.limit import Limit
from shared.messaging.consuming.subscriber import subscribe
from shared.messaging.core.admission import Admission
from shared.messaging.core.connection import bootstrap_servers, faststream_security
from shared.messaging.publishing.relay import Relay
from shared.messaging.timers.clock import Clock
from shared.messaging.timers.firing import Timers
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring
from shared.privacy.sealed_records import RecordKeys
from shared.privacy.unwrapping import unwrapping_for
from shared.service.alarms import Watch
from shared.service.answers import Json, problem
from shared.service.audit_routes import audit_routes
from shared.service.clock_routes import clock_routes
from shared.service.definition import Background, Context, Wire, Wiring
from shared.service.described import describes
from shared.service.drift import check_requests, check_subscriptions
from shared.service.ended_sign_ins import EndedSignIns
from shared.service.gate import Gate, gate_of, guarded, reads_nothing
from shared.service.headers import WHERE_MISSING, kept_by_nobody
from shared.service.key_encryption import key_encryption_of
from shared.service.memory import freeze_startup_objects
from shared.service.operator import operator_routes
from shared.service.retention import Retention
from shared.service.settings import ServiceSettings
from shared.service.staff import Staff
from shared.service.subject_access import subject_access_routes
from shared.telemetry import metrics
from shared.telemetry.logging import configure

log = structlog.get_logger()

# A batch in flight is finished before the process stops; after this long the broker reassigns it anyway.
_GRACE_S = 8.0
_METADATA_MS = 300_000
# How long a transient error is retried before partitions are tried separately and the affected ones paused.
_PATIENCE_S = 2.0
_LONGEST_STOP_S = 30.0
# Background work that does not end when cancelled is cancelled again after this long.
_ASK_AGAIN_S = 1.0


@dataclass(frozen=True)
class Machinery:
    """What the requests that every service answers look at."""

    relay: Relay
    timers: Timers
    consumers: Mapping[str, Consumer]
    watch: Watch
    broker: KafkaBroker
    retention: Retention


class Process:
    """Everything that one service runs in this process."""

    def __init__(self, manifest: Manifest, settings: ServiceSettings, wire: Wire) -> None:
        self._manifest = manifest
        self._service = manifest.name
        self._settings = settings
        self._wire = wire
        self._registry = metrics.REGISTRY
        self.ready = False

    @contextlib.asynccontextmanager
    async def running(self, app: Starlette) -> AsyncIterator[None]:
        """Starlette's lifespan: starts everything and stops it in reverse order."""
        async with contextlib.AsyncExitStack() as stack:
            # A process that hangs while stopping would keep its partitions and locks, and not be restarted.
            at_the_latest = threading.Timer(_LONGEST_STOP_S, _end_at_once)
            at_the_latest.daemon = True
            stack.callback(at_the_latest.cancel)
            settings = self._settings
            pool = await open_pool(
                settings.database_url.get_secret_value(), connections=settings.database_connections, name=self._service
            )
            stack.push_async_callback(_close, pool)
            keyring_pool = await open_pool(
                settings.keyring_url.get_secret_value(), connections=4, name=f"{self._service}-keyring"
            )
            stack.push_async_callback(_close, keyring_pool)
            keyring = Keyring(keyring_pool, *key_encryption_of(settings))
            context = Context(
                self._service, settings, pool, keyring, Clock(settings.clock, follows=settings.calendar == "follows")
            )
            activity = context.activity
            staff = app.state.staff = Staff(pool, keyring)
            if self._manifest.pages:
                app.state.ended_sign_ins = EndedSignIns(pool)
            wiring = self._wire(context)
            recorder = app.state.recorder = Recorder(
                self._service,
                pool,
                wiring.concerned_by,
                AnchorPolicy(settings.audit_anchor_entries, settings.audit_anchor_minutes * 60),
                activity.note,
            )
            check_subscriptions(self._manifest, wiring.subscriptions)
            check_requests(self._manifest, wiring.routes)
            relay = Relay(settings, self._service, activity)
            timers = Timers(self._service, wiring.timers, pool, context.clock, activity)
            limit = Limit(settings.dead_letter_limit, settings.dead_letter_window_s)
            consumers = {
                subscription.name: Consumer(self._service, subscription, pool, keyring, _PATIENCE_S, limit)
                for subscription in wiring.subscriptions
            }
            broker = self._broker()
            readings = [
                subscribe(broker, self._service, consumer, settings, activity) for consumer in consumers.values()
            ]
            inbox_retention = InboxRetention(pool, readings, timedelta(days=settings.duplicate_window_days))
            retention = Retention(context, wiring.retention)
            admission = Admission(settings)
            watch = Watch(pool, consumers.values(), readings, admission, keyring.unwrapping)
            machinery = Machinery(relay, timers, consumers, watch, broker, retention)
            app.router.routes.extend(self.routes(context, wiring, machinery))
            own: list[tuple[str, Background]] = [
                ("relay", relay.run),
                ("admission", admission.run),
                ("timers", timers.run),
                ("inbox-retention", inbox_retention.run),
                ("retention", retention.run),
                ("audit", recorder.keep_anchored),
                ("staff", partial(staff.keep_sealed, self._service, wiring.staff)),
            ]
            if self._manifest.changelog:
                own.append(("changelog", Changelog(settings, self._service, activity).run))
            for name, work in (*own, *_named(wiring.background)):
                task = asyncio.create_task(_run_forever(name, work), name=name)
                stack.push_async_callback(_cancelled, task)
            await broker.start()
            stack.push_async_callback(broker.stop)
            freeze_startup_objects()
            self.ready = True
            log.info("service started", subscriptions=list(consumers))
            yield
            self.ready = False
            log.info("service stops")
            at_the_latest.start()

    def routes(self, context: Context, wiring: Wiring, machinery: Machinery | None = None) -> list[BaseRoute]:
        """Everything that the service answers over HTTP. Without machinery only what it would answer can be seen."""
        parts = machinery or Machinery(
            Relay(self._settings, self._service),
            Timers(self._service, wiring.timers, context.pool, context.clock),
            {},
            Watch(context.pool),
            self._broker(),
            Retention(context, wiring.retention),
        )
        return [
            *self._health(context.pool, parts.broker, parts.watch),
            *self._record_keys(),
            *operator_routes(context, parts.relay, parts.consumers, parts.watch),
            *clock_routes(context, parts.timers),
            *audit_routes(context),
            *subject_access_routes(context, wiring.concerned_by),
            *parts.retention.routes(),
            *wiring.routes,
        ]

    def _broker(self) -> KafkaBroker:
        settings = self._settings
        return KafkaBroker(
            bootstrap_servers(settings),
            security=faststream_security(settings),
            client_id=self._service,
            acks="all",
            enable_idempotence=True,
            allow_auto_create_topics=False,
            # Its own producer sends nothing. Consumers ask as often as their topics need (`refresh_metadata`).
            metadata_max_age_ms=_METADATA_MS,
            graceful_timeout=_GRACE_S,
            middlewares=(KafkaPrometheusMiddleware(registry=self._registry, app_name=self._service),),
            logger=None,
            # Handlers take the message unconverted.
            apply_types=False,
        )

    def _health(self, pool: "asyncpg.Pool[asyncpg.Record]", broker: KafkaBroker, watch: Watch) -> Sequence[BaseRoute]:
        async def live(_request: Request) -> Response:
            return Json({"live": True})

        @describes(statuses=(503,))
        async def ready(request: Request) -> Response:
            checks = {"started": self.ready, "database": False, "kafka": False}
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                checks["database"] = await pool.fetchval("SELECT true", timeout=2)
            with contextlib.suppress(Exception):
                checks["kafka"] = await broker.ping(timeout=2)
            started = all(checks.values())
            # The service runs but does not process all of its input: it must not count as healthy.
            checks["reading"] = not watch.unreadable()
            checks["subscriptions"] = not watch.paused()
            checks["admitted"] = watch.refusal() is None
            healthy = all(checks.values())
            status_code = 200 if healthy else 503
            gate: Gate = request.app.state.gate
            if not await gate.may(request, Action.HEALTH_READ):
                return Json({"ready": healthy}, status_code=status_code)
            why = {"paused": watch.paused(), "unreadable": watch.unreadable(), "refused": watch.refusal()}
            return Json({"ready": healthy, "running": started, **checks, **why}, status_code=status_code)

        @guarded
        @describes(answers="text/plain")
        async def expose_metrics(_request: Request) -> Response:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await asyncio.wait_for(watch.look(), 2)
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

        return [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", expose_metrics)]

    def _record_keys(self) -> Sequence[BaseRoute]:
        """Public keys, for whoever may send records: no secret, and nothing of the service's state."""
        if self._settings.record_keys_file is None:
            return []
        keys = RecordKeys(self._settings.record_keys_file)

        async def published(_request: Request) -> Response:
            return Json(keys.published())

        return [Route("/record-keys", published)]


def hosts_checked(settings: ServiceSettings) -> Middleware:
    """Refuses a request whose `Host` is none of the service's, before anything else looks at it."""
    return Middleware(TrustedHostMiddleware, allowed_hosts=list(settings.http_hosts), www_redirect=False)


async def _refused(_request: Request, error: Exception) -> Response:
    """What no route answers: a sentence, in the shape of every other refusal."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is called for nothing else
    return problem(error.status_code, f"{HTTPStatus(error.status_code).phrase}.", error.headers)


async def _failed(_request: Request, _error: Exception) -> Response:
    """An error of ours: the log says which, and the answer nothing. No other middleware sees this one."""
    return problem(500, "An error of the service; its log says which.", WHERE_MISSING)


def application(settings: ServiceSettings, **more: Any) -> Starlette:
    """A service's HTTP, with what stands before and behind every route: its hosts, its reach, and how it refuses."""
    return Starlette(
        middleware=[kept_by_nobody(), hosts_checked(settings), reads_nothing()],
        exception_handlers={HTTPException: _refused, Exception: _failed},
        **more,
    )


def serve(manifest: Manifest, settings: ServiceSettings, wire: Wire) -> None:
    """Runs a service until SIGTERM or SIGINT. Exits with 1 and a plain line in the log where it cannot start.

    It does not start where it subscribes to, or serves, anything else than its manifest names.
    """
    configure(manifest.name, settings.log_level)
    process = Process(manifest, settings, wire)
    app = application(settings, lifespan=process.running)
    app.state.gate = gate_of(settings, manifest.requests)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="127.0.0.1",
            port=settings.http_port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=2,
            ssl_certfile=settings.http_certificate_file,
            ssl_keyfile=settings.http_key_file,
        )
    )
    server.run()
    if not server.started:
        sys.exit(1)


def _end_at_once() -> None:
    log.error("service did not stop in time and is killed", seconds=_LONGEST_STOP_S)
    os._exit(1)


def _named(background: Sequence[Background]) -> list[tuple[str, Background]]:
    return [(getattr(work, "__name__", "background"), work) for work in background]


async def _run_forever(name: str, work: Background) -> None:
    while True:
        try:
            with unwrapping_for(f"work:{name}"):
                await work()
        except Exception as error:  # it must not end silently: the service would look healthy
            log.error("background work failed and starts again", work=name, fault=type(error).__name__)
        await asyncio.sleep(1)


async def _cancelled(task: "asyncio.Task[None]") -> None:
    """Cancels background work until it ends: a client library's clean-up may replace the cancellation by an error."""
    while not task.done():
        task.cancel()
        await asyncio.wait((task,), timeout=_ASK_AGAIN_S)
    if not task.cancelled() and (error := task.exception()):
        log.warning("background work ended with an error", work=task.get_name(), fault=type(error).__name__)


async def _close(pool: "asyncpg.Pool[asyncpg.Record]") -> None:
    try:
        await asyncio.wait_for(pool.close(), 3)
    except TimeoutError:
        pool.terminate()
