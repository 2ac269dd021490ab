"""A provider's client: reads its referrals with its own credential, and answers on its updates topic."""

import asyncio
import json
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from deploy.demo.provider_credentials import ProviderCredential
from deploy.demo.referral_book import ReferralBook
from deploy.demo.simulation import simulate

_POLL_MS = 200
_PATIENCE_SECONDS = 60
_log = structlog.get_logger()


@dataclass
class Tally:
    """Counts of what one provider has done since it started."""

    answered: int = 0
    updates: int = 0
    stopped: int = 0
    refused: int = 0


class ProviderClient:
    """Reads its topics to their ends before it answers, so that it respects a stop that is already there.

    Offsets are committed only once the broker has the answers; the ids of the answers make repeats harmless. Until
    `answering` is set, it only reads.
    """

    def __init__(self, credential: ProviderCredential, seed: int, answering: asyncio.Event) -> None:
        self._credential = credential
        self._seed = seed
        self._answering = answering
        self._book = ReferralBook(credential.decryption())
        self._read_to: dict[tuple[str, int], int] = {}
        self._committed: dict[tuple[str, int], int] = {}
        self._refused: set[tuple[int, int]] = set()
        self._turns = 0
        self.tally = Tally()
        self._referrals = f"provider.{credential.provider}.referrals"
        self._refusals = f"provider.{credential.provider}.refusals"
        self._updates = f"provider.{credential.provider}.updates"

    def waiting(self) -> int:
        """The number of offers that are not answered yet."""
        return self._book.waiting()

    async def run(self, stop: asyncio.Event) -> None:
        """Runs until `stop` is set. Waits for an unavailable broker; raises if that takes longer than a minute."""
        failing_since: float | None = None
        while not stop.is_set():
            turns = self._turns
            try:
                await self._session(stop)
            except KafkaError as error:
                now = asyncio.get_running_loop().time()
                failing_since = now if failing_since is None or self._turns > turns else failing_since
                if now - failing_since > _PATIENCE_SECONDS:
                    raise
                _log.warning("the connection was lost", provider=self._credential.provider, error=repr(error))
                await asyncio.sleep(1)

    async def _session(self, stop: asyncio.Event) -> None:
        connection = self._credential.connection()
        consumer = AIOKafkaConsumer(
            self._referrals,
            self._refusals,
            group_id=f"provider.{self._credential.provider}.demo",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            metadata_max_age_ms=5_000,
            **connection,
        )
        producer = AIOKafkaProducer(acks="all", enable_idempotence=True, linger_ms=20, **connection)
        try:
            await producer.start()
            await consumer.start()
            while not stop.is_set():
                await self._turn(consumer, producer)
        finally:
            await consumer.stop()
            await producer.stop()

    async def _turn(self, consumer: AIOKafkaConsumer, producer: AIOKafkaProducer) -> None:
        batches = await consumer.getmany(timeout_ms=_POLL_MS, max_records=1000)
        for where, records in batches.items():
            for record in records:
                self._take(record)
            self._read_to[(where.topic, where.partition)] = records[-1].offset + 1
        self.tally.stopped = len(self._book.stopped)
        if self._answering.is_set() and await self._has_read_all(consumer):
            await self._answer(producer)
        await self._commit(consumer)
        self._turns += 1

    def _take(self, record: Any) -> None:
        if record.topic != self._refusals:
            self._book.take(record)
            return
        refused = json.loads(record.value)
        self._refused.add((record.partition, record.offset))
        self.tally.refused = len(self._refused)
        # A refusal of an unreadable update has no case id, and findings instead of a reason.
        _log.warning(
            "an update was refused",
            provider=self._credential.provider,
            case_id=refused.get("case_id"),
            update=refused.get("update"),
            reason=refused.get("reason", "set aside"),
            findings=refused.get("findings", []),
        )

    async def _has_read_all(self, consumer: AIOKafkaConsumer) -> bool:
        for where in consumer.assignment():
            end = consumer.highwater(where)
            if end is not None and await consumer.position(where) < end:
                return False
        return True

    async def _answer(self, producer: AIOKafkaProducer) -> None:
        complete = self._book.complete()
        sent: list[Awaitable[Any]] = []
        for offer, parents in complete:
            key = str(offer.case_id).encode()
            updates = simulate(self._seed, offer, parents)
            sent += [await producer.send(self._updates, json.dumps(update).encode(), key=key) for update in updates]
        # An update that did not arrive raises here; the whole series is sent again later.
        await asyncio.gather(*sent)
        for offer, _ in complete:
            self._book.answered(offer.referral_id)
        self.tally.answered += len(complete)
        self.tally.updates += len(sent)

    async def _commit(self, consumer: AIOKafkaConsumer) -> None:
        safe = self._book.safe_positions(self._read_to)
        assigned = consumer.assignment()
        fresh = {
            TopicPartition(*where): position
            for where, position in safe.items()
            if self._committed.get(where) != position and TopicPartition(*where) in assigned
        }
        if fresh:
            await consumer.commit(fresh)
            self._committed.update({(where.topic, where.partition): position for where, position in fresh.items()})
