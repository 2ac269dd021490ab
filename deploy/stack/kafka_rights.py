"""Who has a credential and which rights in Kafka, and how both are taken away.

A revoked party is marked in Kafka itself, by ACLs that deny it everything: they count above any that allows, for who is
connected too, and no later `parley up` or `parley directory apply` can give back by mistake what they take.
"""

import time
from collections.abc import Collection, Iterable, Mapping

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialDeletion,
)

from deploy.stack import topics

_SECONDS = 20
_IN_FORCE_SECONDS = 60
_EVERYTHING = (ResourceType.TOPIC, ResourceType.GROUP, ResourceType.TRANSACTIONAL_ID)
_USER = "User:"


def present_users(admin: AdminClient) -> frozenset[str]:
    """The users that have a SCRAM credential."""
    described = admin.describe_user_scram_credentials(request_timeout=_SECONDS)
    if isinstance(described, Mapping):  # only for named users
        raise TypeError("expected one answer for all users")
    return frozenset(described.result(_SECONDS))


def remove_users(admin: AdminClient, users: Collection[str]) -> None:
    """Removes these users' credentials. They must have one. Nobody gets in with it again; see `deny_everything` for
    those who are in.
    """
    gone: list[UserScramCredentialAlteration] = [
        UserScramCredentialDeletion(user, ScramMechanism.SCRAM_SHA_512) for user in users
    ]
    if gone:
        for future in admin.alter_user_scram_credentials(gone, request_timeout=_SECONDS).values():
            future.result(_SECONDS)


def remove_acls(admin: AdminClient, bindings: Collection[AclBinding]) -> None:
    """Removes these ACLs; returns once the brokers go by it."""
    if not bindings:
        return
    for future in admin.delete_acls([_exactly(binding) for binding in bindings], request_timeout=_SECONDS).values():
        future.result(_SECONDS)
    deadline = time.monotonic() + _IN_FORCE_SECONDS
    while topics.present_acls(admin) & set(bindings):
        if time.monotonic() > deadline:
            raise TimeoutError(f"Kafka still has ACLs that were removed {_IN_FORCE_SECONDS} seconds ago")
        time.sleep(0.02)


def denials(user: str) -> frozenset[AclBinding]:
    """The ACLs that mark a revoked user."""
    return frozenset(
        AclBinding(
            kind, "*", ResourcePatternType.LITERAL, f"{_USER}{user}", "*", AclOperation.ALL, AclPermissionType.DENY
        )
        for kind in _EVERYTHING
    )


def revoked_users(present: Collection[AclBinding]) -> frozenset[str]:
    """The users that these ACLs mark as revoked."""
    denied = {user_of(binding) for binding in present if binding.permission_type == AclPermissionType.DENY}
    return frozenset(user for user in denied if denials(user) <= set(present))


def user_of(binding: AclBinding) -> str:
    """Whose ACL it is."""
    return str(binding.principal).removeprefix(_USER)


def of_user(present: Iterable[AclBinding], user: str) -> frozenset[AclBinding]:
    """The ACLs of one user, but not those that mark it as revoked."""
    return frozenset(binding for binding in present if user_of(binding) == user) - denials(user)


def described(binding: AclBinding) -> str:
    """An ACL in a line: who may do what, and with what."""
    name = f"{binding.name}*" if binding.resource_pattern_type == ResourcePatternType.PREFIXED else binding.name
    verb = "may" if binding.permission_type == AclPermissionType.ALLOW else "must not"
    operation, kind = AclOperation(binding.operation).name, ResourceType(binding.restype).name.lower()
    return f"{user_of(binding)} {verb} {operation} {kind} {name}"


def _exactly(binding: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        binding.restype,
        binding.name,
        binding.resource_pattern_type,
        binding.principal,
        binding.host,
        binding.operation,
        binding.permission_type,
    )
