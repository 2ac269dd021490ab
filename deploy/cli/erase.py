"""`parley erase`: one-way erasure of one human being, under every id that they have, with a preview.

Nothing of whom it is is shown: ids, cases and counts.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer

from deploy.cli.reasons import checked_reason
from deploy.cli.tables import plain_table
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, NotFoundError, OperatorClient
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.families import ErasureReason

_SERVICE = "families"
_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
_STAYS = (
    "Stays: ids, codes, ages and days of these cases, histories, consents and measures, and the facts of outcomes, "
    "all without a name; whatever front doors and providers hold themselves."
)

console = plain_console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog=f"Example: parley erase {_ID} --reason retention-ended --preview")(erase)


def erase(
    person: Annotated[UUID, typer.Argument(metavar="PERSON", help="Any id of the person, such as a case shows.")],
    reason: Annotated[
        ErasureReason | None, typer.Option(metavar="CODE", help="Why. If omitted, the codes are shown.")
    ] = None,
    also: Annotated[
        list[UUID] | None,
        typer.Option(metavar="ID", help="An id that the preview shows as perhaps theirs, and is; may be given again."),
    ] = None,
    preview: Annotated[bool, typer.Option("--preview", help="Show what would be erased, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Erase a person for good: every case of theirs, under every id. It cannot be undone."""
    chosen = checked_reason(reason, ErasureReason, preview=preview)
    with OperatorClient(load_stack(Home.from_environment())) as client:
        found = client.get(_SERVICE, f"/people/{person}/erasure")
        listed = [*found["people"], *(each for each in found["perhaps"] if UUID(each["person"]) in (also or ()))]
        for each in listed:
            each["held"] = _held(client, each)
        if as_json and preview:
            print(json.dumps(found))
        elif not as_json:
            _show(found, listed)
        if preview or found["erased"]:
            return
        if not yes:
            typer.confirm("Erase? Nobody can undo it.", abort=True)
        body = {"reason": chosen, "also": [str(each) for each in also or ()]}
        done = client.post(_SERVICE, f"/people/{person}/erase", body)
    if as_json:
        print(json.dumps(done))
    else:
        console.print("Erased: the keys are gone, and services and providers are told.")


def _held(client: OperatorClient, each: Mapping[str, Any]) -> Json:
    """What the other services hold of one id, in counts."""
    person, case = each["person"], each["case"]
    held: Json = {}
    for service, path in (
        ("screening", f"/people/{person}/held"),
        ("referral", f"/cases/{case}/people/{person}/held"),
        ("notification", f"/people/{person}/held"),
    ):
        try:
            held[service] = client.get(service, path)
        except NotFoundError:
            # A screening that was never referred is no case there.
            held[service] = None
    return held


def _show(found: Mapping[str, Any], listed: list[dict[str, Any]]) -> None:
    if erased := found["erased"]:
        console.print(f"Erased on {str(erased['at'])[:10]}: {erased['reason']}.")
        return
    table = plain_table("person", "as", "case", "agency", "state", "records", "sealed", "tokens", "waiting", "words")
    for each in listed:
        held = {service: counts or {} for service, counts in each["held"].items()}
        sealed = held["screening"].get("boxes", 0) + held["notification"].get("details", 0) + each["screenings"]
        cells = (
            *(each["person"], each["as"], each["case"], each["agency"], held["referral"].get("state", "not referred")),
            *(held["screening"].get("records", each["screenings"]), sealed, each["tokens"]),
            *(held["notification"].get("waiting", 0), held["referral"].get("words", 0)),
        )
        table.add_row(*(harmless(str(cell)) for cell in cells))
    console.print(table)
    informed = {each for one in listed for each in (one["held"]["notification"] or {}).get("providers", ())}
    console.print(f"Told: {', '.join(map(harmless, sorted(informed))) or 'no provider has their details'}.")
    console.print("Words are notes and minutes about the case. They go too: they may be about anybody in it.")
    console.print(_STAYS)
    others = [each for each in found["perhaps"] if each not in listed]
    if others:
        console.print("Perhaps the same person, and left alone unless named with --also:")
        for each in others:
            console.print(harmless(f"  {each['person']}  {each['as']} of case {each['case']}, {each['agency']}"))
