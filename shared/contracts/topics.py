"""Topics: their definition, their names, and those that a party outside the services writes or reads.

Which services write and read each topic is in their manifests; `topology` brings the two together.
"""

import re
from dataclasses import dataclass
from typing import Literal

# A message with everything around it, as every topic takes it. What a front door or a provider may send is far smaller,
# so that what follows from it fits.
LARGEST_MESSAGE = 1024 * 1024
# The largest record that a front door or a provider may send: 256 KiB of JSON, before any compression.
LARGEST_RECORD = 256 * 1024
PROVIDER_RETENTION_DAYS = 14
"""For so long a provider's referrals stay on its topic, and what they were encrypted for must be kept."""
_DAY_MS = 24 * 60 * 60 * 1000
_FOR_EVER = -1
_DEAD_LETTERS = ".dead-letters"
_ID = "[a-z0-9]+(?:-[a-z0-9]+)*"


@dataclass(frozen=True)
class TopicDefinition:
    """A topic. `writers` and `readers` are principals without `User:`; `retention_ms` -1 keeps for ever.

    Who writes `in_transactions` may use the topic's name as transactional id. `largest_bytes` is of a batch, as
    the broker takes it.
    """

    name: str
    partitions: int
    writers: tuple[str, ...]
    readers: tuple[str, ...]
    cleanup: Literal["delete", "compact"] = "delete"
    retention_ms: int = _FOR_EVER
    in_transactions: bool = False
    largest_bytes: int = LARGEST_MESSAGE


# Topics that a party outside reads or writes, by how their names begin or, for the analysts' streams, in full.
OUTSIDE_PREFIXES = ("front-door.", "provider.")
_OUTSIDE_NAMES = ("outcomes", "outcomes-current")


def is_outside(topic: str) -> bool:
    """Whether a party outside reads or writes this topic: a front door, a provider or the analysts.

    Dead letters are the operator's alone, whatever topic they are of.
    """
    if topic.endswith(_DEAD_LETTERS):
        return False
    return topic.startswith(OUTSIDE_PREFIXES) or topic in _OUTSIDE_NAMES


def is_by_the_day(topic: str) -> bool:
    """Whether nothing of a record of this topic may say at what time of a day it came about: the analysts' streams."""
    return topic in _OUTSIDE_NAMES


AUDIT_ANCHORS = "audit.anchors"
"""Where every service publishes the heads of its audit. Services may write it and not read it; nothing of it goes."""


def dead_letter_topic(topic: str) -> str:
    """Where records of `topic` go that could not be read."""
    return f"{topic}{_DEAD_LETTERS}"


def changelog_topic(service: str) -> str:
    """Where a service's tables are, row by row; the newest image of each row is kept."""
    return f"{service}.changelog"


def agency_user(agency: str) -> str:
    """The Kafka user of a front door."""
    return f"agency.{agency}"


def provider_user(provider: str) -> str:
    """The Kafka user of a provider."""
    return f"provider.{provider}"


_AGENCY, _PROVIDER = agency_user("{agency}"), provider_user("{provider}")

DIRECTORY = TopicDefinition("directory", 1, ("operator",), ("operator",), cleanup="compact")
# Nobody but the agency writes its screenings and contacts or reads its progress. What wrap-around practitioners report
# as contacts goes to the service that follows the case.
FRONT_DOOR_TOPICS = (
    TopicDefinition("front-door.{agency}.screenings", 2, (_AGENCY,), ()),
    TopicDefinition("front-door.{agency}.progress", 1, (), (_AGENCY,)),
    TopicDefinition("front-door.{agency}.contacts", 1, (_AGENCY,), ()),
)
# Contact details are kept short: the provider copies what it needs.
PROVIDER_TOPICS = (
    TopicDefinition(
        "provider.{provider}.referrals", 2, (), (_PROVIDER,), retention_ms=PROVIDER_RETENTION_DAYS * _DAY_MS
    ),
    TopicDefinition("provider.{provider}.updates", 2, (_PROVIDER,), ()),
    TopicDefinition("provider.{provider}.refusals", 1, (), (_PROVIDER,)),
)
SHARED_TOPICS = (
    DIRECTORY,
    TopicDefinition("outcomes", 4, (), ("analyst", "operator")),
    TopicDefinition("outcomes-current", 4, (), ("analyst", "operator"), cleanup="compact"),
    *FRONT_DOOR_TOPICS,
    *PROVIDER_TOPICS,
)
"""Every topic that somebody other than a service writes or reads, with these writers and readers alone."""

# What a party outside has written is in clear until it has been processed. Nothing of it goes before: retention is set
# for a round of deleting alone (`deploy/stack/raw_records.py`). Segments are closed soon, so that it does go then.
RAW_RETENTION_HOURS = 72.0
"""A weekend: whoever looks on Monday at what went wrong on Friday can have a party's own record read once more."""
RAW_SETTINGS = {"segment.ms": str(60 * 60 * 1000), "file.delete.delay.ms": "1000"}
CURRENT_SETTINGS = {
    "max.compaction.lag.ms": str(7 * _DAY_MS),
    "delete.retention.ms": str(30 * _DAY_MS),
    "segment.ms": str(_DAY_MS),
}
"""Of what analysts have as it is now: what is no longer so is gone from the log within about a week, and that it is
no longer so can be read for a month after."""
_RAW = {
    definition.name: re.compile(re.escape(definition.name).replace(r"\{agency\}", _ID).replace(r"\{provider\}", _ID))
    for definition in (*FRONT_DOOR_TOPICS, *PROVIDER_TOPICS)
    if definition.writers
}


def raw_template(topic: str) -> str | None:
    """The template of a topic on which a party outside writes what may name people. None for any other topic."""
    return next((template for template, form in _RAW.items() if topic == template or form.fullmatch(topic)), None)


def example_of(topic: str) -> str:
    """The name of one topic of this template; a name without placeholder is returned as it is."""
    return topic.replace("{agency}", "example").replace("{provider}", "example")
