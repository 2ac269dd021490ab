"""Brings the stack up in this process, keeps it up, and takes it down when told to.

`python -m deploy.stack.boot HOME` is the detached supervisor; `parley up` without `--detach` runs the same in its own
process. Other commands follow through the state file.
"""

import argparse
import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from confluent_kafka import KafkaException

from deploy.stack import entrance, kafka, key_uses, postgres, raw_records, topics
from deploy.stack.certificates import Authority
from deploy.stack.connecting import Connecting
from deploy.stack.consumer_groups import NoAnswerError
from deploy.stack.credentials import ensure_users, known_users
from deploy.stack.databases import migrate, provision_databases, unsealed_letters, wait_for_postgres
from deploy.stack.erased_keys import keep_erased_keys_cleared
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, describe_stack
from deploy.stack.identity import Identity
from deploy.stack.kafka_rights import revoked_users
from deploy.stack.log_file import tail
from deploy.stack.ports import PortClaims
from deploy.stack.recovery import check_room, end_left_over
from deploy.stack.services import SERVICES
from deploy.stack.settings import Outside, choose_addresses
from deploy.stack.supervised import ProcessSpec, SupervisedProcess
from deploy.stack.supervisor import Supervisor, only_supervisor
from services import TOPOLOGY
from shared.access.roles import Purpose

PROJECT = Path(__file__).resolve().parents[2]
# Generous: a busy machine is slow, and whatever ends by itself is noticed at once.
_READY_SECONDS = 240
_ANSWERS_SECONDS = 180
# A service may wait for another to have started; PostgreSQL for the last processes of a killed one to end.
_RESTARTS_THAT_MEAN_BROKEN = 5
_RESTARTS_THAT_MEAN_BROKEN_KAFKA = 2
_BETWEEN_ROUNDS_S = 60 * 60.0

_log = logging.getLogger("parley.supervisor")

Listener = Callable[[str, str], None]
"""Called with ("step" | "note", text) as the start goes on."""


@dataclass(frozen=True)
class Parts:
    """What a start brings up beside PostgreSQL."""

    broker: bool = True
    services: tuple[tuple[str, str], ...] = SERVICES
    sign_in: bool = True
    """The entrance, and the identity provider unless it runs elsewhere."""


PARTS: Mapping[str, Parts] = {
    "all": Parts(),
    "backing": Parts(services=(), sign_in=False),
    "sign-in": Parts(broker=False, services=()),
    "without-sign-in": Parts(sign_in=False),
}
"""What tests and tools start of it, by name."""


class Boot:
    """One life of the stack of a home."""

    def __init__(self, home: Home, listener: Listener, parts: Parts = Parts()) -> None:
        self._home = home
        self._listener = listener
        self._parts = parts
        self._supervisor = Supervisor(home)
        self._claims = PortClaims()
        self._stop = asyncio.Event()
        self._services_are_ready = asyncio.Event()
        self._identity: asyncio.Task[None] | None = None
        self._deleting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Start, stay until SIGINT or SIGTERM, stop. Raises `ParleyError` where the start failed, all stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._asked_to_stop)
        with only_supervisor(self._home):
            starting = asyncio.create_task(self._start())
            stopping = asyncio.create_task(self._stop.wait())
            try:
                await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
                if starting.done():
                    starting.result()
                    self._services_are_ready.set()
                    self._supervisor.report(phase="ready", step="")
                    self._listener("ready", "")
                    await stopping
            except Exception as error:
                self._supervisor.report(error=describe_error(error))
                raise ParleyError(describe_error(error)) from error
            finally:
                under_way = [task for task in (starting, self._identity, self._deleting) if task is not None]
                for task in under_way:
                    task.cancel()
                await asyncio.wait(under_way)
                self._supervisor.report(phase="stopping", step="Stopping")
                self._listener("step", "Stopping: services, Kafka, PostgreSQL")
                await self._supervisor.stop_all()
                self._claims.release()
                self._supervisor.report(phase="stopped", step="")

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            self._supervisor.hurry()
        self._stop.set()

    def _step(self, text: str) -> None:
        self._supervisor.report(step=text)
        self._listener("step", text)

    def _note(self, text: str) -> None:
        self._supervisor.report(note=text)
        self._listener("note", text)

    async def _start(self) -> None:
        home = self._home
        outside = Outside.from_environment()
        for ended in await asyncio.to_thread(end_left_over, home):
            self._note(ended)
        check_room(home)
        Authority(home.tls)
        if note := choose_addresses(home, outside, self._claims):
            self._note(note)
        stack = describe_stack(home)
        if stack.second_factor == () and not stack.external_identity:
            self._note("Nobody is asked for a second factor here: PARLEY_SECOND_FACTOR is `none`.")
        self._step("Starting PostgreSQL and Kafka" if self._parts.broker else "Starting PostgreSQL")
        async with asyncio.TaskGroup() as together:
            together.create_task(self._databases(stack, outside))
            if self._parts.broker:
                together.create_task(self._broker(stack, outside))
        if self._parts.sign_in:
            self._supervisor.start(entrance.prepare(stack, with_identity=not outside.identity))
            if not outside.identity:
                provider = Identity(stack, self._supervisor, self._note)
                self._identity = asyncio.create_task(provider.keep(self._services_are_ready))
        if self._parts.services:
            self._step("Bringing the databases up to date")
            await migrate(stack)
            self._step(f"Starting {', '.join(name for name, _ in self._parts.services)}")
            started = [self._supervisor.start(_service(stack, *service)) for service in self._parts.services]
            await self._wait_until_ready(stack, started)
            retention_s = home.remembered()["raw_retention_hours"] * 3600
            self._deleting = asyncio.create_task(_rounds(stack, retention_s))

    async def _databases(self, stack: Stack, outside: Outside) -> None:
        process = None
        if not outside.postgres_url:
            await postgres.fetch(self._step)
            process = self._supervisor.start(await postgres.prepare(stack))
        problem = await _first(wait_for_postgres(stack, _ANSWERS_SECONDS), process, _RESTARTS_THAT_MEAN_BROKEN)
        if problem is not None:
            cause = postgres.explain_failure(self._home) if process else problem
            raise ParleyError(f"PostgreSQL does not answer: {cause}")
        await provision_databases(stack)

    async def _broker(self, stack: Stack, outside: Outside) -> None:
        process = None
        if not outside.kafka:
            await kafka.fetch_jars(self._step)
            process = self._supervisor.start(await kafka.prepare(stack))
        problem = await _first(wait_for_kafka(stack, _ANSWERS_SECONDS), process, _RESTARTS_THAT_MEAN_BROKEN_KAFKA)
        if problem is not None:
            cause = kafka.explain_failure(self._home) if process else problem
            raise ParleyError(f"Kafka at {stack.kafka_bootstrap} does not answer: {cause}")
        await asyncio.to_thread(provision_topics, stack)

    async def _wait_until_ready(self, stack: Stack, started: list[SupervisedProcess]) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        waiting = {process.spec.name: process for process in started}
        headers = {"Authorization": f"Bearer {stack.machine_token(Purpose.HEALTH)}"}
        async with httpx.AsyncClient(timeout=2, trust_env=False, headers=headers, verify=stack.trust) as client:
            while waiting:
                for name, process in list(waiting.items()):
                    if await _is_ready(client, stack.http_url(name)):
                        del waiting[name]
                        self._step(f"Waiting for {', '.join(waiting)}" if waiting else "All are ready")
                    elif process.restarts >= _RESTARTS_THAT_MEAN_BROKEN or time.monotonic() > deadline:
                        why = f"ended {process.restarts} times" if process.restarts else "is not ready"
                        raise ParleyError(f"{name} {why}. Its log, {process.log}, ends with:\n{tail(process.log)}")
                await asyncio.sleep(0.05)


async def wait_for_kafka(stack: Stack, seconds: float) -> str | None:
    """Wait until the administrator gets in. None when it did, else what stood in the way."""
    connecting = Connecting(stack.admin_properties() | {"reconnect.backoff.max.ms": "200"})
    deadline = time.monotonic() + seconds
    while True:
        # Short calls: a thread can't be cancelled, and Ctrl-C must not wait for it.
        problem = await asyncio.to_thread(connecting.reach, 1.0)
        if problem is None or time.monotonic() > deadline:
            return problem
        await asyncio.sleep(0.05)


def describe_error(error: BaseException) -> str:
    """One line for the user; of a group of errors, the first that says what to do."""
    while isinstance(error, BaseExceptionGroup):
        error = next((e for e in error.exceptions if isinstance(e, ParleyError)), error.exceptions[0])
    return str(error) if isinstance(error, ParleyError) else f"{type(error).__name__}: {error}"


def provision_topics(stack: Stack) -> None:
    """Make what is missing of the services' topics, and of users and ACLs for whoever writes or reads them."""
    admin = topics.admin_client(stack.admin_properties())
    definitions = (*TOPOLOGY.internal_topics(), *TOPOLOGY.changelog_topics())
    users = {user for definition in definitions for user in (*definition.writers, *definition.readers)}
    revoked = revoked_users(topics.present_acls(admin))
    # Users of earlier starts too: their credentials name the address, and an outside Kafka may be a new one.
    ensure_users(stack, admin, sorted((users | set(known_users(stack.home))) - revoked))
    topics.ensure_principal_topics(admin, definitions, without=revoked)
    raw_records.keep_everything(admin)


async def _rounds(stack: Stack, retention_s: float) -> None:
    """What is deleted from disks from time to time, for as long as the stack runs."""
    await asyncio.gather(
        delete_processed_records(stack, retention_s), keep_erased_keys_cleared(stack), key_uses.keep_to_term(stack)
    )


async def delete_processed_records(stack: Stack, retention_s: float) -> None:
    """Deletes what parties sent once it is processed and old enough, in rounds, for as long as the stack runs."""
    while True:
        await asyncio.sleep(min(_BETWEEN_ROUNDS_S, retention_s / 4))
        try:
            kept = raw_records.unsealed_letters(await unsealed_letters(stack))
            done = await asyncio.to_thread(
                raw_records.delete_processed, stack.admin_properties(), TOPOLOGY, retention_s, kept
            )
        except (NoAnswerError, KafkaException, TimeoutError, OSError, asyncpg.PostgresError) as error:
            _log.warning("Processed records were not deleted: %s. It is tried again.", type(error).__name__)
            continue
        if done.deleted:
            _log.info("Deleted processed records from %s", ", ".join(done.deleted))
        for each in done.overdue:
            _log.warning("Kept %d records in %s: they have still to be read", each.records, each.topic)


def _service(stack: Stack, name: str, module: str) -> ProcessSpec:
    def environment() -> dict[str, str]:
        return stack.process_environment(name) | {"PYTHONUNBUFFERED": "1"}

    return ProcessSpec(
        name=name,
        command=(sys.executable, "-m", module),
        environment=environment(),
        renewed=environment,
        folder=PROJECT,
        tier=2,
        stop_seconds=12,
    )


async def _first(waiting: Any, process: SupervisedProcess | None, restarts: int) -> str | None:
    """The answer of `waiting`, or sooner: that the process keeps ending."""
    task: asyncio.Task[str | None] = asyncio.create_task(waiting)
    try:
        while not task.done():
            if process is not None and process.restarts >= restarts:
                return "it keeps ending"
            await asyncio.wait((task,), timeout=0.1)
        return task.result()
    finally:
        task.cancel()


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        # A service that runs and cannot read one party's partition says that it is not ready; it has started.
        return bool((await client.get(f"{url}/health/ready")).json()["running"])
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        return False


def main(arguments: list[str]) -> int:
    """The detached supervisor: everything that it has to say goes to the state file."""
    parser = argparse.ArgumentParser(description="The supervisor of a local stack.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--parts", choices=sorted(PARTS), default="all", help="what to start")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    boot = Boot(Home(options.home), lambda kind, text: _log.info("%s %s", kind, text), PARTS[options.parts])
    try:
        asyncio.run(boot.run())
    except ParleyError:
        _log.exception("The stack did not start.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
