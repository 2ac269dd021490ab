"""A region shares offers and evaluation. It opens no topic, no right and no case to anybody."""

from deploy.directory.apply import principals
from services import TOPOLOGY
from services.notification import app as notification
from services.screening import app as screening
from shared.contracts import referral
from shared.contracts.base import CaseEvent
from shared.contracts.directory import AgencyRegistered, OfferRegistered, ProviderRegistered, RegionRegistered

HERE, THERE = "E10000014", "E10000018"
ENTRIES = [
    AgencyRegistered(id="hants-schools", name="Hampshire Schools", areas=[HERE], sources=["school"]),
    AgencyRegistered(id="leics-hubs", name="Leicestershire Hubs", areas=[THERE], sources=["family-hub"]),
    ProviderRegistered(id="north", name="North"),
    ProviderRegistered(id="south", name="South"),
]
REGION = RegionRegistered(id="both", name="Both", areas=[HERE, THERE])
SHARED = OfferRegistered(id="shared", provider="north", service="mediation", regions=["both"])


def test_a_region_changes_no_topic_no_user_and_no_right() -> None:
    assert principals([*ENTRIES, REGION, SHARED]) == principals(ENTRIES)


def test_a_front_door_and_a_provider_read_their_own_topics_alone_in_a_region_too() -> None:
    definitions, _ = principals([*ENTRIES, REGION, SHARED])
    outsiders = {"agency.hants-schools", "agency.leics-hubs", "provider.north", "provider.south"}
    for definition in definitions:
        kind, name, *_ = definition.name.split(".")
        own = f"{'agency' if kind == 'front-door' else kind}.{name}"
        assert set(definition.readers) & outsiders <= {own}
        assert set(definition.writers) & outsiders <= {own}


def test_events_of_cases_are_read_by_services_alone() -> None:
    topic_names = {
        each.topic for each in vars(referral).values() if isinstance(each, type) and issubclass(each, CaseEvent)
    }
    topics = [definition for definition in TOPOLOGY.internal_topics() if definition.name in topic_names - {None}]
    assert len(topics) >= 15
    assert all(set(definition.readers) <= {*TOPOLOGY.services, "operator"} for definition in topics)


def test_services_that_write_to_outside_parties_do_not_know_regions() -> None:
    for service in (notification, screening):
        assert not any(value is RegionRegistered for value in vars(service).values())
