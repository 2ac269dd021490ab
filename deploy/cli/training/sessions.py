"""Training sessions and their places."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from deploy.cli.training.workforce_api import SERVICE, Area, AsJson, Limit, client, console, get, post, show
from deploy.stack.errors import ParleyError
from shared.contracts.workforce import Profession, TrainingDelivery, TrainingModule

_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
SessionId = Annotated[UUID, typer.Argument(metavar="SESSION", help="The session, as `parley training sessions` shows.")]
Agency = Annotated[str, typer.Option(help="The practitioner's agency, by its id in the directory.")]
OwnId = Annotated[str, typer.Option(help="The agency's own id of the practitioner, as in its screenings.")]
Name = Annotated[str | None, typer.Option(help="The practitioner's name; kept sealed.")]
Email = Annotated[str | None, typer.Option(help="The practitioner's address; kept sealed.")]


def register(training: typer.Typer) -> None:
    """Adds the commands."""
    training.command(epilog="Example: parley training modules")(modules)
    training.command(epilog="Example: parley training sessions --area E10000014 --since 2026-09-01")(sessions)
    training.command("show", epilog=f"Example: parley training show {_ID}")(show_session)
    training.command(
        epilog="Example: parley training arrange --module engaging-parents --area E10000014 --day 2026-09-15 "
        "--places 12 --delivered-by amity"
    )(arrange)
    training.command(
        epilog=f"Example: parley training book {_ID} --agency hants-schools --practitioner T-017 "
        "--name 'Sam Field' --profession teacher"
    )(book)
    training.command("give-up", epilog=f"Example: parley training give-up {_ID} {_ID}")(give_up)
    training.command(epilog=f"Example: parley training places {_ID} 16")(places)
    training.command(epilog=f"Example: parley training move {_ID} --day 2026-09-22 --venue 'Room 4, Town Hall'")(move)
    training.command("call-off", epilog=f"Example: parley training call-off {_ID}")(call_off)
    training.command(epilog=f"Example: parley training attend {_ID} attendance.csv")(attend)


def modules(as_json: AsJson = False) -> None:
    """Show the modules that are taught, and the scale for rating confidence in them."""
    found = get("/modules")
    show(found["modules"], ("module", "title", "statement"), as_json=as_json, nothing="")
    if not as_json:
        scale = found["modules"][0]["scale"]
        rated = ", ".join(f"{score} {anchor}" for score, anchor in enumerate(scale["anchors"], scale["lowest"]))
        console.print(f"\nConfidence ({scale['instrument']} {scale['version']}): {rated}.", soft_wrap=True)
        console.print(f"For: {', '.join(found['professions'].values())}.", soft_wrap=True)


def sessions(
    area: Area = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only those that end on this day or later.")
    ] = None,
    limit: Limit = 200,
    as_json: AsJson = False,
) -> None:
    """List training sessions by their first day, with their free places and the length of the waiting list."""
    found = get("/sessions", area=area, since=since.date().isoformat() if since else None, limit=str(limit))
    columns = ("session_id", "days", "modules", "areas", "delivery", "delivered_by", "places", "free", "waiting")
    show(found["items"], columns, as_json=as_json, nothing="There is no training session.")


def show_session(session_id: SessionId, as_json: AsJson = False) -> None:
    """Show a session and everybody's place in it, in the order of booking."""
    found = get(f"/sessions/{session_id}")
    if not as_json:
        off = " It was called off." if found["called_off"] else ""
        console.print(
            f"{', '.join(found['modules'])} on {', '.join(found['days'])}, {found['delivery']}, by "
            f"{found['delivered_by']}: {found['free']} of {found['places']} places are free.{off}",
            soft_wrap=True,
        )
    columns = ("training_id", "status", "agency", "practitioner", "name", "certificate", "valid_until", "confidence")
    show(found["everybody"], columns, as_json=as_json, nothing="Nobody has asked for a place.")


def arrange(
    module: Annotated[
        list[TrainingModule], typer.Option(help="A module that it teaches. Repeat the option for several.")
    ],
    area: Annotated[
        list[str], typer.Option(help="An area that it is for, by its ONS code. Repeat the option for several.")
    ],
    day: Annotated[
        list[datetime],
        typer.Option(
            formats=["%Y-%m-%d"], help="A day of the session. For e-learning, give the first and the last day."
        ),
    ],
    places: Annotated[int, typer.Option(min=1, help="How many can take part.")],
    delivered_by: Annotated[str, typer.Option(help="Who delivers it: the id of an agency or training provider.")],
    delivery: Annotated[TrainingDelivery, typer.Option(help="How it is held.")] = TrainingDelivery.IN_PERSON,
    trainer_agency: Annotated[str | None, typer.Option(help="The agency of an in-house trainer.")] = None,
    trainer: Annotated[str | None, typer.Option(help="The agency's own id of that trainer.")] = None,
) -> None:
    """Arrange a training session."""
    if (trainer is None) != (trainer_agency is None):
        raise typer.BadParameter("goes with --trainer-agency: give both or neither.", param_hint="--trainer")
    body = {
        "modules": list(module),
        "areas": area,
        "days": [each.date().isoformat() for each in day],
        "delivery": delivery,
        "delivered_by": delivered_by,
        "places": places,
    }
    if trainer is not None:
        body["trainer"] = {"agency": trainer_agency, "practitioner": trainer}
    console.print(f"Session {post('/sessions', body)['session_id']} is arranged.", soft_wrap=True)


def book(
    session_id: SessionId,
    agency: Agency,
    practitioner: OwnId,
    profession: Annotated[Profession, typer.Option(help="The practitioner's profession.")],
    name: Name = None,
    email: Email = None,
) -> None:
    """Book a place for a practitioner, or a place on the waiting list if all are taken."""
    body = {"agency": agency, "practitioner": practitioner, "profession": profession, "name": name, "email": email}
    answer = post(f"/sessions/{session_id}/places", body)
    where = f", number {answer['waiting_position']} on the waiting list" if answer["waiting_position"] else ""
    console.print(f"Place {answer['training_id']} is {answer['status']}{where}.", soft_wrap=True)


def give_up(
    session_id: SessionId, place: Annotated[UUID, typer.Argument(metavar="PLACE", help="Whose place it is.")]
) -> None:
    """Give up a place, or a place on the waiting list. The first on the waiting list moves up."""
    answer = post(f"/sessions/{session_id}/places/{place}/give-up")
    console.print(f"The place is given up; {_moved(answer['moved_up'])}", soft_wrap=True)


def places(
    session_id: SessionId, number: Annotated[int, typer.Argument(min=1, help="The new number of places.")]
) -> None:
    """Change the number of places of a session."""
    answer = post(f"/sessions/{session_id}/number-of-places", {"places": number})
    console.print(f"{answer['free']} of {answer['places']} places are free; {_moved(answer['moved_up'])}")


def move(
    session_id: SessionId,
    day: Annotated[list[datetime], typer.Option("--day", formats=["%Y-%m-%d"], help="A day; may be given again.")],
    venue: Annotated[str | None, typer.Option("--venue", help="Where it is held.")] = None,
) -> None:
    """Move a session to other days, or elsewhere. Everybody keeps their place, and is written to."""
    days = [each.date().isoformat() for each in day]
    answer = post(f"/sessions/{session_id}/move", {"days": days, "venue": venue})
    where = f", {answer['venue']}" if answer["venue"] else ""
    what = "The session is held on" if answer["moved"] else "It was so before: the session is held on"
    console.print(f"{what} {', '.join(answer['days'])}{where}.")


def call_off(session_id: SessionId) -> None:
    """Call off a session. All its places are given up."""
    answer = post(f"/sessions/{session_id}/call-off")
    console.print(f"The session is called off; {answer['given_up']} places are given up.")


def attend(
    session_id: SessionId, attendance: Annotated[Path, typer.Argument(metavar="FILE", help="The list, as CSV.")]
) -> None:
    """Enter an attendance list: all of it, or nothing if anything is wrong.

    Columns: agency, practitioner (the agency's own id), attended (yes, partly, no); and if known name, email,
    profession, completed_on (e-learning), and before_MODULE and after_MODULE for the confidence from 1 to 5. Entering a
    list again corrects changed lines; unchanged ones have no second effect.
    """
    try:
        content = attendance.read_bytes()
    except OSError as error:
        raise ParleyError(f"{attendance} can't be read: {error.strerror}.") from error
    with client() as operator:
        answer = operator.upload(SERVICE, f"/sessions/{session_id}/attendance", content, "text/csv")
    console.print(
        f"{answer['lines']} lines are entered: {answer['changed']} are new or changed, "
        f"{len(answer['certificates'])} certificates are issued.",
        soft_wrap=True,
    )


def _moved(moved_up: list[str]) -> str:
    return f"{len(moved_up)} moved up from the waiting list." if moved_up else "nobody moved up."
