"""What a directory file leaves out stays as it is registered, and a directory that is written changes nothing."""

import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.directory.apply import compare
from deploy.directory.file import check_file, check_references, read_directory
from deploy.stack.errors import ParleyError
from shared.contracts import directory_reading
from shared.contracts.area_parts import Signpost
from shared.contracts.directory import AreaRegistered, DirectoryEntry, OfferRegistered, ProviderRegistered
from shared.contracts.directory_file import written
from shared.contracts.directory_merge import differences
from shared.contracts.directory_programmes import with_programmes
from shared.contracts.offer import Eligibility
from tests.support.directory_entries import directories

NEEDS = {"name", "universal_offer", "specialist_support", "areas", "sources", "provider", "provider_name", "service"}


@pytest.fixture(scope="module", autouse=True)
def keys_are_made_up() -> Any:
    patch = pytest.MonkeyPatch()
    patch.setattr(directory_reading, "wrong_key", lambda _key: None)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("directory") / "directory.yaml"


def after(path: Path, text: str, registered: dict[str, DirectoryEntry]) -> dict[str, DirectoryEntry]:
    """What is registered once the file is applied."""
    path.write_text(text, encoding="utf-8")
    check_file(path)
    lines = read_directory(path, registered)
    check_references(path, lines, list(registered.values()))
    entries = with_programmes([line.entry for line in lines], list(registered.values()))
    return registered | {entry.key(): entry for entry in entries}


@settings(max_examples=30, deadline=None)
@given(directory=directories())
def test_what_is_written_changes_nothing_here_and_registers_the_same_elsewhere(
    path: Path, directory: list[DirectoryEntry]
) -> None:
    registered = {entry.key(): entry for entry in directory}
    text = written(directory)
    assert after(path, text, registered) == registered
    assert after(path, text, {}) == registered


@settings(max_examples=30, deadline=None)
@given(before=directories(), wanted=directories(), seed=st.integers(0, 2**32))
def test_a_field_that_is_given_is_taken_and_one_that_is_left_out_stays(
    path: Path, before: list[DirectoryEntry], wanted: list[DirectoryEntry], seed: int
) -> None:
    chance = random.Random(seed)
    registered = {entry.key(): entry for entry in before}
    document: dict[str, list[dict[str, Any]]] = {}
    expected = dict(registered)
    for section, model in directory_reading.SECTIONS.items():
        for entry in (each for each in wanted if isinstance(each, model)):
            old = registered.get(entry.key())
            if old is None or entry.kind == "offer":
                continue  # A new one leaves nothing as it was; an offer's programme is tried below.
            fields = entry.model_dump(mode="json", exclude={"kind"})
            given_fields = {name: fields[name] for name in fields if name == "id" or chance.random() < 0.3}
            document.setdefault(section, []).append(given_fields)
            taken = {name: getattr(entry, name) for name in given_fields}
            expected[entry.key()] = old.model_copy(
                update={
                    name: value if value is not None else model.model_fields[name].get_default()
                    for name, value in taken.items()
                }
            )
    result = after(path, yaml.safe_dump(document, allow_unicode=True), registered)
    result = {key: each for key, each in result.items() if each.kind != "offer"}
    assert result == {key: each for key, each in expected.items() if each.kind != "offer"}
    for key, entry in result.items():
        assert bool(differences(registered[key], entry)) == (registered[key] != entry)


HAMPSHIRE = AreaRegistered(
    id="E10000014",
    name="Hampshire",
    automatic_agreement=True,
    worklist_days=3,
    universal_offer=Signpost(name="Courses", url="https://courses.example.org"),
    specialist_support=Signpost(name="Helpline"),
)
NORTH = ProviderRegistered(id="north", name="North")
OFFER = OfferRegistered(
    id="one-offer",
    provider="north",
    service="parenting-programme",
    areas=["E10000014"],
    eligibility=Eligibility(relationship=["separated"], no_young_child=True),
    capacity=7,
)
REGISTERED: dict[str, DirectoryEntry] = {each.key(): each for each in (HAMPSHIRE, NORTH, OFFER)}


@pytest.mark.parametrize(
    ("text", "key", "changed"),
    [
        ("areas: [{id: E10000014, worklist_days: 5}]", "area/E10000014", {"worklist_days": (3, 5)}),
        ("areas: [{id: E10000014, worklist_days: null}]", "area/E10000014", {"worklist_days": (3, 10)}),
        (
            "areas: [{id: E10000014, automatic_agreement: null}]",
            "area/E10000014",
            {"automatic_agreement": (True, False)},
        ),
        (
            # A signpost is one value: the address of what it was before is not its.
            "areas: [{id: E10000014, universal_offer: {name: Other courses}}]",
            "area/E10000014",
            {
                "universal_offer.name": ("Courses", "Other courses"),
                "universal_offer.url": ("https://courses.example.org", None),
            },
        ),
        ("offers: [{id: one-offer, capacity: null}]", "offer/one-offer", {"capacity": (7, None)}),
        (
            "offers: [{id: one-offer, eligibility: {children_take_part: true}}]",
            "offer/one-offer",
            {"eligibility.children_take_part": (False, True)},
        ),
        (
            "offers: [{id: one-offer, eligibility: {relationship: null}}]",
            "offer/one-offer",
            {"eligibility.relationship": (["separated"], [])},
        ),
        ("offers: [{id: one-offer}]", "offer/one-offer", {}),
    ],
)
def test_changes_are_shown_field_by_field(path: Path, text: str, key: str, changed: dict[str, Any]) -> None:
    result = after(path, text, REGISTERED)
    assert {each.field: (each.old, each.new) for each in differences(REGISTERED[key], result[key])} == changed
    assert compare(list(result.values()), REGISTERED)[key] == ("changed" if changed else "unchanged")


def test_a_field_that_nobody_ever_gave_is_missing(path: Path) -> None:
    with pytest.raises(ParleyError, match="E08000013 universal_offer: Field required"):
        after(path, "areas: [{id: E08000013, name: St Helens}]", REGISTERED)
    with pytest.raises(ParleyError, match="E10000014 name: Input should be a valid string"):
        after(path, "areas: [{id: E10000014, name: [1]}]", REGISTERED)
    with pytest.raises(ParleyError, match="E10000014 name: Field required"):
        after(path, "areas: [{id: E10000014, name: null}]", REGISTERED)


def test_an_offer_follows_its_programme_only_in_what_it_has_from_there(path: Path) -> None:
    programme = "programmes: [{id: parents-together, name: PT, provider_name: X, service: parenting-programme, "
    offer = "\noffers: [{id: one-offer, programme: parents-together}]"
    first = after(path, programme + "sessions: 4, delivery: [online]}]" + offer, REGISTERED)
    one = first["offer/one-offer"]
    assert isinstance(one, OfferRegistered)
    assert (one.sessions, one.delivery, one.capacity) == (4, ["online"], 7)
    assert one.eligibility == OFFER.eligibility, "it had rules of its own"
    own = after(path, "offers: [{id: one-offer, sessions: 9}]", first)
    later = after(path, programme + "sessions: 5, delivery: [app]}]" + offer, own)["offer/one-offer"]
    assert isinstance(later, OfferRegistered)
    assert (later.sessions, later.delivery) == (9, ["app"])
