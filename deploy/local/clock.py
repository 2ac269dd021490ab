"""`parley clock`: where the calendar of each service is, and moving it on, so that months pass in seconds."""

import re
import time
from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from deploy.local.errors import ParleyError
from deploy.local.home import Home, Stack, load_stack
from deploy.local.operator.http import OperatorClient
from deploy.local.services import SERVICE_NAMES
from deploy.local.terminal import plain_console

console = plain_console()
PATIENCE_SECONDS = 300.0
_LOOK_SECONDS = 0.2
_LENGTH = re.compile(r"(?P<count>[1-9]\d{0,3})(?P<unit>[dwmy])")

States = Mapping[str, Mapping[str, Any]]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Examples: parley clock · parley clock --by 6m · parley clock --to 2026-01-31T09:00:00Z")(clock)


def clock(
    to: Annotated[str | None, typer.Option(help="Move every calendar to this time, RFC 3339 in UTC.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Move them on by days, weeks, months or years: 10d, 2w, 6m, 1y.")
    ] = None,
) -> None:
    """Show the services' calendars and what waits for them, or move them on and wait until all that was due is done.

    Only a stack that was started with PARLEY_CLOCK=events has a calendar to move, as the demo's has. By the wall's
    clock nobody moves it.
    """
    if to and by:
        raise typer.BadParameter("give --to or --by, not both")
    stack = load_stack(Home.from_environment())
    if to or by:
        _move(stack, _wanted(stack, to, by))
    _show(calendars(stack))


def calendars(stack: Stack) -> dict[str, dict[str, Any]]:
    """Each service's clock, calendar, newest event and timers."""
    with OperatorClient(stack) as client:
        return {service: client.get(service, "/clock") for service in SERVICE_NAMES}


def move_calendars(stack: Stack, target: datetime) -> None:
    """Moves every service's calendar that is behind, and returns when nothing is due any more.

    Raises `ParleyError` by the wall's clock, or where timers are still due after five minutes.
    """
    text = target.astimezone(UTC).isoformat().replace("+00:00", "Z")
    with OperatorClient(stack) as client:
        for service in SERVICE_NAMES:
            if _time(client.get(service, "/clock")["calendar"], datetime.min.replace(tzinfo=UTC)) < target:
                client.post(service, "/clock", {"to": text})
        deadline = time.monotonic() + PATIENCE_SECONDS
        while waiting := [name for name in SERVICE_NAMES if client.get(name, "/clock")["due"]]:
            if time.monotonic() > deadline:
                raise ParleyError(f"After {PATIENCE_SECONDS:.0f} s there are timers due in {', '.join(waiting)}.")
            time.sleep(_LOOK_SECONDS)


def newest(states: States) -> datetime | None:
    """The newest time that any service knows of: of its calendar, or of the events that it handled."""
    told = [state[name] for state in states.values() for name in ("calendar", "newest_event") if state[name]]
    return max(map(_parsed, told), default=None)


def _wanted(stack: Stack, to: str | None, by: str | None) -> datetime:
    states = calendars(stack)
    if any(state["clock"] == "wall" for state in states.values()):
        raise ParleyError(
            "This stack runs by the wall's clock, which nobody moves. A stack to try things with is started with "
            "PARLEY_CLOCK=events, as `parley demo` does."
        )
    if to is not None:
        try:
            return _parsed(to)
        except ValueError:
            raise typer.BadParameter("--to must be RFC 3339 in UTC, such as 2026-01-31T09:00:00Z") from None
    length = _LENGTH.fullmatch(by or "")
    if length is None:
        raise typer.BadParameter("--by must be a number and d, w, m or y, such as 6m")
    start = newest(states)
    if start is None:
        raise ParleyError("The calendar has not begun: no event was handled yet. Say where it begins with --to.")
    return later(start, int(length["count"]), length["unit"])


def later(start: datetime, count: int, unit: str) -> datetime:
    """Some days, weeks, months or years on; the last day of a month where it is shorter. For `d`, `w`, `m`, `y`."""
    if unit in "dw":
        return start + timedelta(days=count * (7 if unit == "w" else 1))
    months = start.year * 12 + start.month - 1 + count * (12 if unit == "y" else 1)
    year, month = months // 12, months % 12 + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def _move(stack: Stack, target: datetime) -> None:
    with console.status(f"Moving the calendar to {target:%d %B %Y}, and waiting for what is due by then …"):
        move_calendars(stack, target)


def _show(states: States) -> None:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("service", "clock", "calendar", "timers", "due", "failing", "next"):
        table.add_column(heading)
    for service, state in states.items():
        counted = (str(state[name]) for name in ("standing", "due", "failing"))
        times = [(state[name] or "not begun")[:16].replace("T", " ") for name in ("calendar",)]
        table.add_row(service, state["clock"], *times, *counted, (state["next"] or "")[:16].replace("T", " "))
    console.print(table)


def _time(text: str | None, otherwise: datetime) -> datetime:
    return _parsed(text) if text else otherwise


def _parsed(text: str) -> datetime:
    time_told = datetime.fromisoformat(text)
    if time_told.utcoffset() != timedelta(0):
        raise ValueError("must be in UTC")
    return time_told
