"""Manifests: a broken rule is reported with service and field, and services do exactly what theirs name."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.ports import PREFERRED_PORTS
from services import MANIFESTS, TOPOLOGY
from shared.contracts.catalogue import messages
from shared.contracts.directory import Entry
from shared.contracts.manifest import KeyRights, Manifest, ManifestError, Place
from shared.contracts.topics import SHARED_TOPICS
from shared.contracts.topology import Topology
from shared.messaging.consuming.subscription import Subscription
from shared.service.drift import check_requests, check_subscriptions
from shared.service.settings import ServiceSettings
from tests.support.wired_services import settings_of, wired

SERVICES_README = Path(__file__).parents[3] / "services" / "README.md"
OF_PARTIES = "front-door.{agency}.screenings"


def manifest(name: str = "one", **fields: Any) -> Manifest:
    return Manifest(**{"name": name, "purpose": "", "port": 18000, "reads": (), "writes": (), **fields})


def two(**fields: Any) -> list[Manifest]:
    """Two services, the second of which reads what the first writes. `fields` are the second's."""
    return [manifest(writes=("done",)), manifest("two", **{"port": 18001, "reads": ("done",), **fields})]


BROKEN: list[tuple[str, str, Callable[[], Any]]] = [
    ("two-words", "name", lambda: manifest("two-words")),
    ("provider", "name", lambda: manifest("provider")),
    ("one", "port", lambda: manifest(port=80)),
    ("one", "reads", lambda: manifest(reads=("done", "done"))),
    ("one", "keys", lambda: manifest(keys=KeyRights(makes=("dead-letter", "anything")))),  # type: ignore[arg-type]
    ("one", "keys", lambda: manifest(keys=KeyRights(makes=("person",)))),
    ("one", "takes", lambda: manifest(reads=("done",), takes=("done",))),
    ("one", "takes", lambda: manifest(takes=(OF_PARTIES,))),
    ("one", "places", lambda: manifest(places=(Place("Work", "/pages/work", ()),))),
    ("one", "places", lambda: manifest(pages=True, places=(Place("Work", "/pages/work", ()),))),
    ("one", "name", lambda: Topology([manifest(), manifest(port=18001)])),
    ("two", "port", lambda: Topology(two(port=18000))),
    ("one", "writes", lambda: Topology(two(writes=("done",)))),
    ("one", "writes", lambda: Topology([manifest(writes=("directory",)), *two(writes=("directory",))[1:]])),
    ("two", "writes", lambda: Topology(two(writes=("front-door.{agency}.letters",)))),
    ("two", "writes", lambda: Topology(two(writes=("one.changelog",)))),
    ("two", "reads", lambda: Topology(two(reads=("undone",)))),
    ("two", "reads", lambda: Topology(two(reads=("provider.{provider}.refusals",)))),
]


@pytest.mark.parametrize(("service", "field", "make"), BROKEN)
def test_a_manifest_that_cannot_hold_is_refused_by_service_and_field(
    service: str, field: str, make: Callable[[], Any]
) -> None:
    with pytest.raises(ManifestError, match=f"the manifest of {service}: {field}: ") as refused:
        make()
    assert (refused.value.service, refused.value.field) == (service, field)


def test_manifests_that_fit_are_a_topology() -> None:
    topics = {topic.name: topic for topic in Topology(two(reads=("done", "directory", OF_PARTIES))).internal_topics()}
    assert (topics["done"].writers, topics["done"].readers) == (("one",), ("two", "operator"))
    assert topics["done.dead-letters"].writers == ("two",)
    assert topics["directory"].readers == ("two", "operator")


def subscription(name: str = "reading", **where: Any) -> Subscription[Any]:
    return Subscription(name=name, read=lambda _record, _envelope: None, handle=_handle, **where)


async def _handle(_tx: Any, _batch: Any) -> None:
    raise AssertionError("nothing is handled here")


SCREENINGS = subscription("front-doors", pattern=r"^front-door\.[a-z0-9-]+\.screenings$")
DONE = subscription(topics=("done",))
READER = manifest(reads=("done", OF_PARTIES))


def test_what_is_subscribed_to_and_named_is_in_order() -> None:
    check_subscriptions(READER, [DONE, SCREENINGS])


@pytest.mark.parametrize(
    ("subscriptions", "rule"),
    [
        ([DONE, SCREENINGS, subscription(topics=("more",))], "does not name more, to which app.py subscribes"),
        ([DONE, subscription(pattern=r"^front-door\.")], r"does not name front-door\.\{agency\}\.contacts, front"),
        ([DONE, SCREENINGS, subscription(pattern=r"^nothing\.")], "no topic matches the pattern"),
        ([SCREENINGS], "names done, to which app.py does not subscribe"),
        ([DONE], r"names front-door\.\{agency\}\.screenings, to which"),
        ([DONE, SCREENINGS, subscription(topics=("directory",))], "the subscription to directory must have its name"),
    ],
)
def test_a_subscription_that_the_manifest_does_not_name_is_refused_and_the_other_way_round(
    subscriptions: Sequence[Subscription[Any]], rule: str
) -> None:
    with pytest.raises(ManifestError, match=f"the manifest of one: reads: .*{rule}"):
        check_subscriptions(READER, subscriptions)


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
def test_each_service_subscribes_to_what_its_manifest_names(service: Manifest, tmp_path: Path) -> None:
    subscriptions = wired(service, tmp_path).subscriptions
    check_subscriptions(service, subscriptions)
    with pytest.raises(ManifestError):
        check_subscriptions(replace(service, reads=service.reads[1:]), subscriptions)
    with pytest.raises(ManifestError):
        check_subscriptions(service, subscriptions[1:])


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
def test_each_service_answers_the_requests_that_its_manifest_names(service: Manifest, tmp_path: Path) -> None:
    routes = wired(service, tmp_path).routes
    check_requests(service, routes)
    requests = dict(service.requests)
    fewer = dict(list(requests.items())[1:])
    for wrong in (fewer, requests | {"GET /more": "cases.read"}, requests | {next(iter(requests)): "anything"}):
        with pytest.raises(ManifestError, match=f"the manifest of {service.name}: requests: "):
            check_requests(replace(service, requests=wrong), routes)


@pytest.mark.parametrize("service", [each for each in MANIFESTS if each.pages], ids=lambda each: each.name)
def test_a_service_with_pages_removes_sessions_that_are_over(service: Manifest, tmp_path: Path) -> None:
    schedules = [each.schedule for each in wired(service, tmp_path).retention]
    assert "page-session" in schedules


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
def test_what_may_be_set_for_a_service_is_a_setting_of_its_own(service: Manifest) -> None:
    fields = {f"{secret.replace('-', '_')}_file" for secret in service.secrets} | set(service.tuning)
    fields |= {"smtp_host", "smtp_port", "smtp_from"} if service.mails else set()
    assert fields <= set(settings_of(service).model_fields) - set(ServiceSettings.model_fields)


def test_every_event_is_written_by_the_service_that_owns_it() -> None:
    registered = set(Entry.__subclasses__())
    owned = [each for each in messages(TOPOLOGY) if hasattr(each.shape, "owner") and each.shape not in registered]
    assert len(owned) > 40
    assert [each.name for each in owned if each.senders != (each.shape.owner,)] == []  # type: ignore[union-attr]
    # What is registered is written by the operator's command and by the pages of whoever administers an area.
    senders = {each.shape: each.senders for each in messages(TOPOLOGY) if each.shape in registered}
    assert senders == dict.fromkeys(registered, ("administration", "operator"))


def test_nobody_else_in_the_stack_wants_a_services_port() -> None:
    assert len(set(PREFERRED_PORTS.values())) == len(PREFERRED_PORTS)


def test_a_party_outside_has_one_service_to_write_to_and_one_that_writes_to_it() -> None:
    definitions = (*TOPOLOGY.agency_topics("aa"), *TOPOLOGY.provider_topics("aa"))
    of_parties = [each for each in definitions if not each.name.endswith(".dead-letters")]
    assert len(of_parties) == len([each for each in SHARED_TOPICS if "{" in each.name])
    assert all(len(each.readers) == 1 for each in of_parties)
    # What a party hands in over HTTP, the service that reads it writes there.
    assert all(len(set(each.writers) - set(each.readers)) == 1 for each in of_parties)


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
def test_the_list_of_services_for_readers_has_it_with_its_purpose(service: Manifest) -> None:
    rows = [line for line in SERVICES_README.read_text().splitlines() if line.startswith(f"| [{service.name}](")]
    assert len(rows) == 1
    assert service.purpose in rows[0]
