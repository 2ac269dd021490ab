"""Who should have a credential and which rights in Kafka, by manifests and directory, beside who has.

What is missing or left over is drift: nobody meant it, or an entry has left the directory since.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from confluent_kafka import KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from deploy.directory.apply import departed, principals
from deploy.directory.topic import registered_entries
from deploy.stack import topics
from deploy.stack.client_login import aiokafka_login
from deploy.stack.credentials import ensure_users, forget_users
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.kafka_rights import (
    denials,
    described,
    present_users,
    remove_acls,
    remove_users,
    revoked_users,
    user_of,
)
from deploy.stack.services import SERVICE_NAMES
from services import TOPOLOGY
from shared.contracts.topics import TopicDefinition
from shared.messaging.core.admission import Refusal, sign_in

PARTIES = ("agency.", "provider.")
_AT_ONCE = 8


@dataclass(frozen=True)
class Intended:
    """What manifests and directory ask for. `revoked` are parties that lost their access by a command."""

    definitions: tuple[TopicDefinition, ...]
    users: frozenset[str]
    left: frozenset[str]
    revoked: frozenset[str]

    def acls(self) -> frozenset[AclBinding]:
        """The ACLs that there should be, those that mark the revoked among them."""
        marks = frozenset(mark for user in self.revoked for mark in denials(user))
        return frozenset(topics.acls(self.definitions, self.left | self.revoked)) | marks


@dataclass(frozen=True)
class Drift:
    """What differs. `refused` are users whose password here is not the one that Kafka has."""

    missing_users: tuple[str, ...]
    extra_users: tuple[str, ...]
    refused: tuple[str, ...]
    missing_acls: tuple[AclBinding, ...]
    extra_acls: tuple[AclBinding, ...]
    revoked: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether there is any. A party that was revoked is as it was meant to be."""
        return bool(self.missing_users or self.extra_users or self.refused or self.missing_acls or self.extra_acls)


def find_drift(stack: Stack) -> Drift:
    """Compares Kafka with manifests and directory. Raises `ParleyError` if Kafka does not answer."""
    admin = topics.admin_client(stack.admin_properties())
    try:
        present, users = frozenset(topics.present_acls(admin)), present_users(admin)
    except (KafkaException, TimeoutError) as error:
        raise ParleyError(f"Kafka does not say who has which rights: {why_not(error)}. See `parley status`.") from error
    intended = intended_access(stack, present)
    wanted = intended.acls()
    known = intended.users & users
    return Drift(
        missing_users=tuple(sorted(intended.users - users)),
        extra_users=tuple(sorted(user for user in users - intended.users if _is_ours(stack, user))),
        refused=tuple(sorted(asyncio.run(_refused(stack, known)))),
        missing_acls=_sorted(wanted - present),
        extra_acls=_sorted(acl for acl in present - wanted if _concerns_us(stack, acl, intended.definitions)),
        revoked=tuple(sorted(intended.revoked)),
    )


def intended_access(stack: Stack, present: Collection[AclBinding]) -> Intended:
    """What there should be, apart from parties that these ACLs mark as revoked."""
    entries = list(registered_entries(stack).values())
    of_parties, parties = principals(entries)
    own = (*TOPOLOGY.internal_topics(), *TOPOLOGY.changelog_topics())
    ours = {user for definition in own for user in (*definition.writers, *definition.readers)}
    revoked = revoked_users(present)
    return Intended((*own, *of_parties), frozenset({*ours, *parties}) - revoked, departed(entries), revoked)


def mend(stack: Stack, drift: Drift) -> None:
    """Takes away what is left over, then adds what is missing. Raises `ParleyError` if Kafka does not take it."""
    admin = topics.admin_client(stack.admin_properties())
    try:
        remove_acls(admin, drift.extra_acls)
        remove_users(admin, drift.extra_users)
        forget_users(stack.home, drift.extra_users)
        ensure_users(stack, admin, (*drift.missing_users, *drift.refused))
        intended = intended_access(stack, topics.present_acls(admin))
        topics.ensure_principal_topics(admin, intended.definitions, without=intended.left | intended.revoked)
    except (KafkaException, TimeoutError) as error:
        raise ParleyError(f"Kafka did not take every change: {why_not(error)}. Check again.") from error


async def _refused(stack: Stack, users: Collection[str]) -> list[str]:
    """Those who do not get in with the password of this home. Each signs in once."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def is_refused(user: str) -> bool:
        if stack.home.secrets.get(f"kafka/{user}") is None:
            return True
        async with turns:
            return await sign_in(aiokafka_login(stack.client_properties(user))) is Refusal.CREDENTIAL

    ordered = sorted(users)
    answers = await asyncio.gather(*map(is_refused, ordered))
    return [user for user, refused in zip(ordered, answers, strict=True) if refused]


def _is_ours(stack: Stack, user: str) -> bool:
    """Whether a user that nobody asked for is for us to remove. An outside Kafka may have other people's users."""
    if user == stack.admin_username:
        return False
    return not _is_outside(stack) or user in SERVICE_NAMES or user.startswith(PARTIES)


def _concerns_us(stack: Stack, acl: AclBinding, definitions: Sequence[TopicDefinition]) -> bool:
    """Whether an ACL that nobody asked for is for us to remove: it is a user's of ours, or opens something of ours."""
    if not _is_outside(stack) or _is_ours(stack, user_of(acl)):
        return True
    if acl.restype not in (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID):
        return False
    groups = [f"{user}." for definition in definitions for user in definition.readers]
    names = {*groups, *(definition.name for definition in definitions)}
    if acl.resource_pattern_type == ResourcePatternType.PREFIXED:
        return any(name.startswith(acl.name) for name in names)
    return acl.name == "*" or acl.name in names


def _is_outside(stack: Stack) -> bool:
    return bool(stack.home.remembered().get("external_kafka"))


def _sorted(acls: Iterable[AclBinding]) -> tuple[AclBinding, ...]:
    return tuple(sorted(acls, key=described))


def why_not(error: BaseException) -> str:
    """Why Kafka did not do what it was asked to."""
    return str(error.args[0].str()) if isinstance(error, KafkaException) else "it did not answer in time"


def known_parties(stack: Stack, admin: AdminClient) -> Intended:
    """As `intended_access`, with the ACLs that Kafka has now. Raises `ParleyError` if it does not answer."""
    try:
        return intended_access(stack, topics.present_acls(admin))
    except (KafkaException, TimeoutError) as error:
        raise ParleyError(f"Kafka does not say who has which rights: {why_not(error)}. See `parley status`.") from error
