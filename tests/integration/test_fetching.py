"""Batches that a client compressed, and partitions that cannot be read, on real Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka.consumer import fetcher
from aiokafka.errors import UnsupportedCodecError
from aiokafka.record._crecords import default_records
from confluent_kafka import Producer

from deploy.stack import topics
from deploy.stack.home import Stack
from shared.contracts.topics import TopicDefinition
from shared.messaging.consuming import fetching
from shared.messaging.consuming.subscriber import Reading
from shared.messaging.core.envelope import new_id, write_headers
from tests.support.event_traffic import NOW, Effects, consuming, effects_table, eventually, refused

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")
_LARGE = 20 * 1024 * 1024
# Far less than an idle fetch may wait.
_AT_ONCE_S = fetching.IDLE_FETCH_MS / 1000 / 2


@pytest.fixture
def topic(stack: Stack) -> str:
    name = f"fetched-{uuid4().hex[:8]}"
    admin = topics.admin_client(stack.admin_properties())
    definition = TopicDefinition(name, len(CODECS), ("referral",), ("outcomes",))
    topics.ensure_principal_topics(admin, [definition])
    return name


@pytest.fixture
async def effects(databases: Any) -> AsyncIterator[Effects]:
    async with effects_table(databases) as made:
        yield made


def send(stack: Stack, at: tuple[str, int], case_id: UUID, numbers: range, codec: str, filler: int = 0) -> None:
    """One batch, as the client packs it by its setting."""
    topic, partition = at
    settings = {"acks": "all", "linger.ms": 200, "compression.type": codec, "message.max.bytes": 2 * _LARGE}
    producer = Producer({**stack.admin_properties(), **settings})
    for number in numbers:
        event = refused(case_id, number)
        headers = write_headers(
            event_id=new_id(), event_type=event.ce_type(), source="t", time=NOW, subject=str(case_id)
        )
        value = event.model_dump_json().encode() + b" " * filler
        producer.produce(topic, partition=partition, key=str(case_id), value=value, headers=[*headers])
    assert producer.flush(20) == 0


async def test_every_codec_of_kafka_is_read(stack: Stack, effects: Effects, topic: str) -> None:
    cases = {codec: uuid4() for codec in CODECS}
    for partition, (codec, case_id) in enumerate(cases.items()):
        await asyncio.to_thread(send, stack, (topic, partition), case_id, range(40), codec)
    async with consuming(stack, effects, f"codecs-{uuid4()}", topic=topic) as reading:
        await eventually(lambda: _has(effects, 40 * len(CODECS)))
        assert not reading.troubles
    for case_id in cases.values():
        assert await effects.of(case_id) == list(range(40))


async def _has(effects: Effects, count: int) -> bool:
    return await effects.count() >= count


async def _is_in_trouble(reading: Reading) -> bool:
    return bool(reading.troubles)


async def _was_tried(reading: Reading, times: int) -> bool:
    return reading.troubles.as_json()[0]["times"] >= times


async def _is_well(reading: Reading) -> bool:
    return not reading.troubles


def _no_codec(patch: pytest.MonkeyPatch) -> None:
    def absent(_payload: Any) -> bytes:
        raise UnsupportedCodecError("Libraries for zstd compression codec not found")

    patch.setattr(default_records, "zstd_decode", absent)


def _damaged(patch: pytest.MonkeyPatch) -> None:
    original = fetcher.PartitionRecords

    class Damaged(original):  # type: ignore[misc, valid-type]
        """A partition whose batch was damaged on disk, which its checksum shows."""

        def _unpack_records(self) -> Any:
            for record in super()._unpack_records():
                if self._tp.partition == 0 and record.offset >= 2:
                    self.next_fetch_offset = 2  # checked before any record of the batch is there
                    raise fetcher.Errors.CorruptRecordException("Invalid CRC")
                yield record

    patch.setattr(fetcher, "PartitionRecords", Damaged)


@pytest.mark.parametrize("spoil", [_no_codec, _damaged])
async def test_a_partition_that_cannot_be_read_keeps_its_trouble_to_itself(
    stack: Stack, effects: Effects, topic: str, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[Any], None]
) -> None:
    bad, *good = [uuid4() for _ in range(4)]
    await asyncio.to_thread(send, stack, (topic, 0), bad, range(2), "none")
    await asyncio.to_thread(send, stack, (topic, 0), bad, range(2, 5), "zstd")
    for partition, case_id in enumerate(good, start=1):
        await asyncio.to_thread(send, stack, (topic, partition), case_id, range(50), "lz4")
    async with consuming(stack, effects, f"apart-{uuid4()}", topic=topic) as reading:
        with monkeypatch.context() as patch:
            spoil(patch)
            await eventually(lambda: _has(effects, 152))
            await eventually(lambda: _is_in_trouble(reading))
            # They go on while it waits, and nothing of them was passed over.
            for partition, case_id in enumerate(good, start=1):
                await asyncio.to_thread(send, stack, (topic, partition), case_id, range(50, 60), "snappy")
            await eventually(lambda: _has(effects, 182))
            for case_id in good:
                assert await effects.of(case_id) == list(range(60))
            assert await effects.of(bad) == [0, 1]
            (trouble,) = reading.troubles.as_json()
            assert (trouble["topic"], trouble["partition"], trouble["offset"]) == (topic, 0, 2)
            await eventually(lambda: _was_tried(reading, 2))
        await eventually(lambda: _has(effects, 185))
        await eventually(lambda: _is_well(reading))
    assert await effects.of(bad) == [0, 1, 2, 3, 4]


async def test_a_batch_that_unpacks_to_more_than_is_allowed_costs_its_own_partition_alone(
    stack: Stack, effects: Effects, topic: str
) -> None:
    bad, good = uuid4(), uuid4()
    await asyncio.to_thread(send, stack, (topic, 0), bad, range(1), "zstd", _LARGE)
    await asyncio.to_thread(send, stack, (topic, 1), good, range(5), "zstd")
    async with consuming(stack, effects, f"packed-{uuid4()}", topic=topic) as reading:
        await eventually(lambda: _has(effects, 5))
        await eventually(lambda: _is_in_trouble(reading))
        assert [each["fault"] for each in reading.troubles.as_json()] == ["BatchTooLargeError"]
    assert await effects.of(bad) == []


async def test_fetching_that_ended_begins_again(
    stack: Stack, effects: Effects, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = uuid4()
    async with consuming(stack, effects, f"ended-{uuid4()}", topic=topic) as reading:
        with monkeypatch.context() as patch:
            patch.setattr(fetcher, "MemoryRecords", lambda _data: 1 // 0)
            await asyncio.to_thread(send, stack, (topic, 0), case_id, range(5), "none")
            await eventually(lambda: _is_in_trouble(reading))
        await eventually(lambda: _has(effects, 5))
        await eventually(lambda: _is_well(reading))


async def test_an_idle_subscription_reads_at_once_what_arrives_and_after_a_rebalance(
    stack: Stack, effects: Effects, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its fetch waits long at the broker, and nothing waits behind it: no record and no partition."""
    monkeypatch.setattr(fetching, "_IDLE_AFTER_S", 0.1)
    name = f"idle-{uuid4()}"
    async with consuming(stack, effects, name, topic=topic) as reading:
        await eventually(lambda: _is_idle(reading))
        case_id = uuid4()
        began = time.monotonic()
        await asyncio.to_thread(send, stack, (topic, 3), case_id, range(1), "none")
        await eventually(lambda: _has(effects, 1))
        assert time.monotonic() - began < _AT_ONCE_S
        await eventually(lambda: _is_idle(reading))
        async with consuming(stack, effects, name, topic=topic) as other:
            await eventually(lambda: _have(reading, other))
            began = time.monotonic()
            for partition in range(len(CODECS)):
                await asyncio.to_thread(send, stack, (topic, partition), case_id, range(1, 2), "none")
            await eventually(lambda: _has(effects, 1 + len(CODECS)))
            assert time.monotonic() - began < _AT_ONCE_S


async def _is_idle(reading: Reading) -> bool:
    return reading.kafka is not None and reading.kafka._fetcher._fetch_max_wait_ms == fetching.IDLE_FETCH_MS


async def _have(*readings: Reading) -> bool:
    """Whether each has a part of the partitions."""
    parts = [each.kafka.assignment() if each.kafka else set() for each in readings]
    return all(parts) and sum(map(len, parts)) == len(CODECS)
