"""A full disk, for a Kafka node and for PostgreSQL: a real ENOSPC, and later space again."""

import time
from collections.abc import Callable
from contextlib import suppress
from random import Random

import asyncpg

from tests.faults.connections import insist
from tests.faults.processes import NotInjectedError, postgres_restarted
from tests.faults.world import World

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)
_FULL_MESSAGE = b"No space left on device"


def kafka_disk_full(world: World, rng: Random) -> None:
    """A node can't write any more: it ends, keeps failing to start while there is no room, and then returns."""
    name = next(name for name in world.disks if name != "postgres")
    with world.one_loss:
        first = world.process(name)
        if first is None:
            raise NotInjectedError(f"{name} was away already")
        _fill(world, name, lambda: world.process(name) != first, rng)
        insist(lambda: _running(world, name), seconds=60)


def postgres_data_full(world: World, rng: Random) -> None:
    """PostgreSQL can't make its tables and files longer."""
    _fill(world, "postgres", lambda: True, rng)
    _postgres_returns(world, rng)


def postgres_log_full(world: World, rng: Random) -> None:
    """PostgreSQL has no room for its write-ahead log: it stops in a panic, and recovers when there is room."""

    def panics() -> bool:
        with suppress(*_AWAY):
            # Full segments are used up, so the next one has to be made.
            world.query("postgres", "SELECT pg_logical_emit_message(true, '', repeat('x', 4000000)), pg_switch_wal()")
        return b"PANIC" in _new_text(world, "postgres", began)

    began = _length(world, "postgres")
    _fill(world, "postgres", panics, rng)
    _postgres_returns(world, rng)


def _postgres_returns(world: World, rng: Random) -> None:
    """By itself; or, where its recovery met the full disk too, when an operator starts it again.

    Seen of PostgreSQL 18.4: the startup process ends for want of space, and the postmaster waits for it for ever.
    """
    try:
        insist(lambda: world.query("postgres", "SELECT 1"), seconds=60)
    except _AWAY:
        world.seen["PostgreSQL hung in a recovery on a full disk and was started again"] += 1
        postgres_restarted(world, rng)
        insist(lambda: world.query("postgres", "SELECT 1"))


def _fill(world: World, name: str, hurts: Callable[[], bool], rng: Random) -> None:
    """Full until it hurts and the server said why, and some seconds longer."""
    disk, began = world.disks[name], _length(world, name)
    try:
        disk.fill()
        deadline = time.monotonic() + 15
        while not (hurts() and _FULL_MESSAGE in _new_text(world, name, began)):
            if time.monotonic() > deadline:
                raise NotInjectedError(f"{name} had nothing to write that needed room")
            time.sleep(0.1)
        world.seen[f"{name.rstrip('-0123456789')} said: no space left on device"] += 1
        time.sleep(rng.uniform(1, 4))
    finally:
        disk.make_room()


def _length(world: World, name: str) -> int:
    return world.servers[name].log.stat().st_size


def _new_text(world: World, name: str, since: int) -> bytes:
    with world.servers[name].log.open("rb") as log:
        log.seek(since)
        return log.read()


def _running(world: World, name: str) -> None:
    if world.process(name) is None:
        raise TimeoutError(f"{name} does not run")
