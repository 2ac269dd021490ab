"""Results of the training: certificates, follow-ups, champions, and who screens untrained."""

import json
from typing import Annotated, Literal
from uuid import UUID

import typer
from rich.table import Table

from deploy.cli.training.sessions import Agency, Email, Name, OwnId
from deploy.cli.training.workforce_api import Area, AsJson, Limit, console, get, heading, post, show, text
from shared.contracts.workforce import HowOften, TrainingModule

_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
Status = Literal["to-come", "open", "answered", "unanswered", "withdrawn"]


def register(training: typer.Typer) -> None:
    """Adds the commands."""
    training.command(epilog="Example: parley training certificate 2026-000123")(certificate)
    training.command("follow-ups", epilog="Example: parley training follow-ups --area E10000014")(follow_ups)
    training.command(
        epilog=f"Example: parley training answer {_ID} --how-often monthly --confidence engaging-parents=4"
    )(answer)
    training.command(epilog="Example: parley training untrained --area E10000014")(untrained)
    training.command(epilog="Example: parley training champions")(champions)
    training.command(epilog="Example: parley training champion --agency hants-schools --practitioner T-017")(champion)
    training.command("stand-down", epilog="Example: parley training stand-down --agency a-school --practitioner T-017")(
        stand_down
    )
    training.command(epilog="Example: parley training summary --area E10000014")(summary)


def certificate(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="The number printed on the certificate.")],
) -> None:
    """Show a certificate: whose it is, for what, and whether it is valid, expired or withdrawn."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for field, value in get(f"/certificates/{number}").items():
        table.add_row(heading(field), text(value))
    console.print(table)


def follow_ups(
    area: Area = None,
    status: Annotated[
        Status | None, typer.Option(help="Every follow-up of this status, instead of those that are open now.")
    ] = None,
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """List who should be asked now whether they use the training, six to twelve months after it."""
    found = get("/follow-ups", area=area, status=status, limit=str(limit))
    columns = ("training_id", "status", "agency", "name", "email", "modules", "completed_on", "closes_on", "how_often")
    show(found["items"], columns, as_json=as_json, nothing="Nobody is to be asked.")


def answer(
    training_id: Annotated[UUID, typer.Argument(metavar="TRAINING", help="As `parley training follow-ups` shows.")],
    how_often: Annotated[HowOften, typer.Option(help="How often they used it; `never` if they did not.")],
    trains_others: Annotated[bool, typer.Option("--trains-others", help="They pass it on to colleagues.")] = False,
    confidence: Annotated[
        list[str],
        typer.Option(metavar="MODULE=SCORE", help="How confident they feel now. Repeat the option for each module."),
    ] = [],  # noqa: B006 - typer reads it, and it is never changed
) -> None:
    """Enter a practitioner's answer six to twelve months after the training."""
    body = {
        "used": how_often is not HowOften.NEVER,
        "how_often": how_often,
        "trains_others": trains_others,
        "confidence": dict(_rating(each) for each in confidence),
    }
    post(f"/follow-ups/{training_id}", body)
    console.print("The answer is entered.")


def untrained(
    area: Annotated[str, typer.Option(help="The area whose rule applies, by its ONS code.")],
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """List who screens in an area today without the training that the area requires.

    Their screenings remain valid, and none is delayed by this.
    """
    found = get("/untrained", area=area, limit=str(limit))
    rule = found["rule"]
    if rule is None and not as_json:
        console.print(f"{area} asks for no training for screening.")
        return
    columns = ("name", "agency", "standing", "missing", "grace_ended_on", "last_screened_on", "screenings")
    show(
        found["items"],
        columns,
        as_json=as_json,
        nothing=f"Everybody of the {found['practitioners']} who screen is trained.",
        more=f"{found['flagged']} of {found['practitioners']} who screen.",
    )


def champions(area: Area = None, limit: Limit = 200, as_json: AsJson = False) -> None:
    """List the agencies' champions."""
    found = get("/champions", area=area, limit=str(limit))
    columns = ("agency", "practitioner", "name", "email", "named_on", "modules_held")
    show(found["items"], columns, as_json=as_json, nothing="No agency has a champion.")


def champion(agency: Agency, practitioner: OwnId, name: Name = None, email: Email = None) -> None:
    """Name a practitioner the champion of their agency."""
    post("/champions", {"agency": agency, "practitioner": practitioner, "name": name, "email": email})
    console.print(f"They are a champion of {agency}.")


def stand_down(agency: Agency, practitioner: OwnId) -> None:
    """End a practitioner's role as champion of their agency."""
    post("/champions/stand-down", {"agency": agency, "practitioner": practitioner})
    console.print(f"They are no longer a champion of {agency}.")


def summary(area: Area = None, as_json: AsJson = False) -> None:
    """Show who was trained in what, their confidence before, after and later, and whether they used it."""
    found = get("/summary", area=area)
    if as_json:
        print(json.dumps(found))
        return
    console.print(f"Sessions: {text(found['sessions'])}.", soft_wrap=True)
    console.print(f"Places: {text(found['places']) or 'none was asked for'}.", soft_wrap=True)
    show(found["trained_by_module"], ("module", "trained"), as_json=False, nothing="Nobody was trained yet.")
    show(found["trained_by_profession"], ("profession", "trained"), as_json=False, nothing="")
    columns = ("module", "practitioners", "before", "after", "later", "confident_before", "confident_after")
    show(found["confidence"], columns, as_json=False, nothing="Nobody rated their confidence before and after.")
    console.print(f"Follow-ups: {text(found['follow_ups'])}.", soft_wrap=True)
    console.print(f"Champions: {text(found['champions'])}.", soft_wrap=True)


def _rating(given: str) -> tuple[TrainingModule, int]:
    module, _, score = given.partition("=")
    try:
        return TrainingModule(module), int(score)
    except ValueError:
        known = ", ".join(TrainingModule)
        raise typer.BadParameter(f"must be MODULE=SCORE, of {known}.", param_hint="--confidence") from None
