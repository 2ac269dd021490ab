"""`parley people`: who may sign in, in which roles, and for which areas, agency or provider."""

import asyncio
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli.reasons import checked_reason
from deploy.cli.tables import plain_table
from deploy.cli.workers import STAYS, Reason, show_uses
from deploy.directory.people import People
from deploy.directory.topic import registered_entries
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.secret_store import write_private
from deploy.stack.terminal import harmless, plain_console
from deploy.stack.worker_uses import uses_of
from shared.access.accounts import Person, problems
from shared.access.principal import Principal
from shared.access.staff_ids import STAFF_ID, staff_id
from shared.contracts.workforce import WorkerErasureReason

console = plain_console()
people = typer.Typer(help="People who sign in: add, list, disable and remove them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What they sign in as.")]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="Write the temporary password to this file, readable by you alone."),
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(people, name="people")


@people.command(epilog="Example: parley people add r.okafor --role coordinator --area E10000014")
def add(
    name: Name,
    role: Annotated[list[str], typer.Option(help="A role; may be given again.")],
    area: Annotated[list[str] | None, typer.Option(help="An area, by its ONS code; may be given again.")] = None,
    agency: Annotated[str | None, typer.Option(help="The front door's agency that they are of.")] = None,
    provider: Annotated[str | None, typer.Option(help="The provider that they are of.")] = None,
    password_file: PasswordFile = None,
) -> None:
    """Let a person sign in. They choose their own password when they first do.

    Their name and address are prompted for, so that they appear in no shell history and no list of processes.
    """
    stack = load_stack(Home.from_environment())
    person = Person(name, tuple(dict.fromkeys(role)), tuple(dict.fromkeys(area or ())), agency, provider)
    if found := problems(person, registered_entries(stack).values()):
        raise ParleyError(" ".join(found))
    person = Person(
        **asdict(person)
        | {
            "given_name": typer.prompt("Given name"),
            "family_name": typer.prompt("Family name"),
            "email": typer.prompt("E-mail address (may be left out)", default="", show_default=False),
        }
    )
    with People(stack) as known:
        password = known.add(person)
    console.print(f"{name} can sign in at {stack.entrance_url}/.")
    _hand_over(password, password_file)


@people.command("list")
def list_people(as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False) -> None:
    """Show who may sign in, and as what."""
    with People(load_stack(Home.from_environment())) as known:
        everybody = known.all()
    if as_json:
        for person in everybody:
            print(json.dumps(asdict(person)))
        return
    if not everybody:
        console.print("Nobody yet. `parley people add` adds somebody.")
        return
    table = plain_table("signs in as", "name", "roles", "of", "areas", "")
    for person in everybody:
        cells = (
            person.name,
            f"{person.given_name} {person.family_name}".strip(),
            ", ".join(person.roles),
            person.agency or person.provider or "",
            ", ".join(person.areas),
            "" if person.enabled else "disabled",
        )
        table.add_row(*map(harmless, cells))
    console.print(table)


@people.command()
def disable(name: Name) -> None:
    """Keep a person from signing in. What they are signed in to ends at once; `enable` undoes it."""
    with People(load_stack(Home.from_environment())) as known:
        known.enable(name, enabled=False)
    console.print(f"{name} can no longer sign in.")


@people.command()
def enable(name: Name) -> None:
    """Let a person who was disabled sign in again."""
    with People(load_stack(Home.from_environment())) as known:
        known.enable(name, enabled=True)
    console.print(f"{name} can sign in again.")


@people.command()
def remove(name: Name) -> None:
    """Remove a person. What they are signed in to ends at once."""
    with People(load_stack(Home.from_environment())) as known:
        known.remove(name)
    console.print(f"{name} is removed.")


@people.command(epilog="Example: parley people erase r.okafor --reason has-left --preview")
def erase(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="What they sign in as; or the id that pages and lists show of them.")
    ],
    reason: Reason = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be erased, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the name of one of ours who has left, in every service, and their account. It cannot be undone.

    What they did stays, by an id that says no name.
    """
    chosen = checked_reason(reason, WorkerErasureReason, preview=preview)
    stack = load_stack(Home.from_environment())
    is_id = bool(STAFF_ID.fullmatch(name))
    with OperatorClient(stack) as client:
        who = {"staff_id": name} if is_id else {"name": _recorded(stack, name)}
        found = client.post("workforce", "/staff/held", who)
        show_uses(asyncio.run(uses_of(stack, UUID(found["subject"]), "staff-id")))
        console.print(STAYS)
        if preview:
            return
        if not yes:
            typer.confirm("Erase? Nobody can undo it.", abort=True)
        if found["known"]:
            client.post("workforce", "/staff/erase", {"staff_id": staff_id(UUID(found["subject"])), "reason": chosen})
    # Last: the account leads from a name to whose it is, which is needed if all this has to be run again.
    if not is_id:
        with People(stack) as known:
            known.remove(name)
    console.print("Erased: the account and the key of the name are gone.")


def _recorded(stack: Stack, name: str) -> str:
    """The name and subject under which somebody's actions are recorded."""
    with People(stack) as known:
        return Principal(known.subject_of(name), name, frozenset()).by


@people.command("reset-password")
def reset_password(name: Name, password_file: PasswordFile = None) -> None:
    """Give a person a temporary password, which they change at the next sign-in, and end their sessions."""
    with People(load_stack(Home.from_environment())) as known:
        password = known.reset_password(name)
    _hand_over(password, password_file)


@people.command("reset-second-factor")
def reset_second_factor(name: Name) -> None:
    """Take a person's authenticator app and passkeys away, as after a lost telephone, and end their sessions.

    First make sure that it is they who ask. With their password they set another one up at the next sign-in.
    """
    with People(load_stack(Home.from_environment())) as known:
        number = known.reset_second_factor(name)
    console.print(f"{name} had {number}, and sets another one up at the next sign-in.")


def _hand_over(password: str, file: Path | None) -> None:
    if file is None:
        console.print(f"Temporary password, shown this once: {password}")
        return
    write_private(file, password + "\n")
    console.print(f"The temporary password is in {file}, which you alone may read.")
