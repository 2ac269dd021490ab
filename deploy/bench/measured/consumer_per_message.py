"""FastStream as its introduction shows it: a typed handler, one transaction per message, the same effects."""

from typing import Annotated
from uuid import UUID

from faststream import AckPolicy, Header
from faststream.kafka import KafkaBroker

from deploy.bench.effects import COLUMNS, TABLE
from deploy.bench.measured.consumer_end import Effects
from deploy.bench.measured.program import Task, run_measured, settings_from
from shared.contracts.outcomes import FactRecorded
from shared.contracts.referral import SessionRecorded
from shared.messaging.core.connection import faststream_security
from shared.messaging.core.envelope import Cause, Envelope, new_id, write_headers
from shared.messaging.timers.clock import Clock
from shared.postgres.pool import open_pool


async def _consume(task: Task) -> Task:
    settings = settings_from(task)
    url = settings.database_url.get_secret_value()
    pool = await open_pool(url, connections=settings.database_connections, name="bench")
    effects = Effects()
    broker = KafkaBroker(
        settings.kafka_bootstrap,
        security=faststream_security(settings),
        allow_auto_create_topics=False,
        logger=None,
    )

    @broker.subscriber(
        task["topic"],
        group_id=f"outcomes.{task['group']}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.NACK_ON_ERROR,
    )
    async def handle(event: SessionRecorded, ce_id: Annotated[UUID, Header("ce_id")]) -> None:
        effects.begin()
        fact = FactRecorded(
            case_id=event.case_id,
            occurred_at=event.occurred_at,
            fact_id=ce_id,
            fact="session",
            on=event.held_on,
            area=event.area,
        )
        headers = write_headers(
            event_id=new_id(),
            event_type=fact.ce_type(),
            source="outcomes",
            time=Clock("wall").now(),
            subject=str(event.case_id),
            cause=Cause(ce_id, Envelope()),
        )
        async with pool.acquire() as connection, connection.transaction():
            claimed = await connection.fetchval(
                "INSERT INTO inbox (subscription, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id",
                task["group"],
                ce_id,
            )
            if claimed is not None:
                await connection.execute(
                    f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES ($1, $2, $3, $4, $5)",  # noqa: S608
                    ce_id,
                    event.case_id,
                    event.sequence,
                    event.number,
                    event.held_on,
                )
                await connection.execute(
                    "INSERT INTO outbox (topic, key, value, headers) VALUES ($1, $2, $3, $4)",
                    "outcomes",
                    str(event.case_id).encode(),
                    fact.model_dump_json().encode(),
                    headers,
                )
        effects.handled += 1

    await broker.start()
    seconds = await effects.wait_for(url, task["count"])
    await broker.stop()
    await pool.close()
    return {"count": task["count"], "seconds": seconds}


if __name__ == "__main__":
    run_measured(_consume)
