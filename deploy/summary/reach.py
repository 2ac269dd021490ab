"""The summary's part about who is reached, beside the people who live there."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console

from deploy.stack.terminal import harmless
from deploy.summary.table import heading, table
from deploy.summary.words import CHARACTERISTICS, GROUPS, day, number, percent, words

Part = Mapping[str, Any]
_HIDDEN = "*"
# From so much on, hundredths of a ratio mean nothing.
_LARGE = 9.995
_SMALL = 0.0995


def print_reach(console: Console, reach: Part) -> None:
    """Prints nothing where nobody was screened, and one sentence where no area has given who lives there."""
    compared = [each for each in reach["characteristics"] if each["areas"] and each["groups"]]
    if not compared and not reach["areas_without"]:
        return
    heading(console, "Who is reached, beside the people who live there")
    if not compared:
        console.print("No area has given figures of its population to hold who is reached against.")
        return
    for row in reach["figures"]:
        console.print(harmless(f"{row['area_name']}: {row['of']}, {day(row['as_of'])} ({row['source']})."))
    console.print(
        "Shares are of parents. A ratio of 1.00 is a share as large as among those who live there; in brackets, from "
        f"where to where it may be by chance. {_HIDDEN}: hidden, being below ten or giving such a number away.",
        style="dim",
    )
    for each in compared:
        _characteristic(console, each)
    if reach["areas_without"]:
        names = ", ".join(row["area_name"] for row in reach["areas_without"])
        console.print(harmless(f"No figures of the population, and so not compared: {names}."))


def _characteristic(console: Console, found: Part) -> None:
    name = found["characteristic"]
    table(
        console,
        (words(CHARACTERISTICS, name), "Here", "Screened", "Ratio", "Came", "Ratio"),
        (
            (
                words(GROUPS.get(name, {}), row["group"]),
                _fine(row["screened"]["expected_share"]),
                *_beside(row["screened"]),
                *_beside(row["started"]),
            )
            for row in found["groups"]
        ),
    )
    for which, whose in (("not_stated", "who did not say"), ("without_figure", "of a group without a figure")):
        count = found[which]["screened"]
        if count != 0:
            many = "fewer than ten" if count is None else number(count)
            console.print(f"In no share here: {many} parents {whose}.", style="dim")


def _beside(stage: Part) -> tuple[str, str]:
    """The share, and its ratio to the share of those who live there with the interval."""
    if stage["parents"] is None:
        return _HIDDEN, _HIDDEN
    if stage["ratio"] is None:
        return _fine(stage["share"]), "-"
    low, high = _ratio(stage["low"]), _ratio(stage["high"])
    return _fine(stage["share"]), f"{_ratio(stage['ratio'])} ({low}-{high})"


def _fine(share: float | None) -> str:
    """A share; one below a tenth to a decimal, because small groups are what this is about."""
    return f"{share:.1%}" if share is not None and share < _SMALL else percent(share)


def _ratio(value: float) -> str:
    return f"{value:.2f}" if value < _LARGE else f"{value:,.0f}"
