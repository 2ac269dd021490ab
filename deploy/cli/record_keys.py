"""`parley record-keys`: the keys for which front doors and providers seal their records."""

import json
from typing import Annotated

import typer

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home
from deploy.stack.services import OPENING_RECORDS
from deploy.stack.terminal import plain_console
from shared.privacy.sealed_records import RecordKeys

console = plain_console()
commands = typer.Typer(help="Keys for which front doors and providers seal their records.", no_args_is_help=True)

Service = Annotated[str, typer.Argument(help=f"One of {', '.join(OPENING_RECORDS)}.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(commands, name="record-keys")


@commands.command(epilog="Example: parley record-keys show screening > screening.jwks")
def show(service: Service) -> None:
    """Print the public key of a service, as a JWK Set: give it to whoever sends it records. It is no secret."""
    path = Home.from_environment().record_keys(_known(service))
    try:
        print(json.dumps(RecordKeys(path).published(), indent=1))
    except FileNotFoundError:
        raise ParleyError("There are no keys yet: `parley up` makes them.") from None


@commands.command(epilog="Example: parley record-keys new screening")
def new(service: Service) -> None:
    """Make a new key for a service, and keep those before it: what was sealed for them still opens.

    A running service opens what is sealed for the new key at once. Give parties the new public key. When all have it
    and nothing older waits, take the old ones out of the file.
    """
    path = Home.from_environment().make_record_key(_known(service))
    console.print(f"{service} has a new key; all its keys are in {path}.", soft_wrap=True)
    console.print(f"Give parties what `parley record-keys show {service}` prints.")


def _known(service: str) -> str:
    if service not in OPENING_RECORDS:
        raise ParleyError(f"{service} reads no records of parties. Name one of {', '.join(OPENING_RECORDS)}.")
    return service
