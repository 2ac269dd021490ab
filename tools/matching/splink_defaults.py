"""Splink as its documentation begins: its library's comparisons with their defaults, trained on the same records.

It compares people. Two records are of one family where it takes a parent of the one for a parent of the other: any,
or every parent of the record that names fewer. Both are measured, since its documentation has no rule for families.
"""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

import duckdb
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from tools.matching.judging import PairOfRecords
from tools.matching.population import Population

_FIELDS = ("given", "family", "date_of_birth", "postcode", "phone", "email")
_BLOCKS = (("given", "family"), ("date_of_birth",), ("phone",), ("email",), ("postcode", "family"))
_LOWEST = 0.5
_SEED = 2025
Scores = Mapping[PairOfRecords, Sequence[float]]


def scores(population: Population) -> dict[PairOfRecords, list[float]]:
    """For each two records, the match probability of every pair of parents that Splink puts above one half.

    The best of each parent of the record with fewer parents, so as many numbers as it names at most.
    """
    linker = _linker(population)
    linker.training.estimate_probability_two_random_records_match(
        [block_on("given", "family", "date_of_birth"), block_on("email")], recall=0.7
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=_SEED)
    for columns in (("given", "family"), ("date_of_birth",)):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(*columns))
    rows = linker.inference.predict(threshold_match_probability=_LOWEST).as_record_list()
    best: dict[PairOfRecords, dict[str, float]] = defaultdict(dict)
    for row in rows:
        one, other = sorted((row["unique_id_l"], row["unique_id_r"]), key=_record_of)
        pair = (_record_of(one), _record_of(other))
        if pair[0] == pair[1]:
            continue
        fewer = min(pair, key=lambda number: len(population.records[number].record["parents"]))
        person = one if _record_of(one) == fewer else other
        best[pair][person] = max(best[pair].get(person, 0.0), row["match_probability"])
    return {pair: list(found.values()) for pair, found in best.items()}


def any_parent(found: Scores, threshold: float) -> set[PairOfRecords]:
    """Families of which one parent is taken for one of the other's."""
    return {pair for pair, each in found.items() if max(each) >= threshold}


def every_parent(population: Population, found: Scores, threshold: float) -> set[PairOfRecords]:
    """Families of which every parent is, of the record that names fewer; one alone where it names one."""
    return {
        pair
        for pair, each in found.items()
        if sum(score >= threshold for score in each)
        >= min(len(population.records[number].record["parents"]) for number in pair)
    }


def _record_of(person: str) -> int:
    return int(person.partition("-")[0])


def _linker(population: Population) -> Linker:
    connection = duckdb.connect()
    names = ("unique_id", *_FIELDS)
    connection.execute(f"CREATE TABLE people ({', '.join(f'{name} VARCHAR' for name in names)})")
    connection.executemany(
        f"INSERT INTO people VALUES ({', '.join('?' for _ in names)})",  # noqa: S608 - no value is in the text
        [
            [f"{record.number}-{place}", *(parent[name] for name in _FIELDS)]
            for record in population.records
            for place, parent in enumerate(record.record["parents"])
        ],
    )
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given"),
            cl.NameComparison("family"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True),
            cl.PostcodeComparison("postcode"),
            cl.ExactMatch("phone"),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _BLOCKS],
    )
    return Linker(DuckDBAPI(connection).register("people"), settings, log_level=logging.ERROR)
