"""What is fetched of a partition, kept apart from the others: one that cannot be read keeps its trouble to itself.

The client library (0.14) unpacks records while it hands them out. Where that raises (a batch of a codec that is not
there, a checksum that does not fit, a header that is not text) nobody is told of which partition, the records of it
before the bad batch never come, and those of others that were taken in the same call are passed over. Here each
partition is unpacked by itself: what came before can be used, and a partition that is at its bad batch is reported.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import FetchError, FetchResult

from shared.messaging.consuming.processed_offsets import Place
from shared.telemetry import metrics

Failed = Callable[[TopicPartition, Exception], None]
# A fault of no partition is over when it has not come again for so long, also where there is nothing to read.
_QUIET_S = 10.0
log = structlog.get_logger()


@dataclass(slots=True)
class Trouble:
    """A partition, or where there is none a whole subscription, that cannot be fetched: since when, and how often."""

    fault: str
    since: datetime
    offset: int | None = None
    times: int = 0
    last_s: float = 0.0


class Troubles:
    """What of one subscription cannot be fetched now. A burst of failures is logged when it begins and when it ends."""

    def __init__(self, subscription: str) -> None:
        self._subscription = subscription
        self._now: dict[Place | None, Trouble] = {}

    def failed(self, place: Place | None, error: Exception, offset: int | None = None) -> None:
        """A fetch has failed; `place` is None where it is not known of which partition."""
        metrics.FETCHES_FAILED.labels(self._subscription).inc()
        fault = type(error).__name__
        trouble = self._now.get(place)
        if trouble is None or trouble.fault != fault:
            trouble = self._now[place] = Trouble(fault, datetime.now(UTC), offset)
            log.error("records cannot be fetched", subscription=self._subscription, fault=fault, **_at(place, offset))
        trouble.times += 1
        trouble.last_s = time.monotonic()
        metrics.UNREADABLE_PARTITIONS.labels(self._subscription).set(len(self._now))

    def passed(self, place: Place | None) -> None:
        """Records came, or the partition is another's."""
        if trouble := self._now.pop(place, None):
            log.info("records are fetched again", subscription=self._subscription, times=trouble.times, **_at(place))
            metrics.UNREADABLE_PARTITIONS.labels(self._subscription).set(len(self._now))

    def look_over(self, assigned: "set[TopicPartition]") -> None:
        """Forgets partitions that are not this reader's any more, and what was of no partition and came no more."""
        for place, trouble in list(self._now.items()):
            if place is None:
                gone = time.monotonic() - trouble.last_s > _QUIET_S
            else:
                gone = TopicPartition(*place) not in assigned
            if gone:
                self.passed(place)

    def __bool__(self) -> bool:
        return bool(self._now)

    def as_json(self) -> list[dict[str, Any]]:
        """For the operator."""
        return [
            {
                "subscription": self._subscription,
                "topic": place[0] if place else None,
                "partition": place[1] if place else None,
                "offset": trouble.offset,
                "fault": trouble.fault,
                "since": trouble.since,
                "times": trouble.times,
            }
            for place, trouble in self._now.items()
        ]


def _at(place: Place | None, offset: int | None = None) -> dict[str, Any]:
    named = {"topic": place[0], "partition": place[1]} if place else {}
    return named | ({} if offset is None else {"offset": offset})


def contain(kafka: AIOKafkaConsumer, failed: Failed) -> None:
    """Has this consumer unpack each partition by itself. `failed` hears of those that cannot be, again at each try."""
    fetcher = kafka._fetcher
    if isinstance(fetcher._records, _Contained):
        return
    fetched = dict(fetcher._records)
    fetcher._records = _Contained(failed)
    for partition, result in fetched.items():
        fetcher._records[partition] = result


class _Contained(OrderedDict[TopicPartition, Any]):
    """The library's fetched partitions: none that it holds raises."""

    def __init__(self, failed: Failed) -> None:
        super().__init__()
        self._failed = failed

    def __setitem__(self, partition: TopicPartition, fetched: "FetchResult | FetchError") -> None:
        if isinstance(fetched, FetchError):
            # Kept, it would be raised by a call that asks for every partition.
            self._failed(partition, fetched._error)
            return
        fetched.getall = partial(self._unpack, partition, fetched)
        super().__setitem__(partition, fetched)

    def _unpack(self, partition: TopicPartition, fetched: FetchResult, max_records: int | None = None) -> list[Any]:
        """As the library's own, but that what was unpacked before a fault is returned, and the fault reported next."""
        if not fetched.check_assignment(partition) or not fetched.has_more():
            return []
        unpacked: list[Any] = []
        fault: Exception | None = None
        try:
            for record in fetched._partition_records:
                unpacked.append(record)
                if max_records is not None and len(unpacked) >= max_records:
                    fetched._update_position()
                    return unpacked
        except Exception as error:  # whatever the bytes of one partition make the library raise
            fault = error
        fetched._update_position()
        fetched._partition_records = None
        if fault and not unpacked:
            # Where something came before, the next fetch begins at the batch that cannot be unpacked, and we are here.
            self._failed(partition, fault)
        return unpacked
