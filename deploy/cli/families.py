"""`parley families`: families of two front doors that may be the same, and decisions about them.

The output compares two families without naming people: agencies, areas, case ids, and for each field whether it agrees.
The two workers know the families; the person who decides speaks with them.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.families import (
    REASONS_FOR_ONE,
    REASONS_FOR_TWO,
    REASONS_TO_NOTE,
    REASONS_TO_SEPARATE,
    LinkReason,
)

_SERVICE = "families"
_VOID = "linked by a person; its evidence was taken back"
_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"

console = plain_console()
families = typer.Typer(
    help="Families of several front doors that are the same, or may be.",
    no_args_is_help=True,
)

LikenessId = Annotated[UUID, typer.Argument(metavar="ID", help="The likeness, as `parley families doubtful` shows it.")]
CaseId = Annotated[UUID, typer.Argument(metavar="CASE", help="Any case of the family.")]
Reason = Annotated[
    str | None, typer.Option(metavar="CODE", help="The reason, for the history. If omitted, the codes are shown.")
]
# Free text would be visible in the list of processes, in the shell's history and permanently in the history of links.
Why = Annotated[str | None, typer.Option(hidden=True)]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(families, name="families")


@families.command(epilog="Example: parley families doubtful --area E10000014")
def doubtful(
    area: Annotated[str | None, typer.Option(help="Only likenesses with a family of this area.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many likenesses.")] = 200,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List the likenesses that wait for a decision, the longest waiting first. The newer case waits with them."""
    parameters = {"limit": str(limit)} | ({"area": area} if area else {})
    with _client() as client:
        items: list[Json] = client.get(_SERVICE, "/likenesses", **parameters)["items"]
    if as_json:
        for item in items:
            print(json.dumps(item))
    elif not items:
        console.print("No likeness waits for a person.")
    else:
        console.print(_table(items))
        console.print(f"{len(items)} wait. `parley families show ID` shows one; confirm, reject or note it after that.")


@families.command(epilog=f"Example: parley families show {_ID}")
def show(likeness: LikenessId) -> None:
    """Show a likeness: what agrees, what differs, what is missing, and the decisions about it."""
    with _client() as client:
        found = client.get(_SERVICE, f"/likenesses/{likeness}")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("evidence", f"{_bits(found)}, {found['evidence'] or 'decided by a person'}, {found['status']}")
    if found["look_again"]:
        table.add_row("look again", f"{_VOID}: confirm it, or separate the two")
    table.add_row("areas", "two: noted, never linked" if found["across_areas"] else "one")
    for side in found["sides"]:
        cases = ", ".join(map(str, side["cases"]))
        table.add_row(harmless(side["agency"]), f"{', '.join(side['areas'])}: {cases}")
    fields = found["fields"] or {"parents": [], "children": "missing"}
    if fields.get("in_question"):
        table.add_row("people", "in question: somebody else was known under the front door's reference")
    for number, pattern in enumerate(fields["parents"], start=1):
        table.add_row(f"parent {number}", ", ".join(f"{field} {level}" for field, level in pattern.items()))
    table.add_row("children", f"dates of birth {fields['children']}")
    table.add_row("household", f"address, landline or shared mail {fields.get('house', 'missing')}")
    for line in found["history"]:
        table.add_row(str(line["at"])[:16], harmless(f"{line['what']} by {line['by']}: {line['reason']}"))
    console.print(table)


@families.command(epilog=f"Example: parley families confirm {_ID} --reason same-children")
def confirm(likeness: LikenessId, reason: Reason = None, why: Why = None) -> None:
    """Decide that they are one family: one case continues, and what is known about abuse applies to both."""
    _decide(f"/likenesses/{likeness}/confirm", _code(reason, why, REASONS_FOR_ONE))


@families.command(epilog=f"Example: parley families reject {_ID} --reason new-partner")
def reject(likeness: LikenessId, reason: Reason = None, why: Why = None) -> None:
    """Decide that they are two families: the case that was waiting continues."""
    _decide(f"/likenesses/{likeness}/reject", _code(reason, why, REASONS_FOR_TWO))


@families.command(epilog=f"Example: parley families note {_ID} --reason coordinators-spoke")
def note(likeness: LikenessId, reason: Reason = None, why: Why = None) -> None:
    """Record that the coordinators of two areas have spoken: the case continues. Such families are never linked."""
    _decide(f"/likenesses/{likeness}/note", _code(reason, why, REASONS_TO_NOTE))


@families.command("of", epilog=f"Example: parley families of {_ID}")
def of_case(case: CaseId) -> None:
    """Show the family of a case: its agencies and cases, and the history of its links."""
    with _client() as client:
        found = client.get(_SERVICE, f"/families/{case}")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_row("family", found["family_id"])
    for member in found["members"]:
        cases = ", ".join(map(str, member["cases"]))
        table.add_row(harmless(member["agency"]), f"{', '.join(member['areas'])}: {cases}")
    for line in found["history"]:
        change = f"{line['what']} {line['one_agency']} and {line['other_agency']} by {line['by']}: {line['reason']}"
        table.add_row(str(line["at"])[:16], harmless(change))
    console.print(table)


@families.command(epilog=f"Example: parley families link {_ID} {_ID[:-1]}1 --reason workers-spoke")
def link(
    case: CaseId,
    with_case: Annotated[UUID, typer.Argument(metavar="OTHER", help="Any case of the other family.")],
    reason: Reason = None,
    why: Why = None,
) -> None:
    """Link two families of one area, whether or not a likeness was found."""
    _decide(f"/families/{case}/link", _code(reason, why, REASONS_FOR_ONE), with_case=str(with_case))


@families.command(epilog=f"Example: parley families separate {_ID} --reason relatives")
def separate(case: CaseId, reason: Reason = None, why: Why = None) -> None:
    """Separate a family from those that it was linked with. Halted cases stay halted."""
    _decide(f"/families/{case}/separate", _code(reason, why, REASONS_TO_SEPARATE))


def _code(reason: str | None, why: str | None, known: frozenset[LinkReason]) -> str:
    """Checks the reason against the codes. Free text is refused: it would be stored in clear, beyond any erasure."""
    codes = ", ".join(sorted(known))
    if why is not None:
        raise typer.BadParameter(f"is no longer accepted. Give a reason with --reason: {codes}.", param_hint="--why")
    if reason is None or reason not in known:
        raise typer.BadParameter(f"must be one of {codes}.", param_hint="--reason")
    return reason


def _decide(path: str, reason: str, **body: Any) -> None:
    with _client() as client:
        client.post(_SERVICE, path, {"reason": reason, **body})
    console.print("Done. The cases follow within seconds; see `parley case show`.")


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))


def _bits(item: Mapping[str, Any]) -> str:
    return "no weight" if item["weight"] is None else f"{item['weight']:.0f} bits"


def _table(items: list[Json]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("likeness", no_wrap=True)
    for heading in ("since", "agencies", "areas", "evidence"):
        table.add_column(heading, overflow="fold")
    for item in items:
        agencies = "\n".join(side["agency"] for side in item["sides"])
        areas = "\n".join(", ".join(side["areas"]) for side in item["sides"])
        table.add_row(
            item["id"],
            str(item["found_at"])[:10],
            harmless(agencies),
            areas,
            _VOID if item["look_again"] else _bits(item),
        )
    return table
