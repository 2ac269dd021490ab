"""`parley decisions`: what screening decided, record for record."""

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
    """Add the command."""
    app.command("decisions", epilog="Example: parley decisions --output decisions.jsonl")(decisions)


def decisions(
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="Where to; - is here.")] = _STDOUT,
) -> None:
    """Write every screening's decision as JSON lines, in the order in which they were submitted.

    Each line has submission_id, decision, reasons (sorted) and service.
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
    """One decision with the four fields that are promised, and nothing else that the service may say."""
    fields = {field: decision[field] for field in _FIELDS}
    return json.dumps(fields | {"reasons": sorted(fields["reasons"])})


def count_decisions(client: OperatorClient) -> int:
    """How many screenings have been decided."""
    return sum(1 for _ in client.lines("screening", "/decisions"))
