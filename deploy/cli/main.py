"""The `parley` command: imports and registers one module per command."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import (
    access,
    audit,
    bench,
    cases,
    clock,
    consents,
    dead_letters,
    decisions,
    demo,
    directory,
    down,
    erase,
    families,
    hsds,
    keys,
    need_to_know,
    offers,
    outcomes,
    panel,
    people,
    practitioners,
    provider,
    provider_webhook,
    rebuild,
    record_keys,
    releases,
    replay,
    restrict,
    retention,
    set_aside,
    sign_in,
    status,
    subject_access,
    summary,
    training,
    up,
)
from deploy.stack.errors import ParleyError

app = typer.Typer(
    name="parley",
    help="The reducing parental conflict pathway on this machine.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

for command in (
    up,
    down,
    status,
    sign_in,
    directory,
    access,
    audit,
    replay,
    decisions,
    dead_letters,
    record_keys,
    keys,
    set_aside,
    cases,
    panel,
    consents,
    need_to_know,
    families,
    erase,
    subject_access,
    restrict,
    retention,
    offers,
    hsds,
    training,
    practitioners,
    provider,
    provider_webhook,
    people,
    summary,
    releases,
    outcomes,
    clock,
    rebuild,
    demo,
    bench,
):
    command.register(app)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"parley {version('parley')}")
        raise typer.Exit


@app.callback()
def parley(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """The reducing parental conflict pathway on this machine."""


def main() -> None:
    """The entry point. Errors that the user can resolve are one red line, never a stack trace."""
    try:
        app()
    except ParleyError as error:
        Console(stderr=True).print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
