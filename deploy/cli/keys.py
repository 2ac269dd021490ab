"""`parley keys`: the key-encryption key, under which every data key is, and who unwraps these."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from deploy.cli.tables import plain_table
from deploy.stack import key_uses
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.key_rotation import KeyRotation, rotation_of
from deploy.stack.terminal import harmless, plain_console
from shared.privacy.key_encryption import KeyEncryptionError

T = TypeVar("T")

console = plain_console()
commands = typer.Typer(
    help="The key-encryption key, under which every data key is, and who unwraps these.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(commands, name="keys")


@commands.command(epilog="Example: parley keys status")
def status() -> None:
    """Count the data keys under each key-encryption key, and what each service may unwrap, has, and was refused."""
    for name, count in sorted(_run(KeyRotation.counts).items()):
        console.print(f"{name}  {count}")
    table = plain_table()
    for heading in ("service", "keys a minute", "in the last hour", "refused", "last refused"):
        table.add_column(heading, justify="left" if heading in ("service", "last refused") else "right")
    for use in asyncio.run(key_uses.uses(load_stack(Home.from_environment()))):
        refused_at = use.refused_at.isoformat(timespec="seconds") if use.refused_at else ""
        table.add_row(use.service, str(use.per_minute), str(use.last_hour), str(use.refused), refused_at)
    console.print(table)


@commands.command(epilog="Example: parley keys limit families 2000")
def limit(
    service: Annotated[str, typer.Argument(metavar="SERVICE")],
    per_minute: Annotated[int, typer.Argument(metavar="KEYS")],
) -> None:
    """Let SERVICE unwrap KEYS people's keys in a minute. Work beyond it waits, and an alarm says so; it holds at once.

    The service cannot change it. `parley keys status` shows what each has unwrapped in the last hour.
    """
    asyncio.run(key_uses.limit(load_stack(Home.from_environment()), service, per_minute))
    console.print(f"{service} may unwrap {per_minute} keys in a minute.")


@commands.command(epilog="Example: parley keys unwraps 0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10")
def unwraps(
    person: Annotated[UUID, typer.Argument(metavar="PERSON", help="An id of the person, such as a case shows.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """Show who has unwrapped the key of PERSON, what for and when: services, and the ids of whoever asked them.

    It is of this one id; `parley erase PERSON --preview` shows under which others the same person is known.
    """
    found = asyncio.run(key_uses.unwraps(load_stack(Home.from_environment()), person))
    if as_json:
        for each in found:
            print(json.dumps(asdict(each) | {"at": each.at.isoformat()}))
        return
    if not found:
        console.print("Nobody has.")
        return
    table = plain_table("at", "service", "for", "asked by", "keys together")
    for each in found:
        at = each.at.isoformat(timespec="seconds")
        table.add_row(*map(harmless, (at, each.service, each.purpose, each.actor or "", str(each.together))))
    console.print(table)


@commands.command(epilog="Example: parley keys rotate")
def rotate() -> None:
    """Make a new key-encryption key and wrap every data key under it. Cut off, it goes on where it was."""
    done = _run(KeyRotation.rotate)
    console.print(f"{done.wrapped} data keys were wrapped under {done.kek}.")
    console.print("`parley keys retire` takes the earlier one away, once every service has read the new one.")


@commands.command(epilog="Example: parley keys retire --yes")
def retire(yes: bool = typer.Option(False, "--yes", help="Do not ask.")) -> None:
    """Take earlier key-encryption keys away for good. Backups of the keyring from before the rotation open no more."""
    if not yes:
        typer.confirm("Backups of the keyring from before the rotation will open no more. Go on?", abort=True)
    for name in _run(KeyRotation.retire):
        console.print(f"{name} is gone.")


def _run(work: Callable[[KeyRotation], Awaitable[T]]) -> T:
    async def done() -> T:
        return await work(rotation_of(load_stack(Home.from_environment())))

    try:
        return asyncio.run(done())
    except (KeyEncryptionError, ValueError) as error:
        raise ParleyError(f"{error}.") from None
