"""Every topic: who writes it, who reads it, how long it keeps.

Topics and ACLs are made from this, so what is not said here is refused by the broker.
"""

from dataclasses import dataclass
from typing import Literal

SERVICES = ("screening", "referral", "notification", "outcomes", "families", "workforce")
# Outcomes is worked out from the others' events, and is rebuilt by reading them again.
WITH_CHANGELOG = ("screening", "referral", "notification", "families", "workforce")
# A message with everything around it, as every topic takes it. What a front door or a provider may send is far smaller,
# so that what follows from it fits.
LARGEST_MESSAGE = 1024 * 1024
# The largest record that a front door or a provider may send: 256 KiB of JSON, before any compression.
LARGEST_RECORD = 256 * 1024
# A dead letter holds such a message, sealed and as text.
_LARGEST_IMAGE = 4 * 1024 * 1024
_DAY_MS = 24 * 60 * 60 * 1000
_FOR_EVER = -1
_DEAD_LETTERS = ".dead-letters"


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


# Topics that a party outside reads or writes, by how their names begin or, for the analysts' stream, in full.
OUTSIDE_PREFIXES = ("front-door.", "provider.")
_OUTSIDE_NAMES = ("outcomes",)


def is_outside(topic: str) -> bool:
    """Whether a party outside reads or writes this topic: a front door, a provider or the analysts.

    Dead letters are the operator's alone, whatever topic they are of.
    """
    if topic.endswith(_DEAD_LETTERS):
        return False
    return topic.startswith(OUTSIDE_PREFIXES) or topic in _OUTSIDE_NAMES


def dead_letter_topic(topic: str) -> str:
    """Where records of `topic` go that could not be read."""
    return f"{topic}{_DEAD_LETTERS}"


def changelog_topic(service: str) -> str:
    """Where a service's tables are, row by row; the newest image of each row is kept."""
    return f"{service}.changelog"


def _read_by_services(name: str, writer: str, readers: tuple[str, ...]) -> tuple[TopicDefinition, ...]:
    # A reader writes what it could not read to the topic's dead letters; only the operator reads them.
    return (
        TopicDefinition(name, 4, (writer,), (*readers, "operator")),
        TopicDefinition(dead_letter_topic(name), 1, readers, ("operator",)),
    )


_CASE_EVENTS = (
    "referral-agreed",
    "provider-accepted",
    "provider-declined",
    "provider-assessed",
    "session-recorded",
    "concern-raised",
    "follow-up-due",
    "case-reopened",
    "case-returned",
    "case-refused",
    "case-taken-to-panel",
    "case-held",
    "case-resumed",
    "case-halted",
    "case-joined",
    "case-closed",
)
# A family whose case has ended gets a new one with its next screening. Whom a coordinator has agreed on is no stranger.
_FURTHER_READERS = dict.fromkeys(("case-closed", "case-reopened", "referral-agreed", "family-changed"), ("screening",))
# Nothing happened to the family yet, or only its provider or a practitioner is concerned: there is nothing to measure.
_CASE_EVENTS_FOR_NOTIFICATION_ALONE = (
    "case-waiting-listed",
    "case-left-waiting-list",
    "child-participation-changed",
    "family-changed",
    "wrap-around-reminded",
)
_CASE_EVENTS_FOR_OUTCOMES_ALONE = (
    "parent-contacted",
    "parent-assessed",
    "session-scheduled",
    "measure-recorded",
    "family-referred-again",
)


def internal_topics() -> tuple[TopicDefinition, ...]:
    """The topics between the services, the directory and the analysts' stream."""
    topics: list[TopicDefinition] = [
        TopicDefinition("directory", 1, ("operator",), (*SERVICES, "operator"), cleanup="compact"),
        TopicDefinition(dead_letter_topic("directory"), 1, SERVICES, ("operator",)),
        TopicDefinition("outcomes", 4, ("outcomes",), ("analyst", "operator")),
        *_read_by_services("screening-completed", "screening", ("referral", "notification", "outcomes", "workforce")),
        *_read_by_services("parent-details-sealed", "screening", ("notification",)),
        *_read_by_services("submission-refused", "screening", ("notification",)),
        *_read_by_services("stop-reported", "screening", ("referral",)),
        *_read_by_services("screening-taken-back", "screening", ("referral", "notification", "families", "outcomes")),
        *_read_by_services("parent-identity-sealed", "screening", ("families",)),
        *_read_by_services("family-recognised", "families", ("referral",)),
        *_read_by_services("family-linked", "families", ("referral",)),
        *_read_by_services("family-unlinked", "families", ("referral",)),
    ]
    topics += _read_by_services("training", "workforce", ("outcomes",))
    topics += _read_by_services("practitioner-untrained", "workforce", ("notification",))
    topics += _read_by_services("practitioner-handed-over", "workforce", ("referral", "notification"))
    topics += _read_by_services("training-reminders", "workforce", ("notification",))
    for name in _CASE_EVENTS:
        readers = ("notification", "outcomes", *_FURTHER_READERS.get(name, ()))
        topics += _read_by_services(name, "referral", readers)
    for name in _CASE_EVENTS_FOR_NOTIFICATION_ALONE:
        topics += _read_by_services(name, "referral", ("notification", *_FURTHER_READERS.get(name, ())))
    for name in _CASE_EVENTS_FOR_OUTCOMES_ALONE:
        topics += _read_by_services(name, "referral", ("outcomes",))
    topics += _read_by_services("people-confirmed", "referral", ("screening",))
    return tuple(topics)


def changelog_topics() -> tuple[TopicDefinition, ...]:
    """Each service's own rows: nobody's contract, and read by nobody but who rebuilds a database."""
    return tuple(
        TopicDefinition(
            changelog_topic(name),
            1,
            (name,),
            ("operator",),
            cleanup="compact",
            in_transactions=True,
            largest_bytes=_LARGEST_IMAGE,
        )
        for name in WITH_CHANGELOG
    )


def _of_agency(name: str, user: str) -> tuple[TopicDefinition, ...]:
    # What wrap-around practitioners tell goes to the service that follows the case.
    return (
        TopicDefinition(name, 1, (user,), ("referral",)),
        TopicDefinition(dead_letter_topic(name), 1, ("referral",), ("operator",)),
    )


def agency_topics(agency: str) -> tuple[TopicDefinition, ...]:
    """The topics of one front door. Nobody but the agency writes its screenings and contacts or reads its progress."""
    user = agency_user(agency)
    screenings = f"front-door.{agency}.screenings"
    return (
        TopicDefinition(screenings, 2, (user,), ("screening",)),
        TopicDefinition(dead_letter_topic(screenings), 1, ("screening",), ("operator",)),
        TopicDefinition(f"front-door.{agency}.progress", 1, ("notification",), (user,)),
        *_of_agency(f"front-door.{agency}.contacts", user),
    )


def provider_topics(provider: str) -> tuple[TopicDefinition, ...]:
    """The topics of one provider. Contact details are kept short: the provider copies what it needs."""
    user = provider_user(provider)
    updates = f"provider.{provider}.updates"
    return (
        TopicDefinition(f"provider.{provider}.referrals", 2, ("notification",), (user,), retention_ms=14 * _DAY_MS),
        TopicDefinition(updates, 2, (user,), ("referral",)),
        TopicDefinition(dead_letter_topic(updates), 1, ("referral",), ("operator",)),
        TopicDefinition(f"provider.{provider}.refusals", 1, ("referral",), (user,)),
    )


def agency_user(agency: str) -> str:
    """The Kafka user of a front door."""
    return f"agency.{agency}"


def provider_user(provider: str) -> str:
    """The Kafka user of a provider."""
    return f"provider.{provider}"
