"""`parley releases`: the releases in which analysts get facts, each under pseudonyms of its own."""

from typing import Annotated

import typer
from rich.table import Table

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import plain_console

console = plain_console()
commands = typer.Typer(
    help="Releases of facts to analysts: batches, what is held back, pseudonyms.", no_args_is_help=True
)
_SHOWN = 14


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(commands, name="releases")


@commands.command("list", epilog="Example: parley releases list")
def show() -> None:
    """Show the releases and the newest batches: how many facts each published, and how much was held back and why."""
    with OperatorClient(load_stack(Home.from_environment())) as client:
        found = client.get("outcomes", "/releases")
    for each in found["releases"]:
        console.print(f"release {each['number']} began on {each['began_on']}")
    table = Table(box=None, pad_edge=False)
    held_back = ("cases held back", "facts held back", "changes waiting")
    for heading in ("batch of", "release", "facts", "cases by detail", *held_back):
        table.add_column(heading)
    for each in found["batches"][:_SHOWN]:
        details = ", ".join(f"{detail} {count}" for detail, count in each["by_detail"].items())
        counts = (each["cases_held_back"], each["facts_held_back"], each["changes_waiting"])
        table.add_row(each["day"], str(each["release"]), str(each["facts"]), details, *map(str, counts))
    console.print(table)
    console.print("Held back is what fewer families share than their area asks for (smallest_group).")


@commands.command(epilog="Example: parley releases begin --yes")
def begin(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Begin a new release: the next daily batch retracts every fact and publishes what holds under new pseudonyms.

    The key of the pseudonyms before is destroyed. What waited in that release, because it would have made a family
    stand out, may come in the new one.
    """
    if not yes:
        typer.confirm("Pseudonyms of before can never be made again. Go on?", abort=True)
    try:
        release = Home.from_environment().begin_release()
    except FileNotFoundError:
        raise ParleyError("There is no key yet: `parley up` makes it.") from None
    console.print(f"Release {release} begins with the next daily batch.")
    console.print("Where services run elsewhere, give outcomes the new key: it is in keys/pseudonym-key of this home.")
