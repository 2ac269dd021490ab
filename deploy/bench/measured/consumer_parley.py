"""Parley's consumer, run on FastStream as in every service, with a handler that writes one row per event."""

from collections.abc import Sequence
from uuid import UUID

from faststream.kafka import KafkaBroker

from deploy.bench.effects import COLUMNS, TABLE
from deploy.bench.measured.consumer_end import Effects
from deploy.bench.measured.program import Task, run_measured, settings_from
from shared.contracts.outcomes import FactRecorded
from shared.contracts.referral import SessionRecorded
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.subscriber import subscribe
from shared.messaging.consuming.subscription import Subscription, event_reader
from shared.messaging.core.connection import faststream_security
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.postgres.pool import open_pool
from shared.privacy.key_encryption import LocalKeys
from shared.privacy.keyring import Keyring


async def _consume(task: Task) -> Task:
    settings = settings_from(task)
    url = settings.database_url.get_secret_value()
    pool = await open_pool(url, connections=settings.database_connections, name="bench")
    effects = Effects()

    async def handle(tx: Transaction, batch: Sequence[Received[SessionRecorded]]) -> None:
        effects.begin()
        await tx.connection.copy_records_to_table(
            TABLE,
            columns=COLUMNS,
            records=[
                (each.id, each.event.case_id, each.event.sequence, each.event.number, each.event.held_on)
                for each in batch
            ],
        )
        for each in batch:
            tx.emit(_fact(each.event, each.id), cause=each)
        effects.handled += len(batch)

    subscription = Subscription(
        name=task["group"], topics=(task["topic"],), read=event_reader(SessionRecorded), handle=handle
    )
    broker = KafkaBroker(
        settings.kafka_bootstrap,
        security=faststream_security(settings),
        allow_auto_create_topics=False,
        logger=None,
    )
    # The keyring is only used for dead letters, and there are none.
    keyring = Keyring(pool, LocalKeys([bytes(32)]))
    subscribe(broker, "outcomes", Consumer("outcomes", subscription, pool, keyring, 60.0), settings)
    await broker.start()
    seconds = await effects.wait_for(url, task["count"])
    await broker.stop()
    await pool.close()
    return {"count": task["count"], "seconds": seconds}


def _fact(event: SessionRecorded, event_id: UUID) -> FactRecorded:
    return FactRecorded(
        case_id=event.case_id,
        occurred_at=event.occurred_at,
        fact_id=event_id,
        fact="session",
        on=event.held_on,
        area=event.area,
    )


if __name__ == "__main__":
    run_measured(_consume)
