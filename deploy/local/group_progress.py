"""How far a consumer group has come, as Kafka remembers it."""

from collections.abc import Iterable

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from deploy.local.errors import ParleyError

Position = tuple[str, int]
"""Topic and partition."""

_SECONDS = 10
# The group has never been seen, or its coordinator moves: both look like nothing read yet, and pass.
_NOTHING_YET = {
    KafkaError.GROUP_ID_NOT_FOUND,
    KafkaError.NOT_COORDINATOR,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
}


def committed(admin: AdminClient, groups: Iterable[str]) -> dict[str, dict[Position, int]]:
    """For each group the next offset that it will read, of every partition where it has committed one.

    Raises `ParleyError` where Kafka does not say.
    """
    # One call for each group: Kafka's client takes no more. They run at the same time.
    asked = {
        group: admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)], request_timeout=_SECONDS)[group]
        for group in groups
    }
    found: dict[str, dict[Position, int]] = {}
    for group, future in asked.items():
        try:
            partitions = future.result(timeout=_SECONDS + 1).topic_partitions
        except TimeoutError:
            raise ParleyError(f"Kafka did not say within {_SECONDS} s how far {group} has come.") from None
        except KafkaException as error:
            if error.args[0].code() not in _NOTHING_YET:
                raise ParleyError(f"Kafka does not say how far {group} has come: {error.args[0].str()}.") from error
            partitions = []
        found[group] = {(each.topic, each.partition): each.offset for each in partitions if each.offset >= 0}
    return found
