"""The summary's part about validated measures: scores, and who changed by more than the instrument's own error."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from deploy.stack.terminal import harmless
from deploy.summary.table import table
from deploy.summary.words import INSTRUMENTS, OCCASIONS, decimal, number, percent, words

Part = Mapping[str, Any]


def print_measures(console: Console, rows: Sequence[Part]) -> None:
    """A table for each version of an instrument. Better and worse only where its own error is known."""
    console.print(
        "Change is within a person who has both a score at the start and this one. Better and worse are those whom the "
        "instrument's own error does not explain.",
        style="dim",
    )
    for instrument, version in dict.fromkeys((row["instrument"], row["version"]) for row in rows):
        of_these = [row for row in rows if (row["instrument"], row["version"]) == (instrument, version)]
        points = of_these[0]["reliable_points"]
        error = f"; a change of {points:g} points or more is reliable" if points is not None else ""
        console.print(f"{words(INSTRUMENTS, instrument)} (version {harmless(version)}{error})")
        table(
            console,
            ("When", "People", "Mean score", "With both", "Mean change", "Better", "Worse"),
            (_row(row) for row in of_these),
        )


def _row(row: Part) -> tuple[str, ...]:
    later = row["occasion"] != "baseline"
    return (
        words(OCCASIONS, row["occasion"]),
        number(row["n"]),
        decimal(row["mean"]),
        number(row["with_baseline"]) if later else "",
        decimal(row["mean_change"], "+.1f"),
        percent(row["reliably_better_share"]) if later else "",
        percent(row["reliably_worse_share"]) if later else "",
    )
