"""Isolates fetching by partition: one that cannot be read does not affect the others.

The client library (0.14) unpacks records while it returns them. When that raises (a missing codec, a wrong checksum, a
header that is not text), the error does not name the partition, its records before the bad batch are never returned,
and records of other partitions fetched by the same call are skipped. Here each partition is unpacked on its own:
records before the bad batch are returned, and a partition that has reached its bad batch is reported.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import ConnectionGroup
from aiokafka.consumer.fetcher import FetchError, FetchResult

from shared.messaging.consuming.processed_offsets import Place
from shared.messaging.core.sessions import Connection
from shared.telemetry import metrics

Failed = Callable[[TopicPartition, Exception], None]
# How long the broker may hold a fetch to which it has nothing to answer. It answers at once where a record arrives in a
# partition that was asked for; new records of one that was left out wait until the fetch returns, and so does a
# partition that is read again from an earlier offset.
HURRIED_FETCH_MS = 100
_WHOLE_FETCH_MS = 500  # Kafka's own default
# Where no batch was in flight for a while, none can be read again: nothing is left out, and nothing waits.
IDLE_FETCH_MS = 10_000
_IDLE_AFTER_S = 2.0
# The library looks over its partitions this often although each event that concerns them wakes it.
_LOOK_OVER_S = 10.0
# How often the leaders of known topics are asked for. Their change is noticed at once by an error; a partition that is
# added is read after this long.
_METADATA_MS = 60_000
# An error without a partition counts as over when it has not recurred for this long, even if nothing was read.
_QUIET_S = 10.0
log = structlog.get_logger()


@dataclass(slots=True)
class Trouble:
    """A partition, or a whole subscription, that cannot be fetched: since when, and how many attempts failed."""

    fault: str
    since: datetime
    offset: int | None = None
    times: int = 0
    last_s: float = 0.0


class Troubles:
    """The fetch problems of one subscription. A burst of failures is logged when it starts and when it ends."""

    def __init__(self, subscription: str) -> None:
        self._subscription = subscription
        self._now: dict[Place | None, Trouble] = {}

    def failed(self, place: Place | None, error: Exception, offset: int | None = None) -> None:
        """Notes a failed fetch; `place` is None if the partition is unknown."""
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
        """Ends a problem: records arrived, or the partition was reassigned."""
        if trouble := self._now.pop(place, None):
            log.info("records are fetched again", subscription=self._subscription, times=trouble.times, **_at(place))
            metrics.UNREADABLE_PARTITIONS.labels(self._subscription).set(len(self._now))

    def look_over(self, assigned: "set[TopicPartition]") -> None:
        """Drops problems of partitions no longer assigned, and those without a partition that have not recurred."""
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
        """The current problems, as the operator sees them."""
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
    """Makes this consumer unpack each partition on its own. `failed` is called at each failed attempt."""
    fetcher = kafka._fetcher
    if isinstance(fetcher._records, _Contained):
        return
    fetched = dict(fetcher._records)
    fetcher._records = _Contained(failed)
    for partition, result in fetched.items():
        fetcher._records[partition] = result


class _Contained(OrderedDict[TopicPartition, Any]):
    """The library's mapping of fetched partitions, in which no entry raises."""

    def __init__(self, failed: Failed) -> None:
        super().__init__()
        self._failed = failed

    def __setitem__(self, partition: TopicPartition, fetched: "FetchResult | FetchError") -> None:
        if isinstance(fetched, FetchError):
            # If it were stored, a call that reads all partitions would raise it.
            self._failed(partition, fetched._error)
            return
        fetched.getall = partial(self._unpack, partition, fetched)
        super().__setitem__(partition, fetched)

    def _unpack(self, partition: TopicPartition, fetched: FetchResult, max_records: int | None = None) -> list[Any]:
        """As the library's method, but returns the records before an error, and reports the error at the next call."""
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
        except Exception as error:  # whatever the library raises for the bytes of one partition
            fault = error
        fetched._update_position()
        fetched._partition_records = None
        if fault and not unpacked:
            # If records came before the bad batch, the next fetch starts at that batch and reports it here.
            self._failed(partition, fault)
        return unpacked


class FetchWaits:
    """Decides how long each fetch of a consumer may wait at the broker.

    It returns soon only where a partition is left out of it: its records wait behind a batch in flight, or it is
    paused. While batches are processed it may wait as long as Kafka's default, since one of them may have to be read
    again. An idle consumer's fetch waits long: it would ask for nothing otherwise, several times a second.
    """

    def __init__(self, kafka: AIOKafkaConsumer, quick_metadata_ms: int) -> None:
        # Where topics of a pattern may appear, metadata is asked for often, on the connection that a fetch occupies.
        self._idle_ms = IDLE_FETCH_MS if kafka._subscription.subscribed_pattern is None else quick_metadata_ms
        self._client = kafka._client
        self._fetcher = fetcher = kafka._fetcher
        self._busy_until = time.monotonic() + _IDLE_AFTER_S
        requests = fetcher._get_actions_per_node
        fetcher._fetcher_timeout = _LOOK_OVER_S

        def prepared(assignment: Any) -> Any:
            fetcher._fetch_max_wait_ms = self._wait_ms(assignment)
            return requests(assignment)

        fetcher._get_actions_per_node = prepared

    def begin_batch(self) -> None:
        """A batch was polled: until it is done it may have to be read again, and its partition to be asked for."""
        self._busy_until = math.inf

    def note_batch(self) -> None:
        """A batch is done."""
        self._busy_until = time.monotonic() + _IDLE_AFTER_S

    def _wait_ms(self, assignment: Any) -> int:
        if self._fetcher._records or any(assignment.state_value(each).paused for each in assignment.tps):
            return HURRIED_FETCH_MS
        return _WHOLE_FETCH_MS if time.monotonic() < self._busy_until else self._idle_ms

    def release(self) -> None:
        """Lets the next fetch go out on a connection of its own.

        The broker answers a connection's requests in order: after a rebalance the first fetch of the new partitions
        would wait behind the last one of the old. That one's answer is of no interest any more.
        """
        self.note_batch()
        for (_, group), connection in list(self._client._conns.items()):
            if group == ConnectionGroup.DEFAULT and isinstance(connection, Connection):
                connection.retire()


def refresh_metadata(kafka: AIOKafkaConsumer, quick_ms: int) -> None:
    """Has a consumer ask for topics often only where some can appear: those of a pattern, or one that is missing."""
    client, subscription = kafka._client, kafka._subscription.subscription
    known = subscription is not None and all(client.cluster.partitions_for_topic(each) for each in subscription.topics)
    age_ms = _METADATA_MS if known and kafka._subscription.subscribed_pattern is None else quick_ms
    if age_ms != client._metadata_max_age_ms:
        client._metadata_max_age_ms = age_ms
        # It waits for the earlier age otherwise.
        client.force_metadata_update()
