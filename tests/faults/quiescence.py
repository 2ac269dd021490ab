"""When a campaign has come to rest: every group has read all, every outbox is empty, nothing new in between."""

import time
from collections.abc import Callable, Sequence

import asyncpg
from confluent_kafka import KafkaException

from deploy.stack.consumer_groups import NoAnswerError
from deploy.stack.services import SERVICE_NAMES, WITH_CHANGELOG
from tests.faults.administration import asked, unread
from tests.faults.records import Watcher
from tests.faults.traffic import ProviderClient
from tests.faults.world import World

_AWAY = (KafkaException, OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError, NoAnswerError)


def wait_for_quiescence(
    world: World, clients: Sequence[ProviderClient], seconds: float, progress: Callable[[str], None]
) -> list[str]:
    """Returns what is not at rest after `seconds` in which nothing moved; nothing where all is."""
    before: tuple[int, list[str]] | None = None
    quiet_rounds = 0
    watcher = Watcher(world)
    moved = reported_at = time.monotonic()
    while True:
        try:
            now = (watcher.count(), unfinished(world, clients))
        except _AWAY as error:
            now = (-1, [f"a server does not answer ({type(error).__name__})"])
        if now != before:
            before, moved, quiet_rounds = now, time.monotonic(), 0
        if not now[1]:
            quiet_rounds += 1
            if quiet_rounds >= 3:
                return []
        elif time.monotonic() - moved > seconds:
            return now[1]
        if time.monotonic() - reported_at > 10:
            reported_at = time.monotonic()
            progress(f"{now[0]} records; " + "; ".join(now[1]))
        time.sleep(0.3)


def unfinished(world: World, clients: Sequence[ProviderClient]) -> list[str]:
    """What waits, in words."""
    found = list(asked(unread, world.stack.admin_properties()))
    for service in SERVICE_NAMES:
        rows = world.query(service, "SELECT topic, count(*) FROM outbox GROUP BY topic ORDER BY topic")
        found += [f"{service} has {row['count']} to send to {row['topic']}" for row in rows]
        if service in WITH_CHANGELOG and world.query(service, "SELECT FROM changed_row LIMIT 1"):
            found.append(f"{service} has rows to write to its changelog")
    waiting = world.query("outcomes", "SELECT count(DISTINCT case_id) AS n FROM changed_case")[0]["n"]
    found += [f"outcomes has facts of {waiting} cases to work out"] if waiting else []
    found += ["providers have updates to send" for client in clients if len(client.sender)]
    return found
