"""What the training commands share: requests to the workforce service, and tables."""

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from deploy.cli.tables import plain_table
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import harmless, plain_console

SERVICE = "workforce"
console = plain_console()

Area = Annotated[str | None, typer.Option(help="Only of this area, by its ONS code.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="At most this many.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines.")]


def client() -> OperatorClient:
    """A client of the running service."""
    return OperatorClient(load_stack(Home.from_environment()))


def get(path: str, **parameters: str | None) -> Json:
    """Sends GET to the service, without the parameters that are None."""
    with client() as asking:
        return asking.get(SERVICE, path, **{name: value for name, value in parameters.items() if value is not None})


def post(path: str, body: Json | None = None) -> Json:
    """Sends POST to the service."""
    with client() as operator:
        return operator.post(SERVICE, path, body)


def show(items: Sequence[Json], columns: Sequence[str], *, as_json: bool, nothing: str, more: str = "") -> None:
    """Prints the items as a table of these columns, or each as a line of JSON."""
    if as_json:
        for item in items:
            print(json.dumps(item))
        return
    if not items:
        console.print(nothing)
        return
    table = plain_table()
    for number, column in enumerate(columns):
        table.add_column(heading(column), overflow="fold", no_wrap=number == 0)
    for item in items:
        table.add_row(*(text(item.get(column)) for column in columns))
    console.print(table)
    if more:
        console.print(more, soft_wrap=True)


def heading(field: str) -> str:
    """A field's name as a heading."""
    return field.replace("_", " ")


def text(value: Any) -> str:
    """A value as text that is safe to print; names come from outside and may hold anything."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return ", ".join(text(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{heading(field)} {text(each)}" for field, each in value.items())
    return harmless(str(value))
