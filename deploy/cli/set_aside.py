"""`parley outbox`: set-aside events, which were too large to send. Their contents are never shown."""

from typing import Annotated

import typer

from deploy.cli.tables import plain_table
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.terminal import plain_console

console = plain_console()
commands = typer.Typer(
    help="Set-aside events, which were too large to send: list, send or discard them.", no_args_is_help=True
)

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICE_NAMES)}.")]
Row = Annotated[int, typer.Argument(metavar="ID", min=1)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(commands, name="outbox")


@commands.command("list")
def show_list() -> None:
    """List the set-aside events of every service that wait for a decision."""
    table = plain_table()
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
    """Send an event again. Raise the `max.message.bytes` of its topic first, so that it is accepted."""
    _resolve(service, row, "send", "It waits for the relay.")


@commands.command(epilog="Example: parley outbox discard referral 4")
def discard(service: Service, row: Row) -> None:
    """Discard an event: its readers never get it. Who discarded it is recorded."""
    _resolve(service, row, "discard", "Discarded.")


def _resolve(service: str, row: int, action: str, done: str) -> None:
    if service not in SERVICE_NAMES:
        raise typer.BadParameter(f"must be one of {', '.join(SERVICE_NAMES)}.")
    with _client() as client:
        client.post(service, f"/outbox/set-aside/{row}/{action}")
    console.print(done)


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))
