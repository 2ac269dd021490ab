from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from deploy.directory.file import check_references, read_directory
from deploy.stack.errors import ParleyError
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProgrammeRegistered,
    ProviderRegistered,
)
from shared.contracts.directory_programmes import with_programmes
from shared.contracts.directory_words import settings_of
from shared.contracts.offer import Eligibility
from shared.contracts.vocabulary import OfferedService

EXAMPLE = Path(__file__).parents[4] / "examples" / "directory.yaml"
AREA = """\
areas:
  - id: E10000014
    name: Hampshire
    universal_offer: {name: Courses}
    specialist_support: {name: Helpline}
"""
PUBLIC = (
    '{kty: EC, crv: P-256, x: "px-4bkfarQO05Nzfogtpi67vVxO912KBNJEWjUDOJXw", '
    'y: "sblbc6uiWhwZaKIl5BPtuqDH0lU6Dte9SxyuYMxtUh4"}'
)


def written(folder: Path, text: str) -> Path:
    path = folder / "directory.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder: Path, text: str) -> str:
    path = written(folder, text)
    with pytest.raises(ParleyError) as refused:
        check_references(path, read_directory(path), [])
    return str(refused.value).replace(str(path), "FILE")


def test_the_example_gives_every_area_every_service() -> None:
    lines = read_directory(EXAMPLE)
    check_references(EXAMPLE, lines, [])
    entries = [line.entry for line in lines]
    areas = {entry.id for entry in entries if isinstance(entry, AreaRegistered)}
    offers = [entry for entry in entries if isinstance(entry, OfferRegistered)]
    assert len(areas) == 8
    assert sum(isinstance(entry, AgencyRegistered) for entry in entries) == 10
    assert 6 <= sum(isinstance(entry, ProviderRegistered) for entry in entries) <= 10
    for area in areas:
        services = {offer.service for offer in offers if area in offer.areas}
        assert services == {"mediation", "couple-support", "family-counselling"}


def test_every_agency_of_the_example_has_a_legal_basis() -> None:
    agencies = [line.entry for line in read_directory(EXAMPLE) if isinstance(line.entry, AgencyRegistered)]
    assert all(agency.legal_basis for agency in agencies)


def test_entries_know_the_line_where_they_begin(tmp_path: Path) -> None:
    path = written(tmp_path, AREA + "providers:\n  - id: relate\n    name: Relate\n")
    assert [line.number for line in read_directory(path)] == [2, 7]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("areas: [", "FILE line 1: this is not YAML"),
        ("- id: x", "FILE line 1: must be a mapping of areas, regions, agencies, providers, programmes, offers"),
        ("areas: 7", "FILE line 1: areas must be a list"),
        ("areas:\n  - Hampshire", "FILE line 2: areas[0] must be a mapping"),
        ("countries: []", "FILE line 1: 'countries' is not one of"),
        ("{}", "FILE holds no entries"),
        ("", "FILE holds no entries"),
        (AREA.replace("E10000014", "Hants"), "FILE line 2: areas[0] Hants id:"),
        (AREA + "    colour: blue\n", "FILE line 6: areas[0] E10000014 colour: Extra inputs are not permitted"),
        (AREA + "    name: Hants\n", "FILE line 6: 'name' is given twice"),
        (AREA + AREA.removeprefix("areas:\n"), "FILE line 6: area/E10000014 is already in line 2"),
        (
            AREA + "agencies:\n  - {id: gp-one, name: GP, areas: [E10000014], sources: [gp, doctor]}\n",
            "FILE line 7: agencies[0] gp-one sources.1:",
        ),
        (
            AREA + "agencies:\n  - {id: gp-one, name: GP, areas: [E10000099], sources: [gp]}\n",
            "FILE line 7: agency/gp-one areas: there is no area E10000099",
        ),
        (
            AREA + "offers:\n  - {id: one-two, provider: nobody, service: mediation, areas: [E10000014]}\n",
            "FILE line 7: offer/one-two provider: there is no provider nobody",
        ),
        (
            AREA + "regions:\n  - {id: south-coast, name: South coast, areas: [E10000014, E10000099]}\n",
            "FILE line 7: region/south-coast areas: there is no area E10000099",
        ),
        (
            "providers: [{id: relate, name: Relate}]\noffers:\n"
            "  - {id: one-two, provider: relate, service: mediation, regions: [south-coast], programme: cope}\n",
            "FILE line 3: offer/one-two programme: there is no programme cope\n"
            "FILE line 3: offer/one-two regions: there is no region south-coast",
        ),
        (
            "providers: [{id: relate, name: Relate}]\noffers:\n"
            "  - {id: one-two, provider: relate, service: mediation}\n",
            "FILE line 3: offers[0] one-two entry: Value error, areas, regions: an offer must be in at least one",
        ),
        (
            AREA + "providers: [{id: relate, name: Relate}]\noffers:\n"
            "  - {id: one-two, provider: relate, service: specialist-programme, areas: [E10000014]}\n",
            "FILE line 8: offers[0] one-two service: Value error, a specialist programme is no offer",
        ),
        (
            AREA.replace("name: Hampshire", "name: Hampshire\n    assured_within_days: 0"),
            "FILE line 4: areas[0] E10000014 assured_within_days: Input should be greater than or equal to 1",
        ),
        (
            "providers:\n  - {id: relate, name: Relate, public_key: " + PUBLIC.replace("}", ", d: abc}") + "}\n",
            "FILE line 2: providers[0] relate public_key: holds a private key",
        ),
        (
            "providers:\n  - {id: relate, name: Relate, public_key: {kty: RSA, n: abc, e: AQAB}}\n",
            "FILE line 2: providers[0] relate public_key: must be a JWK of kty EC",
        ),
        (
            "providers:\n  - {id: relate, name: Relate, public_key: {kty: EC, crv: P-256, x: abc, y: def}}\n",
            "FILE line 2: providers[0] relate public_key: is not a usable JWK",
        ),
        ('providers:\n  - {id: relate, name: "Re\\0late"}\n', "FILE line 2: holds a control character"),
        ("providers:\n  - !!python/object:os.system {id: relate}\n", "FILE line 2: this is not YAML"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, text: str, expected: str) -> None:
    assert refusal(tmp_path, text).startswith(expected)


def test_every_finding_is_named_at_once(tmp_path: Path) -> None:
    text = AREA.replace("name: Hampshire", "nome: Hampshire")
    expected = refusal(tmp_path, text)
    assert "areas[0] E10000014 name: Field required" in expected
    assert "areas[0] E10000014 nome: Extra inputs are not permitted" in expected
    assert expected.endswith("Nothing was applied.")


def test_a_public_key_of_the_provider_is_taken(tmp_path: Path) -> None:
    path = written(tmp_path, "providers:\n  - {id: relate, name: Relate, public_key: " + PUBLIC + "}\n")
    (line,) = read_directory(path)
    assert isinstance(line.entry, ProviderRegistered)
    assert line.entry.public_key is not None


def test_an_offer_may_name_a_provider_that_is_registered_already(tmp_path: Path) -> None:
    text = AREA + "offers:\n  - {id: one-two, provider: relate, service: mediation, areas: [E10000014]}\n"
    path = written(tmp_path, text)
    check_references(path, read_directory(path), [ProviderRegistered(id="relate", name="Relate")])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ParleyError, match="can't be read: No such file"):
        read_directory(tmp_path / "nothing.yaml")


def test_an_alias_that_holds_itself_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    assert refusal(tmp_path, "areas: &all\n  - *all\n").startswith("FILE line 1: areas[0] must be a mapping")


def test_an_offer_takes_from_its_programme_what_it_leaves_out() -> None:
    programme = ProgrammeRegistered(
        id="family-check-up",
        name="Family Check-Up",
        provider_name="Changing Futures NE",
        service="parenting-programme",
        eligibility={"child_age_from": 2, "child_age_to": 14},
        delivery=["in-person"],
        sessions=3,
    )
    fields = {"provider": "north", "service": "parenting-programme", "programme": programme.id, "areas": ["E10000014"]}
    bare = OfferRegistered(id="bare-offer", **fields)
    own = OfferRegistered(id="own-offer", **fields, delivery=["online"], eligibility={})
    _, plain, kept = with_programmes([programme, bare, own], [])
    assert plain == bare.model_copy(
        update={
            "name": "Family Check-Up",
            "eligibility": programme.eligibility,
            "delivery": ["in-person"],
            "sessions": 3,
        }
    )
    assert (kept.delivery, kept.eligibility) == (["online"], Eligibility())


def test_every_setting_of_an_area_describes_what_it_decides(tmp_path: Path) -> None:
    (line,) = read_directory(written(tmp_path, AREA))
    rows = settings_of(line.entry)
    assert ("young_child_age", "8", "8", "A child below this age is young") in rows
    assert ("universal_offer", "Courses", "must be given", "What a family is supported to use first") in rows
    assert all(text for _, _, _, text in rows)


def test_the_catalogue_of_the_guide_names_programmes_and_invents_nothing() -> None:
    path = EXAMPLE.with_name("catalogue.yaml")
    lines = read_directory(path)
    check_references(path, lines, [])
    programmes = [line.entry for line in lines if isinstance(line.entry, ProgrammeRegistered)]
    assert len(programmes) == len(lines) == 43
    assert len({programme.provider_name for programme in programmes}) == 31
    assert all(programme.audience and programme.delivered and programme.source for programme in programmes)
    assert not any(programme.cost_to_family for programme in programmes), "the guide names no cost"
    # Whose work is with fathers who are alleged to have abused is no help for parental conflict.
    assert [p.id for p in programmes if p.service == "specialist-programme"] == ["caring-dads"]
    known = set(OfferedService)
    assert {programme.service for programme in programmes} <= known


@pytest.mark.parametrize("service", sorted(set(OfferedService) - {OfferedService.SPECIALIST_PROGRAMME}))
def test_an_offer_needs_both_parents_unless_it_may_be_set_otherwise(service: str) -> None:
    fields = {"id": "an-offer", "provider": "north", "service": service, "areas": ["E10000014"]}
    assert OfferRegistered(**fields).parents_needed == "both"
    if service in {"mediation", "couple-support"}:
        with pytest.raises(ValidationError, match=f"parents_needed: {service} needs both parents"):
            OfferRegistered(**fields, parents_needed="one")
    else:
        assert OfferRegistered(**fields, parents_needed="one").parents_needed == "one"


@pytest.mark.parametrize(
    ("own", "areas", "expected"),
    [
        ("", "[E10000014]", "no kind of help in E10000014"),
        ("[drumming]", "[E10000014]", None),
        ("[drumming]", "[E10000014, E08000013]", "no kind of help in E08000013"),
        ("[mediating]", "[E10000014]", "no kind of help in E10000014"),
    ],
)
def test_an_offer_names_a_kind_of_help_that_everybody_or_its_areas_have(
    tmp_path: Path, own: str, areas: str, expected: str | None
) -> None:
    text = (
        AREA
        + (f"    own_services: {own}\n" if own else "")
        + AREA.removeprefix("areas:\n").replace("E10000014", "E08000013")
        + "providers: [{id: north, name: North}]\n"
        + "regions: [{id: both, name: Both, areas: [E10000014, E08000013]}]\n"
        + f"offers:\n  - {{id: an-offer, provider: north, service: drumming, areas: {areas}}}\n"
    )
    path = written(tmp_path, text)
    if expected is None:
        check_references(path, read_directory(path), [])
        in_a_region = text.replace("service: drumming, areas: [E10000014]", "service: drumming, regions: [both]")
        assert "no kind of help in E08000013" in refusal(tmp_path, in_a_region)
    else:
        assert expected in refusal(tmp_path, text)


@settings(max_examples=50)
@given(code=st.from_regex(r"[a-z]{2,12}(-[a-z]{2,8})?", fullmatch=True))
def test_a_code_that_nobody_registered_is_a_slip(tmp_path_factory: pytest.TempPathFactory, code: str) -> None:
    if code in set(OfferedService):
        return
    text = (
        f"{AREA}providers: [{{id: north, name: North}}]\n"
        f"programmes: [{{id: a-course, name: C, provider_name: N, service: {code!r}}}]\n"
        f"offers: [{{id: an-offer, provider: north, service: {code!r}, areas: [E10000014]}}]\n"
    )
    expected = refusal(tmp_path_factory.mktemp("slip"), text)
    assert f"offer/an-offer service: {code!r} is no kind of help in E10000014" in expected
    assert f"programme/a-course service: {code!r} is no kind of help; see own_services" in expected
