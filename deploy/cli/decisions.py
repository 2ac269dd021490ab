"""`parley decisions`: exports the decision of every screening."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import plain_console

_FIELDS = ("submission_id", "decision", "reasons", "service")
_STDOUT = "-"

messages = plain_console(stderr=True)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command("decisions", epilog="Example: parley decisions --output decisions.jsonl")(decisions)


def decisions(
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="The file to write; - for standard output.")
    ] = _STDOUT,
) -> None:
    """Write the decision of every screening as JSON lines, in the order of submission.

    Each line has the fields submission_id, decision, reasons (sorted) and service.
    """
    with OperatorClient(load_stack(Home.from_environment())) as client:
        if output == _STDOUT:
            for line in decision_lines(client):
                sys.stdout.write(f"{line}\n")
            return
        path = Path(output)
        partial = path.with_name(f".{path.name}.partial")
        count = 0
        try:
            with partial.open("w", encoding="utf-8") as file:
                for line in decision_lines(client):
                    file.write(f"{line}\n")
                    count += 1
            partial.replace(path)
        except OSError as error:
            raise ParleyError(f"{path} can't be written: {error.strerror}.") from error
        finally:
            partial.unlink(missing_ok=True)
    messages.print(f"{count} decisions are in {path}.", soft_wrap=True)


def decision_lines(client: OperatorClient) -> Iterator[str]:
    """The decisions as JSON lines."""
    for line in client.lines("screening", "/decisions"):
        yield as_line(json.loads(line))


def as_line(decision: dict[str, Any]) -> str:
    """A decision with exactly the four documented fields."""
    fields = {field: decision[field] for field in _FIELDS}
    return json.dumps(fields | {"reasons": sorted(fields["reasons"])})


def count_decisions(client: OperatorClient) -> int:
    """The number of decided screenings."""
    return int(client.get("screening", "/decisions/count")["decisions"])
