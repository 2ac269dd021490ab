"""Whom the directory lets in as what."""

import pytest

from deploy.demo.people import demo_people
from deploy.demo.run import DIRECTORY
from deploy.directory.file import read_directory
from shared.access.accounts import OF_A_PROVIDER, OF_AN_AGENCY, OF_AN_AREA, Person, problems
from shared.access.roles import Role

ENTRIES = [line.entry for line in read_directory(DIRECTORY)]
HAMPSHIRE, ESSEX = "E10000014", "E10000034"


@pytest.mark.parametrize(
    "person",
    [
        Person("a", ("practitioner",), (), "hants-mash"),
        Person("a", ("practitioner", "team-manager"), (HAMPSHIRE,), "hants-mash"),
        Person("a", ("coordinator", "panel-member"), (HAMPSHIRE, ESSEX)),
        Person("a", ("coordinator", "practitioner"), (ESSEX,), "hants-mash"),
        Person("a", ("provider-worker",), provider="relate"),
        Person("a", ("operator",)),
        Person("a", ("operator", "area-administrator"), (HAMPSHIRE,)),
    ],
)
def test_a_person_whose_scope_fits_their_roles_is_taken(person: Person) -> None:
    assert problems(person, ENTRIES) == []


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Person("a", ()), "A person needs a role"),
        (Person("a", ("admin",)), "There is no role admin"),
        (Person("a", ("coordinator",)), "coordinator: needs an area"),
        (Person("a", ("coordinator",), ("E99999999",)), "has no area E99999999"),
        (Person("a", ("practitioner",)), "practitioner: needs an agency"),
        (Person("a", ("practitioner",), (), "elsewhere"), "has no agency elsewhere"),
        (Person("a", ("practitioner",), (ESSEX,), "hants-mash"), f"hants-mash is not in {ESSEX}"),
        (Person("a", ("provider-manager",)), "provider-manager: needs a provider"),
        (Person("a", ("provider-manager",), provider="elsewhere"), "has no provider elsewhere"),
        (Person("a", ("provider-manager",), (HAMPSHIRE,), provider="relate"), "is not of an area"),
        (Person("a", ("operator",), (HAMPSHIRE,)), "operator: is not of an area"),
        (Person("a", ("operator",), (), "hants-mash"), "operator: is not of an agency"),
        (Person("a", ("coordinator",), (HAMPSHIRE,), provider="relate"), "coordinator: is not of a provider"),
        (Person("a", ("practitioner",), (), "hants-mash", "relate"), "Nobody is of an agency and of a provider"),
        (
            Person("a", ("practitioner", "provider-worker"), (), "hants-mash", "relate"),
            "Nobody has a role at a front door and at a provider",
        ),
    ],
)
def test_a_person_whose_scope_does_not_fit_is_refused(person: Person, reason: str) -> None:
    assert any(reason in each for each in problems(person, ENTRIES))


def test_nobody_of_an_agency_gets_an_account_before_its_sharing_agreement_is_signed() -> None:
    person = Person("a", ("practitioner",), (), "hants-mash")
    unsigned = [
        entry.model_copy(update={"agreement_signed_on": None}) if entry.key() == "agency/hants-mash" else entry
        for entry in ENTRIES
    ]
    assert any("has no signed sharing agreement" in each for each in problems(person, unsigned))
    # What other agencies have signed, and who is of none, is another matter.
    assert problems(Person("a", ("practitioner",), (), "hants-schools"), unsigned) == []
    assert problems(Person("a", ("coordinator",), (HAMPSHIRE,)), unsigned) == []


def test_every_role_is_of_one_kind_of_scope_and_the_operator_of_none() -> None:
    assert sorted([*OF_AN_AGENCY, *OF_A_PROVIDER, *OF_AN_AREA, "operator"]) == sorted(Role)


def test_the_demo_has_a_person_for_each_role_whom_the_directory_takes() -> None:
    people = demo_people(ENTRIES)
    assert [person.roles for person in people] == [(role,) for role in Role]
    assert [problem for person in people for problem in problems(person, ENTRIES)] == []
    areas = {person.name: person.areas for person in people}
    assert areas["demo-coordinator"] == tuple(entry.id for entry in ENTRIES if entry.kind == "area")
    assert areas["demo-panel-member"] == (HAMPSHIRE,)


def test_the_demo_leaves_out_whom_a_directory_has_no_place_for() -> None:
    alone = [entry for entry in ENTRIES if entry.kind == "area"]
    left = {person.roles[0] for person in demo_people(alone)}
    assert left == set(Role) - OF_AN_AGENCY - OF_A_PROVIDER
