"""The summary's part about money: what support has cost, and what would have to be avoided for it to be worth it."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from deploy.stack.terminal import harmless
from deploy.summary.table import heading, table
from deploy.summary.words import SERVICES, number, pounds, words
from deploy.summary.worth import print_worth

Part = Mapping[str, Any]


def print_cost(console: Console, cost: Part) -> None:
    """Prints nothing where nobody has taken anything up yet, and one sentence where no price is known."""
    total = cost["total"]
    if not total["cases"]:
        return
    heading(console, "What it cost")
    if total["spent_pence"] is None:
        console.print(f"No price is known of any offer that the {number(total['cases'])} cases took up.")
        return
    console.print(
        "At the directory's prices of now. Parents are those who started; a case is a completed one.", style="dim"
    )
    rows = [*cost["by_service"], {**total, "provider_name": "All together"}]
    table(
        console,
        ("Provider", "Cases", "Completed", "Spent", "A parent", "A child", "A case"),
        (_row(row) for row in rows),
    )
    unknown = total["cases_without_price"]
    if unknown:
        console.print(
            f"Of {number(unknown)} of the {number(total['cases'])} cases the price is not known: they are in no sum."
        )
    _worth(console, cost["avoidable"])
    print_worth(console, cost["worth"])


def _row(row: Part) -> tuple[str, ...]:
    service = f", {words(SERVICES, row['service']).lower()}" if "service" in row else ""
    each = (row[f"per_{whose}_pence"] for whose in ("parent", "child", "completed_case"))
    return (
        f"{row['provider_name']}{service}",
        number(row["cases"]),
        number(row["completed"]),
        pounds(row["spent_pence"]),
        *(pounds(pence) for pence in each),
    )


def _worth(console: Console, outcomes: Sequence[Part]) -> None:
    if not outcomes:
        console.print("What was saved is not said: no area has given what an outcome that is avoided would cost.")
        return
    for row in outcomes:
        figure = harmless(f"{row['area_name']}: {row['outcome']} costs {pounds(row['pence'])} ({row['source']}).")
        if row["as_many_as"] is None:
            console.print(f"{figure} Of the spending there nothing is known yet.")
            continue
        console.print(
            f"{figure} The {pounds(row['spent_pence'])} spent there are worth {number(row['as_many_as'])} of them, "
            f"beside {number(row['completed'])} completed cases. Whether any was avoided is not known from this."
        )
