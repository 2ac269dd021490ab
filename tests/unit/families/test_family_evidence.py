"""Whole families as evidence: who is found, who is never linked, and what a shared house says of nobody."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.families.domain.blocking import keys_of
from services.families.domain.comparison import compare, may_be_one
from services.families.domain.identity import Household, Parent, child_of, parent_of
from services.families.domain.levels import Level
from services.families.domain.matching import Likeness, Thresholds, Verdict, liken
from services.families.domain.weights import Weights

WEIGHTS = Weights.read()
WORDS = st.text("abcdefghilmnorstuwzłŁøØđðæœþßħŧŋężśéüåñőçșțğƒ", min_size=2, max_size=9)
DAYS = st.dates(date(1965, 1, 1), date(2004, 12, 31))


def person(given_name: str, family: str, born: str | date | None = None, **fields: Any) -> dict[str, Any]:
    return {"given": given_name, "family": family, "date_of_birth": born and str(born), **fields}


def household(*parents: Mapping[str, Any], children: tuple[Any, ...] = ()) -> Household:
    return Household.of(map(parent_of, parents), map(child_of, children))


def found(one: Household, other: Household) -> Likeness:
    """As the service finds it: those that share no key are never compared."""
    forth, back = liken(one, other, WEIGHTS, Thresholds()), liken(other, one, WEIGHTS, Thresholds())
    assert (forth.verdict, forth.weight, forth.house) == (back.verdict, back.weight, back.house)
    return forth


def verdict(one: Household, other: Household) -> Verdict:
    likeness = found(one, other)
    if likeness.verdict is not Verdict.APART:
        assert keys_of(one) & keys_of(other), "they would never be compared"
    return likeness.verdict


STROKES = (
    household(
        person("Bogusława", "Łęgowska", "1988-04-19", phone="07700 900100"),
        person("Władysław", "Łęgowski", "1986-09-27", phone="07700 900101"),
        children=("2014-02-11", "2016-10-03"),
    ),
    household(
        person("Boguslawa", "Legowska", "1988-04-19", phone="07700 900102"),
        person("Wladyslaw", "Legowski", "1986-09-27", phone="07700 900103"),
        children=("2014-02-11", "2016-10-03"),
    ),
)
SHORT_FORMS = (
    household(
        person("Peggy", "Ashdown", "1985-08-03", phone="+44 (0)7700 900108"),
        person("Hamish", "Corrie", "1983-01-14", phone="+44 (0)7700 900109"),
    ),
    household(
        person("Margaret", "Corrie", "1985-03-08", phone="07700 900108"),
        person("James", "Corrie", "1983-01-14", phone="07700 900109"),
    ),
)
HOUSE = {"postcode": "ZZ4 4ZZ", "phone": "01632 960131", "email": "qureshi.house@example.org"}
ONE_HOUSE = (
    household(
        person("Nadia", "Qureshi", "1991-06-21", **HOUSE),
        person("Faisal", "Qureshi", "1988-02-09", **HOUSE),
        children=("2019-01-05",),
    ),
    household(
        person("Rukhsana", "Qureshi", "1984-10-30", **HOUSE),
        person("Bilal", "Qureshi", "1981-07-16", **HOUSE),
        children=("2011-08-25",),
    ),
)


def test_families_that_went_wrong_are_found_and_those_of_one_house_are_not_linked() -> None:
    assert verdict(*STROKES) is Verdict.CERTAIN
    assert verdict(*SHORT_FORMS) is Verdict.DOUBTFUL
    assert verdict(*ONE_HOUSE) is not Verdict.CERTAIN


GIVEN = st.sampled_from(["Anna", "Ben", "Carla", "Dov", "Władysław", "Meera Anjali", "Anjali", "", "Юлия"])
FAMILY = st.sampled_from(["Haddow", "Okafor", "Łęgowska", "van der Berg", "O'Neill", ""])
BORN = st.sampled_from(["1988-04-12", "1988-12-04", "1989-04-12", "1986-09-30", "1990-01-01", None])
PEOPLE = st.builds(
    person,
    GIVEN,
    FAMILY,
    BORN,
    postcode=st.sampled_from(["ZZ1 4ZZ", "ZZ29 7ZZ", None]),
    phone=st.sampled_from(["07700 900101", "01632 960131", "07700 900102 / 01632 960131", None]),
    email=st.sampled_from(["a@example.org", "house@example.org", None]),
    identifiers=st.sampled_from([[], [{"kind": "nhs-number", "value": "943 476 5919"}]]),
)
CHILDREN = st.lists(
    st.sampled_from(["2015-06-01", "2017-03-09", {"date_of_birth": None, "expected_on": "2026-02-01"}]), max_size=3
).map(tuple)
HOUSEHOLDS = st.builds(
    lambda parents, children: household(*parents, children=children), st.lists(PEOPLE, min_size=1, max_size=3), CHILDREN
)


@given(HOUSEHOLDS, HOUSEHOLDS)
@settings(max_examples=250)
def test_the_answer_is_the_same_both_ways_and_nothing_is_certain_of_strangers(one: Household, other: Household) -> None:
    found(one, other)
    pairs = [(left, right) for left in one.parents for right in other.parents]
    if not any(may_be_one(compare(left, right)) for left, right in pairs):
        assert verdict(one, other) is not Verdict.CERTAIN


STRANGERS = st.tuples(
    st.sampled_from([("Nadia", "Faisal", "Rukhsana", "Bilal"), ("Ola", "Piotr", "Zuzia", "Jens")]),
    st.lists(DAYS, min_size=4, max_size=4, unique=True),
    st.sampled_from(["Qureshi", "Łęgowska"]),
    st.sampled_from(["01632 960131", "07700 900131"]),
    CHILDREN,
    st.booleans(),
)


@given(STRANGERS)
def test_a_house_that_is_shared_never_makes_two_couples_one(made: Any) -> None:
    names, births, surname, phone, children, shared = made
    people = [
        person(name, surname, born, postcode="ZZ4 4ZZ", phone=phone, email="house@example.org")
        for name, born in zip(names, births, strict=True)
    ]
    assume(all(compare(parent_of(a), parent_of(b))["born"] is Level.DIFFERS for a in people[:2] for b in people[2:]))
    one = household(*people[:2], children=children)
    other = household(*people[2:], children=children if shared else ("2003-01-04",))
    assert verdict(one, other) is not Verdict.CERTAIN


@given(
    st.lists(st.tuples(WORDS, WORDS), min_size=4, max_size=4),
    st.lists(DAYS, min_size=2, max_size=2, unique=True),
    st.lists(st.dates(date(2008, 1, 1), date(2025, 12, 31)), min_size=1, max_size=4, unique=True),
)
def test_births_of_both_parents_and_all_children_are_never_below_doubt(
    names: list[tuple[str, str]], births: list[date], children: list[date]
) -> None:
    grown = [day - timedelta(days=7) for day in births]
    one, other = (
        household(
            *(person(*name, born) for name, born in zip(pair, grown, strict=True)), children=tuple(map(str, children))
        )
        for pair in (names[:2], names[2:])
    )
    assert verdict(one, other) is not Verdict.APART


def test_both_renamed_without_children_are_found_by_their_births() -> None:
    one = household(person("Anna", "Haddow", "1988-04-12"), person("Ben", "Haddow", "1986-09-30"))
    renamed = household(person("Xun", "Li", "1988-04-12"), person("Yves", "Li", "1986-09-30"))
    assert verdict(one, renamed) is Verdict.DOUBTFUL
    others = household(person("Xun", "Li", "1988-04-12"), person("Yves", "Li", "1986-09-30"), children=("2001-02-03",))
    named = household(*(person(*name) for name in (("Anna", "Haddow", "1988-04-12"), ("Ben", "Haddow", "1986-09-30"))))
    assert verdict(named, others) is Verdict.DOUBTFUL, "children that one record does not name are no other children"


def test_what_each_is_reached_by_makes_nobody_certain_who_has_another_name_and_no_birth() -> None:
    reached = [{"phone": f"07700 90010{at}", "email": f"p{at}@example.org", "postcode": "ZZ4 4ZZ"} for at in (1, 2)]
    one = household(
        *(person(name, "Qureshi", None, **own) for name, own in zip(("Nadia", "Faisal"), reached, strict=True))
    )
    other = household(
        *(person(name, "Qureshi", None, **own) for name, own in zip(("Ola", "Bilal"), reached, strict=True))
    )
    assert found(one, other).weight > Thresholds().automatic
    assert verdict(one, other) is not Verdict.CERTAIN


def test_who_is_known_by_own_numbers_is_never_below_doubt() -> None:
    one = household(
        person("Liz", "Haddow", "1990-03-08", phone="07700 900101"),
        person("Bill", "Haddow", "1987-12-30", phone="07700 900102"),
    )
    other = household(
        person("Elizabeth", "Okafor", "1991-08-21", phone="0044 7700 900101"),
        person("William", "Okafor", "1985-02-03", phone="7700900102 or 01632 960111"),
    )
    assert verdict(one, other) is Verdict.DOUBTFUL
    alone = household(person("Elizabeth", "Okafor", "1991-08-21", phone="+44 (0)7700 900101"))
    assert verdict(one, alone) is Verdict.DOUBTFUL
    stranger = household(person("Ola", "Okafor", "1991-08-21", phone="+44 (0)7700 900101"))
    assert verdict(one, stranger) is Verdict.APART, "a number is given to somebody else after years"


def test_children_are_known_whoever_brings_them_up() -> None:
    house = {"postcode": "ZZ4 4ZZ", "phone": "01632 960131"}
    parents = (person("Anna", "Haddow", "1990-03-08", **house), person("Ben", "Okafor", "1987-12-30"))
    grandmother = person("Irma", "Voss", "1955-02-03", **house)
    elsewhere = person("Irma", "Voss", "1955-02-03")
    births = ("2015-05-17", "2017-09-02", "2019-11-28")
    assert (
        verdict(household(*parents, children=births[:1]), household(grandmother, children=births[:1]))
        is Verdict.DOUBTFUL
    )
    assert verdict(household(*parents, children=births), household(elsewhere, children=births)) is Verdict.DOUBTFUL
    for strangers in (births[:1], births[:2]):
        there = household(elsewhere, children=strangers)
        assert verdict(household(*parents, children=strangers), there) is Verdict.APART


def test_slips_in_both_births_and_another_surname_are_found_by_a_child() -> None:
    one, other = (
        household(person("Anna", name, "1990-03-08"), person("Ben", name, "1987-12-30"), children=("2015-05-17",))
        for name in ("Haddow", "Okafor")
    )
    slips = household(
        person("Anna", "Okafor", "1990-03-09"), person("Ben", "Okafor", "1987-12-31"), children=("2015-05-17",)
    )
    assert verdict(one, slips) is Verdict.DOUBTFUL
    assert verdict(one, other) is not Verdict.APART


def test_one_parent_with_the_same_children_is_known_however_they_are_called() -> None:
    renamed = household(person("Xun", "Li", "1988-04-12"), children=("2015-06-01",))
    reached = {"phone": "07700 900101", "postcode": "ZZ29 7ZZ"}
    alone = household(person("Anna", "Haddow", "1988-04-12", **reached), children=("2015-06-01",))
    again = household(person("Ann", "Haddow", "1988-04-12", **reached), children=("2015-06-01",))
    both = household(person("Anna", "Haddow", "1988-04-12"), person("Ben", "Okafor", "1986-09-30"))
    assert verdict(alone, renamed) is Verdict.DOUBTFUL
    assert verdict(alone, again) is Verdict.CERTAIN
    assert verdict(alone, both) is Verdict.DOUBTFUL, "whoever the other parent is, a person looks"


def numbered(parent: Mapping[str, Any], value: str, kind: str = "nhs-number") -> dict[str, Any]:
    return {**parent, "identifiers": [{"kind": kind, "value": value}]}


ANNA, BEN = person("Anna", "Haddow", "1988-04-12"), person("Ben", "Okafor", "1986-09-30")


def test_a_number_of_ones_own_weighs_much_and_another_one_more() -> None:
    renamed = person("Anna", "Naylor", "1987-11-02")
    assert verdict(household(ANNA, BEN), household(renamed, person("Carl", "Lacey", "1990-01-05"))) is Verdict.APART
    same = household(numbered(ANNA, "943 476 5919"), BEN), household(numbered(renamed, "9434765919"))
    assert verdict(*same) is Verdict.DOUBTFUL
    exact = household(ANNA, BEN, children=("2015-06-01",)), household(ANNA, BEN, children=("2015-06-01",))
    assert verdict(*exact) is Verdict.CERTAIN
    numbers = ("943 476 5919", "401 023 2137")
    differ = tuple(household(numbered(ANNA, each), BEN, children=("2015-06-01",)) for each in numbers)
    assert verdict(differ[0], differ[1]) is Verdict.DOUBTFUL
    # Numbers of case systems are not compared: two systems give the same one to two people.
    other = household(numbered(person("Mia", "Jarvis", "1999-09-09"), "1234567890", "case-system-id"))
    assert verdict(household(numbered(ANNA, "1234567890", "case-system-id")), other) is Verdict.APART
    # Nobody is certain by a number alone: given name and birth of both differ.
    strangers = household(
        numbered(person("Mia", "Jarvis", "1999-09-09"), "9434765919"),
        numbered(person("Carl", "Lacey", "1990-01-05"), "4010232137"),
    )
    known = household(numbered(ANNA, "9434765919"), numbered(BEN, "4010232137"))
    assert verdict(known, strangers) is not Verdict.CERTAIN


def test_a_childs_number_finds_the_family_and_a_birth_that_was_expected_is_no_difference() -> None:
    upn = {"date_of_birth": "2015-06-01", "identifiers": [{"kind": "upn", "value": "A823432109823"}]}
    typed = {**upn, "date_of_birth": "2014-01-02"}
    grandmother = person("Irma", "Voss", "1955-02-03")
    assert verdict(household(ANNA, BEN, children=(upn,)), household(grandmother, children=(typed,))) is Verdict.DOUBTFUL
    expected = {"date_of_birth": None, "expected_on": "2026-02-01", "identifiers": []}
    before, born = household(ANNA, BEN, children=(expected,)), household(ANNA, BEN, children=("2026-01-17",))
    nobody = household(ANNA, BEN)
    assert found(before, born).weight > found(before, nobody).weight
    assert found(before, born).children is Level.MISSING
    assert found(before, household(ANNA, BEN, children=("2025-06-01",))).weight == found(before, nobody).weight


@given(HOUSEHOLDS)
def test_what_is_left_out_changes_nothing(one: Household) -> None:
    again = Household(one.parents, one.children, one.expected, frozenset())
    bare = Household(
        tuple(Parent(p.given, p.family, p.born, p.postcode, p.phones, p.emails, p.landlines) for p in one.parents),
        one.children,
        one.expected,
    )
    assert found(bare, again).verdict == found(bare, bare).verdict
    assert "identifier" not in str(found(bare, again).parents)
