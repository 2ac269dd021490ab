"""`parley worklist` and `parley case`: cases that wait for a coordinator, and the coordinator's decisions.

The commands only pass decisions on to the referral service, which decides whether the case's state allows them.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import harmless, plain_console

_SERVICE = "referral"
_SUBJECT = re.compile(r" \([^()]*\)$")

console = plain_console()
case = typer.Typer(
    help="Show one family's case, and record the coordinator's decisions about it.",
    no_args_is_help=True,
)

CaseId = Annotated[UUID, typer.Argument(metavar="ID", help="The case, as `parley worklist` shows it.")]
_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.command(epilog="Example: parley worklist --json | jq .case_id")(worklist)
    app.add_typer(case, name="case")


def worklist(
    area: Annotated[str | None, typer.Option(help="Only cases of this area, by its ONS code.")] = None,
    coordinator: Annotated[
        str | None, typer.Option(help="Only cases that this coordinator, as --json shows them, has claimed.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most this many cases.")] = 200,
    offset: Annotated[int, typer.Option(min=0, help="Skip this many cases, for the next page.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """List the cases that wait for a coordinator, and why: the most urgent first, then the longest waiting."""
    parameters = {"limit": str(limit)} | ({"area": area} if area else {})
    parameters |= ({"coordinator": coordinator} if coordinator else {}) | ({"offset": str(offset)} if offset else {})
    with _client() as client:
        found = client.get(_SERVICE, "/worklist", **parameters)
    items: list[Json] = found["items"]
    unmatched: list[Json] = found.get("unmatched_signs", [])
    if as_json:
        for item in items:
            print(json.dumps(item))
        for sign in unmatched:
            print(json.dumps({"case_id": None, "waiting_reason": "sign-of-an-unknown-family", **sign}))
        return
    if unmatched:
        console.print("Signs of abuse about families that no screening has named yet. Ask the front door at once:")
        for sign in unmatched:
            console.print(
                f"  {harmless(sign['agency'])}, its reference {harmless(sign['family_ref'])}, since "
                f"{harmless(str(sign['received_at'])[:16])}; contact {harmless(str(sign['contact_id']))}",
                soft_wrap=True,
            )
        console.print("`parley case sign-seen-to AGENCY CONTACT` once you have.")
    if not items:
        console.print("Nothing waits for a coordinator." if not unmatched else "No case waits for a coordinator.")
    else:
        console.print(_table(items))
        more = f" The next page: --offset {offset + limit}." if found["total"] > offset + len(items) else ""
        console.print(
            f"{found['total']} cases wait.{more} `parley case show ID` shows one, `parley case --help` moves it on."
        )


@case.command(epilog=f"Example: parley case show {_ID}")
def show(case_id: CaseId) -> None:
    """Show a case: its state, its history, and what it waits for."""
    with _client() as client:
        found = client.get(_SERVICE, f"/cases/{case_id}")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for field, value in found.items():
        table.add_row(_heading(field), _text(value))
    console.print(table)


@case.command(
    epilog=f"Examples: parley case agree {_ID} · parley case agree {_ID} --offer relate-mediation",
)
def agree(
    case_id: CaseId,
    offer: Annotated[str | None, typer.Option(help="This offer, instead of the first eligible one.")] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="If the offer is full, wait for a place instead of taking another.")
    ] = False,
) -> None:
    """Agree that the referral is safe and appropriate: it goes to the provider, or waits for a place there."""
    _post(case_id, "agree", ({"offer": offer} if offer else {}) | ({"wait": True} if wait else {}))


@case.command("take-off-list", epilog=f"Example: parley case take-off-list {_ID}")
def take_off_list(case_id: CaseId) -> None:
    """Take a case off its waiting list; the cases behind it move up, and it waits for your decision again."""
    _post(case_id, "take-off-list")


@case.command("return", epilog=f"Example: parley case return {_ID} --missing privacy-notice-missing")
def give_back(
    case_id: CaseId,
    missing: Annotated[list[str], typer.Option(help="What is missing, as a code. Repeat the option for several.")],
) -> None:
    """Return the case to the referrer and ask for the missing information."""
    _post(case_id, "return", {"missing": missing})


@case.command(epilog=f"Example: parley case refuse {_ID} --reason not-appropriate")
def refuse(
    case_id: CaseId, reason: Annotated[str, typer.Option(help="The reason, as a code; the referrer is notified of it.")]
) -> None:
    """Refuse the referral, giving a reason."""
    _post(case_id, "refuse", {"reason": reason})


@case.command("to-panel", epilog=f"Example: parley case to-panel {_ID}")
def to_panel(case_id: CaseId) -> None:
    """Take the case to the multi-agency panel, which recommends the next step."""
    _post(case_id, "to-panel")


@case.command("from-panel", epilog=f"Example: parley case from-panel {_ID}")
def from_panel(case_id: CaseId) -> None:
    """Take the case back from the panel, so that it waits for the coordinator again."""
    _post(case_id, "from-panel")


@case.command(epilog=f"Example: parley case answer {_ID}")
def answer(
    case_id: CaseId,
    outcome: Annotated[str, typer.Option(help="information-given or no-further-information.")] = "information-given",
) -> None:
    """Record that the referrer answered: the case goes back to the state it was returned from.

    When the front door sends a corrected screening, this happens automatically.
    """
    _post(case_id, "answer", {"outcome": outcome})


@case.command(epilog=f"Example: parley case hold {_ID}")
def hold(case_id: CaseId) -> None:
    """Put the case on hold; `parley case resume` continues where it was."""
    _post(case_id, "hold")


@case.command(epilog=f"Example: parley case resume {_ID}")
def resume(case_id: CaseId) -> None:
    """Resume a case that is on hold."""
    _post(case_id, "resume")


@case.command(
    epilog=f"Examples: parley case halt {_ID} · parley case halt {_ID} --source told-by-a-wrap-around-practitioner"
)
def halt(
    case_id: CaseId,
    source: Annotated[
        str | None,
        typer.Option(help="Who told you, as a code, such as told-by-a-parent. It is only shown in the history."),
    ] = None,
) -> None:
    """Halt the case for good because of a sign of abuse: its provider, if it has one, is told to stop.

    The case stays on the worklist until the specialist contact has been dealt with. No details are asked for, on
    purpose: nothing must be stored where others could read it.
    """
    _post(case_id, "halt", {"source": source} if source else {})


@case.command("specialist-contact", epilog=f"Example: parley case specialist-contact {_ID} --outcome contact-made")
def specialist_contact(
    case_id: CaseId,
    outcome: Annotated[
        str,
        typer.Option(
            help="contact-made, already-with-specialist or declined; with not-reached the case keeps waiting."
        ),
    ],
) -> None:
    """Record the outcome of the specialist contact that a halted case needs."""
    _post(case_id, "specialist-contact", {"outcome": outcome})


@case.command(epilog=f"Example: parley case withdraw {_ID}")
def withdraw(
    case_id: CaseId,
    parent: Annotated[UUID | None, typer.Option(help="Only this parent, by their id in the case.")] = None,
) -> None:
    """Record that a parent or the family withdraws: everything stops, and the provider is told to stop."""
    _post(case_id, "withdraw", {"parent": str(parent)} if parent else {})


@case.command(epilog=f"Example: parley case reopen {_ID} --reason family-came-back")
def reopen(
    case_id: CaseId,
    reason: Annotated[str, typer.Option(help="family-came-back, further-sessions-agreed or closed-by-mistake.")] = (
        "family-came-back"
    ),
) -> None:
    """Reopen a case that its provider closed: it goes to the same provider again, within the area's limit."""
    _post(case_id, "reopen", {"reason": reason})


@case.command("seen-to", epilog=f"Example: parley case seen-to {_ID}")
def seen_to(case_id: CaseId) -> None:
    """Mark as done what the calendar put on the worklist, or a conversation with a joined case's front door.

    The case leaves the worklist and keeps its state.
    """
    _post(case_id, "seen-to")


@case.command(
    "confirm-people",
    epilog=f"Examples: parley case confirm-people {_ID} · parley case confirm-people {_ID} --not-theirs",
)
def confirm_people(
    case_id: CaseId,
    not_theirs: Annotated[
        bool, typer.Option("--not-theirs", help="They belong to another family: their record is set aside.")
    ] = False,
) -> None:
    """Confirm that you have checked the people of a case, and that they belong to this family.

    A provider that has the family is notified who takes part now. A case without a provider waits for your agreement.
    """
    _post(case_id, "confirm-people", {"theirs": False} if not_theirs else {})


@case.command("sign-seen-to", epilog=f"Example: parley case sign-seen-to hants-schools {_ID}")
def sign_seen_to(
    agency: Annotated[str, typer.Argument(metavar="AGENCY", help="The front door that the sign came from.")],
    contact_id: Annotated[UUID, typer.Argument(metavar="CONTACT", help="The contact, as `parley worklist` shows it.")],
) -> None:
    """Mark as done a practitioner's sign of abuse about a family that no screening has named.

    The sign leaves the worklist, and still counts if the family arrives later.
    """
    with _client() as client:
        client.post(_SERVICE, f"/unmatched-signs/{agency}/{contact_id}/seen-to")
    console.print("The sign is off the worklist. It still counts when its family arrives.")


@case.command("wrap-around", epilog=f"Example: parley case wrap-around {_ID} --parent {_ID}")
def wrap_around(
    case_id: CaseId,
    parent: Annotated[UUID, typer.Option(help="The parent whom the practitioner spoke with, by their id in the case.")],
) -> None:
    """Record that a parent's wrap-around practitioner has spoken with them before the next session."""
    _post(case_id, "wrap-around", {"parent": str(parent)})


@case.command(epilog=f"Example: parley case claim {_ID}")
def claim(
    case_id: CaseId,
    take_over: Annotated[bool, typer.Option("--take-over", help="Even if another coordinator has claimed it.")] = False,
) -> None:
    """Claim a case, so that the worklist shows that it is yours."""
    with _client() as client:
        answer = client.post(_SERVICE, f"/cases/{case_id}/claim", {"take_over": take_over})
    console.print(f"Case {case_id} is in the hands of {harmless(answer['coordinator'])} now.", soft_wrap=True)


@case.command(epilog=f"Example: parley case release {_ID}")
def release(case_id: CaseId) -> None:
    """Release a case that you have claimed."""
    with _client() as client:
        client.post(_SERVICE, f"/cases/{case_id}/release")
    console.print(f"Case {case_id} is in nobody's hands now.", soft_wrap=True)


@case.command(epilog=f"Example: parley case note {_ID} < note.txt")
def note(case_id: CaseId) -> None:
    """Add a note to a case. It is read from standard input, so that no shell stores it, and is stored sealed."""
    if sys.stdin.isatty():
        console.print("Write the note, then press Ctrl-D.")
    text = sys.stdin.read().strip()
    if not text:
        raise ParleyError("The note is empty. Write it, or give it as `parley case note ID < note.txt`.")
    with _client() as client:
        client.post(_SERVICE, f"/cases/{case_id}/notes", {"text": text})
    console.print("The note is kept.")


@case.command(epilog=f"Example: parley case notes {_ID}")
def notes(case_id: CaseId) -> None:
    """Show a case's notes, unsealed."""
    with _client() as client:
        items: list[Json] = client.get(_SERVICE, f"/cases/{case_id}/notes")["items"]
    if not items:
        console.print("There are no notes.")
    for item in items:
        text = "The key was erased." if item["text"] is None else item["text"]
        console.print(f"{str(item['at'])[:16]} {harmless(item['who'])}: {harmless(text)}", soft_wrap=True)


def _post(case_id: UUID, verb: str, body: Mapping[str, Any] | None = None) -> None:
    with _client() as client:
        answer = client.post(_SERVICE, f"/cases/{case_id}/{verb}", body)
    console.print(
        f"Case {case_id} is {answer['state']} now." if "state" in answer else f"Done: {verb}.", soft_wrap=True
    )


def _client() -> OperatorClient:
    return OperatorClient(load_stack(Home.from_environment()))


def _table(items: Sequence[Json]) -> Table:
    """The worklist as a table. The reasons are below the case id, so that no word is broken at 80 columns."""
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for heading in ("case, and why it waits", "area", "urgency", "days"):
        table.add_column(heading, no_wrap=True)
    table.add_column("in hand", overflow="fold")
    for item in items:
        reasons = (item["waiting_reason"], item["waiting_before"], *item["urgency_reasons"])
        why = "".join(f"\n  {reason}" for reason in dict.fromkeys(reasons) if reason)
        row = (item["area"], item["urgency"], str(item["days_waited"]), _username(item["coordinator"]))
        table.add_row(f"{item['case_id']}{why}", *row)
    return table


def _heading(field: str) -> str:
    return field.replace("_", " ")


def _username(who: str | None) -> str:
    """What somebody signs in as: a column has no room for their id at the identity provider."""
    return _text(_SUBJECT.sub("", who) if who else who)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(_text(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_heading(field)} {_text(each)}" for field, each in value.items())
    return harmless(str(value))
