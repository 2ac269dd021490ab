"""`parley down`: stops the stack, wherever it was started."""

import typer
from rich.console import Console

from deploy.stack.detached import stop
from deploy.stack.home import Home

console = Console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(down)


def down() -> None:
    """Stop everything that `parley up` started, and wait until it has ended. Stored data is kept."""
    home = Home.from_environment()
    with console.status("Stopping: services, Kafka, PostgreSQL"):
        stopped = stop(home)
    console.print("All stopped." if stopped else f"Nothing runs in {home.path}.", highlight=False)
