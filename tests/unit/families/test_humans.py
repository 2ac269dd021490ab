"""Whose ids are of one human being: all of theirs, nobody else's, and what may be is only shown."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.families.domain.humans import Humans, Seen
from services.families.domain.identity import Child, Parent, parent_of
from services.families.domain.matching import Thresholds
from services.families.domain.weights import Weights

WEIGHTS = Weights.read()
ENOUGH = Thresholds.parent
_SPACE = UUID(int=5)
_CONSONANTS = "bcdfghjklmnprstvwz"


def somebody(random: Random) -> Parent:
    name = "".join(random.sample(_CONSONANTS, 8))
    return parent_of(
        {
            "given": name,
            "family": "".join(random.sample(_CONSONANTS, 8)),
            "date_of_birth": (date(1960, 1, 2) + timedelta(days=random.randrange(14_000))).isoformat(),
            "postcode": "SO23 8UJ",
            "phone": f"07700 {900_000 + random.randrange(99_999)}",
            "email": f"{name}@example.org",
        }
    )


def misspelt(parent: Parent, random: Random) -> Parent:
    """As another front door may write them: somewhere else, married, a letter too many."""
    changes = random.sample(
        [
            {"phones": frozenset({f"+447700{random.randrange(900_000, 999_999)}"})},
            {"postcode": "PO12 4QQ"},
            {"given": parent.given + random.choice(_CONSONANTS)},
            {"emails": frozenset[str]()},
        ],
        k=random.randrange(5),
    )
    return replace(parent, **{name: value for change in changes for name, value in change.items()})  # type: ignore[arg-type]


def person(human: int, case: int) -> UUID:
    return uuid5(_SPACE, f"{human}/{case}")


@given(seed=st.integers(0, 2**32), cases=st.integers(1, 5), parents=st.integers(1, 4))
def test_every_id_of_a_human_is_found_from_any_and_nobody_elses(seed: int, cases: int, parents: int) -> None:
    random = Random(seed)
    humans = [somebody(random) for _ in range(parents)]
    seen = [
        Seen(person(human, case), (f"agency-{case}", UUID(int=case)), misspelt(described, random))
        for case in range(cases)
        for human, described in enumerate(humans)
        if random.random() < 0.8
    ]
    random.shuffle(seen)
    known = Humans(seen, WEIGHTS, ENOUGH)
    for each in seen:
        whose = next(human for human in range(parents) if each.person_id in {person(human, at) for at in range(cases)})
        theirs = {one.person_id for one in seen if one.person_id in {person(whose, at) for at in range(cases)}}
        assert known.of(each.person_id).certain == theirs


BORN = date(2015, 6, 1)
ONE, OTHER, THIRD = UUID(int=1), UUID(int=2), UUID(int=3)
HERE, THERE = ("here", UUID(int=10)), ("there", UUID(int=11))
NUMBER = frozenset({"nhs-number/9434765919"})
MUM = parent_of({"given": "Anna", "family": "Haddow", "date_of_birth": "1988-04-12", "phone": "07700 900101"})


@pytest.mark.parametrize(
    ("here", "there", "certain", "perhaps"),
    [
        (Child(BORN), Child(BORN), True, False),
        (Child(BORN), Child(date(2015, 6, 2)), False, True),
        (Child(BORN), Child(date(2013, 1, 9)), False, False),
        (Child(BORN, identifiers=NUMBER), Child(date(2013, 1, 9), identifiers=NUMBER), True, False),
        (Child(expected=BORN), Child(date(2015, 6, 20)), False, True),
        (MUM, replace(MUM, family="okafor"), True, False),
        (MUM, replace(MUM, given="anne", born=date(1963, 2, 1)), False, True),
        (MUM, replace(MUM, given="ben", born=date(1986, 9, 30)), False, False),
        (MUM, Child(date(1988, 4, 12)), False, False),
    ],
)
def test_what_is_certain_and_what_may_be(
    here: Parent | Child, there: Parent | Child, certain: bool, perhaps: bool
) -> None:
    found = Humans([Seen(ONE, HERE, here), Seen(OTHER, THERE, there)], WEIGHTS, ENOUGH).of(ONE)
    assert (OTHER in found.certain, OTHER in found.perhaps) == (certain, perhaps)


def test_twins_are_asked_about_and_who_is_named_beside_is_another() -> None:
    twins = [Seen(ONE, HERE, Child(BORN)), Seen(OTHER, HERE, Child(BORN)), Seen(THIRD, THERE, Child(BORN))]
    found = Humans(twins, WEIGHTS, ENOUGH).of(ONE)
    assert (found.certain, found.perhaps) == ({ONE}, {THIRD})
    assert Humans(twins, WEIGHTS, ENOUGH).of(ONE, also=[THIRD]).certain == {ONE, THIRD}
    twice = [Seen(ONE, HERE, MUM), Seen(OTHER, HERE, MUM)]
    found = Humans(twice, WEIGHTS, ENOUGH).of(ONE)
    assert (found.certain, found.perhaps) == ({ONE}, {OTHER})


def test_what_was_taken_back_needs_more_than_a_name_and_a_birth() -> None:
    namesake = replace(MUM, phones=frozenset({"+447700900999"}))
    back = [
        Seen(ONE, HERE, MUM),
        Seen(OTHER, THERE, MUM, of_family=False),
        Seen(THIRD, THERE, namesake, of_family=False),
    ]
    known = Humans(back[:2], WEIGHTS, ENOUGH).of(ONE)
    assert known.certain == {ONE, OTHER}
    apart = Humans([back[0], replace(back[2], screening=("other", UUID(int=12)))], WEIGHTS, ENOUGH).of(ONE)
    assert (apart.certain, apart.perhaps) == ({ONE}, {THIRD})
