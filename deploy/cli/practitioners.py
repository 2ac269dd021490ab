"""`parley practitioner`: the people at the front doors who leave, or get another id."""

from typing import Annotated

import typer

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import harmless, plain_console

console = plain_console()
practitioner = typer.Typer(help="Front doors' practitioners: who takes over from whom.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(practitioner, name="practitioner")


@practitioner.command(epilog="Example: parley practitioner handover hants-schools 0417 0532 --role teacher")
def handover(
    agency: Annotated[str, typer.Argument(help="The front door.")],
    former: Annotated[str, typer.Argument(metavar="OLD", help="Who hands over, by the agency's own id.")],
    successor: Annotated[str, typer.Argument(metavar="NEW", help="Who takes over, by the agency's own id.")],
    role: Annotated[str, typer.Option(help="What the one who takes over is, such as teacher.")],
    same_person: Annotated[
        bool, typer.Option("--same-person", help="Only the id has changed: certificates follow it.")
    ] = False,
) -> None:
    """Hand a practitioner's open cases over: from now on whatever concerns them is written to the other one.

    Name and address are asked for, so that no shell and no list of processes keeps them.
    """
    name = typer.prompt("Name of who takes over")
    email = typer.prompt("Their e-mail address")
    to = {"practitioner": successor, "name": name, "email": email, "role": role}
    body = {"agency": agency, "practitioner": former, "to": to, "same_person": same_person}
    with OperatorClient(load_stack(Home.from_environment())) as client:
        answer = client.post("workforce", "/practitioners/hand-over", body)
    followed = f" {answer['trainings_followed']} trainings followed." if same_person else ""
    console.print(f"{harmless(former)}'s cases are {harmless(successor)}'s from now on.{followed}", soft_wrap=True)
