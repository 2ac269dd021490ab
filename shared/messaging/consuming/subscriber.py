"""Runs subscriptions on FastStream, which polls in batches, maintains the group and exposes metrics.

Acknowledgement is done here: a partition's offsets are committed only after its transaction has committed. Parsing is
done here too, because a header or value that cannot be decoded must cost one record and not its batch.
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
from shared.messaging.consuming.fetching import HURRIED_FETCH_MS, FetchWaits, Troubles, contain, refresh_metadata
from shared.messaging.consuming.processed_offsets import Place
from shared.messaging.consuming.rebalance import InFlight, RebalanceListener, sticky_assignor
from shared.messaging.core import codecs
from shared.messaging.core.activity import Activity
from shared.messaging.core.records import Record
from shared.messaging.core.settings import EventCoreSettings

# A poll returns as soon as there are records. Without any it is repeated this often, to see that the library works.
_LOOK_UP_MS = 5_000
# A paused partition is read again after this long, then after twice as long each time.
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 5.0
_AFTER_FAULT_S = 1.0
log = structlog.get_logger()


def _record(raw: "ConsumerRecord[Any, Any]") -> Record:
    headers = tuple(raw.headers)
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, headers)


class Reading:
    """The reading side of a subscription: its batch in flight and its paused partitions.

    A partition is paused when a transient error holds it up, and read again later from its committed offset, while the
    others go on. The poll loop never waits for it.
    """

    def __init__(
        self, name: str, consumer: Consumer, metadata_ms: int = 2_000, activity: Activity | None = None
    ) -> None:
        self.in_flight = InFlight()
        self.kafka: AIOKafkaConsumer | None = None
        self.troubles = Troubles(name)
        self.name = name
        self._consumer = consumer
        self._metadata_ms = metadata_ms
        self._activity = activity or Activity()
        self._waits: FetchWaits | None = None
        self._paused_until: dict[TopicPartition, float] = {}
        self._pauses_s: dict[Place, float] = {}
        self._done: dict[TopicPartition, int] = {}

    async def poll(self, kafka: AIOKafkaConsumer, most: int) -> "tuple[ConsumerRecord[Any, Any], ...]":
        """The next records; waits until there are some."""
        if self.kafka is not kafka:
            self.kafka = kafka
            contain(kafka, self._not_fetched)
            self._waits = FetchWaits(kafka, self._metadata_ms)
        self.in_flight.end()
        self._note_batch()
        while True:
            refresh_metadata(kafka, self._metadata_ms)
            wait_ms = self._resume_elapsed(kafka)
            _keep_fetching(kafka, self.troubles)
            try:
                polled = await kafka.getmany(timeout_ms=wait_ms, max_records=most)
            except KafkaError as error:
                self.troubles.failed(None, error)
                _keep_heartbeat(kafka)
                raise
            except ConsumerStoppedError:
                raise
            except Exception as error:  # it would end FastStream's loop, and polling would stop for good
                self.troubles.failed(None, error)
                await asyncio.sleep(_AFTER_FAULT_S)
                continue
            if self.troubles:
                self._note_progress(kafka, polled)
            if polled:
                if self._waits is not None:
                    self._waits.begin_batch()
                self.in_flight.begin()
                return tuple(chain.from_iterable(polled.values()))

    def _note_batch(self) -> None:
        if self._waits is not None:
            self._waits.note_batch()

    def reassigned(self) -> None:
        """The partitions were given out again: the first fetch of them waits behind none of the old."""
        if self._waits is not None:
            self._waits.release()

    def lag(self) -> int:
        """How many records of its partitions it has not fetched, as far as its last fetches know."""
        assignment = self.kafka._subscription.subscription.assignment if self.kafka else None
        states = [assignment.state_value(partition) for partition in assignment.tps] if assignment else []
        known = [each for each in states if each.highwater is not None and each.has_valid_position]
        return sum(max(0, each.highwater - each.position) for each in known)

    def _not_fetched(self, partition: TopicPartition, error: Exception) -> None:
        """Pauses a partition that cannot be fetched, like one that cannot be handled; it is retried at its position."""
        assignment = self.kafka._subscription.subscription.assignment if self.kafka else None
        offset = assignment.state_value(partition).position if assignment and partition in assignment.tps else None
        self.troubles.failed((partition.topic, partition.partition), error, offset)
        # Its position is already where it failed. A seek would discard what the library has buffered.
        self._pause(partition, None)

    def _note_progress(self, kafka: AIOKafkaConsumer, polled: "Iterable[TopicPartition]") -> None:
        self.troubles.look_over(kafka.assignment())
        for partition in polled:
            self.troubles.passed((partition.topic, partition.partition))

    async def handle_batch(self, raws: "Iterable[ConsumerRecord[Any, Any]]") -> None:
        """Processes a batch. Partitions that cannot be processed yet are left to be read again."""
        records = [_record(raw) for raw in raws]
        ends = {(record.topic, record.partition): record.offset + 1 for record in records}
        try:
            waiting = await self.in_flight.run(self._process(records))
        except Exception as error:  # whatever it is, the records must be read again, never skipped
            log.error("batch not handled", subscription=self.name, fault=type(error).__name__)
            waiting = None
        self._activity.note()
        if waiting is None:
            waiting = set(ends)
        self._done = {TopicPartition(*place): end for place, end in ends.items() if place not in waiting}
        for done in self._done:
            self._pauses_s.pop(done, None)
        if waiting:
            log.warning("partitions paused", subscription=self.name, partitions=len(waiting), others=len(self._done))
        starts = {(record.topic, record.partition): record.offset for record in reversed(records)}
        for place in waiting:
            self._pause(TopicPartition(*place), starts[place])

    async def _process(self, records: list[Record]) -> set[Place]:
        """Processes all in one transaction, except partitions that were paused: they must not hold up the others."""
        by_partition: dict[Place | None, list[Record]] = {}
        for record in records:
            place = (record.topic, record.partition)
            by_partition.setdefault(place if place in self._pauses_s else None, []).append(record)
        return set[Place]().union(*await asyncio.gather(*map(self._consumer.process, by_partition.values())))

    async def commit(self) -> None:
        """Commits the offsets of processed records. If that fails, they are read again and recognised as repeats."""
        if self.kafka is None or not self._done:
            return
        try:
            await self.kafka.commit(self._done)
        except (KafkaError, IllegalStateError) as error:
            log.warning("offsets not committed", subscription=self.name, fault=type(error).__name__)

    def seek(self, *, partition: TopicPartition, offset: int) -> None:
        """Moves a partition to this offset."""
        if self.kafka is not None:
            self.kafka.seek(partition, offset)

    def _pause(self, partition: TopicPartition, offset: int | None) -> None:
        if self.kafka is None:
            return
        pause = self._pauses_s[partition] = min(_LONGEST_PAUSE_S, 2 * self._pauses_s.get(partition, _FIRST_PAUSE_S / 2))
        try:
            if offset is not None:
                self.kafka.seek(partition, offset)
            self.kafka.pause(partition)
        except IllegalStateError:
            return  # It was given up meanwhile; its new owner reads from the committed offset.
        self._paused_until[partition] = time.monotonic() + pause

    def _resume_elapsed(self, kafka: AIOKafkaConsumer) -> int:
        """Resumes partitions whose pause is over; returns the milliseconds until the next one."""
        now = time.monotonic()
        for partition in [each for each, until in self._paused_until.items() if until <= now]:
            del self._paused_until[partition]
            try:
                kafka.resume(partition)
            except IllegalStateError:
                self._pauses_s.pop(partition, None)
        soonest = min(self._paused_until.values(), default=now + _LOOK_UP_MS / 1000)
        return max(1, min(_LOOK_UP_MS, round((soonest - now) * 1000)))


def _keep_heartbeat(kafka: AIOKafkaConsumer) -> None:
    """Rejoins the group if the heartbeat task has ended.

    The library (0.14) raises the error that ended it, for example a right to the group that was revoked for a moment,
    and never starts another. The member would be removed from its group without noticing and never read again.
    """
    heartbeat = kafka._coordinator._heartbeat_task
    if heartbeat is not None and heartbeat.done():
        kafka._coordinator.request_rejoin()


def _keep_fetching(kafka: AIOKafkaConsumer, troubles: Troubles) -> None:
    """Restarts the library's fetch task if it has ended. An unexpected error ends it silently, and the consumer would
    look healthy and never read again.
    """
    fetcher = kafka._fetcher
    if fetcher._closed or not fetcher._fetch_task.done() or fetcher._fetch_task.cancelled():
        return
    if error := fetcher._fetch_task.exception():
        troubles.failed(None, error)
        fetcher._pending_tasks = {task for task in fetcher._pending_tasks if not task.done()}
        fetcher._fetch_task = asyncio.create_task(fetcher._fetch_requests_routine())


def subscribe(
    broker: KafkaBroker,
    service: str,
    consumer: Consumer,
    settings: EventCoreSettings,
    activity: Activity | None = None,
) -> Reading:
    """Adds a subscription to the broker as consumer group `<service>.<name>`."""
    codecs.bound()
    subscription = consumer.subscription
    reading = Reading(subscription.name, consumer, settings.metadata_max_age_ms, activity)
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
        await reading.handle_batch(message.raw_message)
        await message.ack()

    def generation() -> int:
        # Only the client library's group coordinator knows it.
        return 0 if subscriber.consumer is None else int(subscriber.consumer._coordinator.generation)

    subscriber = broker.subscriber(
        *subscription.topics,
        pattern=subscription.pattern,
        group_id=f"{service}.{subscription.name}",
        # A name that is stable across restarts keeps partitions where they are.
        group_instance_id=settings.instance or None,
        batch=True,
        max_records=settings.batch_size,
        fetch_max_wait_ms=HURRIED_FETCH_MS,  # until the first poll; then `FetchWaits`
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.MANUAL,
        max_poll_interval_ms=settings.max_poll_interval_s * 1000,
        session_timeout_ms=rebalance.SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=rebalance.HEARTBEAT_MS,
        rebalance_timeout_ms=rebalance.REBALANCE_TIMEOUT_MS,
        # Exactly one: the library (0.14) sends a JoinGroup for each strategy, and the second restarts the rebalance.
        # Two members would keep restarting it for each other without end.
        partition_assignment_strategy=(assignor,),
        listener=RebalanceListener(subscription.name, reading.in_flight, assignor, generation, reading.reassigned),
        parser=parse,
        decoder=_undecoded,
        title=subscription.name,
    )
    subscriber(consume)

    async def wait_for_records(kafka: AIOKafkaConsumer) -> "tuple[ConsumerRecord[Any, Any], ...]":
        return await reading.poll(kafka, settings.batch_size)

    # FastStream's own poll sleeps after returning nothing, and an event that arrives meanwhile would wait.
    subscriber.get_msg = wait_for_records  # type: ignore[method-assign, assignment]
    return reading


async def _undecoded(message: KafkaMessage) -> Any:
    # The message itself: requested by annotation, FastStream would resolve it in a thread.
    return message
