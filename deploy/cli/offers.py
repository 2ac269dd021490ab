"""`parley offers --case`: the offers for a family, and the reasons why others do not fit."""

import json
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from deploy.cli.tables import plain_table
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import harmless, plain_console

_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"

console = plain_console()
offers = typer.Typer(help="The catalogue of offers: list them for a case, show waiting lists, export and import.")


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(offers, name="offers")


@offers.callback(invoke_without_command=True, epilog=f"Example: parley offers --case {_ID}")
def of_case(
    context: typer.Context,
    case_id: Annotated[
        UUID | None, typer.Option("--case", metavar="ID", help="The case, as `parley worklist` shows it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """The catalogue of offers: list them for a case, show waiting lists, export and import.

    With --case: every offer of the case's area, the eligible ones first, and for the others each reason against them. A
    coordinator may override reasons marked with * by `parley case agree ID --offer OFFER`.
    """
    if context.invoked_subcommand is not None:
        return
    if case_id is None:
        raise typer.BadParameter("give a case, or see `parley offers --help` for the commands", param_hint="--case")
    with OperatorClient(load_stack(Home.from_environment())) as client:
        items: list[Json] = client.get("referral", f"/cases/{case_id}/offers")["items"]
    if as_json:
        for item in items:
            print(json.dumps(item))
    elif not items:
        console.print("There is no offer in this case's area. `parley directory apply FILE` registers some.")
    else:
        console.print(_table(items))


@offers.command(epilog="Example: parley offers waiting --area E10000014")
def waiting(
    area: Annotated[str | None, typer.Option(help="Only cases of this area, by its ONS code.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines, one for each offer.")] = False,
) -> None:
    """List the cases on the waiting list of each offer, in order."""
    with OperatorClient(load_stack(Home.from_environment())) as client:
        items: list[Json] = client.get("referral", "/waiting-lists", **({"area": area} if area else {}))["items"]
    if as_json:
        for item in items:
            print(json.dumps(item))
    elif not items:
        console.print("Nobody waits for a place.")
    else:
        console.print(_waiting_table(items))


def _waiting_table(items: list[Json]) -> Table:
    table = plain_table()
    for heading in ("offer", "position", "case", "area", "since"):
        table.add_column(heading, no_wrap=heading == "case", overflow="fold")
    for item in items:
        for each in item["waiting"]:
            position = f"{each['position']}, on hold" if each["on_hold"] else str(each["position"])
            table.add_row(harmless(item["offer"]), position, each["case_id"], each["area"], str(each["since"])[:10])
    return table


def _table(items: list[Json]) -> Table:
    table = plain_table("offer", "service", "provider", "free places", "waiting", "why not")
    for item in items:
        free = item["free_places"]
        mark = "*" if item["person_may_choose"] else ""
        table.add_row(
            harmless(item["offer"]),
            harmless(item["service"]),
            harmless(item["provider"]),
            "no limit" if free is None else str(free),
            str(item["waiting"] or ""),
            ", ".join(f"{reason}{mark}" for reason in item["why_not"]) or "eligible",
        )
    return table
