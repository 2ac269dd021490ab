"""`parley keys`: the key-encryption key, under which every data key is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.key_rotation import KeyRotation, rotation_of
from deploy.stack.terminal import plain_console
from shared.privacy.key_encryption import KeyEncryptionError

T = TypeVar("T")

console = plain_console()
commands = typer.Typer(help="The key-encryption key, under which every data key is.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(commands, name="keys")


@commands.command(epilog="Example: parley keys status")
def status() -> None:
    """Count the data keys under each key-encryption key."""
    for name, count in sorted(_run(KeyRotation.counts).items()):
        console.print(f"{name}  {count}")


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
