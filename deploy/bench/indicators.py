"""Line: all indicators and a report from a star of many cases, beside the same numbers by plain SQL that was written
by hand."""

import math
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from deploy.bench.child import measure, run
from deploy.bench.plan import Plan
from deploy.bench.reported.rows import MONTHS, NEWEST
from deploy.bench.reported.star import make_star
from deploy.bench.rounds import Comparison, Measured, Side, interleave
from deploy.stack.errors import ParleyError

INDICATORS, REPORT = "all indicators", "the report's tables"
BY_HAND = "plain DuckDB SQL by hand"
RELEASE = "the report, protected and written"
_TARGET = 1.5
_CASES = 10_000
# Of fewer in 24 areas nearly every number is small, and what protects them looks for minutes.
_FEWEST = 5_000
_COUNT = "services.outcomes.handlers.counted_star"
_PROGRAM = "indicators_by_hand"
# A million cases take minutes: this is an hour and more.
_LONGEST_S = 7_200.0

Row = Mapping[str, Any]


def measure_indicators(folder: Path, plan: Plan) -> list[Comparison]:
    """A star of so many cases is made in `folder`, every number is compared, and then the sides take turns.

    `--size 100` is a million cases. No side keeps anything from one round to the next.
    """
    cases = max(_FEWEST, round(_CASES * plan.size))
    star = make_star(cases, folder, plan.report)
    task = {"star": str(star), "today": NEWEST.isoformat()}
    plan.report("comparing every number")
    sections = _compared(task)
    sides: dict[str, Callable[[], Measured]] = {
        INDICATORS: partial(_ours, task | {"what": "indicators"}, folder),
        f"{INDICATORS}, {BY_HAND}": partial(_by_hand, task | {"what": "indicators"}, folder),
        RELEASE: partial(_ours, task | {"what": "report"}, folder),
        f"{REPORT}, {BY_HAND}": partial(_by_hand, task | {"what": "report", "sections": sections}, folder),
    }
    done = interleave(plan.rounds, sides, plan.quiet, plan.report)
    return comparisons(cases, done)


def comparisons(cases: int, done: Mapping[str, list[Measured]]) -> list[Comparison]:
    """The lines of the page from what was measured of each side."""
    ours, theirs, release, tables = done.values()
    how = (
        f"{cases:,} cases of {MONTHS} months in 24 areas, as Parquet; every number of both sides is the same, which is "
        "looked at before anything is timed; of a processor's time"
    )
    protecting = _median(release, "protecting and writing")
    compiled = f"81 by area, the time in which Ibis compiles them among it; {how} {_spent(ours, theirs)}"
    return [
        Comparison(
            INDICATORS, "s", _side(INDICATORS, ours, "counting"), _side(BY_HAND, theirs, "counting"), _TARGET,
            less_is_better=True, note=compiled,
        ),
        Comparison(
            REPORT, "s", _side(REPORT, release, "counting"), _side(f"{BY_HAND}, COPY", tables, "counting"), _TARGET,
            less_is_better=True,
            note=f"{how} {_spent(release, tables)}; protecting and writing them takes {protecting:.1f} s more and "
            "has no peer",
        ),
        Comparison(
            RELEASE, "s", _side(RELEASE, release), _side(f"{BY_HAND}, COPY, nothing protected", tables), None,
            less_is_better=True,
        ),
    ]  # fmt: skip


def _ours(task: dict[str, Any], folder: Path, *, numbers: bool = False) -> Measured:
    root = folder / "publications"
    shutil.rmtree(root, ignore_errors=True)
    return run(_COUNT, task | {"root": str(root), "numbers": numbers}, _LONGEST_S)


def _by_hand(task: dict[str, Any], folder: Path, *, numbers: bool = False) -> Measured:
    root = folder / "by-hand"
    shutil.rmtree(root, ignore_errors=True)
    return measure(_PROGRAM, task | {"root": str(root), "numbers": numbers}, _LONGEST_S)


def _compared(task: dict[str, Any]) -> list[dict[str, Any]]:
    """Compares every number. Returns the report's sections: each with its name, indicator and what it is by."""
    both = task | {"what": "indicators", "numbers": True, "root": ""}
    ours, theirs = run(_COUNT, both, _LONGEST_S)["numbers"], measure(_PROGRAM, both, _LONGEST_S)["numbers"]
    if ours.keys() != theirs.keys():
        raise ParleyError(f"Only one side has {', '.join(sorted(ours.keys() ^ theirs.keys()))}.")
    empty = [name for name, rows in ours.items() if not any(row["counted"] for row in rows)]
    if empty:
        raise ParleyError(f"Of {', '.join(empty)} nothing is counted: that compares nothing.")
    found = [f"{name}: {each}" for name in ours for each in differing(ours[name], theirs[name], "area")]
    both["what"] = "report"
    sections = run(_COUNT, both, _LONGEST_S)["numbers"]
    asked = [{name: each[name] for name in ("name", "indicator", "by")} for each in sections]
    counted = measure(_PROGRAM, both | {"sections": asked}, _LONGEST_S)["numbers"]
    for section, by_place in zip(sections, counted, strict=True):
        for place, rows in section["rows"].items():
            found += [f"{section['name']}: {each}" for each in differing(rows, by_place[place], place)]
    if found:
        raise ParleyError(f"The numbers differ, of {len(found)} the first: {found[0]}.")
    return asked


def differing(ours: Sequence[Row], theirs: Sequence[Row], place: str) -> list[str]:
    """Where the numbers of both sides are not the same. Sums depend on their order in the last digits, nothing more."""
    names = {name for row in ours for name, value in row.items() if isinstance(value, str)} - {place}
    keys = sorted(names)
    here = {(row.get(place, "all"), *(row[key] for key in keys)): row for row in ours}
    there = {(row["place"], *(row[key] for key in keys)): row for row in theirs}
    if len(here) != len(ours) or here.keys() != there.keys():
        return [f"{len(here)} groups and {len(there)}"]
    return [
        f"{name} of {key} is {row[name]} and {there[key][name]}"
        for key, row in here.items()
        for name in row.keys() - {place, *keys}
        if not _same(row[name], there[key][name])
    ]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)


def _side(name: str, rounds: Iterable[Measured], stage: str | None = None) -> Side:
    rounds = list(rounds)
    return Side(name, [_seconds(each, stage) for each in rounds], max(each["peak_mb"] for each in rounds))


def _seconds(each: Measured, stage: str | None, of: str = "seconds") -> float:
    stages: dict[str, dict[str, float]] = each["stages"]
    return sum(found[of] for name, found in stages.items() if stage in (None, name))


def _median(rounds: list[Measured], stage: str) -> float:
    return _side("", rounds, stage).median


def _spent(ours: list[Measured], theirs: list[Measured]) -> str:
    here, there = (min(_seconds(each, "counting", "processor_s") for each in side) for side in (ours, theirs))
    return f"ours takes {here:.1f} s and the peer {there:.1f} s, {here / there:.2f} of it"
