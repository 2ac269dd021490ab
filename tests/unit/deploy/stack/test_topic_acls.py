"""ACLs as the topic definitions ask for them."""

import pytest
from confluent_kafka.admin import AclBinding, ResourcePatternType, ResourceType

from deploy.stack.topics import acls
from services import TOPOLOGY
from shared.contracts.topics import TopicDefinition

EVERYTHING = (
    *TOPOLOGY.internal_topics(),
    *TOPOLOGY.agency_topics("school-a"),
    *TOPOLOGY.provider_topics("a"),
    *TOPOLOGY.provider_topics("ab"),
)


def matches(binding: AclBinding, kind: ResourceType, name: str) -> bool:
    if binding.restype != kind:
        return False
    if binding.resource_pattern_type == ResourcePatternType.PREFIXED:
        return name.startswith(binding.name)
    return bool(binding.name == name)


def test_topics_are_opened_by_their_literal_name() -> None:
    topics = [binding for binding in acls(EVERYTHING) if binding.restype == ResourceType.TOPIC]
    assert {binding.resource_pattern_type for binding in topics} == {ResourcePatternType.LITERAL}
    assert {binding.name for binding in topics} <= {definition.name for definition in EVERYTHING}


def test_group_prefixes_end_with_the_separator() -> None:
    groups = [binding for binding in acls(EVERYTHING) if binding.restype == ResourceType.GROUP]
    assert groups
    assert all(binding.name == f"{binding.principal.removeprefix('User:')}." for binding in groups)


@pytest.mark.parametrize("kind", [ResourceType.TOPIC, ResourceType.GROUP])
def test_a_provider_whose_id_begins_another_gets_nothing_of_it(kind: ResourceType) -> None:
    names = ("provider.ab.referrals", "provider.ab.refusals", "provider.ab.updates", "provider.ab.reader")
    of_a = [binding for binding in acls(EVERYTHING) if binding.principal == "User:provider.a"]
    assert of_a
    assert not [name for name in names for binding in of_a if matches(binding, kind, name)]


def test_every_principal_gets_only_what_a_definition_names() -> None:
    writers = {(d.name, f"User:{w}", "WRITE") for d in EVERYTHING for w in d.writers}
    readers = {(d.name, f"User:{r}", "READ") for d in EVERYTHING for r in d.readers}
    given = {(b.name, b.principal, b.operation.name) for b in acls(EVERYTHING) if b.restype == ResourceType.TOPIC}
    assert given == writers | readers


@pytest.mark.parametrize("user", ["provider.a.b", "provider", "*", "admin user", "provider.", "Provider.a", "other.a"])
def test_a_principal_that_could_cover_another_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="is not a principal"):
        acls([TopicDefinition("t", 1, (user,), ())])
