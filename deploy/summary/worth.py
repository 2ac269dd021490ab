"""The summary's part about benefits: what areas assume that support avoids, held against what was spent."""

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Any

from rich.console import Console

from deploy.stack.terminal import harmless
from deploy.summary.table import table
from deploy.summary.words import number, percent, pounds

Part = Mapping[str, Any]
PER = {"completed-case": "completed case", "started-parent": "parent who started"}
ASSUMPTIONS = {"pence": "what one costs", "avoided": "how many are avoided"}


def print_worth(console: Console, worth: Sequence[Part]) -> None:
    """Prints what each area's assumptions come to, and the assumptions. Nothing where no area has given any."""
    for area in worth:
        if not isinstance(area["ratio"], Mapping):
            console.print(harmless(f"{area['area_name']}: what benefits may be worth is held back."))
            continue
        _print_area(console, area)


def _print_area(console: Console, area: Part) -> None:
    benefit, ratio = area["benefit_pence"], area["ratio"]
    low, high = area["ratio_interval"]
    console.print(
        harmless(
            f"As {area['area_name']} assumes, benefits there are worth {pounds(benefit['central'])} "
            f"({pounds(benefit['low'])} to {pounds(benefit['high'])}) for the {pounds(area['spent_pence'])} spent: "
            f"£{ratio['central']:.2f} for each pound, and £{low:.2f} to £{high:.2f} in 95 of 100 draws of what is "
            f"assumed. In {percent(area['worth_it_share'])} of the draws they are at least the spending."
        )
    )
    table(
        console,
        ("What matters most", "From", "To", "A pound brings"),
        (
            (
                harmless(f"{bar['outcome']}: {ASSUMPTIONS[bar['assumption']]}"),
                written(bar, "low"),
                written(bar, "high"),
                f"£{bar['ratio_low']:.2f} to £{bar['ratio_high']:.2f}",
            )
            for bar in area["tornado"]
        ),
    )
    for assumed in area["assumptions"]:
        avoided = assumed["avoided"]
        units = area["completed"] if avoided["per"] == "completed-case" else area["parents"]
        how_many = f"{avoided['central']:g} ({avoided['low']:g} to {avoided['high']:g})"
        console.print(
            harmless(
                f"Assumed: {how_many} of “{assumed['outcome']}” avoided for each {PER[avoided['per']]}, of whom there "
                f"are {number(units)} with a known price ({avoided['source']})."
            ),
            style="dim",
        )
    console.print("That is what follows from these assumptions. It does not show that anything was avoided.")


def written(bar: Part, end: str) -> str:
    """An end of an assumption's range, as money or as a number."""
    return pounds(bar[end]) if bar["assumption"] == "pence" else f"{bar[end]:g}"


def drawable(worth: Sequence[Part]) -> list[Part]:
    """The areas of which a picture can be drawn: those with something assumed whose numbers are not held back."""
    return [
        area
        for area in worth
        if isinstance(area["ratio"], Mapping) and isinstance(area["tornado"], Sequence) and area["tornado"]
        and not isnan(area["spent_pence"])
    ]  # fmt: skip
