"""Applies a directory file in the only safe order.

Screening rejects a record of an agency that it does not know. So an agency's topic and login are created only once
every service has read the directory, and no record can arrive before its agency's entry.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from confluent_kafka import KafkaException

from deploy.directory.file import check_references, read_directory
from deploy.directory.keys import with_public_keys
from deploy.directory.topic import publish_entries, registered_entries, wait_until_services_know
from deploy.stack import topics
from deploy.stack.credentials import ensure_users
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.kafka_rights import revoked_users
from services import TOPOLOGY
from shared.contracts.directory import AgencyRegistered, DirectoryEntry, OfferRegistered, ProviderRegistered
from shared.contracts.directory_merge import FieldChange, differences
from shared.contracts.directory_programmes import with_programmes
from shared.contracts.topics import TopicDefinition, agency_user, provider_user

PATIENCE_SECONDS = 60.0

Change = Literal["added", "changed", "unchanged"]


@dataclass(frozen=True)
class Applied:
    """The result of an apply: the change of each entry by its key, the new topics, notes, and the changed fields."""

    changes: Mapping[str, Change]
    new_topics: tuple[str, ...]
    notes: tuple[str, ...]
    fields: Mapping[str, tuple[FieldChange, ...]] = field(default_factory=dict)


def apply_directory(
    stack: Stack,
    path: Path,
    *,
    check: bool = False,
    step: Callable[[str], None] = lambda _text: None,
    seconds: float = PATIENCE_SECONDS,
    make_keys: bool = False,
) -> Applied:
    """Registers the entries of a file, then creates topics, users, ACLs and credentials. Safe to repeat.

    With `check` it only determines what would change. `step` is called with the current step. Raises `ParleyError`; if
    the file is invalid, nothing has been done. Registered entries and fields that are not in the file stay as they are.
    `make_keys`: makes a pair of keys for each provider that has given none, as only a demonstration may.
    """
    step("Reading the registered entries")
    registered = registered_entries(stack)
    lines = read_directory(path, registered)
    check_references(path, lines, list(registered.values()))
    entries = [line.entry for line in lines]
    if check:
        return would_apply(with_programmes(entries, list(registered.values())), registered)
    if make_keys:
        with_public_keys(stack.home, entries, list(registered.values()), make=True)
    return apply_entries(stack, entries, registered, path, step=step, seconds=seconds)


def apply_entries(
    stack: Stack,
    given: Sequence[DirectoryEntry],
    registered: Mapping[str, DirectoryEntry],
    path: Path,
    *,
    step: Callable[[str], None] = lambda _text: None,
    seconds: float = PATIENCE_SECONDS,
) -> Applied:
    """Applies entries that were read from a file and whose references are valid."""
    known = list(registered.values())
    entries = with_public_keys(stack.home, with_programmes(given, known), known, make=False)
    changes = compare(entries, registered)
    publish_entries(stack, [entry for entry in entries if changes[entry.key()] != "unchanged"])

    admin = topics.admin_client(stack.admin_properties())
    wait_until_services_know(
        stack,
        lambda done, of: step(f"Waiting until every service has read the directory ({done} of {of})"),
        seconds,
    )
    step("Creating topics, users and rights")
    # For all registered entries: an earlier apply may have been interrupted before this step.
    everybody = list({**registered, **{entry.key(): entry for entry in entries}}.values())
    definitions, users = principals(everybody)
    try:
        revoked = revoked_users(topics.present_acls(admin))
        ensure_users(stack, admin, [user for user in users if user not in revoked])
        new_topics = topics.ensure_principal_topics(admin, definitions, without=revoked | departed(everybody))
    except (KafkaException, TimeoutError) as error:
        why = error.args[0].str() if isinstance(error, KafkaException) else "it did not answer in time"
        raise ParleyError(
            f"Kafka did not create all topics, users and rights: {why}. The entries are registered; apply {path} again."
        ) from error
    return replace(would_apply(entries, registered), new_topics=new_topics)


def would_apply(entries: Sequence[DirectoryEntry], registered: Mapping[str, DirectoryEntry]) -> Applied:
    """Determines what applying these complete entries would change, without doing it."""
    changes = compare(entries, registered)
    fields = {each.key(): differences(registered[each.key()], each) for each in entries if each.key() in registered}
    changed = [each for each in entries if changes[each.key()] != "unchanged"]
    return Applied(
        changes,
        (),
        (
            *_notes(entries),
            *_keyless_notes(entries),
            *_left_notes(entries),
            *_monthly_notes(changed),
        ),
        fields,
    )


def compare(entries: Sequence[DirectoryEntry], registered: Mapping[str, DirectoryEntry]) -> dict[str, Change]:
    """The change of each entry by its key."""
    changes: dict[str, Change] = {}
    for entry in entries:
        before = registered.get(entry.key())
        changes[entry.key()] = "added" if before is None else "unchanged" if before == entry else "changed"
    return changes


def principals(entries: Sequence[DirectoryEntry]) -> tuple[list[TopicDefinition], list[str]]:
    """The topics of the agencies and providers among the entries, and the users of those that have not left.

    Who has left keeps its topics: services still read what is on them, and publish what was decided before.
    """
    definitions: list[TopicDefinition] = []
    users: list[str] = []
    for entry in entries:
        if isinstance(entry, AgencyRegistered):
            definitions += TOPOLOGY.agency_topics(entry.id)
            users += [] if entry.left else [agency_user(entry.id)]
        elif isinstance(entry, ProviderRegistered):
            definitions += TOPOLOGY.provider_topics(entry.id)
            users += [] if entry.left else [provider_user(entry.id)]
    return definitions, users


def departed(entries: Sequence[DirectoryEntry]) -> frozenset[str]:
    """The users of the agencies and providers that have left."""
    agencies = (agency_user(entry.id) for entry in entries if isinstance(entry, AgencyRegistered) and entry.left)
    providers = (provider_user(entry.id) for entry in entries if isinstance(entry, ProviderRegistered) and entry.left)
    return frozenset((*agencies, *providers))


def _notes(entries: Sequence[DirectoryEntry]) -> tuple[str, ...]:
    agencies = [entry for entry in entries if isinstance(entry, AgencyRegistered) and not entry.left]
    return (
        *(
            f"{entry.id} has no legal_basis for sharing: its families are screened, but nothing can be referred."
            for entry in agencies
            if entry.legal_basis is None
        ),
        *(
            f"{entry.id} has no agreement_signed_on: nobody of it gets an account."
            for entry in agencies
            if entry.agreement_signed_on is None
        ),
    )


def _keyless_notes(entries: Sequence[DirectoryEntry]) -> tuple[str, ...]:
    return tuple(
        f"{entry.id} has no public_key here: unless it gives one itself (`parley provider key register`), its "
        "referrals wait and it is told nothing of a family."
        for entry in entries
        if isinstance(entry, ProviderRegistered) and entry.public_key is None and not entry.left
    )


def _left_notes(entries: Sequence[DirectoryEntry]) -> tuple[str, ...]:
    return tuple(
        f"{user} has left: `parley access check` shows the credential and rights that it still has, and --apply takes "
        "them away."
        for user in sorted(departed(entries))
    )


def _monthly_notes(entries: Sequence[DirectoryEntry]) -> tuple[str, ...]:
    return tuple(
        f"{entry.id} is open on each {day} of a month; once a month is 1{day} for the first, -1{day} for the last."
        for entry in entries
        if isinstance(entry, OfferRegistered)
        for times in entry.opening_times
        if times.every == "month"
        for day in times.days
        if day.isalpha()
    )
