"""Which ACLs mark a revoked party, and which strange ones on somebody else's Kafka are for us to remove."""

from pathlib import Path

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its package re-exports without saying so
    AclBinding,
    AclOperation,
    AclPermissionType,
    ResourcePatternType,
    ResourceType,
)

from deploy.directory.access import Intended, _concerns_us, _is_ours
from deploy.stack.home import Home, Stack, describe_stack
from deploy.stack.kafka_rights import denials, described, of_user, revoked_users
from deploy.stack.topics import acls
from services import TOPOLOGY

DEFINITIONS = (*TOPOLOGY.internal_topics(), *TOPOLOGY.provider_topics("a"), *TOPOLOGY.provider_topics("ab"))


def acl(user: str, name: str, kind: ResourceType = ResourceType.TOPIC, *, prefix: bool = False) -> AclBinding:
    pattern = ResourcePatternType.PREFIXED if prefix else ResourcePatternType.LITERAL
    return AclBinding(kind, name, pattern, f"User:{user}", "*", AclOperation.READ, AclPermissionType.ALLOW)


@pytest.fixture
def outside(tmp_path: Path) -> Stack:
    home = Home(tmp_path)
    home.create()
    home.remember(ports={"kafka": 1, "controller": 2, "postgres": 3}, external_kafka="bus:9092")
    return describe_stack(home)


def test_a_revoked_party_is_one_that_is_denied_everything() -> None:
    allowed = set(acls(DEFINITIONS))
    assert revoked_users(allowed) == frozenset()
    assert revoked_users(allowed | denials("provider.a")) == {"provider.a"}
    # Denied a part by somebody's hand is something else.
    assert revoked_users(allowed | set(list(denials("provider.a"))[:2])) == frozenset()
    assert of_user(allowed | denials("provider.a"), "provider.a") == of_user(allowed, "provider.a")
    assert not {each for each in of_user(allowed, "provider.a") if "provider.ab" in each.principal}


def test_a_revoked_party_is_meant_to_have_the_mark_and_nothing_else() -> None:
    intended = Intended(DEFINITIONS, frozenset(), frozenset({"provider.ab"}), frozenset({"provider.a"}))
    of_parties = {each for each in intended.acls() if each.principal.startswith("User:provider.")}
    assert of_parties == denials("provider.a")


@pytest.mark.parametrize(
    ("found", "ours"),
    [
        (acl("spy", "screening-completed"), True),
        (acl("spy", "*"), True),
        (acl("spy", "screening-", prefix=True), True),
        (acl("spy", "referral.", ResourceType.GROUP, prefix=True), True),
        (acl("provider.a", "their-topic"), True),
        (acl("screening", "their-topic"), True),
        (acl("their-app", "their-topic"), False),
        (acl("their-app", "their-", prefix=True), False),
        (acl("their-app", "kafka-cluster", ResourceType.BROKER), False),
    ],
)
def test_on_somebody_elses_kafka_only_what_opens_ours_is_drift(outside: Stack, found: AclBinding, ours: bool) -> None:
    assert _concerns_us(outside, found, DEFINITIONS) is ours


def test_on_somebody_elses_kafka_other_users_are_not_ours(outside: Stack) -> None:
    assert [user for user in ("their-app", "root", "agency.x", "screening") if _is_ours(outside, user)] == [
        "agency.x",
        "screening",
    ]


def test_an_acl_is_shown_in_a_line() -> None:
    assert described(acl("provider.a", "provider.a.", ResourceType.GROUP, prefix=True)) == (
        "provider.a may READ group provider.a.*"
    )
    assert "provider.a must not ALL topic *" in {described(each) for each in denials("provider.a")}
