"""The catalogue as Open Referral HSDS 3: as the specification has it, and back again unchanged."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from deploy.local.directory.file import read_directory
from deploy.local.directory.hsds.commands import merged
from deploy.local.directory.hsds.export import exported
from deploy.local.directory.hsds.read import parsed, read_hsds
from deploy.local.errors import ParleyError
from shared.contracts.directory import OfferRegistered, ProviderRegistered
from shared.contracts.offer import Eligibility, FamilyCost, OpeningTime, Venue
from shared.contracts.vocabulary import Audience, Delivery, LevelOfNeed, OfferedService, Relationship
from tests.unit.deploy_commands.hsds_tables import service_schema

EXAMPLE = Path(__file__).parents[3] / "examples" / "directory.yaml"


@pytest.fixture(scope="module")
def specified() -> Draft202012Validator:
    """What the specification says of a service and all within it, with every format checked."""
    return Draft202012Validator(service_schema(), format_checker=FormatChecker())


def faults(specified: Draft202012Validator, service: Any) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in specified.iter_errors(service)]


WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=30)
SLUGS = st.from_regex(r"[a-z0-9]{2,8}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)
CLOCK = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
NUMBERS = st.none() | st.integers(0, 999)


def some(values: Any) -> Any:
    return st.lists(st.sampled_from(list(values)), unique=True, max_size=3)


@st.composite
def eligibilities(draw: Any) -> Eligibility:
    ages = sorted(draw(st.lists(st.integers(0, 25), min_size=2, max_size=2)))
    lowest, highest = (draw(st.sampled_from([age, None])) for age in ages)
    return Eligibility(
        relationship=draw(some(Relationship)),
        levels_of_need=draw(some(LevelOfNeed)),
        audience=draw(some(Audience)),
        every_parent_has_parental_responsibility=draw(st.booleans()),
        no_young_child=draw(st.booleans()),
        children_take_part=draw(st.booleans()),
        child_age_from=lowest,
        child_age_to=highest,
        every_child_of_age=draw(st.booleans()) and (lowest, highest) != (None, None),
    )


VENUES = st.builds(Venue, name=WORDS) | st.builds(
    Venue, name=WORDS, address=WORDS, city=WORDS, postcode=st.sampled_from(["SO23 8UJ", "E1 4NS"])
)
TIMES = st.builds(
    OpeningTime,
    every=st.sampled_from(["week", "month"]),
    days=st.lists(st.sampled_from(["MO", "WE", "SA"]), min_size=1, max_size=3, unique=True),
    opens_at=st.none() | CLOCK,
    closes_at=st.none() | CLOCK,
    valid_from=st.none() | st.dates(),
    valid_to=st.none() | st.dates(),
    note=st.none() | WORDS,
)
OFFERS = st.builds(
    OfferRegistered,
    id=SLUGS,
    name=st.none() | WORDS,
    description=st.none() | WORDS,
    programme=st.none() | SLUGS,
    provider=st.sampled_from(["north", "south"]),
    service=st.sampled_from(sorted(set(OfferedService) - {OfferedService.SPECIALIST_PROGRAMME})),
    areas=st.lists(st.sampled_from(["E10000014", "E08000013"]), min_size=1, unique=True),
    regions=st.lists(SLUGS, max_size=2, unique=True),
    eligibility=eligibilities(),
    delivery=some(Delivery),
    languages=some(["en", "pl", "ur", "cym"]),
    interpreter=st.sampled_from(["as-spoken", "after-spoken", "none"]),
    access=st.sampled_from(["referral", "open"]),
    cost_to_family=st.none()
    | st.builds(
        FamilyCost,
        amount_pence=st.integers(0, 10_000_00),
        per=st.sampled_from(["family", "parent", "session"]),
        note=st.none() | WORDS,
    ),
    unit_cost_pence=st.none() | st.integers(0, 10_000_00),
    unit_cost_for=st.sampled_from(["completed-case", "started-case", "session"]),
    assured_on=st.none() | st.dates(),
    venues=st.lists(VENUES, max_size=2),
    opening_times=st.lists(TIMES, max_size=2),
    capacity=NUMBERS,
    waiting_list=NUMBERS,
    sessions=st.none() | st.integers(1, 40),
    priority=st.integers(0, 999),
)
PROVIDERS = (
    ProviderRegistered(id="north", name="North — Mediation", email="refer@north.example.org"),
    ProviderRegistered(id="south", name="South", public_key={"kty": "EC"}),
)


def as_hsds_says(offer: OfferRegistered) -> OfferRegistered:
    """The offer as far as it is said: without the commissioner's own workings, and a name that is its id is none."""
    name = None if offer.name == offer.id else offer.name
    workings = {"priority": 100, "unit_cost_pence": None, "unit_cost_for": "completed-case"}
    return offer.model_copy(update={**workings, "name": name})


@settings(max_examples=30)
@given(offers=st.lists(OFFERS, min_size=1, max_size=2, unique_by=lambda offer: offer.id))
def test_what_is_exported_is_valid_and_comes_back_as_it_was(
    specified: Draft202012Validator, offers: list[OfferRegistered]
) -> None:
    services = exported([*PROVIDERS, *offers])
    assert [fault for service in services for fault in faults(specified, service)] == []
    written = json.dumps(services)
    assert "unit_cost" not in written
    assert "public_key" not in written
    read = parsed(json.loads(written, parse_float=Decimal))
    assert read.findings == []
    assert read.offers == {offer.id: as_hsds_says(offer) for offer in offers}
    named = {offer.provider for offer in offers}
    assert read.providers == {
        each.id: each.model_copy(update={"public_key": None}) for each in PROVIDERS if each.id in named
    }
    # What HSDS does not say is kept where the offer is registered.
    back = merged(
        [*read.providers.values(), *read.offers.values()], {each.key(): each for each in [*PROVIDERS, *offers]}
    )
    kept = {offer.id: (offer.priority, offer.unit_cost_pence, offer.unit_cost_for) for offer in offers}
    assert {
        each.id: (each.priority, each.unit_cost_pence, each.unit_cost_for)
        for each in back
        if isinstance(each, OfferRegistered)
    } == kept


def test_the_example_is_valid(specified: Draft202012Validator) -> None:
    services = exported([line.entry for line in read_directory(EXAMPLE)])
    assert len(services) >= 10
    assert [fault for service in services for fault in faults(specified, service)] == []


def test_the_specification_would_find_a_fault(specified: Draft202012Validator) -> None:
    [service] = exported([PROVIDERS[0], OFFER])
    assert faults(specified, {**service, "status": "open"})
    assert faults(specified, {**service, "id": "no-uuid"})
    assert faults(specified, {**service, "organization": {"id": service["id"]}})
    assert faults(specified, {**service, "of_our_own": "a field"})


OFFER = OfferRegistered(
    id="one-mediation",
    provider="north",
    service="mediation",
    areas=["E10000014"],
    cost_to_family=FamilyCost(amount_pence=1250),
)


def test_another_directorys_service_is_taken_once_it_says_what_help_it_is(tmp_path: Path) -> None:
    [service] = exported([PROVIDERS[0], OFFER])
    service.pop("parley_id")
    service["organization"].pop("parley_id")
    service |= {
        "name": "Mediation for Parents",
        "wait_time": "weeks",
        "service_areas": [{**service["service_areas"][0]}],
    }
    file = tmp_path / "page.json"
    file.write_text(json.dumps({"total_items": 1, "contents": [service]}))
    provider, offer = read_hsds(file)
    assert (provider.id, offer.id, offer.name) == (
        "north-mediation",
        "mediation-for-parents",
        "Mediation for Parents",
    )


BROKEN: list[tuple[Any, str]] = [
    ({"status": "defunct"}, "services[0].status: must be active, and is defunct"),
    ({"attributes": []}, "services[0].attributes: must name one kind of help"),
    ({"assured_date": "last year"}, "services[0].assured_date: "),
    ({"organization": None}, "services[0].organization: "),
    (
        {"service_areas": [{"id": "381c64f1-a724-4884-9c21-ac96c21cca3e", "name": "MyCity"}]},
        "services[0].service_areas[0].uri: must hold the ONS code",
    ),
    ({"service_areas": []}, "services[0]: Value error, areas, regions"),
    ({"languages": [{"id": "381c64f1-a724-4884-9c21-ac96c21cca3e"}]}, "services[0].languages[0].code: Field required"),
    ({"amount": 12.345}, "services[0].cost_options[0].amount: must be pounds and whole pence"),
    ({"amount": -1}, "services[0].cost_options[0].amount: must be given, and not below 0"),
    ({"currency": "eur"}, "services[0].cost_options[0].currency: must be gbp"),
    ({"capacity": "some"}, "services[0].attributes: capacity must be a whole number"),
    ({"audience": "everybody"}, "services[0].eligibility.audience[0]: "),
    ({"service": "specialist-programme"}, "services[0].service: Value error, a specialist programme is no offer"),
]


@pytest.mark.parametrize(("change", "said"), BROKEN)
def test_bad_input_names_field_and_rule_and_nothing_is_imported(tmp_path: Path, change: Any, said: str) -> None:
    [service] = exported([PROVIDERS[0], OFFER.model_copy(update={"capacity": 5, "eligibility": ELIGIBLE})])
    [(name, value)] = change.items()
    if name in ("amount", "currency"):
        service["cost_options"][0][name] = value
    elif name in ("capacity", "audience", "service"):
        next(each for each in service["attributes"] if each["link_type"] == name)["value"] = value
    else:
        service[name] = value
    file = tmp_path / "offers.json"
    file.write_text(json.dumps([service]))
    with pytest.raises(ParleyError) as refused:
        read_hsds(file)
    assert said in str(refused.value)
    assert str(refused.value).endswith("Nothing was imported.")


ELIGIBLE = Eligibility(audience=[Audience.FATHERS])


@pytest.mark.parametrize("text", ["[", "7", "[]", "[[1]]", '{"contents": 3}', "\x00"])
def test_what_is_no_hsds_is_refused_in_one_clear_message(tmp_path: Path, text: str) -> None:
    file = tmp_path / "offers.json"
    file.write_text(text)
    with pytest.raises(ParleyError):
        read_hsds(file)
