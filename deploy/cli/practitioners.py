"""`parley practitioner`: practitioners of front doors who leave or get another id."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli.reasons import checked_reason
from deploy.cli.workers import STAYS, Reason, show_uses
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import harmless, plain_console
from deploy.stack.worker_uses import uses_of
from shared.contracts.workforce import WorkerErasureReason

console = plain_console()
practitioner = typer.Typer(
    help="Front doors' practitioners: hand their cases over, erase who has left.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(practitioner, name="practitioner")


@practitioner.command(epilog="Example: parley practitioner handover hants-schools 0417 0532 --role teacher")
def handover(
    agency: Annotated[str, typer.Argument(help="The front door.")],
    former: Annotated[str, typer.Argument(metavar="OLD", help="Who hands over, by the agency's own id.")],
    successor: Annotated[str, typer.Argument(metavar="NEW", help="Who takes over, by the agency's own id.")],
    role: Annotated[str, typer.Option(help="The role of the one who takes over, such as teacher.")],
    same_person: Annotated[
        bool, typer.Option("--same-person", help="Only the id has changed: certificates follow it.")
    ] = False,
) -> None:
    """Hand a practitioner's open cases over to another, who gets all messages about them from now on.

    Name and address are prompted for, so that they appear in no shell history and no list of processes.
    """
    name = typer.prompt("Name of the one who takes over")
    email = typer.prompt("Their e-mail address")
    to = {"practitioner": successor, "name": name, "email": email, "role": role}
    body = {"agency": agency, "practitioner": former, "to": to, "same_person": same_person}
    with OperatorClient(load_stack(Home.from_environment())) as client:
        answer = client.post("workforce", "/practitioners/hand-over", body)
    followed = f" {answer['trainings_followed']} trainings followed." if same_person else ""
    console.print(f"{harmless(former)}'s cases are {harmless(successor)}'s from now on.{followed}", soft_wrap=True)


@practitioner.command(epilog="Example: parley practitioner erase hants-schools 0417 --reason has-left --preview")
def erase(
    agency: Annotated[str, typer.Argument(help="The front door.")],
    own_id: Annotated[str, typer.Argument(metavar="ID", help="The practitioner, by the agency's own id.")],
    reason: Reason = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be erased, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase the name and address of a practitioner who has left. It cannot be undone.

    Hand their open cases over first: after this nobody is written to about them.
    """
    chosen = checked_reason(reason, WorkerErasureReason, preview=preview)
    stack = load_stack(Home.from_environment())
    who = {"agency": agency, "practitioner": own_id}
    with OperatorClient(stack) as client:
        found = client.post("workforce", "/practitioners/held", who)
        show_uses(asyncio.run(uses_of(stack, UUID(found["practitioner_id"]), "practitioner-id")))
        console.print(STAYS)
        if found["erased"]:
            console.print(f"Erased on {str(found['erased']['at'])[:10]}: {found['erased']['reason']}.")
        if preview or found["erased"]:
            return
        if not yes:
            typer.confirm("Erase? Nobody can undo it.", abort=True)
        client.post("workforce", "/practitioners/erase", who | {"reason": chosen})
    console.print("Erased: the key of the name and address is gone.")
