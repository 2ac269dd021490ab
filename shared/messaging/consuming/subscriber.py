"""FastStream carries the subscriptions: it polls in batches, keeps the group and exposes metrics.

Acknowledgement is ours alone: a partition's offsets are committed when its transaction has committed and never
otherwise. Parsing is ours too, because a header or value that cannot be decoded must cost one record and not its batch.
"""

import asyncio
import time
from collections.abc import Iterable
from itertools import chain
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import ConsumerStoppedError, IllegalStateError, KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage, KafkaMessage

from shared.messaging.consuming import rebalance
from shared.messaging.consuming.consumer import Consumer
from shared.messaging.consuming.fetching import Troubles, contain
from shared.messaging.consuming.processed_offsets import Place
from shared.messaging.consuming.rebalance import HandOver, InHand, sticky_assignor
from shared.messaging.core import codecs
from shared.messaging.core.records import Record
from shared.messaging.core.settings import EventCoreSettings

# A poll ends at once when there is something; this is how often it begins anew where there is nothing.
_LOOK_UP_MS = 1_000
# A partition whose records wait for a batch in hand is left out of the next fetch, and what comes to it meanwhile waits
# until that fetch is answered. So an empty fetch is answered soon.
_EMPTY_FETCH_MS = 100
# A partition that has to wait is read again after this long, then after twice as long each time.
_FIRST_REST_S = 0.2
_LONGEST_REST_S = 5.0
_AFTER_FAULT_S = 1.0
log = structlog.get_logger()


def _record(raw: "ConsumerRecord[Any, Any]") -> Record:
    headers = tuple(raw.headers)
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, headers)


class Reading:
    """What of its partitions a subscription has in hand, and which of them rest.

    A partition rests where a fault holds it up that may pass: it is paused and read again later, from what is not
    committed, and the others go on meanwhile. It is never waited for in the poll loop.
    """

    def __init__(self, name: str, consumer: Consumer) -> None:
        self.in_hand = InHand()
        self.kafka: AIOKafkaConsumer | None = None
        self.troubles = Troubles(name)
        self._name = name
        self._consumer = consumer
        self._resting: dict[TopicPartition, float] = {}
        self._rests: dict[Place, float] = {}
        self._done: dict[TopicPartition, int] = {}

    async def poll(self, kafka: AIOKafkaConsumer, most: int) -> "tuple[ConsumerRecord[Any, Any], ...]":
        """The next records, whenever they come."""
        if self.kafka is not kafka:
            self.kafka = kafka
            contain(kafka, self._not_fetched)
        self.in_hand.free()
        while True:
            wait_ms = self._wake(kafka)
            _keep_fetching(kafka, self.troubles)
            try:
                polled = await kafka.getmany(timeout_ms=wait_ms, max_records=most)
            except KafkaError as error:
                self.troubles.failed(None, error)
                _keep_heart(kafka)
                raise
            except ConsumerStoppedError:
                raise
            except Exception as error:  # it would end FastStream's loop, and nobody would poll any more
                self.troubles.failed(None, error)
                await asyncio.sleep(_AFTER_FAULT_S)
                continue
            if self.troubles:
                self._note_progress(kafka, polled)
            if polled:
                self.in_hand.take()
                return tuple(chain.from_iterable(polled.values()))

    def _not_fetched(self, partition: TopicPartition, error: Exception) -> None:
        """A partition that cannot be read rests like one that cannot be handled; it is tried again from where it is."""
        assignment = self.kafka._subscription.subscription.assignment if self.kafka else None
        offset = assignment.state_value(partition).position if assignment and partition in assignment.tps else None
        self.troubles.failed((partition.topic, partition.partition), error, offset)
        # Its position is where it could not go on. To seek there would take away what the library has in its hands.
        self._rest(partition, None)

    def _note_progress(self, kafka: AIOKafkaConsumer, polled: "Iterable[TopicPartition]") -> None:
        self.troubles.look_over(kafka.assignment())
        for partition in polled:
            self.troubles.passed((partition.topic, partition.partition))

    async def settle(self, raws: "Iterable[ConsumerRecord[Any, Any]]") -> None:
        """Has records take effect. What can't yet is left to be read again."""
        records = [_record(raw) for raw in raws]
        ends = {(record.topic, record.partition): record.offset + 1 for record in records}
        try:
            waiting = await self.in_hand.run(self._process(records))
        except Exception as error:  # whatever it is, the records must be read again, never skipped
            log.error("batch not handled", subscription=self._name, fault=type(error).__name__)
            waiting = None
        if waiting is None:
            waiting = set(ends)
        self._done = {TopicPartition(*place): end for place, end in ends.items() if place not in waiting}
        for done in self._done:
            self._rests.pop(done, None)
        if waiting:
            log.warning("partitions rest", subscription=self._name, partitions=len(waiting), others=len(self._done))
        starts = {(record.topic, record.partition): record.offset for record in reversed(records)}
        for place in waiting:
            self._rest(TopicPartition(*place), starts[place])

    async def _process(self, records: list[Record]) -> set[Place]:
        """All in one transaction, but for partitions that had to rest: what holds one up is not to hold up the rest."""
        apart: dict[Place | None, list[Record]] = {}
        for record in records:
            place = (record.topic, record.partition)
            apart.setdefault(place if place in self._rests else None, []).append(record)
        return set[Place]().union(*await asyncio.gather(*map(self._consumer.process, apart.values())))

    async def commit(self) -> None:
        """Commits the offsets of what took effect. Where that fails the records come again, and are known."""
        if self.kafka is None or not self._done:
            return
        try:
            await self.kafka.commit(self._done)
        except (KafkaError, IllegalStateError) as error:
            log.warning("offsets not committed", subscription=self._name, fault=type(error).__name__)

    def seek(self, *, partition: TopicPartition, offset: int) -> None:
        """Reads a partition from here again."""
        if self.kafka is not None:
            self.kafka.seek(partition, offset)

    def _rest(self, partition: TopicPartition, offset: int | None) -> None:
        if self.kafka is None:
            return
        rest = self._rests[partition] = min(_LONGEST_REST_S, 2 * self._rests.get(partition, _FIRST_REST_S / 2))
        try:
            if offset is not None:
                self.kafka.seek(partition, offset)
            self.kafka.pause(partition)
        except IllegalStateError:
            return  # It was given up meanwhile; whoever has it now reads from what is committed.
        self._resting[partition] = time.monotonic() + rest

    def _wake(self, kafka: AIOKafkaConsumer) -> int:
        """Resumes what has rested and returns for how many milliseconds nothing else wakes."""
        now = time.monotonic()
        for partition in [each for each, until in self._resting.items() if until <= now]:
            del self._resting[partition]
            try:
                kafka.resume(partition)
            except IllegalStateError:
                self._rests.pop(partition, None)
        soonest = min(self._resting.values(), default=now + _LOOK_UP_MS / 1000)
        return max(1, min(_LOOK_UP_MS, round((soonest - now) * 1000)))


def _keep_heart(kafka: AIOKafkaConsumer) -> None:
    """Joins the group anew where the heartbeat has ended.

    The library (0.14) raises what ended it, for one when the right to the group was taken for a moment, and never
    starts another: the member is put out of its group, does not hear of it, and reads nothing for ever.
    """
    heartbeat = kafka._coordinator._heartbeat_task
    if heartbeat is not None and heartbeat.done():
        kafka._coordinator.request_rejoin()


def _keep_fetching(kafka: AIOKafkaConsumer, troubles: Troubles) -> None:
    """Starts the library's fetching again where it has ended. It ends by what it did not expect, and says so to nobody:
    its consumer would look well and read nothing for ever.
    """
    fetcher = kafka._fetcher
    if fetcher._closed or not fetcher._fetch_task.done() or fetcher._fetch_task.cancelled():
        return
    if error := fetcher._fetch_task.exception():
        troubles.failed(None, error)
        fetcher._pending_tasks = {task for task in fetcher._pending_tasks if not task.done()}
        fetcher._fetch_task = asyncio.create_task(fetcher._fetch_requests_routine())


def subscribe(broker: KafkaBroker, service: str, consumer: Consumer, settings: EventCoreSettings) -> Reading:
    """Adds one subscription to the broker, as group `<service>.<name>`."""
    codecs.bound()
    subscription = consumer.subscription
    reading = Reading(subscription.name, consumer)
    assignor = sticky_assignor()

    async def parse(raw: "tuple[ConsumerRecord[Any, Any], ...]") -> KafkaMessage:
        first, last = raw[0], raw[-1]
        return KafkaAckableMessage(
            body=[record.value or b"" for record in raw],
            headers={},
            batch_headers=[],
            reply_to="",
            message_id=f"{first.topic}-{first.partition}-{first.offset}-{last.offset}",
            raw_message=raw,
            consumer=reading,
        )

    async def consume(message: Any) -> None:
        await reading.settle(message.raw_message)
        await message.ack()

    def generation() -> int:
        # Only the client library's own coordinator knows it.
        return 0 if subscriber.consumer is None else int(subscriber.consumer._coordinator.generation)

    subscriber = broker.subscriber(
        *subscription.topics,
        pattern=subscription.pattern,
        group_id=f"{service}.{subscription.name}",
        # A name that stays over a restart keeps partitions where they are.
        group_instance_id=settings.instance or None,
        batch=True,
        max_records=settings.batch_size,
        fetch_max_wait_ms=_EMPTY_FETCH_MS,
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        max_poll_interval_ms=settings.max_poll_interval_s * 1000,
        session_timeout_ms=rebalance.SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=rebalance.HEARTBEAT_MS,
        rebalance_timeout_ms=rebalance.REBALANCE_TIMEOUT_MS,
        # One and no more: the library (0.14) sends a JoinGroup for each, and the second begins the rebalance anew. Two
        # members that do so to each other never come to an end.
        partition_assignment_strategy=(assignor,),
        listener=HandOver(subscription.name, reading.in_hand, assignor, generation),
        parser=parse,
        decoder=_undecoded,
        title=subscription.name,
    )
    subscriber(consume)

    async def wait_for_records(kafka: AIOKafkaConsumer) -> "tuple[ConsumerRecord[Any, Any], ...]":
        return await reading.poll(kafka, settings.batch_size)

    # FastStream's own sleeps after each poll that brought nothing, and an event that comes meanwhile waits.
    subscriber.get_msg = wait_for_records  # type: ignore[method-assign, assignment]
    return reading


async def _undecoded(message: KafkaMessage) -> Any:
    # The message itself: asked for by annotation, FastStream would fetch it in a thread.
    return message
