"""`parley retention`: what is past the time for which it is kept; shown, or removed."""

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from deploy.cli.tables import plain_table
from deploy.stack import key_uses
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.services import KEYRING_DATABASE
from deploy.stack.terminal import harmless, plain_console
from services import MANIFESTS
from shared.privacy.register.kinds import kinds

_KNOWS_CASES, _KNOWS_PEOPLE = "referral", "families"
_WHAT = {
    (_KNOWS_CASES, "case"): "cases",
    (_KNOWS_PEOPLE, "case"): "people",
    (_KNOWS_CASES, "page-session"): "sessions",
    ("workforce", "practitioner"): "practitioners",
    ("notification", "mail-choice"): "choices of mails",
}

_PATIENCE_S, _LOOK_S = 30.0, 0.5

console = plain_console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: parley retention --preview")(retention)


def retention(
    preview: Annotated[bool, typer.Option("--preview", help="Show what is due, and change nothing.")] = False,
    apply: Annotated[bool, typer.Option("--apply", help="Remove it now, and not by tomorrow's job.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """What is past the time for which it is kept, by schedule, service and area.

    A job does the same each day. A family goes when every case of theirs has ended for longer than the area keeps it
    (case_retention_months in the directory, by default six years), in one direction, as by `parley erase`. Who has an
    open or halted case stays, and so does whoever only may have one.
    """
    if preview is apply:
        raise typer.BadParameter("give either --preview or --apply.", param_hint="--preview")
    stack = load_stack(Home.from_environment())
    with OperatorClient(stack) as client:
        due = [*_due(client), *_of_keyring(asyncio.run(key_uses.past_term(stack, datetime.now(UTC))))]
        if apply:
            if not as_json:
                _show(due, "due")
            if not due:
                return
            if not yes:
                typer.confirm("Remove it? Nobody can undo it.", abort=True)
            due = _applied(client, sum(each["number"] for each in due if each["service"] == _KNOWS_PEOPLE))
            due += _of_keyring(asyncio.run(key_uses.remove_past_term(stack, datetime.now(UTC))))
    if as_json:
        print(json.dumps(due))
    else:
        _show(due, "removed" if apply else "due")


def _due(client: OperatorClient) -> list[dict[str, Any]]:
    """Of every service; people as they would go with the cases that are due."""
    found = [line for manifest in MANIFESTS for line in _lines(client.get(manifest.name, "/retention"))]
    cases = [each["case_id"] for each in client.get(_KNOWS_CASES, "/retention/cases")["items"]]
    people = _lines(client.post(_KNOWS_PEOPLE, "/retention/people", {"cases": cases}))
    return [*(each for each in found if (each["service"], each["schedule"]) != (_KNOWS_PEOPLE, "case")), *people]


def _applied(client: OperatorClient, people: int) -> list[dict[str, Any]]:
    """Referral first: whose cases have ended, families learns from it. `people`: how many are to be erased."""
    done: list[dict[str, Any]] = []
    for service in sorted((each.name for each in MANIFESTS), key=lambda name: name != _KNOWS_CASES):
        if service == _KNOWS_PEOPLE:
            _wait_for(client, people)
        try:
            done += _lines(client.post(service, "/retention/apply"))
        except ParleyError as error:
            raise ParleyError(f"{error} What was removed before stays removed; run it again.") from error
    return done


def _of_keyring(number: int) -> list[dict[str, Any]]:
    """The records of unwrapped keys, which are in the keyring and no service's."""
    line = {"service": KEYRING_DATABASE, "schedule": key_uses.SCHEDULE, "area": "", "number": number}
    return [line] if number else []


def _wait_for(client: OperatorClient, people: int) -> None:
    """Until families knows of the cases; who is not known of in time goes by the daily job."""
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        known = _lines(client.get(_KNOWS_PEOPLE, "/retention"))
        if sum(each["number"] for each in known if each["schedule"] == "case") >= people:
            return
        time.sleep(_LOOK_S)


def _lines(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"service": answer["service"], **each} for each in answer["items"]]


def _show(lines: Iterable[Mapping[str, Any]], heading: str) -> None:
    table = plain_table("schedule", "service", "area", "what", heading, "kept")
    for each in lines:
        what = _WHAT.get((each["service"], each["schedule"]), "records")
        kept = kinds().schedules[each["schedule"]].lasts
        cells = (each["schedule"], each["service"], each["area"] or "none", what, each["number"], kept)
        table.add_row(*(harmless(str(cell)) for cell in cells))
    if table.row_count:
        console.print(table)
    else:
        console.print(f"Nothing is {heading}.")
