"""What the commands that erase a worker's name have in common."""

from collections.abc import Mapping
from typing import Annotated

import typer

from deploy.cli.tables import plain_table
from deploy.stack.terminal import plain_console
from shared.contracts.workforce import WorkerErasureReason

STAYS = (
    "Stays: what they did and when, under an id; of a practitioner, screenings, trainings and certificates in codes. "
    "Others read 'a former member of staff'."
)
Reason = Annotated[
    WorkerErasureReason | None, typer.Option("--reason", metavar="CODE", help="Why. If omitted, the codes are shown.")
]

console = plain_console()


def show_uses(uses: Mapping[str, int]) -> None:
    """A table of in how many rows of which service somebody stands."""
    table = plain_table("service", "rows with their id")
    for service, rows in uses.items():
        table.add_row(service, str(rows))
    console.print(table)
