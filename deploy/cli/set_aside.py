"""`parley outbox`: events of ours that are too large to be sent, and wait. What they hold is never shown."""

from typing import Annotated

import typer
from rich.table import Table

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.terminal import plain_console

console = plain_console()
commands = typer.Typer(help="Events of ours that could not be sent.", no_args_is_help=True)

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICE_NAMES)}.")]
Row = Annotated[int, typer.Argument(metavar="ID", min=1)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="outbox")


@commands.command("list")
def show_list() -> None:
    """List the events that were set aside for their size and wait, of every service."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("service", "id", "topic", "bytes", "fault", "since"):
        table.add_column(heading)
    with _client() as client:
        for name in SERVICE_NAMES:
            for row in client.get(name, "/outbox/set-aside")["items"]:
                fields = (row[each] for each in ("id", "topic", "bytes", "fault", "set_aside_at"))
                table.add_row(name, *map(str, fields))
    console.print(table if table.row_count else "No event was set aside.")


@commands.command(epilog="Example: parley outbox send referral 4")
def send(service: Service, row: Row) -> None:
    """Send one again, when its topic takes it: raise the topic's `max.message.bytes` first."""
    _resolve(service, row, "send", "It waits for the relay.")


@commands.command(epilog="Example: parley outbox discard referral 4")
def discard(service: Service, row: Row) -> None:
    """Give one up: its readers never hear of it. Who did it is kept."""
    _resolve(service, row, "discard", "Discarded.")


def _resolve(service: str, row: int, action: str, done: str) -> None:
    if service not in SERVICE_NAMES:
        raise typer.BadParameter(f"must be one of {', '.join(SERVICE_NAMES)}.")
    with _client() as client:
        client.post(service, f"/outbox/set-aside/{row}/{action}")
    console.print(done)


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))
