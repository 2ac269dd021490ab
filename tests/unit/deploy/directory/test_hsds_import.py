"""Services of other directories: whole valid files go in, and what can't be used is left out and expected."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from deploy.cli.main import app
from deploy.directory.hsds.mapping import Mapping
from deploy.stack.errors import ParleyError
from shared.contracts.directory import OfferRegistered, ProviderRegistered
from shared.contracts.vocabulary import Delivery
from tests.support.hsds_services import (
    NORTH,
    OTHER_SERVICE,
    OWN,
    REGISTERED,
    SERVICE,
    TRUST,
    full_service,
    plan_of,
    service,
    taken,
)

EXAMPLE = Path(__file__).parents[4] / "examples" / "directory.yaml"
NO_PRICE = {"cost_to_family": None, "cost_in_words": None}
ADDRESS = {"address_1": "1 Main Street", "city": "Winchester", "postal_code": "SO23 8UJ", "address_type": "physical"}
PLACE = {"location_type": "physical", "name": "Civic Centre", "addresses": [ADDRESS]}
VENUE = {"name": "Civic Centre", "address": "1 Main Street", "city": "Winchester", "postcode": "SO23 8UJ"}
PARTS: list[tuple[dict[str, Any], dict[str, Any], str | None]] = [
    ({"languages": None, "schedules": None, "cost_options": None, "attributes_of_theirs": []}, NO_PRICE, None),
    ({"languages": [{"name": "Polish"}]}, {"languages": ["pl"]}, None),
    ({"languages": [{"code": "en-GB"}, {"code": "UR"}]}, {"languages": ["en", "ur"]}, None),
    ({"languages": [{"code": "pol"}, {"code": "som"}]}, {"languages": ["pl", "so"]}, None),
    ({"languages": [{"id": "x"}]}, {"languages": []}, ".languages[0]: has neither name nor code; left out"),
    ({"languages": [{"name": "All"}]}, {"languages": []}, ".languages[0]: is not a known language"),
    ({"cost_options": [{"amount": 35, "valid_to": "2022-12-31"}]}, NO_PRICE, ".cost_options[0].valid_to: is past"),
    (
        {"cost_options": [{"amount": 35, "valid_from": "2030-01-01"}]},
        NO_PRICE,
        ".cost_options[0].valid_from: is in the future",
    ),
    ({"cost_options": [{"amount": -1}]}, NO_PRICE, ".cost_options[0].amount: must not be below 0"),
    (
        {"cost_options": [{"amount": 35, "valid_to": "2022-12-31"}, {"amount": 12.5, "option": "parent"}]},
        {"cost_to_family": {"amount_pence": 1250, "per": "parent", "note": None}, "cost_in_words": None},
        ".cost_options[0].valid_to",
    ),
    ({"cost_options": [{"amount": "ten pounds"}]}, {"cost_in_words": "ten pounds"}, "kept in words"),
    (
        {"cost_options": [{"amount": " 35.00"}]},
        {"cost_to_family": {"amount_pence": 3500, "per": "family", "note": None}, "cost_in_words": None},
        None,
    ),
    ({"cost_options": [{"amount": 12.345}]}, {"cost_in_words": "£12.34"}, "kept in words"),
    ({"cost_options": [{"amount": 5, "currency": "eur"}]}, {"cost_in_words": "5 EUR"}, "currency: must be gbp"),
    ({"cost_options": [{"amount_description": "Donations"}]}, {"cost_in_words": "Donations"}, "kept in words"),
    (
        {"cost_options": [{"amount": 9, "option": "Adults"}, {"amount": 4, "option": "Children"}]},
        {"cost_to_family": None, "cost_in_words": "Adults, £9.00; Children, £4.00"},
        "one can be taken",
    ),
    ({"fees_description": "£50 an hour"}, {"cost_to_family": None, "cost_in_words": "£50 an hour"}, None),
    ({"service_at_locations": [{"location": PLACE}]}, {"venues": [VENUE]}, None),
    (
        {"service_at_locations": [{"location": {"location_type": "virtual", "name": "On the web"}}]},
        {"venues": []},
        ".service_at_locations[0].location.location_type: is virtual, not physical",
    ),
    (
        {"service_at_locations": [{"location": PLACE | {"addresses": [ADDRESS | {"address_type": "postal"}]}}]},
        {"venues": [{"name": "Civic Centre", "address": None, "city": None, "postcode": None}]},
        ".addresses: are not where it takes place",
    ),
    (
        {"service_at_locations": [{"location": PLACE | {"addresses": [ADDRESS | {"city": None}]}}]},
        {"venues": [{"name": "Civic Centre", "address": None, "city": None, "postcode": None}]},
        "give all three or none",
    ),
    ({"minimum_age": 12, "maximum_age": 100}, {"minimum_age": 12, "maximum_age": 100}, None),
    ({"minimum_age": 0.5, "maximum_age": -1}, {"minimum_age": 0.5, "maximum_age": None}, ".maximum_age: must be from"),
    ({"eligibility_description": "AB1 to AB3"}, {"eligibility_description": "AB1 to AB3"}, None),
    ({"assured_date": "last year"}, {"assured_on": None}, ".assured_date: "),
    ({"assured_date": "2025-09-02T12:06:15.654"}, {"assured_on": date(2025, 9, 2)}, None),
    ({"description": "x" * 4001}, {"description": "x" * 4000}, ".description: is cut after 4000 characters"),
    ({"program": {"id": "x", "name": "y"}}, {"programme": None}, None),
    ({"status": "Active"}, {}, None),
    ({"description": "a\u0000b\ud800", "url": "\u0000"}, {"description": "ab"}, None),
]


@pytest.mark.parametrize(("part", "fields", "expected"), PARTS)
def test_each_part_is_read_or_left_out_and_reported(
    part: dict[str, Any], fields: dict[str, Any], expected: str | None
) -> None:
    plan = plan_of([service(**part)])
    assert taken(plan).model_dump(include=set(fields)) == fields
    if expected:
        assert any(note.startswith("services[0]") and expected in note for note in plan.notes), plan.notes
    else:
        assert [note for note in plan.notes if not note.startswith("Not used")] == []


JUNK = st.sampled_from([None, "", [], {}, "words", "5pm", -1, 12.5, True, [None], [{}], {"id": 7}, ["MO"], 10**40])
UNTOUCHABLE = {"id", "name", "status", "organization", "attributes", "service_areas"}


def places(part: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for step, inner in part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ():
        yield (*path, step)
        yield from places(inner, (*path, step))


SPOILABLE = [path for path in places(full_service()) if path[0] not in UNTOUCHABLE]
FIELDS = {
    "languages": ("languages",),
    "cost_options": ("cost_to_family", "cost_in_words"),
    "fees_description": ("cost_in_words",),
    "schedules": ("opening_times",),
    "service_at_locations": ("venues", "opening_times"),
    "assured_date": ("assured_on",),
}


@settings(max_examples=120, deadline=None)
@given(path=st.sampled_from(SPOILABLE), junk=JUNK)
def test_what_is_spoilt_in_one_part_takes_nothing_else_with_it(path: tuple[Any, ...], junk: Any) -> None:
    whole = taken(plan_of([full_service()]))
    spoilt = full_service()
    part = spoilt
    for step in path[:-1]:
        part = part[step]
    part[path[-1]] = deepcopy(junk)
    offer = taken(plan_of([spoilt]))
    touched = set(FIELDS.get(path[0], (path[0],)))
    assert offer.model_dump(exclude=touched) == whole.model_dump(exclude=touched)


def test_an_organization_may_be_described_once_and_named_after_that() -> None:
    second = service(OTHER_SERVICE, name="Another")
    second["organization"] = {"id": TRUST}
    by_id = service("33333333-3333-4333-8333-333333333301")
    by_id.pop("organization")
    plan = plan_of([service(), second, by_id | {"organization_id": TRUST}])
    providers = [each for each in plan.entries.values() if isinstance(each, ProviderRegistered)]
    assert [each.name for each in providers] == ["Example Families Trust"]
    assert len(plan.entries) == 4
    assert plan.notes == []


OWNER = service()["organization"]
BARE = {key: value for key, value in service().items() if key != "organization"}
TABLES = {
    "organizations.csv": [OWNER],
    "services.csv": [{"id": SERVICE, "organization_id": TRUST, "name": "Talking it over", "status": "active"}],
    "service_areas.csv": [{**service()["service_areas"][0], "service_id": SERVICE}],
    "attributes.csv": [{**service()["attributes"][0], "taxonomy_term_id": "t"}],
    "taxonomy_terms.csv": [{**service()["attributes"][0]["taxonomy_term"], "id": "t"}],
}


@pytest.mark.parametrize(
    "document",
    [
        service(),
        {"total_pages": 1, "contents": [service()]},
        {"services": [service()]},
        {**OWNER, "services": [BARE]},
        {"contents": [{**OWNER, "services": [BARE]}]},
        {"organizations": [OWNER], "services": [{**BARE, "organization_id": TRUST}]},
        {"id": "x", "description": "At the centre", "location": PLACE, "service": service()},
        TABLES,
    ],
)
def test_every_shape_of_a_document_holds_the_same_offer(document: Any) -> None:
    offer = taken(plan_of(document))
    assert offer.model_copy(update={"venues": []}) == taken(plan_of([service()]))


def test_our_own_restrictions_are_never_lost() -> None:
    for attribute in (
        ("audience", "everybody"),
        ("children", "no-young-child"),
        ("weather", "dry"),
        ("capacity", "7x"),
    ):
        spoilt = service()
        spoilt["attributes"].append(
            {**spoilt["attributes"][0], "link_type": attribute[0], "value": attribute[1]},
        )
        plan = plan_of([spoilt])
        if attribute[0] == "children":
            assert taken(plan).eligibility.no_young_child
        else:
            assert plan.entries == {}
            assert plan.notes


WHAT_IT_IS: list[tuple[Any, str]] = [
    (service(kind="specialist-programme"), "a specialist programme is no offer"),
    (service(kind="drumming"), "'drumming' is no kind of help in E10000014"),
    (service(attributes=[]), "must name one kind of help"),
    (service(service_areas=[{"id": "x", "name": "MyCity", "uri": "http://example.com"}]), "must hold the ONS code"),
    (service(service_areas=[{"id": "x", "name": "E06000023"}]), "there is no area E06000023"),
    (service(service_areas=[]), "names no area that is registered here"),
    (service(status="defunct"), ".status: must be active, and is defunct"),
    (service(status=None), ".status: must be active, and is not given"),
    (service(organization=None) | {"organization": {"name": "No id"}}, ".organization.id: Field required"),
    (service(service_id="17"), "is no UUID; --source says whose ids these are"),
    (service(organization="1"), "is no UUID; --source says whose ids these are"),
]


@pytest.mark.parametrize(("item", "expected"), WHAT_IT_IS)
def test_services_that_are_no_offer_here_are_left_out_and_the_others_imported(item: Any, expected: str) -> None:
    alone = plan_of([item])
    assert alone.entries == {}
    assert any(expected in note for note in alone.notes), alone.notes
    beside = plan_of([item, service(OTHER_SERVICE, "11111111-1111-4111-8111-111111111151")])
    assert taken(beside).imported_from is not None
    assert any(expected in note for note in beside.notes)


def test_a_mapping_decides_what_another_directorys_services_are() -> None:
    theirs = service(attributes=[], service_areas=[], status=None)
    other = service(OTHER_SERVICE, service_areas=[])
    term = {"code": "728", "name": "Befriending", "taxonomy": "esdServiceTypes"}
    other["attributes"] = [{"id": "x", "taxonomy_term": term}]
    mapping = Mapping.model_validate(
        {
            "areas": ["E10000014"],
            "services": {SERVICE: "parenting-programme"},
            "terms": {"esdServiceTypes": {"728": "individual-support"}},
            "providers": {TRUST: "mediation-now"},
        }
    )
    plan = plan_of([theirs, other], mapping=mapping)
    assert {each.service: each.provider for each in plan.entries.values() if isinstance(each, OfferRegistered)} == {
        "parenting-programme": "mediation-now",
        "individual-support": "mediation-now",
    }


NAMES = st.sampled_from(
    ["Mediation Now: mediation", "Mediation Now", "mediation-now-mediation", "Relate", "Łęgowska", "—"]
)
IDS = st.sampled_from([f"44444444-4444-4444-8444-44444444440{number}" for number in range(4)])
FEEDS = st.lists(
    st.tuples(IDS, st.sampled_from(["7", "8"]), NAMES, NAMES, st.sampled_from(["active", "active", "defunct"])),
    min_size=1,
    max_size=4,
    unique_by=lambda each: each[0],
)


def feed(rows: list[tuple[str, str, str, str, str]]) -> list[Any]:
    """Services whose organization follows from their id."""
    found = []
    for service_id, _, name, owner, status in rows:
        organization = f"55555555-5555-4555-8555-55555555550{int(service_id[-1]) % 2}"
        item = service(service_id, organization, name=name, status=status)
        item["organization"]["name"] = owner
        found.append(item)
    return found


@settings(max_examples=60, deadline=None)
@given(first=FEEDS, second=FEEDS)
def test_who_somebody_is_follows_from_ids_and_never_from_names(first: Any, second: Any) -> None:
    once = REGISTERED | plan_of(feed(first)).entries
    twice = once | plan_of(feed(second), once).entries
    for registered in (once, twice):
        assert registered[OWN.key()] == OWN
        assert registered[NORTH.key()] == NORTH
        offers = [each for each in registered.values() if isinstance(each, OfferRegistered) and each != OWN]
        there = [each.imported_from.id for each in offers if each.imported_from]
        assert len(set(there)) == len(offers)
        for offer in offers:
            provider = registered[f"provider/{offer.provider}"]
            assert isinstance(provider, ProviderRegistered)
            assert provider.imported_from is not None
            assert offer.imported_from is not None
            assert provider.imported_from.id[-1] == str(int(offer.imported_from.id[-1]) % 2)
    # Importing the same again changes nothing, and known entries keep their id under another name.
    assert twice | plan_of(feed(second), twice).entries == twice
    assert set(once) <= set(twice)


@settings(max_examples=60, deadline=None)
@given(first=FEEDS, second=FEEDS, whole=st.booleans())
def test_what_is_gone_or_over_has_ended_and_what_comes_back_is_open(first: Any, second: Any, whole: bool) -> None:
    source = {"source": "bristol"} if whole else {}
    once = REGISTERED | plan_of(feed(first), **source).entries
    twice = once | plan_of(feed(second), once, **source).entries
    known = {
        each.imported_from.id: each for each in twice.values() if getattr(each, "kind", "") == "offer" and each != OWN
    }
    open_first = {row[0] for row in first if row[4] == "active"}
    status = {row[0]: row[4] for row in second}
    owners = {int(row[0][-1]) % 2 for row in second}
    for there, offer in known.items():
        if there in status:
            assert offer.is_over == (status[there] != "active")
        else:
            assert there in open_first
            assert offer.is_over == (whole or int(there[-1]) % 2 in owners)
    assert known.keys() == open_first | {there for there, expected in status.items() if expected == "active"}
    assert twice[OWN.key()] == OWN


def test_a_page_of_more_ends_nothing() -> None:
    once = REGISTERED | plan_of([service(), service(OTHER_SERVICE)]).entries
    page = plan_of({"total_pages": 2, "contents": [service()]}, once)
    assert not any(offer.is_over for offer in page.entries.values() if isinstance(offer, OfferRegistered))
    assert "The document is one page of several: offers that are not in it do not end." in page.notes


def test_an_offer_never_gets_another_provider() -> None:
    once = REGISTERED | plan_of([service()]).entries
    moved = plan_of([service(organization="11111111-1111-4111-8111-111111111159")], once)
    assert moved.entries == {}
    assert any("an import gives no offer to another" in note for note in moved.notes)
    over = plan_of([service(organization="11111111-1111-4111-8111-111111111159", status="defunct")], once)
    assert over.entries == {}


def test_fields_that_a_service_lacks_stay_as_registered() -> None:
    once = REGISTERED | plan_of([service()]).entries
    offer = taken(plan_of([service()]))
    offer_by_hand = offer.model_copy(
        update={
            "capacity": 3,
            "priority": 1,
            "unit_cost_pence": 500,
            "delivery": [Delivery.ONLINE],
            "eligibility": OWN.eligibility.model_copy(update={"no_young_child": True}),
        }
    )
    again = taken(plan_of([service(description="New words")], once | {offer.key(): offer_by_hand}))
    assert again == offer_by_hand.model_copy(update={"description": "New words"})
    by_hand = offer_by_hand.model_copy(update={"ended": True})
    assert taken(plan_of([service()], once | {offer.key(): by_hand})).ended, "whoever ended it here ended it"


def parley(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200"})


def checked(folder: Path, text: str) -> Result:
    file = folder / "services.json"
    file.write_text(text, encoding="utf-8")
    return parley("offers", "import", str(file), "--check", "--directory", str(EXAMPLE))


def test_a_check_shows_what_is_left_out_and_what_would_change(tmp_path: Path) -> None:
    result = checked(
        tmp_path, "\ufeff" + json.dumps([service(minimum_age=-1), service(OTHER_SERVICE, status="defunct")])
    )
    assert result.exit_code == 0
    assert [line.split("-1")[0].rstrip() for line in result.output.splitlines()] == [
        "services[0].minimum_age: must be from 0 to 150 years; left out",
        "services[1].status: must be active, and is defunct; left out",
        *(f"added     {key}" for key in plan_of([service()]).entries),
        "Nothing was imported: this was a check.",
    ]


@pytest.mark.parametrize("depth", [300, 600, 900, 990, 100_000])
def test_depth_is_refused_in_one_clear_message_too(tmp_path: Path, depth: int) -> None:
    assert isinstance(checked(tmp_path, '{"a": [' * depth + "]}" * depth).exception, ParleyError)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[", "is not JSON"),
        ("7", "must be an array of HSDS services"),
        ("[]", "holds no offer that can be taken"),
        ("[[1]]", "services[0]: must be an object"),
        ('{"contents": 3}', "contents: must be a list"),
        ("\x00", "is not JSON"),
        ('[{"id": "a", "id": "b"}]', "'id' is given twice in one object"),
        ('[{"id": "x", "status": 1e99999999999999999999}]', "services[0].name: Field required"),
        ('[{"amount": NaN}]', "NaN is not a JSON number"),
        ('[{"status": "active", "name": "x"}]', "services[0].organization: Field required"),
    ],
)
def test_what_is_no_hsds_is_refused_in_one_clear_message(tmp_path: Path, text: str, expected: str) -> None:
    refused = checked(tmp_path, text).exception
    assert isinstance(refused, ParleyError)
    assert expected in str(refused)
