"""The command `parley replay`."""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli.decisions import count_decisions
from deploy.directory.topic import registered_entries
from deploy.replay.file import read_submissions
from deploy.replay.run import Replay
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import OperatorClient
from deploy.stack.terminal import plain_console
from shared.contracts.directory import AgencyRegistered

console = plain_console()
_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Example: parley replay examples/front-door/submissions.jsonl --rate 200")(replay)


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help='Lines of {"topic", "key", "value"}; .gz is read too.')],
    rate: Annotated[
        float | None, typer.Option(min=0.1, help="At most this many records per second; unlimited by default.")
    ] = None,
) -> None:
    """Publish the records of FILE, each with its own agency's login, and wait until screening has decided them all.

    Values are sent unchanged, even broken ones. Replaying again is harmless: a submission that screening has already
    seen is a duplicate without a second effect.
    """
    stack = load_stack(Home.from_environment())
    entries = registered_entries(stack).values()
    submissions = read_submissions(file, [entry.id for entry in entries if isinstance(entry, AgencyRegistered)])
    screening = OperatorClient(stack)
    decided_before, dead_before = count_decisions(screening), screening.open_dead_letters("screening")
    bars = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    publishing = bars.add_task("Published", total=len(submissions))
    deciding = bars.add_task("Decided", total=len(submissions))

    def progress(published: int, decided: int) -> None:
        bars.update(publishing, completed=published)
        bars.update(deciding, completed=decided)

    running = Replay(stack.home, stack.admin_properties(), submissions, progress)
    started = time.monotonic()
    try:
        with bars:
            running.publish(rate)
            running.wait_until_decided()
            progress(len(submissions), len(submissions))
    except KeyboardInterrupt:
        console.print(
            f"Stopped with {running.following.published} of {len(submissions)} records published. Running it again is "
            "harmless: what screening has seen already is recognised as a duplicate.",
            style="yellow",
        )
        raise typer.Exit(_INTERRUPTED) from None
    agencies = len({submission.agency for submission in submissions})
    seconds = time.monotonic() - started
    decided, dead = count_decisions(screening), screening.open_dead_letters("screening")
    _print(f"{len(submissions)} records of {agencies} agencies were published and handled in {seconds:.1f} s.")
    new_decisions, new_dead = decided - decided_before, dead - dead_before
    _print(
        f"Screening has {decided} decisions ({new_decisions} new) and {dead} open dead letters ({new_dead} new); "
        f"{max(0, len(submissions) - new_decisions - new_dead)} records had been seen before."
    )


def _print(text: str) -> None:
    console.print(text, soft_wrap=True)
