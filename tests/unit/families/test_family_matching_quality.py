"""How well families are recognised, on a labelled sample; and what must never be linked, case by case."""

from collections import defaultdict
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path

import pytest

from services.families.domain.blocking import keys_of
from services.families.domain.identity import Household, Parent
from services.families.domain.matching import Thresholds, Verdict, liken
from services.families.domain.weights import Weights
from tools.matching import judging
from tools.matching.population import population
from tools.matching.sample import Labelled, households, labelled

SUBMISSIONS = Path(__file__).parents[3] / "examples" / "front-door" / "submissions.jsonl"
WEIGHTS = Weights.read()
# A seed that the weights were not estimated with: other slips, other twins.
SEED = 7

NONE: frozenset[str] = frozenset()


def parent(given: str, family: str, born: date, postcode: str = "", phone: str = "", email: str = "") -> Parent:
    return Parent(given, family, born, postcode, frozenset({phone} - {""}), frozenset({email} - {""}))


ANNA = parent("anna", "haddow", date(1988, 4, 12), "ZZ297ZZ", "+447700900101", "anna@example.org")
BEN = parent("ben", "okafor", date(1986, 9, 30), "ZZ14ZZ", "+447700900102", "ben@example.org")
CHILD = frozenset({date(2015, 6, 1)})
FAMILY = Household((ANNA, BEN), CHILD)


def verdict(one: Household, other: Household) -> Verdict:
    return liken(one, other, WEIGHTS, Thresholds()).verdict


def pairs_that_share_a_key(records: list[Labelled]) -> set[tuple[int, int]]:
    blocks = defaultdict(set)
    for record in records:
        for key in keys_of(record.household):
            blocks[key].add(record.number)
    return {pair for block in blocks.values() for pair in combinations(sorted(block), 2)}


@pytest.fixture(scope="module")
def verdicts() -> dict[tuple[int, int], tuple[Verdict, bool]]:
    """For each two records of the sample that share a key or are of one family: the verdict, and whether they are."""
    records = labelled(households(SUBMISSIONS), seed=SEED)[::1]
    families = defaultdict(list)
    for record in records:
        families[record.family].append(record.number)
    truth = {pair for numbers in families.values() for pair in combinations(numbers, 2)}
    found = {}
    blocked = pairs_that_share_a_key(records)
    for one, other in blocked | truth:
        seen = (one, other) in blocked
        result = verdict(records[one].household, records[other].household) if seen else Verdict.APART
        found[one, other] = (result, (one, other) in truth)
    return found


def test_precision_and_recall_on_the_labelled_sample(verdicts: dict[tuple[int, int], tuple[Verdict, bool]]) -> None:
    counted = dict.fromkeys(((v, t) for v in Verdict for t in (True, False)), 0)
    for result in verdicts.values():
        counted[result] += 1
    same = sum(number for (_, true), number in counted.items() if true)
    linked_wrongly, linked_rightly = counted[Verdict.CERTAIN, False], counted[Verdict.CERTAIN, True]
    assert same > 400
    assert linked_wrongly == 0, "a wrong link stops a family's help: none in the sample"
    assert linked_rightly / same >= 0.88
    assert counted[Verdict.APART, True] / same <= 0.01, "nearly every family that came again is at least shown"
    assert counted[Verdict.DOUBTFUL, False] <= 0.5 * same, "a person is not asked about everybody"


def test_no_two_families_of_the_example_are_linked_or_doubtful_by_chance() -> None:
    records = [Labelled(number, number, "first", each) for number, each in enumerate(households(SUBMISSIONS))]
    for one, other in pairs_that_share_a_key(records):
        assert verdict(records[one].household, records[other].household) is Verdict.APART


@pytest.mark.parametrize(
    ("kind", "other", "expected"),
    [
        ("the same", FAMILY, Verdict.CERTAIN),
        ("in the other order", Household((BEN, ANNA), CHILD), Verdict.CERTAIN),
        (
            "moved, new numbers",
            Household((replace(ANNA, postcode="ZZ99ZZ", phones=NONE, emails=NONE), BEN), CHILD),
            Verdict.CERTAIN,
        ),
        ("her names swapped", Household((replace(ANNA, given="haddow", family="anna"), BEN), CHILD), Verdict.CERTAIN),
        ("her maiden name", Household((replace(ANNA, family="naylor"), BEN), CHILD), Verdict.CERTAIN),
        ("one parent named", Household((ANNA,), CHILD), Verdict.DOUBTFUL),
        (
            "a twin, with a partner of her own",
            Household(
                (
                    replace(ANNA, given="ella", phones=frozenset({"+447700900777"}), emails=NONE),
                    parent("carl", "lacey", date(1990, 1, 5), "ZZ297ZZ"),
                ),
                frozenset({date(2019, 2, 3)}),
            ),
            Verdict.APART,
        ),
        (
            "his son of the same name, at home",
            Household(
                (parent("mia", "jarvis", date(2008, 7, 7)), replace(BEN, born=date(2007, 3, 3), emails=NONE)),
                frozenset(),
            ),
            Verdict.APART,
        ),
        ("nobody known", Household((), frozenset()), Verdict.APART),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_families_that_are_and_are_not_the_same(kind: str, other: Household, expected: Verdict) -> None:
    assert verdict(FAMILY, other) is expected
    assert verdict(other, FAMILY) is expected


def test_one_parent_in_two_families_is_never_linked_without_a_person() -> None:
    new_family = Household(
        (ANNA, parent("carl", "lacey", date(1990, 1, 5), "ZZ55ZZ", "+447700900500", "c@example.org"))
    )
    assert verdict(FAMILY, new_family) is not Verdict.CERTAIN


def test_a_generated_population_is_found_and_nobody_is_linked_who_is_another() -> None:
    """Spellings, forms, twins, households, remarriage, missing fields; docs/matching.md has the kinds, and Splink's."""
    made = population(1_200, seed=SEED)
    found = judging.verdicts(made, WEIGHTS, Thresholds())
    certain = judging.quality(made, [pair for pair, each in found.items() if each is Verdict.CERTAIN])
    shown = judging.quality(made, found)
    assert (certain.related, certain.others) == (0, 0), "a wrong link stops a family's help"
    assert certain.sensitivity >= 0.8
    assert shown.sensitivity >= 0.99
    assert shown.others <= 0.02 * shown.to_find, "a person is not asked about everybody who lives together"
    for way, (hits, total) in judging.by_way(made, found).items():
        assert hits >= 0.95 * total, f"{way}: {hits} of {total}"
