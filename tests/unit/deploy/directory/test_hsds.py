"""The catalogue as Open Referral HSDS 3: as the specification has it, and back again unchanged."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from deploy.directory.file import read_directory
from deploy.directory.hsds.export import exported
from deploy.directory.hsds.plan import Plan, planned
from deploy.directory.hsds.read import parsed
from shared.contracts.directory import (
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.contracts.offer import FamilyCost, ImportedFrom
from tests.support.directory_entries import IMPORTED, offers
from tests.support.hsds_tables import service_schema

EXAMPLE = Path(__file__).parents[4] / "examples" / "directory.yaml"
ALWAYS = date.min
SIGNPOST = {"name": "-"}
KNOWN: list[DirectoryEntry] = [
    *(
        AreaRegistered(id=code, name=code, universal_offer=SIGNPOST, specialist_support=SIGNPOST)
        for code in ("E10000014", "E08000013")
    ),
    RegionRegistered(id="both", name="Both", areas=["E10000014", "E08000013"]),
    ProgrammeRegistered(id="parents-together", name="PT", provider_name="X", service="parenting-programme"),
]
PROVIDERS = (
    ProviderRegistered(id="north", name="North — Mediation", email="refer@north.example.org"),
    ProviderRegistered(id="south", name="South", public_key={"kty": "EC"}),
)
OFFERS = offers(programme=st.sampled_from([None, "parents-together"]), regions=st.sampled_from([[], ["both"]]))


@pytest.fixture(scope="module")
def specified() -> Draft202012Validator:
    """The specification's schema of a service and all its parts, with every format checked."""
    return Draft202012Validator(service_schema(), format_checker=FormatChecker())


def faults(specified: Draft202012Validator, service: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in specified.iter_errors(service)]


def imported(services: Any, registered: list[DirectoryEntry], today: date = ALWAYS, **options: Any) -> Plan:
    document = json.loads(json.dumps(services), parse_float=Decimal)
    return planned(parsed(document, today), {each.key(): each for each in registered}, **options)


def exported_part(offer: OfferRegistered) -> OfferRegistered:
    """The exported part of an offer: without the commissioner's internal data; a name equal to the id is none."""
    name = None if offer.name == offer.id else offer.name
    workings = {"priority": 100, "unit_cost_pence": None, "unit_cost_for": "completed-case"}
    return offer.model_copy(update={**workings, "name": name})


@settings(max_examples=30, deadline=None)
@given(offered=st.lists(OFFERS, min_size=1, max_size=2, unique_by=lambda offer: offer.id))
def test_what_is_exported_is_valid_and_comes_back_as_it_was(
    specified: Draft202012Validator, offered: list[OfferRegistered]
) -> None:
    services = exported([*KNOWN, *PROVIDERS, *offered])
    assert [fault for service in services for fault in faults(specified, service)] == []
    written = json.dumps(services)
    assert "unit_cost" not in written
    assert "public_key" not in written
    # Without any registered entry.
    plan = imported(services, KNOWN)
    named = {offer.provider for offer in offered}
    expected: list[DirectoryEntry] = [
        *(exported_part(offer) for offer in offered),
        *(each.model_copy(update={"public_key": None}) for each in PROVIDERS if each.id in named),
    ]
    assert plan.notes == []
    assert plan.entries == {each.key(): each for each in expected}
    # With everything registered, including fields that HSDS does not cover.
    there = imported(services, [*KNOWN, *PROVIDERS, *offered])
    assert list(there.entries.values()) == [
        offer.model_copy(update={"name": exported_part(offer).name})
        for offer in sorted(offered, key=lambda each: each.id)
    ]


@settings(max_examples=30, deadline=None)
@given(
    offered=st.lists(
        offers(provider=st.just("north"), imported_from=IMPORTED.filter(bool), ended=st.booleans()),
        min_size=1,
        max_size=2,
        unique_by=(lambda offer: offer.id, lambda offer: offer.imported_from.id),
    )
)
def test_what_was_imported_and_is_exported_is_the_same_service_still(offered: list[OfferRegistered]) -> None:
    there = ImportedFrom(id="6ec4c1a5-0b86-4f2e-9e2b-9a6f1f6a6c11")
    provider = PROVIDERS[0].model_copy(update={"imported_from": there})
    services = exported([*KNOWN, provider, *offered])
    assert {each["id"] for each in services} == {each.imported_from.id for each in offered if each.imported_from}
    plan = imported(services, [*KNOWN, provider, *offered])
    for offer in offered:
        back = plan.entries[offer.key()]
        assert isinstance(back, OfferRegistered)
        assert back.is_over == offer.is_over
        assert back.model_copy(update={"imported_from": offer.imported_from, "name": offer.name}) == offer


def test_the_example_is_valid(specified: Draft202012Validator) -> None:
    services = exported([line.entry for line in read_directory(EXAMPLE)])
    assert len(services) >= 10
    assert [fault for service in services for fault in faults(specified, service)] == []


def test_the_specification_would_find_a_fault(specified: Draft202012Validator) -> None:
    offer = OfferRegistered(
        id="one-mediation",
        provider="north",
        service="mediation",
        areas=["E10000014"],
        cost_to_family=FamilyCost(amount_pence=1250),
    )
    [service] = exported([PROVIDERS[0], offer])
    assert faults(specified, {**service, "status": "open"})
    assert faults(specified, {**service, "id": "no-uuid"})
    assert faults(specified, {**service, "organization": {"id": service["id"]}})
    assert faults(specified, {**service, "of_our_own": "a field"})
