"""Reads and writes the topic `directory`, which holds the registered entries."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, TopicPartition
from pydantic import ValidationError

from deploy.stack.errors import ParleyError
from deploy.stack.group_progress import committed
from deploy.stack.home import Stack
from deploy.stack.publishing import Publisher
from services import TOPOLOGY
from shared.contracts.directory import DirectoryEntry, Entry, directory_entry
from shared.messaging.core.envelope import new_id, write_headers

TOPIC = Entry.topic
OPERATOR = "operator"
_SECONDS = 20
_POLL_SECONDS = 0.2


def registered_entries(stack: Stack) -> dict[str, DirectoryEntry]:
    """The registered entries by key, read from the topic with the operator's login."""
    entries: dict[str, DirectoryEntry] = {}
    for key, value in _latest(stack).items():
        try:
            entries[key] = directory_entry.validate_json(value)
        except ValidationError:
            continue  # An entry of an older definition: it is registered again when a file names it.
    return entries


def publish_entries(stack: Stack, entries: Sequence[DirectoryEntry]) -> None:
    """Registers entries in this order. Returns when every replica has them."""
    publisher = Publisher(stack.client_properties(OPERATOR), lambda _topic, _partition, _offset: None)
    for entry in entries:
        headers = write_headers(
            event_id=new_id(),
            event_type=entry.ce_type(),
            source=entry.owner,
            time=datetime.now(UTC),
            subject=entry.key(),
        )
        publisher.publish(TOPIC, entry.key().encode(), entry.model_dump_json().encode(), headers)
    publisher.finish()


def wait_until_services_know(stack: Stack, progress: Callable[[int, int], None], seconds: float) -> None:
    """Wait until the group `<service>.directory` of every service that reads the directory has read all of it.

    `progress` is called with the number of services that have, and of all. Raises `ParleyError` naming those that have
    not within `seconds`.
    """
    groups = {f"{service}.{TOPIC}": service for service in TOPOLOGY.readers_of(TOPIC)}
    ends = _ends(stack)
    deadline = time.monotonic() + seconds
    while True:
        now = committed(stack.admin_properties(), groups)
        late = [
            service
            for group, service in groups.items()
            if any(now[group].get((TOPIC, partition), 0) < end for partition, end in ends.items())
        ]
        progress(len(groups) - len(late), len(groups))
        if not late:
            return
        if time.monotonic() > deadline:
            raise ParleyError(
                f"{', '.join(late)} did not read the directory within {seconds:.0f} s. The entries are registered, but "
                "no topics or users were created for them: see `parley status` and the logs, then apply the file again."
            )
        time.sleep(_POLL_SECONDS)


def _reader(stack: Stack) -> Consumer:
    return Consumer(
        {
            **stack.client_properties(OPERATOR),
            "group.id": f"{OPERATOR}.{TOPIC}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )


def _ends(stack: Stack) -> dict[int, int]:
    consumer = _reader(stack)
    try:
        return {partition: _end(consumer, partition) for partition in _partitions(consumer)}
    finally:
        consumer.close()


def _latest(stack: Stack) -> dict[str, bytes]:
    consumer = _reader(stack)
    try:
        reading = {partition for partition in _partitions(consumer) if _end(consumer, partition)}
        consumer.assign([TopicPartition(TOPIC, partition, OFFSET_BEGINNING) for partition in reading])
        latest: dict[str, bytes] = {}
        deadline = time.monotonic() + _SECONDS
        while reading:
            if time.monotonic() > deadline:
                raise ParleyError(f"The topic {TOPIC} could not be read to its end within {_SECONDS} s.")
            _take(consumer.poll(0.5), latest, reading)
        return latest
    finally:
        consumer.close()


def _take(message: Message | None, latest: dict[str, bytes], reading: set[int]) -> None:
    if message is None:
        return
    error = message.error()
    if error is not None:
        if error.code() != KafkaError._PARTITION_EOF:
            raise ParleyError(f"The topic {TOPIC} can't be read: {error.str()}.")
        reading.discard(message.partition())
        return
    key = (message.key() or b"").decode("utf-8", "replace")
    value: Any = message.value()
    if value is None:
        latest.pop(key, None)
    else:
        latest[key] = value


def _partitions(consumer: Consumer) -> list[int]:
    try:
        found = consumer.list_topics(TOPIC, timeout=_SECONDS).topics[TOPIC]
    except KafkaException as error:
        raise ParleyError(f"Kafka does not answer: {error.args[0].str()}. See `parley status`.") from error
    if found.error is not None:
        raise ParleyError(f"The topic {TOPIC} can't be read: {found.error.str()}. See `parley status`.")
    return sorted(found.partitions)


def _end(consumer: Consumer, partition: int) -> int:
    try:
        _, end = consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=_SECONDS)
    except KafkaException as error:
        raise ParleyError(f"The topic {TOPIC} can't be read: {error.args[0].str()}.") from error
    return int(end)
