"""How well families are recognised, beside Splink's defaults on the same records: `docs/matching.{md,json,svg}`.

`python -m tools.matching.quality` (the `linkage` and `local` extras). Not part of the tests: these hold
the bounds on a small population, without Splink.
"""

import argparse
import importlib.metadata
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.families.domain.matching import Thresholds, Verdict
from services.families.domain.weights import Weights
from tools.matching import splink_defaults
from tools.matching.judging import by_likeness, by_way, quality, verdicts
from tools.matching.population import Population, population
from tools.matching.ways import RELATED, STRANGERS

_DOCS = Path(__file__).parents[2] / "docs"
# A seed that no rule and no weight was made with.
_SEED = 20_261_129
_FAMILIES = 10_000
_PROBABILITIES = (0.5, 0.9, 0.95, 0.99, 0.999)
LINKED, SHOWN = "linked without a person", "linked or shown to a person"


def measured(families: int, seed: int) -> dict[str, Any]:
    """Both methods on one population."""
    made = population(families, seed)
    found = verdicts(made, Weights.read(), Thresholds())
    certain = [pair for pair, verdict in found.items() if verdict is Verdict.CERTAIN]
    scores = splink_defaults.scores(made)
    ways = {
        way: {"records": total, LINKED: round(linked / total, 3), SHOWN: round(shown / total, 3)}
        for (way, (linked, total)), (shown, _) in (
            (entry, by_way(made, found)[entry[0]]) for entry in sorted(by_way(made, certain).items())
        )
    }
    return {
        "seed": seed,
        "families": families,
        "records": len(made.records),
        "splink": importlib.metadata.version("splink"),
        "parley": {LINKED: quality(made, certain).as_json(), SHOWN: quality(made, found).as_json()},
        "splink_defaults": _splink(made, scores),
        "ways": ways,
        "shown_though_not_one": {
            kind: {"records": _records(made, kind), LINKED: by_likeness(made, certain).get(kind, 0), SHOWN: count}
            for kind in (*STRANGERS, *RELATED, "by chance")
            for count in [by_likeness(made, found).get(kind, 0)]
        },
    }


def _splink(made: Population, scores: splink_defaults.Scores) -> dict[str, Any]:
    rows: dict[str, Any] = {}
    for probability in _PROBABILITIES:
        every = splink_defaults.every_parent(made, scores, probability)
        rows[f"every parent, {probability}"] = quality(made, every).as_json()
        rows[f"any parent, {probability}"] = quality(made, splink_defaults.any_parent(scores, probability)).as_json()
    return rows


def _records(made: Population, kind: str) -> int:
    return sum(kind in record.ways for record in made.records)


def report(result: Mapping[str, Any]) -> str:
    """As a page for people."""
    lines = [
        "# How well families are recognised",
        "",
        "Made by `python -m tools.matching.quality`; do not edit. "
        f"{result['records']:,} invented records of {result['families']:,} families whose truth is known, seed "
        f"{result['seed']}; Splink {result['splink']}.",
        "",
        "*Sensitivity*: of the pairs of records of one family, the share that was found. *Precision*: of the pairs "
        "found, the share of one family. A parent's families with two partners, and children with their parents and "
        "with their grandparents, are not one family: of them a person is asked, so *or related* counts them as right.",
        "",
        "| method | sensitivity | precision | or related | wrong |",
        "|---|---|---|---|---|",
    ]
    lines += [_row(f"**Parley**: {name}", each) for name, each in result["parley"].items()]
    lines += [_row(f"Splink: {name}", each) for name, each in result["splink_defaults"].items()]
    lines += [
        "",
        "Splink as its documentation begins: its comparisons for names, date of birth, postcode and e-mail, an exact "
        "one for phones, trained on these records without labels. It compares people: a family is found by *any* "
        "parent above the probability, or by *every* parent of the record that names fewer.",
        "",
        "![Sensitivity and precision](matching.svg)",
        "",
        "## By the way in which the second record differs",
        "Others come beside it by chance.",
        "",
        f"| way | records | {LINKED} | {SHOWN} |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {way} | {each['records']} | {each[LINKED]:.1%} | {each[SHOWN]:.1%} |"
        for way, each in result["ways"].items()
    ]
    lines += [
        "",
        "## Families that look alike and are not one",
        "",
        f"| kind | made | {LINKED} | {SHOWN} |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {kind} | {each['records'] or ''} | {each[LINKED]} | {each[SHOWN]} |"
        for kind, each in result["shown_though_not_one"].items()
    ]
    lines += [
        "",
        "Names, rates and numbers are invented, and the kinds that are hard are many more here than in life: this "
        "compares methods, and is no forecast for an area. An area that has real data should measure its own.",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, each: Mapping[str, Any]) -> str:
    found = each["same"] + each["related"] + each["others"]
    related = (each["same"] + each["related"]) / found if found else 1.0
    return f"| {name} | {each['sensitivity']:.1%} | {each['precision']:.2%} | {related:.1%} | {each['others']} |"


def draw(result: Mapping[str, Any], file: Path) -> None:
    """Sensitivity against precision, a point for each row."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.5))
    for label, marker, rows in (
        ("Parley", "o", result["parley"]),
        ("Splink, every parent", "s", _only(result, "every")),
        ("Splink, any parent", "^", _only(result, "any")),
    ):
        axes.plot(
            [each["precision"] for each in rows.values()],
            [each["sensitivity"] for each in rows.values()],
            marker=marker,
            label=label,
        )
    axes.set(xlabel="precision", ylabel="sensitivity")
    axes.grid(visible=True, alpha=0.3)
    axes.legend(loc="lower left")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _only(result: Mapping[str, Any], which: str) -> dict[str, Any]:
    return {name: each for name, each in result["splink_defaults"].items() if name.startswith(which)}


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.matching.quality", description=__doc__)
    parser.add_argument("--families", type=int, default=_FAMILIES)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--output", type=Path, default=_DOCS, help="the folder for matching.md, .json and .svg")
    given = parser.parse_args(arguments)
    result = measured(given.families, given.seed)
    (given.output / "matching.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (given.output / "matching.md").write_text(report(result), encoding="utf-8")
    draw(result, given.output / "matching.svg")


if __name__ == "__main__":
    main()
