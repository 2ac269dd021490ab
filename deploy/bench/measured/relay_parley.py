"""Parley's relay, draining a full outbox until it is empty."""

import asyncio
from contextlib import suppress

import asyncpg

from deploy.bench.measured.program import Stopwatch, Task, run_measured, settings_from
from shared.messaging.publishing.relay import Relay


async def _drain(task: Task) -> Task:
    settings = settings_from(task)
    watch = await asyncpg.connect(settings.database_url.get_secret_value())
    rows = await watch.fetchval("SELECT count(*) FROM outbox")
    relay = Relay(settings, "referral")
    stopwatch = Stopwatch()
    running = asyncio.create_task(relay.run())
    while await watch.fetchval("SELECT EXISTS (SELECT FROM outbox)"):  # noqa: ASYNC110 - polls the table
        await asyncio.sleep(0.02)
    seconds = stopwatch.seconds()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await watch.close()
    return {"count": rows, "seconds": seconds}


if __name__ == "__main__":
    run_measured(_drain)
