"""`parley contacts` and `parley emergency`: what a coordinator reads for a reason, and reviews."""

import json
from typing import Annotated
from uuid import UUID

import typer

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from shared.contracts.vocabulary import EmergencyReason

_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"

contacts = typer.Typer(help="How a case's parents are reached, each parent apart.", no_args_is_help=True)
emergency = typer.Typer(
    help="Read a case that is not yours in an emergency, and review what others opened.", no_args_is_help=True
)

CaseId = Annotated[UUID, typer.Argument(metavar="CASE", help="The case, by its id.")]
AccessId = Annotated[UUID, typer.Argument(metavar="USE", help="The use, by the id that `open` or `list` prints.")]
Words = Annotated[str, typer.Option("--words", help="Why, in your own words. They are sealed.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(contacts, name="contacts")
    app.add_typer(emergency, name="emergency")


@contacts.command("show", epilog=f"Example: parley contacts show {_ID}")
def show_contacts(case: CaseId) -> None:
    """Show how each parent of a CASE is reached, as JSON lines. What is confidential stays closed."""
    with _client() as client:
        _print(client.get("screening", f"/cases/{case}/contacts")["parents"])


@contacts.command(
    "open", epilog=f'Example: parley contacts open {_ID} {_ID} --reason safety-concern --words "she rang us"'
)
def open_contact(
    case: CaseId,
    parent: Annotated[UUID, typer.Argument(metavar="PARENT", help="The parent, as `show` names them.")],
    reason: Annotated[str, typer.Option(help="Why, as a code; the service lists the codes.")],
    words: Words,
) -> None:
    """Show one PARENT's contact this once, though it is confidential. That you did is recorded, with why."""
    body = {"reason": reason, "words": words}
    with _client() as client:
        _print([client.post("screening", f"/cases/{case}/people/{parent}/contact/open", body)])


@emergency.command(
    "open", epilog=f'Example: parley emergency open {_ID} --reason child-at-risk-now --words "the police rang"'
)
def open_case(
    case: CaseId, reason: Annotated[EmergencyReason, typer.Option(help="Why, as a code.")], words: Words
) -> None:
    """Open a CASE that is not yours, to read for an hour. Its area is told, and reviews it."""
    body = {"reason": reason.value, "words": words}
    with _client() as client:
        _print([client.post("referral", f"/cases/{case}/emergency", body)])


@emergency.command(epilog=f"Example: parley emergency show {_ID}")
def show(use: AccessId) -> None:
    """Show the case that you opened, while it is open."""
    with _client() as client:
        _print([client.get("referral", f"/emergencies/{use}")])


@emergency.command("list", epilog="Example: parley emergency list | jq 'select(.overdue)'")
def listed() -> None:
    """List the cases of your areas that were opened in an emergency, as JSON lines, those to review first."""
    with _client() as client:
        _print(client.get("referral", "/emergencies")["items"])


@emergency.command(
    epilog=f'Example: parley emergency review {_ID} --finding justified --words "we spoke, it was right"'
)
def review(
    use: AccessId,
    finding: Annotated[str, typer.Option(help="justified, another-way-was-open or not-justified.")],
    words: Words,
) -> None:
    """Say what you find of a USE that was not yours. Once."""
    with _client() as client:
        _print([client.post("referral", f"/emergencies/{use}/review", {"finding": finding, "words": words})])


def _print(items: list[Json]) -> None:
    for item in items:
        print(json.dumps(item))


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))
