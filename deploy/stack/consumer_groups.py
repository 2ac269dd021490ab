"""Consumer groups as Kafka knows them: their members and committed offsets.

This uses aiokafka. librdkafka's admin client, which does everything else, aborts the process (an assertion in
`rd_kafka_enq_once`, confluentinc/librdkafka#4605) when a connection ends during a request to a group coordinator, and a
status command must survive the restart of a broker.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFound,
    KafkaError,
    NotCoordinatorError,
    for_code,
)

from deploy.stack.client_login import aiokafka_login

Position = tuple[str, int]
"""Topic and partition."""

Result = TypeVar("Result")
# Without configured logging, its warnings about an unavailable broker would appear in a command's output.
logging.getLogger("aiokafka").addHandler(logging.NullHandler())
_SECONDS = 10
# The group does not exist yet, or its coordinator is moving: both count as no offsets, and are transient.
_NOTHING_YET = (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    GroupIdNotFound,
    NotCoordinatorError,
)


class NoAnswerError(Exception):
    """Kafka did not answer; the message says why."""


@dataclass
class Group:
    """A group's number of members, the topics assigned to them, and its committed offset of each partition."""

    members: int = 0
    holds: set[str] = field(default_factory=set)
    offsets: dict[Position, int] = field(default_factory=dict)


def groups_of(properties: Mapping[str, str]) -> dict[str, Group]:
    """All groups of the cluster by name. Raises NoAnswerError."""

    async def ask(admin: AIOKafkaAdminClient) -> dict[str, Group]:
        names = sorted(name for name, _ in await admin.list_consumer_groups())
        return dict(zip(names, await asyncio.gather(*(_group(admin, name) for name in names)), strict=True))

    return _run(properties, ask)


def offsets_of(properties: Mapping[str, str], groups: Iterable[str]) -> dict[str, dict[Position, int]]:
    """Each group's committed offsets by partition. Raises NoAnswerError."""
    names = list(groups)

    async def ask(admin: AIOKafkaAdminClient) -> dict[str, dict[Position, int]]:
        return dict(zip(names, await asyncio.gather(*(_offsets(admin, name) for name in names)), strict=True))

    return _run(properties, ask)


def move(properties: Mapping[str, str], offsets: Mapping[str, Mapping[Position, int]]) -> None:
    """Sets the committed offsets of groups, which must have no members. Raises NoAnswerError if Kafka refuses."""

    async def within() -> None:
        for group, places in offsets.items():
            consumer = AIOKafkaConsumer(**_settings(properties), group_id=group, enable_auto_commit=False)
            async with asyncio.timeout(_SECONDS), consumer:
                at = {TopicPartition(*place): offset for place, offset in places.items()}
                consumer.assign(list(at))
                await consumer.commit(at)

    try:
        asyncio.run(within())
    except (KafkaError, OSError, TimeoutError) as error:
        raise NoAnswerError(f"Kafka does not accept the offsets ({type(error).__name__})") from error


async def _group(admin: AIOKafkaAdminClient, name: str) -> Group:
    found = Group(offsets=await _offsets(admin, name))
    for response in await admin.describe_consumer_groups([name]):
        for error, _, _, _, _, members, *_ in response.groups:
            if error:
                raise for_code(error)(name)
            found.members = len(members)
            for *_, assignment in members:
                if assignment:
                    held = ConsumerProtocolMemberAssignment.decode(assignment)
                    found.holds |= {topic for topic, _ in held.assignment}
    return found


async def _offsets(admin: AIOKafkaAdminClient, name: str) -> dict[Position, int]:
    try:
        at = await admin.list_consumer_group_offsets(name)
    except _NOTHING_YET:
        return {}
    return {(place.topic, place.partition): found.offset for place, found in at.items() if found.offset >= 0}


def _run(properties: Mapping[str, str], ask: Callable[[AIOKafkaAdminClient], Awaitable[Result]]) -> Result:
    async def within() -> Result:
        async with asyncio.timeout(_SECONDS), _client(properties) as admin:
            return await ask(admin)

    try:
        return asyncio.run(within())
    except (KafkaError, OSError, TimeoutError) as error:
        raise NoAnswerError(f"Kafka does not answer ({type(error).__name__})") from error


@asynccontextmanager
async def _client(properties: Mapping[str, str]) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(**_settings(properties))
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()


def _settings(properties: Mapping[str, str]) -> dict[str, Any]:
    return {**aiokafka_login(properties), "request_timeout_ms": _SECONDS * 1000}
