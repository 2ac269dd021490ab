"""`parley restrict`: what is held of one human being may be kept and not used, under every id of theirs."""

from typing import Annotated, Any
from uuid import UUID

import typer

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.families import RestrictionReason

_SERVICE = "families"
_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"

console = plain_console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=f"Example: parley restrict {_ID} --reason accuracy-contested")(restrict)


def restrict(
    person: Annotated[UUID, typer.Argument(metavar="PERSON", help="Any id of the person, such as a case shows.")],
    reason: Annotated[
        RestrictionReason | None,
        typer.Option(metavar="CODE", help=f"Why: {', '.join(RestrictionReason)}."),
    ] = None,
    lift: Annotated[bool, typer.Option("--lift", help="What is held may be used again.")] = False,
    also: Annotated[
        list[UUID] | None,
        typer.Option(metavar="ID", help="An id that is shown as perhaps theirs, and is; may be given again."),
    ] = None,
) -> None:
    """Restrict what is held of a person to being kept (UK GDPR Art. 18), or lift that; without either, show it.

    Their open cases are held: no referral leaves, nothing goes to a provider, nobody is reminded or asked. A sign of
    abuse takes effect all the same. Neither the job of retention nor `parley erase` takes what is restricted. After
    it is lifted a coordinator resumes each case.
    """
    if reason is not None and lift:
        raise typer.BadParameter("give either a reason or --lift.", param_hint="--lift")
    with OperatorClient(load_stack(Home.from_environment())) as client:
        if lift:
            found = client.post(_SERVICE, f"/people/{person}/lift-restriction")
        elif reason is not None:
            body = {"reason": str(reason), "also": [str(each) for each in also or ()]}
            found = client.post(_SERVICE, f"/people/{person}/restrict", body)
        else:
            found = client.get(_SERVICE, f"/people/{person}/restriction")
    _show(found)


def _show(found: dict[str, Any]) -> None:
    for each in found["restricted"]:
        console.print(harmless(f"Restricted since {str(each['at'])[:10]}: {each['reason']}, by {each['by']}."))
    if not found["restricted"]:
        console.print("Nothing is restricted of this person.")
    if found["perhaps"]:
        console.print("Perhaps the same person, and left alone unless named with --also:")
        for each in found["perhaps"]:
            console.print(harmless(f"  {each}"))
