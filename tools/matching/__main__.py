"""Estimates the weights with Splink (Fellegi and Sunter's model) and writes them as data.

u comes from pairs of records taken at random, m from expectation maximisation without looking at any label. Splink
calls this service's own comparison functions, so that a level means the same here and there. Children's dates of birth
are counted over the labelled families, since they are a family's and not a person's.
"""

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from services.families.domain.children import compare_children
from services.families.domain.comparison import compare
from services.families.domain.identity import Household, Parent, date_of
from services.families.domain.levels import Level
from services.families.domain.weights import CHILD, FILE
from tools.matching.sample import Labelled, households, labelled

_FIELDS = ("given", "family", "born", "postcode", "phone", "email")
# Each field is estimated from records that agree on something else; Splink averages several rounds.
_BLOCKS: tuple[tuple[str, ...], ...] = (
    ("given", "family", "phone"),
    ("born", "given"),
    ("email",),
    ("born", "postcode"),
)
_WHOLE = "whole"
_PROBABILITIES = ("m_probability", "u_probability")
_LEAST = 5e-4
_SEED = 2025


def probabilities(records: Sequence[Labelled]) -> dict[str, dict[str, dict[str, float]]]:
    """`{field: {level: {m, u}}}` for every field of a parent, and for children's dates of birth."""
    people = [
        {"unique_id": f"{record.number}-{position}", **_row(parent)}
        for record in records
        for position, parent in enumerate(record.household.parents)
    ]
    linker = _linker(people)
    linker.training.estimate_probability_two_random_records_match([block_on("given", "family", "born")], recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e5, seed=_SEED, min_count_per_level=None)
    for columns in _BLOCKS:
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*columns), record_sample_proportion=1.0
        )
    model: dict[str, Any] = linker.misc.save_model_to_json()
    found = {each["output_column_name"]: _levels(each["comparison_levels"]) for each in model["comparisons"]}
    return {**found, CHILD: _children(records)}


def _row(parent: Parent) -> dict[str, str | None]:
    fields = {
        "given": parent.given or None,
        "family": parent.family or None,
        "born": parent.born.isoformat() if parent.born else None,
        "postcode": parent.postcode or None,
        "phone": min(parent.phones, default=None),
        "email": min(parent.emails, default=None),
    }
    whole = {**fields, "phone": sorted(parent.phones), "email": sorted(parent.emails)}
    return {**fields, _WHOLE: json.dumps(whole)}


def _linker(people: Sequence[Mapping[str, Any]]) -> Linker:
    names = ("unique_id", *_FIELDS, _WHOLE)
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE people ({', '.join(f'{name} VARCHAR' for name in names)})")
    connection.executemany(
        f"INSERT INTO people VALUES ({', '.join('?' for _ in names)})",  # noqa: S608 - no value is in the text
        [[person[name] for name in names] for person in people],
    )
    for name in _FIELDS:
        connection.create_function(f"level_of_{name}", _level_of(name), ["VARCHAR", "VARCHAR"], "VARCHAR")
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[_comparison(name) for name in _FIELDS],
        blocking_rules_to_generate_predictions=[block_on(*columns) for columns in _BLOCKS],
    )
    return Linker(DuckDBAPI(connection).register("people"), settings)


def _level_of(name: str) -> Callable[[str, str], str]:
    def level(one: str, other: str) -> str:
        return compare(_parent(one), _parent(other))[name]

    return level


@cache
def _parent(whole: str) -> Parent:
    fields: dict[str, Any] = json.loads(whole)
    return Parent(
        given=fields["given"] or "",
        family=fields["family"] or "",
        born=date_of(fields["born"]),
        postcode=fields["postcode"] or "",
        phones=frozenset(fields["phone"]),
        emails=frozenset(fields["email"]),
    )


def _comparison(name: str) -> dict[str, Any]:
    level = f"level_of_{name}({_WHOLE}_l, {_WHOLE}_r)"
    return {
        "output_column_name": name,
        "comparison_levels": [
            {"sql_condition": f"{level} = '{Level.MISSING}'", "label_for_charts": "missing", "is_null_level": True},
            {"sql_condition": f"{level} = '{Level.SAME}'", "label_for_charts": Level.SAME.value},
            {"sql_condition": f"{level} = '{Level.ALIKE}'", "label_for_charts": Level.ALIKE.value},
            {"sql_condition": "ELSE", "label_for_charts": Level.DIFFERS.value},
        ],
    }


def _levels(levels: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    found = {each["label_for_charts"]: each for each in levels if not each.get("is_null_level")}
    m, u = ({label: max(each.get(which) or 0, _LEAST) for label, each in found.items()} for which in _PROBABILITIES)
    # Names of invented people are few and unlike each other. Nearly the same is never worth more than the same.
    u[Level.ALIKE] = max(u[Level.ALIKE], m[Level.ALIKE] * u[Level.SAME] / m[Level.SAME])
    # Each round gives shares of its own, so their averages do not add up to one by themselves.
    return {
        label: {"m": round(m[label] / sum(m.values()), 5), "u": round(u[label] / sum(u.values()), 5)} for label in found
    }


def _children(records: Sequence[Labelled]) -> dict[str, dict[str, float]]:
    firsts = {record.family: record.household for record in records if record.kind == "first"}
    again = [(firsts[record.family], record.household) for record in records if record.kind == "again"]
    chance = random.Random(_SEED)
    everybody = list(firsts.values())
    strangers = [(chance.choice(everybody), chance.choice(everybody)) for _ in range(100_000)]
    strangers = [(one, other) for one, other in strangers if one is not other]
    m, u = _shares(again), _shares(strangers)
    # As with names: a slip is never worth more than the same day.
    u[Level.ALIKE] = max(u[Level.ALIKE], m[Level.ALIKE] * u[Level.SAME] / m[Level.SAME])
    return {level: {"m": round(m[level], 5), "u": round(u[level], 5)} for level in m}


def _shares(pairs: Sequence[tuple[Household, Household]]) -> dict[Level, float]:
    """In what part of the families that both name children any has the same birth, a slip of it, or none has."""
    named = [compare_children(*pair) for pair in pairs if pair[0].children and pair[1].children]
    counted = {
        Level.SAME: sum(each.shared > 0 for each in named),
        Level.ALIKE: sum(each.alike > 0 and not each.shared for each in named),
        Level.DIFFERS: sum(each.level is Level.DIFFERS for each in named),
    }
    return {level: max(count / len(named), _LEAST) for level, count in counted.items()}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.matching", description=__doc__)
    parser.add_argument("file", type=Path, help="front doors' records, as `parley replay` takes them")
    parser.add_argument("--output", type=Path, default=FILE, help="where the estimates go")
    arguments = parser.parse_args()
    records = labelled(households(arguments.file))
    made = {
        "records": len(records),
        "source": arguments.file.name,
        "probabilities": probabilities(records),
        # Set by hand: no sample has them.
        "assumed": json.loads(FILE.read_text(encoding="utf-8"))["assumed"],
    }
    arguments.output.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
