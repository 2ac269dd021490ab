"""`parley outcomes`: the star that everything measured is counted from, written again, and published."""

import time
from typing import Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import publications
from deploy.cli.tables import plain_table
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import plain_console

_LOOK_S = 0.5
_MB = 1_000_000

console = plain_console()
commands = typer.Typer(
    help="The star that everything measured is counted from, and what is published of it.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    publications.register(commands)
    app.add_typer(commands, name="outcomes")


@commands.command(epilog="Example: parley outcomes star")
def star() -> None:
    """Show until when the star is known, of which months it has cases, and how many rows each table has."""
    with OperatorClient(load_stack(Home.from_environment())) as client:
        _show(client.get("outcomes", "/star"))


@commands.command(epilog="Example: parley outcomes rebuild")
def rebuild() -> None:
    """Write every month of the star again, and say whether each file has the same bytes as before.

    What has changed since the star was last written is written first. The command exits with 1 where bytes differ.
    """
    with OperatorClient(load_stack(Home.from_environment())) as client:
        state = client.post("outcomes", "/star/rebuild")
        with _bars() as bars:
            task = bars.add_task("months", total=None)
            while state["progress"]["is_writing"]:
                time.sleep(_LOOK_S)
                state = client.get("outcomes", "/star")
                bars.update(task, completed=state["progress"]["done"], total=state["progress"]["months"] or None)
        progress = state["progress"]
        if progress["error"]:
            raise ParleyError(f"The star could not be written: {progress['error']}.")
        _show(state)
        if not progress["rebuilt"]:
            console.print(f"These files have other bytes than before: {', '.join(progress['differs'])}", style="red")
            raise typer.Exit(1)
        console.print(f"Every file has the same bytes as before. It took {progress['seconds']:,.1f} s.")


def _show(state: Json) -> None:
    known: dict[str, Any] | None = state["star"]
    if not state["kept"]:
        raise ParleyError("Outcomes has no folder to write the star to: set PARLEY_STAR_FOLDER.")
    if known is None:
        console.print("The star has not been written yet. It is once a day, or by `parley outcomes rebuild`.")
        return
    months = known["months"]
    span = f"{len(months)} months, {months[0]} to {months[-1]}" if months else "no month"
    until = f"known until {known['newest']}" if known["newest"] else "nothing is known yet"
    console.print(f"version {known['version']}: {until} · {span} · {known['bytes'] / _MB:,.1f} MB")
    table = plain_table("table", "rows")
    for name, rows in known["rows"].items():
        table.add_row(name, f"{rows:,}")
    console.print(table)


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
