"""What the campaign does to Kafka as its administrator, each time in a process of its own.

librdkafka's administrator aborts the whole process when a broker dies in the middle of a request (an assertion in
`rd_kafka_enq_once`). Here that ends a child, and the request counts as one that Kafka did not answer.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from random import Random
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)

from deploy import topics
from deploy.local.lag import group_lags

Properties = dict[str, str]
Right = tuple[int, str, int, str, str, int, int]
_SECONDS = 20


class NoAnswerError(Exception):
    """Kafka did not do what it was asked, or nobody knows whether it did."""


def asked(work: Callable[..., Any], *given: Any) -> Any:
    """Runs one of the functions below in a child process. Raises NoAnswerError."""
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(1, mp_context=context) as child:
            return child.submit(_answered, work, given).result(120)
    except (BrokenProcessPool, TimeoutError) as error:
        raise NoAnswerError(type(error).__name__) from error


def _answered(work: Callable[..., Any], given: tuple[Any, ...]) -> Any:
    # Kafka's own errors do not all survive the way back.
    try:
        return work(*given)
    except (KafkaException, TimeoutError) as error:
        raise NoAnswerError(str(error)) from None


def set_password(properties: Properties, user: str, password: str) -> None:
    """Gives a user this password."""
    topics.ensure_user(topics.admin_client(properties), user, password)


def rights_of(properties: Properties, user: str, operation: str) -> list[Right]:
    """A user's rights to READ or to WRITE."""
    admin = topics.admin_client(properties)
    anything: Any = None
    wanted = AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        f"User:{user}",
        anything,
        AclOperation[operation],
        AclPermissionType.ANY,
    )
    found = admin.describe_acls(wanted, request_timeout=_SECONDS).result(_SECONDS)
    return sorted(_plain(acl) for acl in found)


def take_rights(properties: Properties, user: str, operation: str, seed: int) -> None:
    """Takes half of a user's rights to READ or WRITE away."""
    admin, held = topics.admin_client(properties), rights_of(properties, user, operation)
    filters = [AclBindingFilter(*_enums(right)) for right in Random(seed).sample(held, max(1, len(held) // 2))]
    for future in admin.delete_acls(filters, request_timeout=_SECONDS).values():
        future.result(_SECONDS)


def give_rights(properties: Properties, rights: list[Right]) -> None:
    """Gives rights back; returns when they are in force."""
    topics.ensure_acls(topics.admin_client(properties), [AclBinding(*_enums(right)) for right in rights])


def _plain(acl: Any) -> Right:
    return (
        acl.restype.value,
        acl.name,
        acl.resource_pattern_type.value,
        acl.principal,
        acl.host,
        acl.operation.value,
        acl.permission_type.value,
    )


def _enums(right: Right) -> tuple[Any, ...]:
    kind, name, pattern, principal, host, operation, permission = right
    return (
        ResourceType(kind),
        name,
        ResourcePatternType(pattern),
        principal,
        host,
        AclOperation(operation),
        AclPermissionType(permission),
    )


def read_again(properties: Properties, service: str, seed: int) -> str:
    """Sets one group of a service back to the start of one of its topics; says which. Refused while it has members."""
    admin, rng = topics.admin_client(properties), Random(seed)
    groups = sorted(
        group.group_id
        for group in admin.list_consumer_groups(request_timeout=_SECONDS).result(_SECONDS).valid
        if group.group_id.startswith(f"{service}.") and not group.group_id.endswith(".directory")
    )
    group = rng.choice(groups)
    request = [ConsumerGroupTopicPartitions(group)]
    held = admin.list_consumer_group_offsets(request, request_timeout=_SECONDS)[group].result(_SECONDS).topic_partitions
    topic = rng.choice(sorted({each.topic for each in held}))
    starts = {TopicPartition(e.topic, e.partition): OffsetSpec.earliest() for e in held if e.topic == topic}
    found = admin.list_offsets(starts, request_timeout=_SECONDS)
    back = [TopicPartition(e.topic, e.partition, future.result(_SECONDS).offset) for e, future in found.items()]
    altered = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, back)], request_timeout=_SECONDS)
    altered[group].result(_SECONDS)
    return f"{group} {topic}"


def unread(properties: Properties) -> list[str]:
    """Which groups have something to read, in words."""
    return [
        f"{group.group} has {group.total} to read, {group.members} members"
        for group in group_lags(topics.admin_client(properties))
        if group.total and not group.group.startswith("faults-")
    ]
