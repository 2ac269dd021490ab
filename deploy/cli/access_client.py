"""`parley access client`: clients by which automations sign in, with roles and areas, an agency or a provider."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.tables import plain_table
from deploy.directory.automations import TOKEN_SECONDS, Automation, Automations
from deploy.directory.topic import registered_entries
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.secret_store import write_private
from deploy.stack.terminal import harmless, plain_console
from shared.access.accounts import Person, problems

console = plain_console()
client = typer.Typer(help="Automations: clients that sign in by a secret of their own.", no_args_is_help=True)

# It is a user name at Keycloak too, and stands in audits.
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{2,59}")
Name = Annotated[str, typer.Argument(metavar="NAME", help="The client's id: small letters, digits, dots and dashes.")]
SecretFile = Annotated[
    Path | None, typer.Option("--secret-file", help="Write the secret to this file, readable by you alone.")
]


@client.command(epilog="Example: parley access client add hants-import --role practitioner --agency hants-mash")
def add(
    name: Name,
    role: Annotated[list[str], typer.Option(help="A role; may be given again.")],
    area: Annotated[list[str] | None, typer.Option(help="An area, by its ONS code; may be given again.")] = None,
    agency: Annotated[str | None, typer.Option(help="The front door's agency that it is of.")] = None,
    provider: Annotated[str | None, typer.Option(help="The provider that it is of.")] = None,
    secret_file: SecretFile = None,
) -> None:
    """Make a client for an automation: a program that asks as itself, never as a person."""
    stack = load_stack(Home.from_environment())
    if not _NAME.fullmatch(name):
        raise ParleyError("A client's name has 3 to 60 small letters, digits, dots and dashes.")
    automation = Automation(name, tuple(dict.fromkeys(role)), tuple(dict.fromkeys(area or ())), agency, provider)
    person = Person(name, automation.roles, automation.areas, agency, provider)
    if found := problems(person, registered_entries(stack).values()):
        raise ParleyError(" ".join(found))
    with Automations(stack) as known:
        secret = known.add(automation)
    console.print(f"{name} can sign in: PARLEY_CLIENT_ID={name}, and PARLEY_CLIENT_SECRET.", soft_wrap=True)
    _hand_over(secret, secret_file)


@client.command("list")
def list_clients(as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False) -> None:
    """Show the automations, revoked ones too, and as what they sign in."""
    with Automations(load_stack(Home.from_environment())) as known:
        found = known.all()
    if as_json:
        for each in found:
            print(json.dumps(asdict(each)))
        return
    if not found:
        console.print("None yet. `parley access client add` makes one.")
        return
    table = plain_table("client", "roles", "of", "areas", "")
    for each in found:
        of = each.agency or each.provider or ""
        cells = (each.name, ", ".join(each.roles), of, ", ".join(each.areas), "revoked" if each.revoked else "")
        table.add_row(*map(harmless, cells))
    console.print(table)


@client.command()
def rotate(name: Name, secret_file: SecretFile = None) -> None:
    """Give a client a new secret. The one before is refused from now on."""
    with Automations(load_stack(Home.from_environment())) as known:
        secret = known.rotate(name)
    _hand_over(secret, secret_file)


@client.command()
def revoke(name: Name) -> None:
    """Refuse a client from now on, for good. A token that it has already got expires within a minute."""
    with Automations(load_stack(Home.from_environment())) as known:
        known.revoke(name)
    console.print(f"{name} gets no token any more; one that it has got expires within {TOKEN_SECONDS} seconds.")


def _hand_over(secret: str, file: Path | None) -> None:
    if file is None:
        console.print(f"Secret, shown this once: {secret}", soft_wrap=True)
        return
    write_private(file, secret + "\n")
    console.print(f"The secret is in {file}, which you alone may read.", soft_wrap=True)
