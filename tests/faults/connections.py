"""Faults of who may do what: sessions ended or frozen, rights taken, passwords changed, credentials revoked."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from random import Random
from typing import Any

import asyncpg

from deploy.stack.consumer_groups import NoAnswerError
from deploy.stack.services import SERVICE_NAMES
from tests.faults.administration import (
    asked,
    delete_user,
    give_rights,
    rights_of,
    set_password,
    take_rights,
)
from tests.faults.cluster import PARTIES
from tests.faults.processes import NotInjectedError, kill
from tests.faults.world import AGENCIES, PROVIDERS, World

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, NoAnswerError)


def insist(work: Callable[[], Any], seconds: float = 300) -> Any:
    """Puts something right again, however many faults are in the way."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return work()
        except _AWAY:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def _database(world: World, database: str, sql: str) -> list[asyncpg.Record]:
    try:
        return world.query(database, sql)
    except _AWAY as error:
        raise NotInjectedError(type(error).__name__) from error


def database_connections_cut(world: World, rng: Random) -> None:
    """Every connection of a service is terminated, in the keyring's database too."""
    name = rng.choice(SERVICE_NAMES)
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'"  # noqa: S608
    if not _database(world, "postgres", cut):
        raise NotInjectedError(f"{name} had no connection")


def relay_connection_cut(world: World, rng: Random) -> None:
    """Only the connection that holds the relay's lock is terminated."""
    name = f"parley-{rng.choice(SERVICE_NAMES)}-relay"
    cut = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{name}'"  # noqa: S608
    if not _database(world, "postgres", cut):
        raise NotInjectedError(f"{name} had no connection")


def database_frozen(world: World, rng: Random) -> None:
    """A service's sessions stop in the middle of what they do, and go on some seconds later."""
    name = rng.choice(SERVICE_NAMES)
    rows = _database(world, "postgres", f"SELECT pid FROM pg_stat_activity WHERE usename = '{name}'")  # noqa: S608
    if not rows:
        raise NotInjectedError(f"{name} had no connection")
    try:
        for row in rows:
            with contextlib.suppress(ProcessLookupError):
                os.kill(row["pid"], signal.SIGSTOP)
        time.sleep(rng.uniform(0.5, 2.5))
    finally:
        for row in rows:
            with contextlib.suppress(ProcessLookupError):
                os.kill(row["pid"], signal.SIGCONT)


def slow_commits(world: World, rng: Random) -> None:
    """For some seconds a service's transactions commit up to 150 ms after they took their ids."""
    name = rng.choice(SERVICE_NAMES)
    make_slow(world, name, 0.15)
    try:
        time.sleep(rng.uniform(2, 5))
    finally:
        insist(lambda: make_slow(world, name, 0))


def make_slow(world: World, name: str, longest_s: float) -> None:
    """How long, at most, a transaction of this service waits before it commits."""
    try:
        world.query(name, "UPDATE faults.slowness SET longest_s = $1", longest_s)
    except _AWAY as error:
        if longest_s:
            raise NotInjectedError(type(error).__name__) from error
        raise


def password_changed(world: World, rng: Random) -> None:
    """A service's Kafka password is another one for some seconds, and the service has to sign in again."""
    name = rng.choice(SERVICE_NAMES)
    kafka = world.stack.admin_properties()
    password = world.stack.client_properties(name)["sasl.password"]
    try:
        asked(set_password, kafka, name, "not-what-the-service-knows")
        kill(world, name)
        time.sleep(rng.uniform(3, 5))
    except NoAnswerError as error:
        raise NotInjectedError(str(error)) from error
    finally:
        insist(lambda: asked(set_password, kafka, name, password))


def write_right_removed(world: World, rng: Random) -> None:
    """A service may not write some of its topics for some seconds."""
    _without(world, rng, "WRITE")


def read_right_removed(world: World, rng: Random) -> None:
    """A service may neither read some of its topics nor be in some of its groups for some seconds."""
    _without(world, rng, "READ")


def _without(world: World, rng: Random, operation: str) -> None:
    name = rng.choice(SERVICE_NAMES)
    kafka = world.stack.admin_properties()
    held = insist(lambda: asked(rights_of, kafka, name, operation))
    if not held:
        raise NotInjectedError(f"{name} has none at this moment")  # Its credential is revoked.
    try:
        asked(take_rights, kafka, rng.sample(held, max(1, len(held) // 2)))
        time.sleep(rng.uniform(3, 5))
    except NoAnswerError as error:
        raise NotInjectedError(str(error)) from error
    finally:
        # Whatever was taken, also where nobody knows.
        insist(lambda: asked(give_rights, kafka, held))


def front_door_revoked(world: World, rng: Random) -> None:
    """A front door's credential and all its rights are taken from it in the middle of its work, and given back."""
    _revoked(world, rng, f"agency.{rng.choice(AGENCIES)}", PARTIES)


def provider_revoked(world: World, rng: Random) -> None:
    """The same for a provider."""
    _revoked(world, rng, f"provider.{rng.choice(PROVIDERS)}", PARTIES)


def service_revoked(world: World, rng: Random) -> None:
    """The same for a service."""
    name = rng.choice(SERVICE_NAMES)
    _revoked(world, rng, name, name)


def _revoked(world: World, rng: Random, user: str, listener: str) -> None:
    kafka = world.stack.admin_properties()
    password = world.stack.client_properties(user)["sasl.password"]
    held = insist(lambda: asked(rights_of, kafka, user, "ANY"))
    try:
        asked(delete_user, kafka, user)
        asked(take_rights, kafka, held)
        # Who is in stays in: only a new connection asks for the password.
        world.links.cut([f"{listener}/{node}" for node in world.kafka_names()])
        time.sleep(rng.uniform(2, 6))
    except NoAnswerError as error:
        raise NotInjectedError(str(error)) from error
    finally:
        insist(lambda: asked(set_password, kafka, user, password))
        insist(lambda: asked(give_rights, kafka, held))
