"""The changelogs against the tables: the newest image of each row is the row, and no row is missing."""

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, TopicPartition

from deploy.stack.services import WITH_CHANGELOG
from tests.faults.world import World

if TYPE_CHECKING:
    from tests.faults.oracle import Verdict

_LOOKS = 4
# Rounds of a changelog are closer than this when little changes.
_BETWEEN_S = 5.0
# Sent with a round, and no table's: what waited for the relay, where sequences stood, which migrations were applied.
_OTHERS = ("outbox", "sequence", "schema")
_TABLES = """
SELECT tablename AS name FROM pg_tables
WHERE schemaname = 'public' AND tablename NOT IN (
    'changed_row', 'inbox', 'inbox_age', 'inbox_before', 'outbox', 'relay_clear', 'schema_migration')
"""


def judge(world: World, verdict: "Verdict") -> None:
    """A row that would not come back is lost; one that would come back and is not there is doubled.

    Services go on meanwhile, e-mails are tried again: what differs because a row changed between the two readings does
    not differ in the same way the next time. What does so in every look is a fault.
    """
    for service in WITH_CHANGELOG:
        differ = _differences(world, service)
        for _ in range(_LOOKS - 1):
            if any(differ.values()):
                time.sleep(_BETWEEN_S)
                again = _differences(world, service)
                differ = {which: rows & again.get(which, Counter()) for which, rows in differ.items()}
        for (kind, what), rows in differ.items():
            verdict.note(kind, what, rows.elements())


def _differences(world: World, service: str) -> dict[tuple[str, str], "Counter[str]"]:
    """Rows, or tables, that are on one side alone, by the kind of fault and its words."""
    images = _images(world, f"{service}.changelog")
    found: dict[tuple[str, str], Counter[str]] = {}
    for table in (row["name"] for row in world.query(service, _TABLES)):
        there = Counter(
            _written(json.loads(row["image"]))
            for row in world.query(service, f'SELECT row_to_json(t)::text AS image FROM "{table}" AS t')  # noqa: S608
        )
        kept = images.pop(table, Counter())
        found["lost", f"{service}'s rows of {table} and not in its changelog"] = there - kept
        found["doubled", f"in {service}'s changelog and no row of {table}"] = kept - there
    found["doubled", f"in {service}'s changelog and no table"] = Counter(images.keys())
    return found


def _images(world: World, topic: str) -> dict[str, "Counter[str]"]:
    """For each table the newest images that whoever reads committed records gets."""
    newest: dict[bytes, bytes | None] = {}
    consumer = Consumer(
        {
            **world.stack.admin_properties(),
            "group.id": "faults-oracle",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        deadline = time.monotonic() + 120
        ended = False
        while not ended:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{topic} could not be read to its end")
            for message in consumer.consume(1000, timeout=0.5):
                if message.error():
                    ended = ended or message.error().name() == "_PARTITION_EOF"
                else:
                    newest[message.key()] = message.value()
    finally:
        consumer.close()
    found: dict[str, Counter[str]] = {}
    for key, value in newest.items():
        table = key.decode().partition(" ")[0]
        if value is not None and table not in _OTHERS:
            found.setdefault(table, Counter())[_written(json.loads(value))] += 1
    return found


def _written(image: Any) -> str:
    return json.dumps(image, sort_keys=True)
