"""Deletes what parties outside have sent from their own topics, once it has been processed and is old enough.

A front door's record and a provider's update rest there as they were sent: in clear. Kafka's own retention knows no
reader and would delete what a service that is down has still to read, so these topics keep everything (`retention.ms`
-1) but for the minutes of a round: then their retention is set, if nobody has anything left to read that is as old,
until the broker has deleted the segments. A round that is cut off leaves the retention set; the next one, and the next
start, take it back.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    OffsetSpec,
    ResourceType,
)

from deploy.stack import topics
from deploy.stack.consumer_groups import Group, Position, groups_of
from shared.contracts.topics import RAW_SETTINGS, raw_template
from shared.contracts.topology import Topology

_SECONDS = 20
# A broker looks for what to delete every five minutes unless told otherwise; ours does every ten seconds.
LONGEST_ROUND_S = 360.0
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Overdue:
    """A partition of a party's topic that keeps what is older than the retention, because a service has to read it."""

    topic: str
    partition: int
    records: int


@dataclass(frozen=True)
class Round:
    """What one round did: topics in which something was deleted, and what could not be."""

    deleted: tuple[str, ...]
    overdue: tuple[Overdue, ...]


@dataclass(frozen=True)
class _Partition:
    """One partition of a party's topic: its first offset, how far everybody has read, the first offset that is young
    enough to stay, and the first that will be when the round is over.
    """

    topic: str
    number: int
    start: int
    processed: int
    stays: int
    will_stay: int

    @property
    def has_expired(self) -> bool:
        return self.stays > self.start

    @property
    def unread(self) -> int:
        """How many records are older than the retention, or soon will be, and have still to be read."""
        return max(0, self.will_stay - max(self.processed, self.start))


def delete_processed(
    properties: Mapping[str, str],
    topology: Topology,
    retention_s: float,
    kept: Mapping[Position, int] | None = None,
    longest_s: float = LONGEST_ROUND_S,
) -> Round:
    """One round; takes until the broker has deleted, at most `longest_s`. Safe to repeat and to cut off.

    `properties` are an administrator's. `kept` names by partition the first offset that somebody still needs, whatever
    was processed. Raises NoAnswerError, KafkaException or TimeoutError if Kafka does not answer.
    """
    admin = topics.admin_client(properties)
    _configure(admin, _raw_topics(admin))
    # What grows old while the round lasts must have been read too.
    looked_at = _partitions(admin, properties, topology, retention_s, min(longest_s, retention_s / 2), kept or {})
    stuck = {each.topic for each in looked_at if each.unread}
    ready = {each.topic for each in looked_at if each.has_expired} - stuck
    if ready:
        _set(admin, ready, {"retention.ms": str(max(1, int(retention_s * 1000)))})
        try:
            _wait(admin, [each for each in looked_at if each.topic in ready], longest_s)
        finally:
            _set(admin, ready, {"retention.ms": "-1"})
    overdue = [Overdue(each.topic, each.number, each.unread) for each in looked_at if each.unread]
    return Round(tuple(sorted(ready)), tuple(overdue))


def overdue(properties: Mapping[str, str], topology: Topology, older_than_s: float) -> tuple[Overdue, ...]:
    """The partitions of parties' topics in which something older than this is still to be read. Changes nothing."""
    admin = topics.admin_client(properties)
    found = _partitions(admin, properties, topology, older_than_s, 0, {})
    return tuple(Overdue(each.topic, each.number, each.unread) for each in found if each.unread)


def keep_everything(admin: AdminClient) -> None:
    """Takes back the retention that a round which was cut off has left on a party's topic."""
    _configure(admin, _raw_topics(admin))


def unsealed_letters(rows: Iterable[Mapping[str, Any]]) -> dict[Position, int]:
    """By partition the first record that a dead letter needs from its topic, because it could not be sealed."""
    found: dict[Position, int] = {}
    for row in rows:
        place = (row["topic"], row["partition"])
        found[place] = min(row["offset"], found.get(place, row["offset"]))
    return found


def _raw_topics(admin: AdminClient) -> dict[str, Sequence[int]]:
    known = admin.list_topics(timeout=_SECONDS).topics
    return {name: sorted(topic.partitions) for name, topic in known.items() if raw_template(name)}


def _partitions(
    admin: AdminClient,
    properties: Mapping[str, str],
    topology: Topology,
    retention_s: float,
    margin_s: float,
    kept: Mapping[Position, int],
) -> list[_Partition]:
    at = [(topic, number) for topic, numbers in _raw_topics(admin).items() for number in numbers]
    if not at:
        return []
    groups = groups_of(properties)
    starts = _offsets(admin, at, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
    ends = _offsets(admin, at, OffsetSpec.latest())  # type: ignore[no-untyped-call]
    old = time.time() - retention_s
    stay, will_stay = (_since(admin, at, time_s) for time_s in (old, old + margin_s))
    found = []
    for topic, number in at:
        place = (topic, number)
        end = ends.get(place, 0)
        readers = topology.readers_of(raw_template(topic) or topic)
        read = min((_read(groups, reader, place) for reader in readers), default=0)
        found.append(
            _Partition(
                topic,
                number,
                starts.get(place, 0),
                min(read, kept.get(place, end)),
                stay.get(place, end),
                will_stay.get(place, end),
            )
        )
    return found


def _since(admin: AdminClient, at: Iterable[Position], time_s: float) -> dict[Position, int]:
    """By partition the first offset from this time on; partitions without one are left out."""
    spec = OffsetSpec.for_timestamp(int(time_s * 1000))
    return {place: offset for place, offset in _offsets(admin, at, spec).items() if offset >= 0}


def _read(groups: Mapping[str, Group], service: str, at: Position) -> int:
    """How far a service has read: as far as the last of its groups that read this topic, 0 where none has yet."""
    of_service = [group for name, group in groups.items() if name.startswith(f"{service}.")]
    reading = [
        group for group in of_service if at[0] in group.holds or any(place[0] == at[0] for place in group.offsets)
    ]
    return min((group.offsets.get(at, 0) for group in reading), default=0)


def _offsets(admin: AdminClient, at: Iterable[Position], spec: OffsetSpec) -> dict[Position, int]:
    found: dict[Position, int] = {}
    wanted = {TopicPartition(topic, partition): spec for topic, partition in at}
    for place, future in admin.list_offsets(wanted, request_timeout=_SECONDS).items():
        try:
            found[place.topic, place.partition] = future.result(_SECONDS).offset
        except KafkaException:
            continue  # The topic was deleted meanwhile.
    return found


def _wait(admin: AdminClient, waiting: Sequence[_Partition], longest_s: float) -> None:
    """Returns when nothing that had expired is left, or it is time."""
    deadline = time.monotonic() + longest_s
    places = {(each.topic, each.number): each.stays for each in waiting if each.has_expired}
    while time.monotonic() < deadline:
        starts = _offsets(admin, places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
        if all(starts.get(place, stays) >= stays for place, stays in places.items()):
            return
        time.sleep(_LOOK_EVERY_S)


def _configure(admin: AdminClient, raw: Iterable[str]) -> None:
    wanted = {"retention.ms": "-1", **RAW_SETTINGS}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in raw]
    if not resources:
        return
    different = {
        resource.name
        for resource, future in admin.describe_configs(resources, request_timeout=_SECONDS).items()
        if any(future.result(_SECONDS)[key].value != value for key, value in wanted.items())
    }
    _set(admin, different, wanted)


def _set(admin: AdminClient, names: Iterable[str], settings: Mapping[str, str]) -> None:
    changes = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET) for key, value in settings.items()
            ],
        )
        for name in sorted(names)
    ]
    if changes:
        for future in admin.incremental_alter_configs(changes, request_timeout=_SECONDS).values():
            future.result(_SECONDS)
