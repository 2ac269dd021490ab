"""`parley status`: alarms, processes, readiness, waiting work and dead letters."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.cli.tables import plain_table
from deploy.stack.home import Home
from deploy.stack.observed import collect
from deploy.stack.terminal import harmless

console = Console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False) -> None:
    """Show alarms, processes, readiness, sign-in, consumer lag, outbox backlog and dead letters.

    Exits with 1 if nothing is running, or if something that should run is not ready. An alarm is a problem of the
    system that an operator must look at: an event of our own that could not be used, a paused subscription, a partition
    that cannot be read, or an event that is too large to send.
    """
    home = Home.from_environment()
    found = collect(home)
    if as_json:
        print(json.dumps(found, indent=1))
    else:
        _show(found)
    if not found["ready"]:
        raise typer.Exit(1)


def _show(found: dict[str, Any]) -> None:
    console.print(f"{found['home']}: [bold]{found['phase']}[/bold] {found['step']}", highlight=False)
    _show_alarms(found["services"])
    table = _table("process", "state", "pid", "up", "restarts", "ready", "outbox", "dead letters")
    for name, process in found["processes"].items():
        service = found["services"].get(name, {})
        table.add_row(
            name,
            process["state"],
            _text(process["pid"]),
            _duration(process["up_seconds"]),
            str(process["restarts"]),
            {True: "[green]yes[/green]", False: "[red]no[/red]", None: ""}[service.get("ready")],
            _text(service.get("outbox_backlog")),
            _text(service.get("dead_letters")),
        )
    console.print(table)
    if found.get("sign_in") is not None:
        _show_sign_in(found["sign_in"])
    if found["groups"]:
        groups = _table("consumer group", "members", "lag", "where")
        for group in found["groups"]:
            waiting = ", ".join(f"{topic} {lag}" for topic, lag in group["lag"].items() if lag)
            groups.add_row(group["group"], str(group["members"]), str(group["total"]), waiting)
        console.print(groups)


def _show_sign_in(sign_in: dict[str, Any]) -> None:
    """Shows where people sign in, or why they cannot yet."""
    if sign_in["ready"]:
        console.print(f"People sign in at {sign_in['entrance']}/ (issuer {sign_in['issuer']}).", highlight=False)
    else:
        why = sign_in["error"] or sign_in["step"] or f"{sign_in['issuer']} does not answer"
        console.print(f"[red]Nobody can sign in yet[/red]: {escape(harmless(why))}", highlight=False)


def _show_alarms(services: dict[str, dict[str, Any]]) -> None:
    """Shows the alarms, before anything else."""
    lines = [(name, alarm) for name, service in services.items() for alarm in service["alarms"]]
    for name, alarm in lines:
        console.print(f"[bold red]ALARM[/bold red] {name}: {escape(harmless(alarm['what']))}", highlight=False)
    if lines:
        console.print("What to do about each is in the operator's guide, under 'An alarm'.", highlight=False)


def _table(*headings: str) -> Table:
    table = plain_table()
    for heading in headings:
        number = heading in ("pid", "restarts", "outbox", "dead letters", "members", "lag")
        table.add_column(heading, justify="right" if number else "left")
    return table


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, seconds_left = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds_left} s" if minutes else f"{seconds_left} s"
    )
