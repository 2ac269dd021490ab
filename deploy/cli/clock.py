"""`parley clock`: shows the services' calendars, and moves them forward so that months pass in seconds."""

import re
from datetime import datetime
from typing import Annotated

import typer

from deploy.cli.tables import plain_table
from deploy.stack.calendars import States, calendars, later, move_calendars, newest, parsed
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.terminal import plain_console

console = plain_console()
_LENGTH = re.compile(r"(?P<count>[1-9]\d{0,3})(?P<unit>[dwmy])")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Examples: parley clock · parley clock --by 6m · parley clock --to 2026-01-31T09:00:00Z")(clock)


def clock(
    to: Annotated[str | None, typer.Option(help="Move every calendar to this time, RFC 3339 in UTC.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Move every calendar forward by days, weeks, months or years: 10d, 2w, 6m, 1y.")
    ] = None,
) -> None:
    """Show the services' calendars and timers, or move the calendars forward and wait until all due timers have fired.

    Only a stack that was started with PARLEY_CLOCK=events, such as the demo's, has a calendar that can be moved.
    """
    if to and by:
        raise typer.BadParameter("give --to or --by, not both")
    stack = load_stack(Home.from_environment())
    if to or by:
        _move(stack, _wanted(stack, to, by))
    _show(calendars(stack))


def _wanted(stack: Stack, to: str | None, by: str | None) -> datetime:
    states = calendars(stack)
    if any(state["clock"] == "wall" for state in states.values()):
        raise ParleyError(
            "This stack runs by the wall clock, which nobody moves. Start a stack for trying things out with "
            "PARLEY_CLOCK=events, as `parley demo` does."
        )
    if to is not None:
        try:
            return parsed(to)
        except ValueError:
            raise typer.BadParameter("--to must be RFC 3339 in UTC, such as 2026-01-31T09:00:00Z") from None
    length = _LENGTH.fullmatch(by or "")
    if length is None:
        raise typer.BadParameter("--by must be a number and d, w, m or y, such as 6m")
    start = newest(states)
    if start is None:
        raise ParleyError("The calendar has not started: no event was handled yet. Set its start with --to.")
    return later(start, int(length["count"]), length["unit"])


def _move(stack: Stack, target: datetime) -> None:
    with console.status(f"Moving the calendar to {target:%d %B %Y}, and waiting for timers that are due by then …"):
        move_calendars(stack, target)


def _show(states: States) -> None:
    table = plain_table()
    for heading in ("service", "clock", "calendar", "timers", "due", "failing", "next"):
        table.add_column(heading)
    for service, state in states.items():
        counted = (str(state[name]) for name in ("standing", "due", "failing"))
        times = [(state[name] or "not begun")[:16].replace("T", " ") for name in ("calendar",)]
        table.add_row(service, state["clock"], *times, *counted, (state["next"] or "")[:16].replace("T", " "))
    console.print(table)
