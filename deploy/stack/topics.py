"""Kafka's topics, users and ACLs, made from the topic definitions of the contracts.

Everything is idempotent and in bulk: what is there is left as it is, what is missing is added, in one call each.
Nothing is ever opened wider than its definition says.
"""

import re
import time
from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialUpsertion,
)

from shared.contracts.topics import CURRENT_SETTINGS, RAW_SETTINGS, TopicDefinition, is_by_the_day, raw_template

_SCRAM_ITERATIONS = 4096  # Kafka's own default; the passwords are 256 random bits, which no iterations add to.
_SECONDS = 20
_IN_FORCE_SECONDS = 60  # A busy machine's broker takes its time with a hundred ACLs at once.
# A user called `agency` would own the groups of every agency.
_PRINCIPAL = re.compile(r"(?!(agency|provider)$)((agency|provider)\.)?[a-z0-9][a-z0-9_-]*")


def admin_client(properties: Mapping[str, str]) -> AdminClient:
    """An administrator's client; `properties` as a confluent-kafka client takes them."""
    return AdminClient({**properties, "log_level": 0, "socket.connection.setup.timeout.ms": 10_000})


def reach(admin: AdminClient, seconds: float) -> str | None:
    """None where the cluster answers and lets us in, else what stands in the way."""
    try:
        admin.list_topics(timeout=seconds)
    except KafkaException as error:
        return str(error.args[0].str())
    return None


def ensure_topics(admin: AdminClient, definitions: Iterable[TopicDefinition]) -> tuple[str, ...]:
    """Make the topics that are missing and add missing partitions. Returns the names of the new ones."""
    wanted = {definition.name: definition for definition in definitions}
    present = {name: len(topic.partitions) for name, topic in admin.list_topics(timeout=_SECONDS).topics.items()}
    new = [_new_topic(definition) for name, definition in wanted.items() if name not in present]
    if new:
        made = admin.create_topics(new, operation_timeout=_SECONDS, request_timeout=_SECONDS)
        # Somebody else may have made one since we looked.
        _wait(made, but=KafkaError.TOPIC_ALREADY_EXISTS)
        _wait_until_known(admin, {topic.topic for topic in new})
    small = [
        NewPartitions(name, definition.partitions)
        for name, definition in wanted.items()
        if 0 < present.get(name, 0) < definition.partitions
    ]
    if small:
        _wait(admin.create_partitions(small, operation_timeout=_SECONDS, request_timeout=_SECONDS))
    # Those of an earlier release have the broker's time.
    by_the_day = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
                for key, value in _times(name).items()
            ],
        )
        for name in wanted
        if name in present and is_by_the_day(name)
    ]
    if by_the_day:
        _wait(admin.incremental_alter_configs(by_the_day, request_timeout=_SECONDS))
    return tuple(topic.topic for topic in new)


def _wait_until_known(admin: AdminClient, names: set[str]) -> None:
    """Returns once a broker knows of these topics: a busy one hears later of what the controller has made."""
    deadline = time.monotonic() + _IN_FORCE_SECONDS
    while names - admin.list_topics(timeout=_SECONDS).topics.keys():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Kafka did not show {len(names)} new topics within {_IN_FORCE_SECONDS} seconds")
        time.sleep(0.02)


def ensure_users(admin: AdminClient, passwords: Mapping[str, str]) -> None:
    """Make SCRAM-SHA-512 users, or give them these passwords. Sessions that are open stay open."""
    if not passwords:
        return
    credential = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _SCRAM_ITERATIONS)
    alterations: list[UserScramCredentialAlteration] = [
        UserScramCredentialUpsertion(user, credential, password.encode()) for user, password in passwords.items()
    ]
    _wait(admin.alter_user_scram_credentials(alterations, request_timeout=_SECONDS))


def ensure_user(admin: AdminClient, name: str, password: str) -> None:
    """Make one user, or give it this password."""
    ensure_users(admin, {name: password})


def acls(definitions: Iterable[TopicDefinition], without: Collection[str] = ()) -> tuple[AclBinding, ...]:
    """The ACLs that the definitions ask for: each topic by its literal name, each reader's own consumer groups.

    Users in `without` get none.

    A group ACL is a prefix that ends with the separator: `provider.a` must never match the groups of `provider.ab`.
    """
    bindings: dict[AclBinding, None] = {}
    for definition in definitions:
        for writer in (each for each in definition.writers if each not in without):
            bindings[_allow(writer, ResourceType.TOPIC, definition.name, AclOperation.WRITE)] = None
            if definition.in_transactions:
                allowed = _allow(writer, ResourceType.TRANSACTIONAL_ID, definition.name, AclOperation.WRITE)
                bindings[allowed] = None
        for reader in (each for each in definition.readers if each not in without):
            bindings[_allow(reader, ResourceType.TOPIC, definition.name, AclOperation.READ)] = None
            bindings[_allow(reader, ResourceType.GROUP, f"{reader}.", AclOperation.READ, prefix=True)] = None
    return tuple(bindings)


def ensure_acls(admin: AdminClient, bindings: Iterable[AclBinding]) -> int:
    """Add the ACLs that are missing; returns how many, once the brokers go by them. It never takes one away."""
    missing = set(bindings) - present_acls(admin)
    if missing:
        _wait(admin.create_acls(list(missing), request_timeout=_SECONDS))
        deadline = time.monotonic() + _IN_FORCE_SECONDS
        # The controller has them; a broker learns of them a moment later, and refuses everybody until then.
        while missing - present_acls(admin):
            if time.monotonic() > deadline:
                raise TimeoutError(f"Kafka did not put {len(missing)} ACLs in force within {_IN_FORCE_SECONDS} seconds")
            time.sleep(0.02)
    return len(missing)


def present_acls(admin: AdminClient) -> set[AclBinding]:
    """Every ACL of the cluster."""
    anything = AclBindingFilter(
        ResourceType.ANY,
        None,  # type: ignore[arg-type]  # documented: None matches everything
        ResourcePatternType.ANY,
        None,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
        AclOperation.ANY,
        AclPermissionType.ANY,
    )
    return set(admin.describe_acls(anything, request_timeout=_SECONDS).result(_SECONDS))


def ensure_principal_topics(
    admin: AdminClient, definitions: Iterable[TopicDefinition], without: Collection[str] = ()
) -> tuple[str, ...]:
    """Topics and the ACLs of everybody whom the definitions name. Returns the names of the new topics.

    Make the users first: when the ACLs are in force, so are users that were made before them. Users in `without` get no
    ACLs.
    """
    all_of_them = tuple(definitions)
    new = ensure_topics(admin, all_of_them)
    ensure_acls(admin, acls(all_of_them, without))
    return new


def _new_topic(definition: TopicDefinition) -> NewTopic:
    config = {
        "cleanup.policy": definition.cleanup,
        "retention.ms": str(definition.retention_ms),
        **_times(definition.name),
        # Said for each topic: what fits must not depend on a broker's own setting.
        "max.message.bytes": str(definition.largest_bytes),
        **(RAW_SETTINGS if raw_template(definition.name) else {}),
        **(CURRENT_SETTINGS if is_by_the_day(definition.name) and definition.cleanup == "compact" else {}),
    }
    # -1: as many replicas as the cluster makes by default. One on the embedded node, three on a real one.
    return NewTopic(definition.name, definition.partitions, replication_factor=-1, config=config)


def _times(topic: str) -> Mapping[str, str]:
    if is_by_the_day(topic):
        # The writer's, which is a midnight. It may be ahead of the broker's clock where a calendar is.
        return {"message.timestamp.type": "CreateTime", "message.timestamp.after.max.ms": str(2**63 - 1)}
    # The broker's time, never a writer's: readers tell by it whether a log began anew.
    return {"message.timestamp.type": "LogAppendTime"}


def _allow(
    user: str, resource: ResourceType, name: str, operation: AclOperation, *, prefix: bool = False
) -> AclBinding:
    if not _PRINCIPAL.fullmatch(user):
        # A dot within an id would let one party's group prefix cover another's.
        raise ValueError(f"{user!r} is not a principal: a service, agency.<id> or provider.<id>, ids without dots")
    pattern = ResourcePatternType.PREFIXED if prefix else ResourcePatternType.LITERAL
    return AclBinding(resource, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


def _wait(futures: Mapping[Any, "Future[Any]"], but: int | None = None) -> None:
    for future in futures.values():
        try:
            future.result(timeout=_SECONDS)
        except KafkaException as error:
            if but is None or error.args[0].code() != but:
                raise
