"""Kafka's part between the services, in the test's hands: topics, partitions, offsets, and who has read how far.

Records of a key stay in order. Everything else may overtake: topics, partitions, and readers of the same record.
"""

import re
import zlib
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

from services import TOPOLOGY
from shared.messaging.consuming.subscription import Subscription
from shared.messaging.core.records import Record

Reader = tuple[str, str]
Place = tuple[str, int]
Headers = Iterable[tuple[str, str]]
_BEGAN_MS = 1_700_000_000_000


def partitions_of(agencies: Iterable[str], providers: Iterable[str]) -> dict[str, int]:
    """How many partitions each topic has, as it is set up."""
    topics = [*TOPOLOGY.internal_topics()]
    topics += [topic for agency in agencies for topic in TOPOLOGY.agency_topics(agency)]
    topics += [topic for provider in providers for topic in TOPOLOGY.provider_topics(provider)]
    return {topic.name: topic.partitions for topic in topics}


class Bus:
    """What was published, and what each reader has still to read. `slow` topics reach their reader when they may."""

    def __init__(self, subscriptions: Mapping[Reader, Subscription[Any]], partitions: Mapping[str, int]) -> None:
        self._subscriptions = subscriptions
        self._partitions = partitions
        self._ends: dict[Place, int] = defaultdict(int)
        self._waiting: dict[Reader, dict[Place, deque[Record]]] = defaultdict(dict)
        self._read: dict[Reader, list[Record]] = defaultdict(list)
        self.log: list[Record] = []
        self.slow: set[tuple[Reader, str]] = set()

    def publish(self, topic: str, key: bytes, value: bytes, headers: Headers = ()) -> Record:
        """Puts a record on a topic, for everybody who reads it. Raises KeyError for a topic that there is not."""
        place = (topic, zlib.crc32(key) % self._partitions[topic])
        encoded = tuple((name, text.encode()) for name, text in headers)
        record = Record(topic, place[1], self._ends[place], _BEGAN_MS + len(self.log), key, value, encoded)
        self._ends[place] += 1
        self.log.append(record)
        for reader in self.readers_of(topic):
            self._waiting[reader].setdefault(place, deque()).append(record)
        return record

    def readers_of(self, topic: str) -> list[Reader]:
        """Every consumer group that reads a topic."""
        return [
            reader
            for reader, subscription in self._subscriptions.items()
            if topic in subscription.topics or (subscription.pattern and re.match(subscription.pattern, topic))
        ]

    @property
    def quiet(self) -> bool:
        """Whether everybody has read everything."""
        return not any(records for places in self._waiting.values() for records in places.values())

    def ready(self) -> list[Reader]:
        """Readers for whom something has arrived."""
        return sorted(reader for reader in self._waiting if self._arrived(reader))

    def poll(self, reader: Reader, most: int, chance: Random | None) -> list[Record]:
        """A batch of at most so many: of each partition in order, the partitions in any order or after each other."""
        places = self._arrived(reader)
        if chance is not None:
            chance.shuffle(places)
        batch: list[Record] = []
        for place in places:
            waiting = self._waiting[reader][place]
            while waiting and len(batch) < most:
                batch.append(waiting.popleft())
        self._read[reader] += batch
        return batch

    def read_lately(self, reader: Reader, most: int) -> list[Record]:
        """The last records that a reader got, as they come again after a failed commit."""
        return self._read[reader][-most:]

    def _arrived(self, reader: Reader) -> list[Place]:
        waiting = self._waiting[reader]
        return sorted(place for place, records in waiting.items() if records and (reader, place[0]) not in self.slow)
