"""What the campaign does to Kafka as its administrator, in processes of their own.

librdkafka's administrator has assertions that end the whole process when a connection ends in the middle of a request.
Those that are known are kept out of (`deploy.stack.consumer_groups`); any other ends a child here, and the request
counts as one that Kafka did not answer.
"""

import multiprocessing
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramMechanism,
    UserScramCredentialDeletion,
)

from deploy.stack import topics
from deploy.stack.consumer_groups import NoAnswerError
from deploy.stack.lag import group_lags

Properties = dict[str, str]
Right = tuple[int, str, int, str, str, int, int]
_SECONDS = 20


_children: list[ProcessPoolExecutor] = []
_lock = threading.Lock()


def asked(work: Callable[..., Any], *given: Any) -> Any:
    """Runs one of the functions below in a child process. Raises NoAnswerError."""
    with _lock:
        if not _children:
            _children.append(ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")))
        children = _children[0]
    try:
        return children.submit(_answered, work, given).result(120)
    except (BrokenProcessPool, TimeoutError) as error:
        with _lock:
            if children in _children:
                _children.remove(children)
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
    """A user's rights to READ, to WRITE, or to do ANYthing."""
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


def take_rights(properties: Properties, rights: list[Right]) -> None:
    """Takes these rights away."""
    admin = topics.admin_client(properties)
    filters = [AclBindingFilter(*_enums(right)) for right in rights]
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


def delete_user(properties: Properties, user: str) -> None:
    """A user's credential is no more."""
    admin = topics.admin_client(properties)
    gone = UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512)
    for future in admin.alter_user_scram_credentials([gone]).values():
        future.result(_SECONDS)


def read_again(properties: Properties, group: str) -> list[str]:
    """Sets a group back to the start of every topic that it has read; says which. Refused while it has members.

    By a consumer: the administrator's requests to a group's coordinator are those that end its process.
    """
    consumer = Consumer(properties | {"group.id": group, "enable.auto.commit": "false", "log_level": "0"})
    try:
        everything = [
            TopicPartition(name, partition)
            for name, topic in consumer.list_topics(timeout=_SECONDS).topics.items()
            if not name.startswith("__")
            for partition in topic.partitions
        ]
        held = [each for each in consumer.committed(everything, timeout=_SECONDS) if each.offset >= 0]
        starts = [
            TopicPartition(
                each.topic, each.partition, consumer.get_watermark_offsets(each, timeout=_SECONDS, cached=False)[0]
            )
            for each in held
        ]
        consumer.commit(offsets=starts, asynchronous=False)
        return sorted({each.topic for each in starts})
    finally:
        consumer.close()


def unread(properties: Properties) -> list[str]:
    """Which groups have something to read, in words."""
    return [
        f"{group.group} has {group.total} to read, {group.members} members"
        for group in group_lags(properties)
        if group.total and not group.group.startswith("faults-")
    ]


def make_topic(properties: Properties, name: str) -> None:
    """A topic with a partition for each node, as wide as the cluster makes it; nothing where it is there."""
    admin = topics.admin_client(properties)
    described = admin.list_topics(timeout=_SECONDS)
    if name not in described.topics:
        for future in admin.create_topics([NewTopic(name, len(described.brokers), -1)]).values():
            future.result(_SECONDS)
