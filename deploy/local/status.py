"""`parley status`: what runs, what is ready, what waits, what could not be read."""

import json
from typing import Annotated

import typer

from deploy.local.home import Home, load_stack


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """Show processes, readiness, consumer lag, outbox backlog and dead letters."""
    home = Home.from_environment()
    load_stack(home)
    print(json.dumps(home.state(), indent=1))
