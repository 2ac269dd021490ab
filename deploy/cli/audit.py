"""`parley audit`: who asked for what about a person or a case, and whether anybody has changed what is recorded."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from asyncpg import PostgresError
from rich.table import Table

from deploy.audit.verifying import Anchors, anchors_in_file, anchors_in_kafka, verified
from deploy.cli.display import Steps
from deploy.cli.tables import plain_table
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, NotFoundError, OperatorClient
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.terminal import harmless, plain_console
from shared.audit.verification import Verified

_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
_MOST = 10_000

console = plain_console()
audit = typer.Typer(
    help="Who asked for what about whom, and whether anybody has changed what is recorded.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="As one JSON document.")]
AsLines = Annotated[bool, typer.Option("--json", help="As JSON lines.")]
Since = Annotated[
    str | None, typer.Option("--from", metavar="TIME", help="From this time on, such as 2026-03-31T00:00:00Z.")
]
Until = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Before this time.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(audit, name="audit")


@audit.command(
    epilog="Examples: parley audit verify · parley audit verify referral --json · parley audit verify --heads kept"
)
def verify(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SERVICE]...", help=f"Any of {', '.join(SERVICE_NAMES)}; all by default."),
    ] = None,
    heads: Annotated[
        Path | None,
        typer.Option(help="Heads that you kept elsewhere, as `parley audit heads` printed them.", exists=True),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find whether an entry was changed, taken out, put in, put elsewhere or cut off, and say which.

    It reads each service's table and the anchors in Kafka with this home's own credentials, and asks no service: they
    may be stopped. Nothing of what the entries hold is shown. Exits with 1 if anything is found. What was added after
    the last anchor (`anchored`) could still be cut off unseen.
    """
    chosen = list(dict.fromkeys(services or SERVICE_NAMES))
    if unknown := [name for name in chosen if name not in SERVICE_NAMES]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(SERVICE_NAMES)}.")
    stack = load_stack(Home.from_environment())
    kept = anchors_in_file(heads) if heads else ()
    with Steps(plain_console(stderr=True), "Reading the anchors") as steps:
        anchors = anchors_in_kafka(stack, lambda _done, _all: None)
        steps.step("Reading the entries")
        try:
            results = asyncio.run(verified(stack, chosen, (*anchors.known, *kept)))
        except (OSError, TimeoutError, PostgresError) as error:
            raise ParleyError(f"PostgreSQL: {error or type(error).__name__}") from error
    if as_json:
        print(json.dumps(_document(results, anchors), indent=1))
    else:
        _show(results, anchors)
    if anchors.unreadable or any(each.found for each in results):
        raise typer.Exit(1)


@audit.command(epilog=f"Example: parley audit person {_ID} --from 2026-01-01T00:00:00Z")
def person(
    person: Annotated[UUID, typer.Argument(metavar="PERSON", help="A parent or a child, by the pathway's id.")],
    since: Since = None,
    until: Until = None,
    as_json: AsLines = False,
) -> None:
    """Show who asked for anything about a PERSON: read or did what, when, from where, why, and what was refused.

    Whoever read a case of theirs is in it. It asks every service, and shows the entries of your own areas.
    """
    _history({"person": str(person)}, since, until, as_json)


@audit.command(epilog=f"Example: parley audit case {_ID}")
def case(
    case: Annotated[UUID, typer.Argument(metavar="CASE", help="A case, by its id.")],
    since: Since = None,
    until: Until = None,
    as_json: AsLines = False,
) -> None:
    """Show who asked for anything about a CASE, lists that showed it among them."""
    _history({"case": str(case)}, since, until, as_json)


@audit.command(epilog=f"Example: parley audit practitioner {_ID}")
def practitioner(
    practitioner: Annotated[UUID, typer.Argument(metavar="PRACTITIONER", help="A practitioner, by the pathway's id.")],
    since: Since = None,
    until: Until = None,
    as_json: AsLines = False,
) -> None:
    """Show who asked for anything about a PRACTITIONER: their training, or cases of theirs."""
    _history({"practitioner": str(practitioner)}, since, until, as_json)


@audit.command(epilog="Example: parley audit heads >> kept")
def heads() -> None:
    """Print the number and hash of each service's last entry, as JSON lines.

    Keep them where nobody here can change them: `parley audit verify --heads FILE` compares them later, beside the
    anchors in Kafka.
    """
    with OperatorClient(load_stack(Home.from_environment())) as client:
        for service in SERVICE_NAMES:
            if head := client.get(service, "/audit/head")["head"]:
                print(json.dumps({"service": service, **head}))


@audit.command(epilog=f"Example: parley audit shared {_ID}")
def shared(
    case: Annotated[UUID, typer.Argument(metavar="CASE", help="A case, by its id.")], as_json: AsLines = False
) -> None:
    """Show what of a CASE was shared and what was not, when, by whom, and for what reason.

    With a provider: given, not given, or ended. With the front door: what it was told, and what was kept back and why.
    """
    with OperatorClient(load_stack(Home.from_environment())) as client:
        items: list[Json] = client.get("referral", f"/cases/{case}/sharing")["items"]
        with suppress(NotFoundError):
            items += map(_as_shared, client.get("notification", f"/cases/{case}/notices")["items"])
    items.sort(key=lambda item: str(item["at"]))
    if as_json:
        for item in items:
            print(json.dumps(item))
        return
    if not items:
        console.print("Nothing was shared of this case, and nobody decided that it should not be.")
        return
    table = plain_table("when", "what", "with", "by", "who", "why")
    for item in items:
        with_whom = item.get("agency") or item["provider"] or ""
        row = (item["what"], with_whom, item["by"], item["who"] or "", item["reason"])
        table.add_row(str(item["at"])[:19], *(harmless(str(cell)) for cell in row))
    console.print(table)


def _as_shared(notice: Json) -> Json:
    """What a front door was told, as a line of what was shared."""
    kept_back = notice["kept_back"]
    return {
        "at": notice["at"],
        "what": "not-told" if notice["step"] is None else "told-in-part" if kept_back else "told",
        "agency": notice["agency"],
        "provider": None,
        "by": "notification",
        "who": None,
        "step": notice["step"],
        "reason": kept_back or notice["step"],
    }


def _history(about: Mapping[str, str], since: str | None, until: str | None, as_json: bool) -> None:
    times = {name: time for name, time in (("from", since), ("to", until)) if time}
    items: list[Json] = []
    cut: list[str] = []
    with OperatorClient(load_stack(Home.from_environment())) as client:
        for service in SERVICE_NAMES:
            found = client.get(service, "/audit", limit=str(_MOST), **about, **times)["items"]
            items += [{"service": service, **item} for item in found]
            cut += [service] * (len(found) == _MOST)
    items.sort(key=lambda item: (str(item["at"]), item["service"], item["sequence"]))
    if as_json:
        for item in items:
            print(json.dumps(item))
    elif not items:
        console.print("Nothing about this id is recorded in your areas.")
    else:
        console.print(_table(items))
    if cut:
        plain_console(stderr=True).print(
            f"Only the newest {_MOST:,} of {', '.join(cut)} are shown: give --from and --to.", style="yellow"
        )


def _table(items: Iterable[Mapping[str, Any]]) -> Table:
    table = plain_table("when", "who", "as", "did", "outcome", "why", "from", "entry")
    for item in items:
        table.add_row(
            str(item["at"])[:19],
            harmless(str(item["who"])),
            ", ".join(item["roles"]),
            harmless(str(item["action"] or item["request"])),
            item["outcome"],
            harmless(str(item["reason"] or "")),
            harmless(str(item["address"] or "")),
            f"{item['service']} {item['sequence']}",
            style=None if item["outcome"] == "allowed" else "yellow",
        )
    return table


def _document(results: Sequence[Verified], anchors: Anchors) -> Json:
    return {
        "services": [
            {
                "service": each.service,
                "entries": each.entries,
                "head": {"sequence": each.head[0], "hash": each.head[1]} if each.head else None,
                "anchored": each.anchored,
                "found": [
                    {"flaw": flaw.flaw.value, "sequence": flaw.sequence, "detail": flaw.detail} for flaw in each.found
                ],
            }
            for each in results
        ],
        "unreadable_anchors": anchors.unreadable,
    }


def _show(results: Sequence[Verified], anchors: Anchors) -> None:
    table = plain_table()
    for heading in ("service", "entries", "anchored", "found"):
        table.add_column(heading, overflow="fold", justify="right" if heading in ("entries", "anchored") else "left")
    for each in results:
        anchored = f"up to {each.anchored:,}" if each.anchored else "none"
        table.add_row(each.service, f"{each.entries:,}", anchored, "" if each.found else "nothing")
        for flaw in each.found:
            place = f"entry {flaw.sequence:,}" if flaw.sequence else "the table"
            table.add_row("", "", "", f"{place}: {flaw.flaw.value}: {flaw.detail}", style="red")
    console.print(table)
    if anchors.unreadable:
        console.print(f"{anchors.unreadable} records of the anchors' topic are no anchors.", style="red")
