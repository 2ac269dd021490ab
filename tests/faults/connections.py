"""Faults between a service and its servers: connections cut or slow, rights taken and passwords changed."""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from random import Random
from typing import Any

import asyncpg
from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from deploy import topics
from deploy.local.services import SERVICE_NAMES
from tests.faults.processes import NotInjectedError, kill
from tests.faults.world import World

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, KafkaException)


def insist(work: Callable[[], Any], seconds: float = 90) -> Any:
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
    password = world.stack.client_properties(name)["sasl.password"]
    try:
        topics.ensure_user(world.admin, name, "not-what-the-service-knows")
        kill(world, name)
        time.sleep(rng.uniform(3, 5))
    except (KafkaException, TimeoutError) as error:
        raise NotInjectedError(type(error).__name__) from error
    finally:
        insist(lambda: topics.ensure_user(world.admin, name, password))


def write_right_removed(world: World, rng: Random) -> None:
    """A service may not write some of its topics for some seconds."""
    _without(world, rng, AclOperation.WRITE)


def read_right_removed(world: World, rng: Random) -> None:
    """A service may read neither some of its topics nor for its groups for some seconds."""
    _without(world, rng, AclOperation.READ)


def _without(world: World, rng: Random, operation: Any) -> None:
    name = rng.choice(SERVICE_NAMES)
    try:
        held = [acl for acl in _acls(world, name) if acl.operation == operation]
        taken = rng.sample(held, max(1, len(held) // 2)) if held else []
        if not taken:
            raise NotInjectedError(f"{name} has no such right")
        for future in world.admin.delete_acls([_filter(acl) for acl in taken]).values():
            future.result(20)
    except (KafkaException, TimeoutError) as error:
        raise NotInjectedError(type(error).__name__) from error
    try:
        time.sleep(rng.uniform(3, 5))
    finally:
        insist(lambda: topics.ensure_acls(world.admin, taken))


def _acls(world: World, name: str) -> list[Any]:
    anything: Any = None
    wanted = AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        f"User:{name}",
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    found = world.admin.describe_acls(wanted, request_timeout=10).result(10)
    return sorted(found, key=lambda acl: (str(acl.restype), acl.name, str(acl.operation)))


def _filter(acl: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        acl.restype,
        acl.name,
        acl.resource_pattern_type,
        acl.principal,
        acl.host,
        acl.operation,
        acl.permission_type,
    )
