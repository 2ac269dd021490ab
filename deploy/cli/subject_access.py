"""`parley subject-access`: what is held of one human being, for them; and what is withheld, for whoever decides."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.rights.documents import FOR_THE_PERSON, FOR_THE_REVIEWER, write
from deploy.rights.subject_access import Question, put_together
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.subject_access import SubjectAccessReason

_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
_EXAMPLE = f"Example: parley subject-access {_ID} --reason own-request --output answer"

console = plain_console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(name="subject-access", epilog=_EXAMPLE)(subject_access)


def subject_access(
    person: Annotated[UUID, typer.Argument(metavar="PERSON", help="Any id of the person, such as a case shows.")],
    output: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is not there yet.")],
    reason: Annotated[
        SubjectAccessReason,
        typer.Option(metavar="CODE", help=f"Why: {', '.join(SubjectAccessReason)}. It is recorded."),
    ],
    since: Annotated[
        datetime | None,
        typer.Option(
            "--from", formats=["%Y-%m-%d"], metavar="DAY", help="From this day on. If omitted, from the first."
        ),
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--to", formats=["%Y-%m-%d"], metavar="DAY", help="Until this day. If omitted, until today."),
    ] = None,
    give: Annotated[
        list[str] | None,
        typer.Option(metavar="ITEM", help="Of the reviewer's sheet, what was decided to be given; may be given again."),
    ] = None,
    also: Annotated[
        list[UUID] | None,
        typer.Option(metavar="ID", help="An id that the sheet shows as perhaps theirs, and is; may be given again."),
    ] = None,
) -> None:
    """Put together what is held of a person (UK GDPR Art. 15), under every id of theirs.

    Check who asks first. DIR/for-the-person holds what they get, to read and for a computer. Nothing of the other
    parent is in it, names of staff and others are left out; what may harm somebody is not there, nor is it said that it
    is not. DIR/for-the-reviewer lists that, for the coordinator and the data protection officer: it must never go to
    the person.
    """
    question = Question(
        person,
        reason,
        since.date() if since else None,
        until.date() if until else None,
        tuple(give or ()),
        tuple(also or ()),
    )
    with OperatorClient(load_stack(Home.from_environment())) as client:
        found = put_together(client, question, datetime.now(UTC).date())
    write(found, output)
    entries = sum(len(case.records) for case in found.copy.cases)
    items = sum(len(case.items) for case in found.withheld)
    console.print(f"{harmless(str(output / FOR_THE_PERSON))}: {entries} entries of {len(found.copy.cases)} cases.")
    console.print(
        f"{harmless(str(output / FOR_THE_REVIEWER))}: {items} withheld. Decide about them before anything is sent."
    )
    if found.perhaps:
        console.print("Perhaps the same person, and left alone unless named with --also:")
        for each in found.perhaps:
            console.print(harmless(f"  {each['person']}  {each['as']} of case {each['case']}, {each['agency']}"))
