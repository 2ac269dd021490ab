"""`parley provider webhook`: an https address of a provider's own, to which its records are sent as well."""

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from deploy.cli import provider
from deploy.stack.terminal import harmless

webhook = typer.Typer(
    help="An https address of yours, to which what is on your topic is sent as well.", no_args_is_help=True
)


def register(_app: typer.Typer) -> None:
    """Adds the commands to those of a provider."""
    provider.provider.add_typer(webhook, name="webhook")


AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@webhook.command(epilog="Example: parley provider webhook show")
def show(as_json: AsJson = False) -> None:
    """Show where your provider's records are sent, since when, and whether they arrive."""
    _show(provider.asked("GET", "webhook"), as_json)


@webhook.command("set", epilog="Example: parley provider webhook set https://office.example.org/parley")
def set_address(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="https, and reachable from the internet.")],
    as_json: AsJson = False,
) -> None:
    """Have what is new on your topic sent to ADDRESS too, encrypted for your key. One that was disabled is enabled.

    The first time it prints the secret that the messages are signed with, and never again: keep it as a password.
    """
    _show(provider.asked("POST", "webhook", {"address": address}), as_json)


@webhook.command(epilog="Example: parley provider webhook rotate")
def rotate(as_json: AsJson = False) -> None:
    """Make another secret and print it, once. For a day messages are signed with the one before as well."""
    _show(provider.asked("POST", "webhook/secret", {}), as_json)


@webhook.command(epilog="Example: parley provider webhook remove")
def remove() -> None:
    """Send nothing to the address any more, what waits for it neither. What is on your topic stays there."""
    provider.asked("POST", "webhook/remove", {})
    provider.console.print("Nothing is sent to an address of yours any more.")


def _show(answer: Mapping[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer))
        return
    console, found = provider.console, answer["webhook"]
    if found is None:
        console.print("There is none: `parley provider webhook set ADDRESS` begins one.")
        return
    console.print(f"{harmless(found['address'])}  {found['status']} since {found['since'][:10]}", soft_wrap=True)
    console.print(f"{found['pending']} wait, {found['failing']} of them failed before, {found['given_up']} given up")
    if found["last_error"]:
        console.print(f"The last attempt failed: {harmless(found['last_error'])}.")
    if found["previous_until"]:
        console.print(f"The secret before signs too until {found['previous_until'][:16]}.")
    if found["status"] == "disabled":
        console.print("Your server said that it is gone (410). `parley provider webhook set ADDRESS` enables it.")
    if answer.get("secret"):
        console.print("Its secret, which is not shown again:")
        # Alone on its line, however long it is: it is copied.
        print(answer["secret"])
