"""`parley dead-letters`: lists and shows records that could not be used, and retries or discards them.

The record itself stays sealed: it may hold personal data, which does not belong on a terminal.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.progress import track
from rich.table import Table

from deploy.cli.tables import plain_table
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, NotFoundError, OperatorClient
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.dead_letters import DiscardReason

_SHOWN = (
    *("id", "service", "subscription", "topic", "partition", "offset", "recorded_at"),
    *("findings", "attempts", "times_seen", "status", "audit"),
)
_MOST = 100_000

console = plain_console()
commands = typer.Typer(
    help="Records that could not be used, and why: list, retry or discard them.", no_args_is_help=True
)

Reason = Annotated[
    str | None, typer.Option(help="Only dead letters with TEXT in a finding's field or rule.", metavar="TEXT")
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(commands, name="dead-letters")


@commands.command("list", epilog="Example: parley dead-letters list --service screening --reason agency")
def show_list(
    service: Annotated[
        str | None, typer.Option(help=f"Only those of this service: {', '.join(SERVICE_NAMES)}.")
    ] = None,
    reason: Reason = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List the open dead letters, oldest first, each with the field and the rule that it breaks."""
    with _client() as client:
        letters, problems = find(client, _services(service), reason)
    if as_json:
        for letter in letters:
            print(json.dumps(letter))
    elif letters:
        console.print(_table(letters))
        console.print(f"{len(letters)} dead letters. `parley dead-letters show ID` shows one.")
    elif not problems:
        console.print(_nothing(reason))
    _complain(problems)


@commands.command(epilog="Example: parley dead-letters show 4f1f8a0e-6b0f-8c1e-9d2a-0c3b5e7f9a11")
def show(letter: Annotated[UUID, typer.Argument(metavar="ID")]) -> None:
    """Show a dead letter: its position, its findings, and the attempts so far. Its contents stay sealed."""
    with _client() as client:
        found = find_one(client, letter)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for field in _SHOWN:
        if field in found:
            table.add_row(field.replace("_", " "), _text(field, found[field]))
    console.print(table)


@commands.command(
    epilog="Examples: parley dead-letters retry 4f1f8a0e-6b0f-8c1e-9d2a-0c3b5e7f9a11 · "
    "parley dead-letters retry --reason agency · parley dead-letters retry --all"
)
def retry(
    ids: Annotated[list[UUID] | None, typer.Argument(metavar="ID")] = None,
    reason: Reason = None,
    everything: Annotated[bool, typer.Option("--all", help="All open dead letters.")] = False,
) -> None:
    """Retry dead letters: by ID, by reason, or all. Those that still fail stay open, with their current findings."""
    if sum((bool(ids), reason is not None, everything)) != 1:
        raise typer.BadParameter("Give either IDs, or --reason TEXT, or --all.")
    with _client() as client:
        letters, problems = (
            ([find_one(client, each) for each in ids], []) if ids else find(client, SERVICE_NAMES, reason)
        )
        if not letters and not problems:
            console.print(_nothing(reason))
            return
        resolved = 0
        still: list[Json] = []
        for letter in track(letters, "Trying again", console=console, transient=True):
            try:
                answer = client.post(letter["service"], f"/dead-letters/{letter['id']}/retry")
            except ParleyError as error:
                problems.append(f"{letter['id']}: {error}")
                continue
            if answer["status"] == "resolved":
                resolved += 1
            else:
                still.append(letter | {"findings": answer["findings"], "attempts": letter["attempts"] + 1})
    if still:
        console.print(_table(still))
    console.print(f"{resolved} resolved, {len(still)} still can't be read.")
    _complain(problems)


@commands.command(epilog="Example: parley dead-letters discard ID --because sent-again")
def discard(
    ids: Annotated[list[UUID], typer.Argument(metavar="ID")],
    because: Annotated[DiscardReason, typer.Option(help="Why it is not needed; stored with your name.")],
) -> None:
    """Discard dead letters. They are no longer listed; `show` still displays who discarded them and why."""
    with _client() as client:
        for letter in [find_one(client, each) for each in ids]:
            client.post(letter["service"], f"/dead-letters/{letter['id']}/discard", {"reason": because})
    console.print(f"{len(ids)} discarded.")


@commands.command(epilog="Example: parley dead-letters resume referral screenings")
def resume(
    service: Annotated[str, typer.Argument(help=f"One of {', '.join(SERVICE_NAMES)}.")],
    subscription: Annotated[str, typer.Argument(help="As `parley status` names it.")],
) -> None:
    """Resume a subscription that was paused after too many dead letters of our own making."""
    _services(service)
    with _client() as client:
        client.post(service, f"/subscriptions/{subscription}/resume")
    console.print(f"{service}'s {subscription} goes on: what still can't be handled becomes a dead letter.")


def find(client: OperatorClient, services: Iterable[str], reason: str | None) -> tuple[list[Json], list[str]]:
    """The open dead letters of these services, oldest first, without sealed contents; and the errors of services.

    A service that does not answer must not hide the dead letters of the others.
    """
    parameters = {"limit": str(_MOST)} | ({"reason": reason} if reason else {})
    found: list[Json] = []
    problems: list[str] = []
    for service in services:
        try:
            letters = client.get(service, "/dead-letters", **parameters)["items"]
        except ParleyError as error:
            problems.append(str(error))
        else:
            found += [without_contents(letter | {"service": service}) for letter in letters]
    return sorted(found, key=lambda letter: (letter["recorded_at"], letter["id"])), problems


def find_one(client: OperatorClient, letter: UUID) -> Json:
    """The dead letter with this id, from whichever service has it."""
    for service in SERVICE_NAMES:
        try:
            return without_contents(client.get(service, f"/dead-letters/{letter}") | {"service": service})
        except NotFoundError:
            continue
    raise ParleyError(f"No service has a dead letter {letter}. `parley dead-letters list` shows those that wait.")


def without_contents(letter: Json) -> Json:
    """The fields of a dead letter that may be shown: an explicit list, so that a field added later is not exposed."""
    return {field: letter[field] for field in _SHOWN if field in letter}


def _nothing(reason: str | None) -> str:
    return "No dead letter waits." if reason is None else f"No dead letter that waits has {harmless(reason)!r} in it."


def _complain(problems: Sequence[str]) -> None:
    if problems:
        raise ParleyError("\n".join(problems))


def _services(service: str | None) -> Sequence[str]:
    if service is None:
        return SERVICE_NAMES
    if service not in SERVICE_NAMES:
        raise typer.BadParameter(f"must be one of {', '.join(SERVICE_NAMES)}.", param_hint="--service")
    return (service,)


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))


def _table(letters: Sequence[Json]) -> Table:
    table = plain_table()
    table.add_column("id", no_wrap=True)
    table.add_column("what is wrong, and where", overflow="fold")
    table.add_column("seen", justify="right")
    for letter in letters:
        where = f"{letter['service']} {letter['topic']}/{letter['partition']}@{letter['offset']}"
        table.add_row(letter["id"], f"{_text('findings', letter['findings'])}\n{where}", str(letter["times_seen"]))
    return table


def _text(field: str, value: Any) -> str:
    if field == "findings":
        return harmless("\n".join(f"{finding['field']}: {finding['rule']}" for finding in value))
    if field == "audit":
        return "\n".join(_audited(entry) for entry in value)
    return harmless(str(value))


def _audited(entry: Json) -> str:
    because = f" ({harmless(entry['reason'])})" if entry.get("reason") else ""
    return f"{entry['at']} {harmless(entry['actor'])}: {entry['action']}, {entry['outcome']}{because}"
