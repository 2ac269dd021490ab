"""How a method does on a population whose truth is known: what it found, and what of it was right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

from services.families.domain.blocking import keys_of
from services.families.domain.matching import Thresholds, Verdict, liken
from services.families.domain.weights import Weights
from tools.matching.population import Population, Truth
from tools.matching.ways import WAYS

PairOfRecords = tuple[int, int]


@dataclass(frozen=True)
class Quality:
    """Pairs of records that were found, by what they are, and how many there were to find."""

    same: int
    related: int
    others: int
    to_find: int

    @property
    def sensitivity(self) -> float:
        """Of the pairs of one family, the share that was found."""
        return self.same / self.to_find

    @property
    def precision(self) -> float:
        """Of the pairs that were found, the share of one family. A parent's two families are not one."""
        found = self.same + self.related + self.others
        return self.same / found if found else 1.0

    def as_json(self) -> dict[str, float | int]:
        """For the report."""
        counted = {"same": self.same, "related": self.related, "others": self.others, "to_find": self.to_find}
        return {"sensitivity": round(self.sensitivity, 4), "precision": round(self.precision, 4), **counted}


def same_pairs(population: Population) -> set[PairOfRecords]:
    """Every two records that are of one family."""
    families: dict[int, list[int]] = defaultdict(list)
    for record in population.records:
        families[record.family].append(record.number)
    return {pair for numbers in families.values() for pair in combinations(numbers, 2)}


def quality(population: Population, found: Iterable[PairOfRecords]) -> Quality:
    """Of the pairs that a method found."""
    counted = Counter(population.truth(*pair) for pair in set(found))
    return Quality(counted[Truth.SAME], counted[Truth.RELATED], counted[Truth.OTHERS], len(same_pairs(population)))


def by_way(population: Population, found: Iterable[PairOfRecords]) -> Mapping[str, tuple[int, int]]:
    """For each way in which a second record differs: how many were found, and of how many."""
    known = set(found)
    counted: dict[str, tuple[int, int]] = {}
    for one, other in sorted(same_pairs(population)):
        for way in population.records[other].ways:
            hits, total = counted.get(way, (0, 0))
            counted[way] = hits + ((one, other) in known), total + 1
    return counted


def by_likeness(population: Population, found: Iterable[PairOfRecords]) -> Mapping[str, int]:
    """Of the pairs that were found and are not of one family: how many of each kind of likeness."""
    wrong = (pair for pair in set(found) if population.truth(*pair) is not Truth.SAME)
    return Counter(
        next((way for at in pair for way in population.records[at].ways if not _is_of_a_family(way)), "by chance")
        for pair in wrong
    )


def _is_of_a_family(way: str) -> bool:
    return way == "first" or way in WAYS


def verdicts(
    population: Population, weights: Weights, thresholds: Thresholds, common: int = 200
) -> dict[PairOfRecords, Verdict]:
    """What the service makes of every two records that share a key, but for those who are apart."""
    households = [record.household() for record in population.records]
    blocks: dict[str, list[int]] = defaultdict(list)
    for number, household in enumerate(households):
        for key in keys_of(household):
            blocks[key].append(number)
    compared = {pair for block in blocks.values() if len(block) <= common for pair in combinations(block, 2)}
    found = {
        (one, other): liken(households[one], households[other], weights, thresholds).verdict for one, other in compared
    }
    return {pair: verdict for pair, verdict in found.items() if verdict is not Verdict.APART}
