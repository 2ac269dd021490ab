"""`parley panel`: meetings, members, agendas, views and decisions of the multi-agency panel.

Each command names the acting member, for whom the coordinator writes it down: a member's own sign-in is not tied to
their seat.
"""

import json
import sys
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.table import Table

from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import harmless, plain_console

_SERVICE = "referral"
_ID = "0190f6a2-7c1e-7d3a-9a51-3f2b8c6d4e10"
_AREA = "E10000014"

console = plain_console()
panel = typer.Typer(
    help="The multi-agency panel, which recommends the next step for cases that were taken to it.",
    no_args_is_help=True,
)

Area = Annotated[str, typer.Option(help="The area, by its ONS code.")]
MeetingId = Annotated[UUID, typer.Argument(metavar="MEETING", help="The meeting, as `parley panel meetings` shows it.")]
CaseId = Annotated[UUID, typer.Argument(metavar="CASE", help="The case, as `parley panel agenda` shows it.")]
MemberId = Annotated[UUID, typer.Option("--member", help="The acting member, as `parley panel members` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON lines.")]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(panel, name="panel")


@panel.command(
    "add-member",
    epilog=f"Example: parley panel add-member 'A. Shah' --area {_AREA} --agency safe-lives --role domestic-abuse",
)
def add_member(
    name: Annotated[str, typer.Argument(help="The member's name; it is stored sealed.")],
    area: Area,
    agency: Annotated[str, typer.Option(help="The member's own agency. A case can be withheld from it.")],
    role: Annotated[
        str,
        typer.Option(help="drug-and-alcohol, domestic-abuse, early-help, police, programmes or coordinator."),
    ],
) -> None:
    """Add a member to an area's panel."""
    made = _post("/panel/members", {"area": area, "agency": agency, "role": role, "name": name})
    console.print(f"Member {made['member_id']} is on the panel.", soft_wrap=True)


@panel.command(epilog=f"Example: parley panel members --area {_AREA}")
def members(area: Area, as_json: AsJson = False) -> None:
    """List an area's members."""
    _list(_get("/panel/members", area=area)["items"], ("member_id", "name", "agency", "role", "retired_at"), as_json)


@panel.command(epilog=f"Example: parley panel retire {_ID}")
def retire(member: Annotated[UUID, typer.Argument(metavar="MEMBER")]) -> None:
    """Record that a member leaves the panel. Their views are kept."""
    _post(f"/panel/members/{member}/retire")
    console.print("The member has left the panel.")


@panel.command(epilog=f"Example: parley panel schedule --area {_AREA} --first 2026-01-13 --meetings 6")
def schedule(
    area: Area,
    first: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day of the first meeting.")],
    meetings: Annotated[int, typer.Option(min=1, max=52, help="The number of meetings.")] = 1,
    every_days: Annotated[
        int | None,
        typer.Option(min=1, max=365, help="The interval, instead of the area's setting (fortnightly by default)."),
    ] = None,
) -> None:
    """Plan meetings. Waiting cases go on the agenda of the first one."""
    body: Json = {"area": area, "first": first.date().isoformat(), "meetings": meetings}
    planned = _post("/panel/meetings", body | ({"every_days": every_days} if every_days else {}))
    _list(planned["items"], ("meeting_id", "held_on", "status"), False)


@panel.command("meetings", epilog=f"Example: parley panel meetings --area {_AREA}")
def list_meetings(area: Area, as_json: AsJson = False) -> None:
    """List an area's meetings, the newest first."""
    _list(_get("/panel/meetings", area=area)["items"], ("meeting_id", "held_on", "status"), as_json)


@panel.command(epilog=f"Example: parley panel agenda {_ID} --member {_ID}")
def agenda(
    meeting: MeetingId,
    member: Annotated[UUID | None, typer.Option(help="Show what this member may see; everything if omitted.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a meeting's agenda: the cases in the order in which they were taken to the panel."""
    found = _get(f"/panel/meetings/{meeting}/agenda", **({"member": str(member)} if member else {}))
    columns = ("number", "case_id", "state", "level_of_need", "relationship", "service", "decision")
    _list(found["items"], columns, as_json)


@panel.command(epilog=f"Example: parley panel attend {_ID} --member {_ID} --member {_ID}")
def attend(
    meeting: MeetingId,
    member: Annotated[list[UUID], typer.Option(help="A member who attends. Repeat the option for several.")],
) -> None:
    """Record who attends a meeting."""
    _post(f"/panel/meetings/{meeting}/attendance", {"members": [str(each) for each in member]})
    console.print("The attendance is recorded.")


@panel.command(epilog=f"Example: parley panel view {_ID} {_ID} --member {_ID} --recommend agree < view.txt")
def view(
    meeting: MeetingId,
    case: CaseId,
    member: MemberId,
    recommend: Annotated[str, typer.Option(help="agree, return, refuse or specialist-pathway.")],
) -> None:
    """Record a member's view. Its text is read from standard input, if there is any, and stored sealed."""
    body = {"member": str(member), "recommendation": recommend} | _piped_text("words")
    _post(f"/panel/meetings/{meeting}/cases/{case}/views", body)
    console.print("The view is recorded.")


@panel.command(
    epilog=f"Example: parley panel decide {_ID} {_ID} --member {_ID} --decision return --missing tool < minutes.txt"
)
def decide(
    meeting: MeetingId,
    case: CaseId,
    member: MemberId,
    decision: Annotated[str, typer.Option(help="agree, return, refuse or specialist-pathway.")],
    offer: Annotated[str | None, typer.Option(help="The agreed offer, instead of the first eligible one.")] = None,
    missing: Annotated[
        list[str] | None, typer.Option(help="What to ask the referrer for, as a code. Repeat the option for several.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="The reason for a refusal, as a code.")] = None,
) -> None:
    """Record the panel's decision about a case; it takes effect at once. Minutes are read from standard input."""
    body: Json = {"member": str(member), "decision": decision, "offer": offer, "reason": reason}
    body |= {"missing": missing or []} | _piped_text("minutes")
    answer = _post(f"/panel/meetings/{meeting}/cases/{case}/decision", body)
    console.print(f"Case {case} is {answer['state']} now.", soft_wrap=True)


@panel.command(epilog=f"Example: parley panel show {_ID} {_ID} --member {_ID}")
def show(meeting: MeetingId, case: CaseId, member: MemberId) -> None:
    """Show a case on the agenda as a member may see it: views, decision and minutes, unsealed."""
    print(json.dumps(_get(f"/panel/meetings/{meeting}/cases/{case}", member=str(member)), indent=2))


@panel.command(epilog=f"Example: parley panel close {_ID}")
def close(meeting: MeetingId) -> None:
    """Close a meeting. Cases that it has not decided go to the next one."""
    _post(f"/panel/meetings/{meeting}/close")
    console.print("The meeting is closed.")


@panel.command(epilog=f"Example: parley panel cancel {_ID}")
def cancel(meeting: MeetingId) -> None:
    """Cancel a meeting. Its cases go to the next one."""
    _post(f"/panel/meetings/{meeting}/cancel")
    console.print("The meeting is cancelled.")


@panel.command(epilog=f"Example: parley panel withhold {_ID} --agency county-police --reason employs-a-parent")
def withhold(
    case: CaseId,
    reason: Annotated[str, typer.Option(help="works-with-a-parent, employs-a-parent, knows-a-parent, a-parent-asked.")],
    agency: Annotated[str | None, typer.Option(help="Withhold it from every member of this agency.")] = None,
    member: Annotated[UUID | None, typer.Option(help="Withhold it only from this member.")] = None,
) -> None:
    """Withhold a case from an agency's members, or from one member: they see it on no agenda."""
    body = {"agency": agency, "member": str(member) if member else None, "reason": reason}
    made = _post(f"/cases/{case}/conflicts", body)
    console.print(f"The case is withheld, by conflict {made['conflict_id']}.", soft_wrap=True)


@panel.command(epilog=f"Example: parley panel withheld {_ID}")
def withheld(case: CaseId, as_json: AsJson = False) -> None:
    """List the agencies and members from whom a case is or was withheld."""
    columns = ("conflict_id", "agency", "member_id", "reason", "recorded_at", "recorded_by", "lifted_at")
    _list(_get(f"/cases/{case}/conflicts")["items"], columns, as_json)


@panel.command(epilog=f"Example: parley panel lift {_ID} {_ID}")
def lift(case: CaseId, conflict: Annotated[UUID, typer.Argument(metavar="CONFLICT")]) -> None:
    """Lift a conflict: the case is no longer withheld because of it."""
    _post(f"/cases/{case}/conflicts/{conflict}/lift")
    console.print("The conflict is lifted.")


def _piped_text(field: str) -> Json:
    """The text piped to standard input, under this field's name. Never waits for input from a terminal."""
    text = "" if sys.stdin.isatty() else sys.stdin.read().strip()
    return {field: text} if text else {}


def _get(path: str, **parameters: str) -> Json:
    with OperatorClient(load_stack(Home.from_environment())) as client:
        return client.get(_SERVICE, path, **parameters)


def _post(path: str, body: Json | None = None) -> Json:
    with OperatorClient(load_stack(Home.from_environment())) as client:
        return client.post(_SERVICE, path, body)


def _list(items: list[Json], columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        for item in items:
            print(json.dumps(item))
        return
    if not items:
        console.print("There are none.")
        return
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold", no_wrap=column.endswith("_id"))
    for item in items:
        table.add_row(*(_cell(item.get(column)) for column in columns))
    console.print(table)


def _cell(value: Any) -> str:
    return "" if value is None else harmless(str(value))
