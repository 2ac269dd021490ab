"""An analyst's reader: counts the cases that came to each step, and how long they waited, from the stream of facts.

Copy it. It needs `pip install confluent-kafka`, and from the operator of Parley two files:
  analyst.properties   your Kafka user
  kafka-ca.crt         the authority by which you know that it is our broker
Run: python count_cases.py analyst.properties
"""

import json
import re
import statistics
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

TOPIC = "outcomes"
STEPS = ("screened", "referred", "accepted", "started", "completed")
SMALLEST = 10
Fact = dict[str, Any]


def current_facts(values: Iterable[bytes]) -> list[Fact]:
    """The facts that hold now: of each `fact_id` the last one, unless that retracts it.

    When a new release begins all facts of the one before are retracted, so this needs no other rule for it.
    """
    last: dict[str, Fact] = {}
    for value in values:
        fact = json.loads(value)
        last[fact["fact_id"]] = fact
    return [fact for fact in last.values() if fact["outcome"] != "retracted"]


def cases_by_step(facts: Iterable[Fact], by: str = "fact") -> dict[str, int]:
    """How many cases there are of each step, or by another field of a fact, such as `area`.

    `case_id` is the case's pseudonym. Cases are counted, not facts: a case that one provider declined and another took
    has two `referred` facts, and a session is a fact of its own each time.
    """
    cases: dict[str, set[str]] = defaultdict(set)
    for fact in facts:
        cases[fact[by]].add(fact["case_id"])
    return {name: len(of_these) for name, of_these in cases.items()}


def median_days(facts: Iterable[Fact], step: str) -> float | None:
    """Half of the facts of this step came within so many days of the step before; None where no wait is known.

    Of facts that are told by the month or more coarsely (`detail`), it is not.
    """
    waits = [fact["days_since"] for fact in facts if fact["fact"] == step and fact["days_since"] is not None]
    return statistics.median(waits) if waits else None


def publishable(count: int) -> str:
    """A count as it may be published: a small one could point to one family."""
    return f"fewer than {SMALLEST}" if 0 < count < SMALLEST else str(count)


def connection(properties_file: Path) -> dict[str, Any]:
    """The settings of confluent-kafka from a file in the form of Kafka's own console tools."""
    lines = [line for line in properties_file.read_text().splitlines() if "=" in line]
    properties = dict(line.split("=", 1) for line in lines)
    login = dict(re.findall(r'(username|password)="([^"]*)"', properties["sasl.jaas.config"]))
    settings = {
        "bootstrap.servers": properties["bootstrap.servers"],
        "security.protocol": properties["security.protocol"],
        "sasl.mechanism": properties["sasl.mechanism"],
        "sasl.username": login["username"],
        "sasl.password": login["password"],
    }
    if "ssl.truststore.location" in properties:
        # The authority's certificate: where the operator had it, or beside your properties file.
        there, here = Path(properties["ssl.truststore.location"]), properties_file.parent
        settings["ssl.ca.location"] = str(there if there.exists() else here / there.name)
    return settings


def read_all(properties_file: Path) -> Iterator[bytes]:
    """Every record that is on the log now, from the first. All facts of one case are on one partition, in order."""
    return (value for _, value in records(properties_file, TOPIC))


def records(properties_file: Path, topic: str) -> Iterator[tuple[bytes, bytes]]:
    """Key and value of every record that is on a topic now, from the first of each partition; no value is empty."""
    consumer = Consumer(
        connection(properties_file)
        | {"group.id": "analyst.example", "enable.auto.commit": False, "enable.partition.eof": True}
    )
    try:
        unread = [
            TopicPartition(topic, number, OFFSET_BEGINNING)
            for number in consumer.list_topics(topic, timeout=30).topics[topic].partitions
        ]
        consumer.assign(unread)
        left = {each.partition for each in unread}
        while left:
            message = consumer.poll(30)
            if message is None:
                raise TimeoutError("Kafka has not answered for half a minute")
            error = message.error()
            if error is None:
                yield message.key() or b"", message.value() or b""
            elif error.code() == KafkaError._PARTITION_EOF:
                left.discard(message.partition())
            else:
                raise KafkaException(error)
    finally:
        consumer.close()


def main(properties_file: Path) -> None:
    """Prints the count and the wait of each step."""
    facts = current_facts(read_all(properties_file))
    counts = cases_by_step(facts)
    for step in STEPS:
        days = median_days(facts, step)
        wait = "" if days is None else f", half of them within {days:g} days of the step before"
        print(f"{step}: {publishable(counts.get(step, 0))} cases{wait}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Usage: python count_cases.py analyst.properties")
    main(Path(sys.argv[1]))
