"""Consumer lag: the records that a group has not committed yet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined]  # re-exported silently

from deploy.stack import topics
from deploy.stack.consumer_groups import groups_of

_SECONDS = 10
_NEVER_COMMITTED = -1


@dataclass(frozen=True)
class GroupLag:
    """A group's number of members, and its unread records by topic."""

    group: str
    members: int
    lag: dict[str, int]

    @property
    def total(self) -> int:
        """Unread records in all topics."""
        return sum(self.lag.values())


def group_lags(properties: Mapping[str, str]) -> tuple[GroupLag, ...]:
    """The lag of every consumer group of the cluster. `properties` are those of an administrator's client.

    A topic counts for a group that has committed offsets in it or is assigned part of it, with all of its partitions: a
    partition without a committed offset is behind by all its records. Raises NoAnswerError, KafkaException or
    TimeoutError if Kafka does not answer.
    """
    groups = groups_of(properties)
    if not groups:
        return ()
    admin = topics.admin_client(properties)
    partitions = {name: topic.partitions for name, topic in admin.list_topics(timeout=_SECONDS).topics.items()}
    committed: dict[str, dict[tuple[str, int], int]] = {}
    for name, group in groups.items():
        of_group = {topic for topic, _ in group.offsets} | group.holds
        committed[name] = {
            (topic, number): _NEVER_COMMITTED for topic in of_group for number in partitions.get(topic, ())
        }
        committed[name] |= {at: offset for at, offset in group.offsets.items() if at[0] in partitions}
    everywhere = {at for of_group in committed.values() for at in of_group}
    ends = _offsets(admin, everywhere, OffsetSpec.latest())  # type: ignore[no-untyped-call]
    unread = {at for of_group in committed.values() for at, offset in of_group.items() if offset < 0}
    starts = _offsets(admin, unread, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
    return tuple(
        GroupLag(name, group.members, _by_topic(committed[name], starts, ends)) for name, group in groups.items()
    )


def _by_topic(
    committed: dict[tuple[str, int], int], starts: dict[tuple[str, int], int], ends: dict[tuple[str, int], int]
) -> dict[str, int]:
    lag: dict[str, int] = {}
    for at, offset in sorted(committed.items()):
        if at not in ends:
            continue  # The topic was deleted meanwhile.
        read = offset if offset >= 0 else starts.get(at, 0)
        lag[at[0]] = lag.get(at[0], 0) + max(0, ends[at] - read)
    return lag


def _offsets(admin: AdminClient, at: Iterable[tuple[str, int]], spec: OffsetSpec) -> dict[tuple[str, int], int]:
    wanted = {TopicPartition(topic, partition): spec for topic, partition in at}
    if not wanted:
        return {}
    found: dict[tuple[str, int], int] = {}
    for partition, future in admin.list_offsets(wanted, request_timeout=_SECONDS).items():
        try:
            found[partition.topic, partition.partition] = future.result(_SECONDS).offset
        except KafkaException:
            continue
    return found
