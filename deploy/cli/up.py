"""`parley up`: starts the whole system on this machine."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli.display import Steps, stack_table
from deploy.stack.boot import Boot
from deploy.stack.detached import follow, start_detached, wait_for_sign_in
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, describe_stack

console = Console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(up)


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when everything is ready; the stack keeps running.")
    ] = False,
) -> None:
    """Start the whole system and keep it running until Ctrl-C (or `parley down`).

    It is Kafka, PostgreSQL, the services, the identity provider and the entrance. The services do not wait for the
    identity provider, which takes a little longer, and at the first start minutes: it is fetched and built then.
    """
    home = Home.from_environment()
    home.create()
    running = home.supervisor()
    if running is not None:
        _wait_for(home, running.pid)
        console.print(f"The stack in {home.path} is already running. `parley status` shows it, `parley down` stops it.")
        console.print(stack_table(describe_stack(home)))
        return
    if detach:
        with Steps(console, "Starting") as steps:
            start_detached(home, lambda kind, text: _show_running(steps, kind, text))
            problem = wait_for_sign_in(home, lambda kind, text: _show_running(steps, kind, text))
        console.print(stack_table(describe_stack(home)))
        if problem is not None:
            console.print(f"Nobody can sign in yet: {problem}", style="yellow", highlight=False, markup=False)
        console.print("Stop it with `parley down`.")
        return
    with Steps(console, "Starting") as steps:
        asyncio.run(_in_foreground(home, steps))
    console.print("All stopped.")


async def _in_foreground(home: Home, steps: Steps) -> None:
    def show(kind: str, text: str) -> None:
        if kind == "ready":
            steps.stop()
            console.print(stack_table(describe_stack(home)))
            console.print("Ctrl-C stops it.")
        else:
            _show_running(steps, kind, text)

    await Boot(home, show).run()


def _wait_for(home: Home, pid: int) -> None:
    state = home.state() or {}
    if state.get("phase") == "stopping":
        raise ParleyError(f"The stack in {home.path} is stopping. Start it again in a moment.")
    with Steps(console, "Another start is under way") as steps:
        follow(home, pid, lambda: home.supervisor() is not None, lambda kind, text: _show_running(steps, kind, text))


def _show_running(steps: Steps, kind: str, text: str) -> None:
    if kind == "note":
        steps.note(text)
    else:
        steps.step(text)
