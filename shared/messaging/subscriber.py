"""FastStream carries the subscriptions: it polls in batches, keeps the group and exposes metrics.

Acknowledgement is ours alone: a batch is acknowledged when its transaction has committed and never otherwise.
Parsing is ours too, because a header or value that cannot be decoded must cost one record and not its batch.
"""

import asyncio
from itertools import chain
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage as HandledMessage
from faststream.kafka.message import KafkaAckableMessage, KafkaMessage

from shared.messaging.consumer import Consumer, NotNowError
from shared.messaging.records import Record
from shared.runtime.settings import ServiceSettings

# A fault that is not known to pass may be a fault of ours: read again, but not in a hot loop.
_PAUSE_S = 1.0
# A poll ends at once when there is something; this is how often it begins anew where there is nothing.
_LOOK_UP_MS = 1_000
# A partition whose records are just being read is left out of the next fetch, and what comes to it meanwhile waits
# until that fetch is answered. So an empty fetch is answered soon.
_EMPTY_FETCH_MS = 100
log = structlog.get_logger()


def _record(raw: "ConsumerRecord[Any, Any]") -> Record:
    headers = tuple(raw.headers)
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, headers)


def subscribe(broker: KafkaBroker, service: str, consumer: Consumer, settings: ServiceSettings) -> None:
    """Adds one subscription to the broker, as group `<service>.<name>`."""
    subscription = consumer.subscription

    async def parse(raw: "tuple[ConsumerRecord[Any, Any], ...]") -> KafkaMessage:
        if subscriber.consumer is None:
            raise RuntimeError("records arrived before the subscriber had started")
        first, last = raw[0], raw[-1]
        return KafkaAckableMessage(
            body=[record.value or b"" for record in raw],
            headers={},
            batch_headers=[],
            reply_to="",
            message_id=f"{first.topic}-{first.partition}-{first.offset}-{last.offset}",
            raw_message=raw,
            consumer=subscriber.consumer,
        )

    async def consume(message: HandledMessage) -> None:
        records = [_record(raw) for raw in message.raw_message]
        try:
            await consumer.process(records)
        except Exception as error:  # whatever it is, the records must be read again, never skipped
            if not isinstance(error, NotNowError):
                log.error("batch not handled", subscription=subscription.name, fault=type(error).__name__)
                await asyncio.sleep(_PAUSE_S)
            await message.nack()
        else:
            await message.ack()

    subscriber = broker.subscriber(
        *subscription.topics,
        pattern=subscription.pattern,
        group_id=f"{service}.{subscription.name}",
        batch=True,
        max_records=settings.batch_size,
        fetch_max_wait_ms=_EMPTY_FETCH_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        max_poll_interval_ms=settings.max_poll_interval_s * 1000,
        parser=parse,
        decoder=_undecoded,
        title=subscription.name,
    )
    subscriber(consume)

    async def wait_for_records(kafka: AIOKafkaConsumer) -> "tuple[ConsumerRecord[Any, Any], ...]":
        while not (polled := await kafka.getmany(timeout_ms=_LOOK_UP_MS, max_records=settings.batch_size)):
            continue
        return tuple(chain.from_iterable(polled.values()))

    # FastStream's own sleeps after each poll that brought nothing, and an event that comes meanwhile waits.
    subscriber.get_msg = wait_for_records  # type: ignore[method-assign, assignment]


async def _undecoded(message: KafkaMessage) -> Any:
    return message.body
