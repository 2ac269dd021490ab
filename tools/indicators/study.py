"""How often the intervals of the indicators hold the truth, where the truth is known:
`docs/indicators-study.{md,json,svg}`.

`python -m tools.indicators.study` simulates a thousand areas, counts the indicators of each by the expressions
that are in
use, and asks of each interval whether it holds what the families were made with.
"""

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from pathlib import Path
from typing import Any

import ibis

from services.outcomes.domain.indicators.counting import by, values
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.indicators.statistics import Interval, bootstrap, interval, median_interval
from services.outcomes.domain.wilson import wilson
from tools.indicators.simulated import TODAY, Truth, star

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_SEED = 2026
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How an interval did: how often it held the truth, and how wide and how far off on average it was."""

    name: str
    how: str
    truth: float
    runs: int
    held: float
    error: float
    bias: float
    width: float

    @property
    def is_as_stated(self) -> bool:
        """Whether it held at least 95 of 100 times, as far as so many runs can show."""
        return self.held >= 0.95 - 2 * self.error


class Study:
    """One simulated star, counted area by area."""

    def __init__(self, truth: Truth, runs: int, cases: int, seed: int, *, silent: bool = False) -> None:
        self.truth = truth
        self._connection = ibis.duckdb.connect()
        for name, table in star(truth, runs, cases, seed, who_got_worse_is_silent=silent).items():
            self._connection.create_table(name, table)

    def _rows(self, name: str) -> list[Row]:
        rows = self._connection.to_pyarrow(by(INDICATORS[name], ["area"], TODAY)).to_pylist()
        return [row for row in rows if row["area"] != "later" and row["counted"]]

    def _clusters(self, name: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self._connection.to_pyarrow(values(INDICATORS[name], ["area"], TODAY)).to_pylist():
            found[row["area"]].append(row)
        found.pop("later", None)
        for rows in found.values():
            # A bootstrap draws by place: the same order gives the same draws.
            rows.sort(key=lambda row: str(row["cluster"]))
        return found

    def coverages(self, resamples: int) -> Iterator[Coverage]:
        """Each of the key indicators, and beside them what would be reported without thinking of families."""
        truth = self.truth
        yield self._share("parents-started", "Wilson, by families", truth.started)
        yield self._share("parents-started", "Wilson, as if parents were strangers", truth.started, naive=True)
        yield self.of_change(resamples)
        yield self._mean("change-at-closure", "Student's t, by families", truth.change)
        yield self._share("reliably-better-at-closure", "Wilson, by families", truth.reliably_better)
        yield self._share(
            "reliably-better-at-closure", "Wilson, as if parents were strangers", truth.reliably_better, naive=True
        )
        days = self._clusters("days-submitted-to-first-session")
        yield _coverage(
            "days-submitted-to-first-session",
            "median, by order statistics",
            truth.middle_of_days,
            [(median_interval([row["value"] for row in each]), _median(each)) for each in days.values()],
        )
        yield self._share("came-again-6-months", "Wilson", truth.again)

    def of_change(self, resamples: int, how: str = "bootstrap of families (BCa)") -> Coverage:
        """The mean change alone."""
        found = [
            (bootstrap(rows, resamples=resamples), sum(r["value"] for r in rows) / sum(r["per"] for r in rows))
            for rows in self._clusters("change-at-closure").values()
        ]
        return _coverage("change-at-closure", how, self.truth.change, found)

    def _share(self, name: str, how: str, truth: float, *, naive: bool = False) -> Coverage:
        def of(row: Row) -> Interval | None:
            return Interval(*wilson(row["share"], row["counted"])) if naive else interval(INDICATORS[name], row)

        return _coverage(name, how, truth, [(of(row), row["share"]) for row in self._rows(name)])

    def _mean(self, name: str, how: str, truth: float) -> Coverage:
        found = [(interval(INDICATORS[name], row), row["mean"]) for row in self._rows(name)]
        return _coverage(name, how, truth, found)


def _median(rows: Sequence[Row]) -> float:
    ordered = sorted(row["value"] for row in rows)
    return float(ordered[len(ordered) // 2] + ordered[(len(ordered) - 1) // 2]) / 2


def _coverage(name: str, how: str, truth: float, found: Sequence[tuple[Interval | None, float]]) -> Coverage:
    known = [(each, estimate) for each, estimate in found if each is not None]
    held = sum(each.low <= truth <= each.high for each, _ in known) / len(known)
    return Coverage(
        name=name,
        how=how,
        truth=truth,
        runs=len(known),
        held=held,
        error=sqrt(held * (1 - held) / len(known)),
        bias=sum(estimate for _, estimate in known) / len(known) - truth,
        width=sum(each.high - each.low for each, _ in known) / len(known),
    )


def studied(runs: int, sizes: Sequence[int], seed: int, resamples: int) -> dict[str, Any]:
    """Every coverage, area size by area size."""
    truth, found = Truth(), []
    for cases in sizes:
        study = Study(truth, runs, cases, seed)
        found += [{"families": cases} | asdict(each) for each in study.coverages(resamples)]
        silent = Study(truth, runs, cases, seed, silent=True).of_change(
            resamples, "bootstrap, where who got worse is silent"
        )
        found.append({"families": cases} | asdict(silent))
    return {"runs": runs, "seed": seed, "resamples": resamples, "truth": asdict(truth), "coverages": found}


def report(result: Mapping[str, Any]) -> str:
    """The report in Markdown."""
    truth = result["truth"]
    seen = 2 * sqrt(0.95 * 0.05 / result["runs"])
    lines = [
        "# Do the intervals hold the truth?",
        "",
        f"`python -m tools.indicators.study` simulated {result['runs']:,} areas for each size, counted",
        "[the indicators](indicators.md) of each by the expressions that are in use, and asked of every interval",
        "whether it held what the families had been made with. An interval of 95% should hold it 95 of 100 times;",
        f"with so many runs that is known to about ±{seen:.1%}.",
        "",
        f"Four of five families have two parents. {truth['started']:.1%} of the parents start, and two of one family",
        f"are alike (correlation {truth['alike']}). They change by {truth['change']} points on average, families by a",
        f"standard deviation of {truth['of_family']} and parents within them by {truth['of_parent']}, skewed;",
        f"{truth['answered']:.0%} have a score at closure. Families wait {truth['median_days']:.0f} days in the",
        f"middle, by a skewed distribution, and {truth['again']:.0%} come again.",
        "",
        "| indicator | interval | families | truth | held | ± | bias | mean width |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{each['name']}` | {each['how']} | {each['families']} | {each['truth']:.3f} | {each['held']:.1%} | "
        f"{2 * each['error']:.1%} | {each['bias']:+.3f} | {each['width']:.3f} |"
        for each in result["coverages"]
    ]
    lines += [
        "",
        "![How often each interval held the truth](indicators-study.svg)",
        "",
        "- **Parents are not strangers to each other.** Wilson's interval over parents holds the truth too seldom;",
        "  over as many independent parents as the families are worth it holds as often as it says.",
        "- **A bootstrap of few families is too narrow**, so changes have Student's interval below 100 families.",
        "- The median's interval holds more often than it says: days are whole, and so are places in an order.",
        "- **No interval knows who did not answer.** Where parents who got worse answer half as often, the mean change",
        "  looks better than it is, and its interval misses the truth the more often the more families there are. That",
        "  is why attrition stands beside every effect: `units` and `counted`.",
    ]
    return "\n".join(lines) + "\n"


def draw(result: Mapping[str, Any], file: Path) -> None:
    """How often each interval held the truth, with what so many runs can show."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "indicators-study"
    from matplotlib import pyplot as plt

    rows = [*reversed(result["coverages"])]
    figure, axes = plt.subplots(figsize=(9, 0.32 * len(rows) + 1))
    axes.axvline(0.95, color="grey", linestyle="--", linewidth=1)
    axes.errorbar(
        [each["held"] for each in rows],
        range(len(rows)),
        xerr=[2 * each["error"] for each in rows],
        fmt="o",
        markersize=4,
        capsize=3,
    )
    axes.set_yticks(
        range(len(rows)), [f"{each['name']} ({each['how']}), {each['families']}" for each in rows], fontsize=7
    )
    axes.set(xlabel="held the truth", xlim=(min(0.5, *(each["held"] - 0.05 for each in rows)), 1.005))
    axes.grid(visible=True, axis="x", alpha=0.3)
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.indicators.study", description=__doc__)
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--families", type=int, nargs="+", default=[40, 150])
    parser.add_argument("--resamples", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--output", type=Path, default=_DOCS, help="the folder for indicators-study.md, .json and .svg")
    given = parser.parse_args(arguments)
    result = studied(given.runs, given.families, given.seed, given.resamples)
    name = given.output / "indicators-study"
    name.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    name.with_suffix(".md").write_text(report(result), encoding="utf-8")
    draw(result, name.with_suffix(".svg"))


if __name__ == "__main__":
    main()
