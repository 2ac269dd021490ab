"""`parley consent`: each parent's consents in a case, and their withdrawals."""

import json
from datetime import datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import harmless, plain_console

_SERVICE = "referral"
_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"

console = plain_console()
consent = typer.Typer(
    help="Each parent's own consent: to the referral, to the evaluation, to a child's participation.",
    no_args_is_help=True,
)

CaseId = Annotated[UUID, typer.Argument(metavar="CASE", help="The case, as `parley worklist` shows it.")]
Parent = Annotated[UUID, typer.Option(help="The parent, by their id in the case.")]
Purpose = Annotated[str, typer.Option(help="referral, evaluation or child-participation.")]
Child = Annotated[UUID | None, typer.Option(help="Which child, for a child's participation.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(consent, name="consent")


@consent.command(epilog=f"Example: parley consent show {_ID}")
def show(case: CaseId, as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False) -> None:
    """List every consent of a case with its status, the oldest first."""
    with _client() as client:
        items: list[Json] = client.get(_SERVICE, f"/cases/{case}/consents")["items"]
    if as_json:
        for item in items:
            print(json.dumps(item))
        return
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("person", no_wrap=True)
    for heading in ("purpose", "basis", "given on", "status", "expires"):
        table.add_column(heading, overflow="fold")
    for item in items:
        purpose = item["purpose"] + (f" of {item['child_id']}" if item["child_id"] else "")
        cells = (item["person_id"], purpose, item.get("basis"), item["given_on"], item["status"])
        table.add_row(*(harmless(str(cell or "")) for cell in cells), str(item["expires_at"] or "")[:10])
    console.print(table)


@consent.command(
    epilog=f"Example: parley consent record {_ID} --parent {_ID} --purpose evaluation --given-on 2026-01-12"
)
def record(
    case: CaseId,
    parent: Parent,
    purpose: Purpose,
    given_on: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day on which it was given.")],
    child: Child = None,
    basis: Annotated[
        str,
        typer.Option(
            help="The legal basis, if it is not consent: public-task, legal-obligation, vital-interests or "
            "legitimate-interests. A referral needs consent."
        ),
    ] = "consent",
    notice_version: Annotated[
        str | None, typer.Option(help="The version of the privacy notice that they were given.")
    ] = None,
) -> None:
    """Record a parent's consent for one purpose. It expires after the number of days that the area has set."""
    body = {**_about(parent, purpose, child), "given_on": given_on.date().isoformat(), "basis": basis}
    _post(case, "consents", body | ({"notice_version": notice_version} if notice_version else {}))


@consent.command(epilog=f"Example: parley consent withdraw {_ID} --parent {_ID} --purpose evaluation")
def withdraw(case: CaseId, parent: Parent, purpose: Purpose, child: Child = None) -> None:
    """Record that a parent withdraws a consent. Withdrawing it for the referral stops everything for the family."""
    _post(case, "consents/withdraw", _about(parent, purpose, child))


def _about(parent: UUID, purpose: str, child: UUID | None) -> Json:
    return {"parent": str(parent), "purpose": purpose} | ({"child": str(child)} if child else {})


def _post(case: UUID, path: str, body: Json) -> None:
    with _client() as client:
        answer = client.post(_SERVICE, f"/cases/{case}/{path}", body)
    console.print(f"It is recorded. Case {case} is {answer['state']}.", soft_wrap=True)


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))
