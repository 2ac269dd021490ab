"""The command `parley bench`."""

import asyncio
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.bench.against import LINES as AGAINST_LINES
from deploy.bench.against import measure_against
from deploy.bench.api import measure_api
from deploy.bench.builds import Revision, find_revision
from deploy.bench.consumer import measure_consumer
from deploy.bench.idle import measure_idle
from deploy.bench.indicators import measure_indicators
from deploy.bench.long_history import measure_history
from deploy.bench.machine import Quiet, describe_machine
from deploy.bench.pages import measure_pages
from deploy.bench.pathway import measure_latency, measure_processes
from deploy.bench.plan import Plan
from deploy.bench.rebuild import measure_rebuild
from deploy.bench.relay import measure_relay
from deploy.bench.report import as_entries, comparisons_of, write_report
from deploy.bench.results import Part, Run, merged
from deploy.bench.rounds import Comparison, shown
from deploy.bench.star import measure_star
from deploy.bench.whole_stack import start_whole_stack
from deploy.stack.databases import migrate
from deploy.stack.errors import ParleyError
from deploy.stack.harness import start_backing_services
from deploy.stack.home import Home, Stack

_INTERRUPTED = 130
Line = Callable[[Stack, Plan], list[Comparison]]
# Lines without services come first and share a stack; a running service's relay would drain the outboxes that they
# fill.
_BACKING: dict[str, Line] = {
    "relay": measure_relay,
    "consumer": measure_consumer,
    "rebuild": measure_rebuild,
    "star": measure_star,
    "api": measure_api,
    "pages": measure_pages,
}
_WHOLE: dict[str, Line] = {"idle": measure_idle, "latency": measure_latency, "pathway": measure_processes}
_HISTORY, _AGAINST = "history", "against"

# What needs no servers: it is given a folder.
_ALONE: dict[str, Callable[[Path, Plan], list[Comparison]]] = {"indicators": measure_indicators}

console = Console()
_LINES = (*_BACKING, *_WHOLE, _HISTORY, *_ALONE)
# What is stored: the figures beside an earlier build replace none of those beside a peer.
_STORED = (*_LINES, _AGAINST)


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(epilog="Examples: parley bench --only relay --rounds 3; parley bench --against HEAD~20 --only idle")(
        bench
    )


def bench(
    only: Annotated[
        list[str] | None, typer.Option("--only", help=f"One of {', '.join(_LINES)}; may be given again.")
    ] = None,
    rounds: Annotated[int, typer.Option("--rounds", min=1, help="How often each side is measured.")] = 5,
    size: Annotated[float, typer.Option("--size", min=0.001, help="Share of the full number of records.")] = 1.0,
    processes: Annotated[
        str, typer.Option("--processes", help="Processes of each service on the pathway line.", metavar="N,N,…")
    ] = "1,2,4",
    history: Annotated[
        str,
        typer.Option(
            "--history", help="Cases in the databases on the history line; a million take 5 GB.", metavar="N,N,…"
        ),
    ] = "0,1000000",
    patience: Annotated[
        float, typer.Option("--patience", min=0, help="Seconds to wait before each measurement for a quiet machine.")
    ] = 60.0,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            help=f"Measure an earlier build beside this one, on the lines {', '.join(AGAINST_LINES)}: any name that "
            "git knows a commit by. Its files are checked out for the time, and run with the packages installed here.",
            metavar="REV",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print only JSON lines to standard output.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            help="Write benchmarks.md, .json and .svg to this folder. Results of other lines there are kept.",
            metavar="DIR",
        ),
    ] = None,
) -> None:
    """Measure Parley against the alternatives, on a Kafka and a PostgreSQL of its own.

    Every side runs in its own process, and the sides take turns. The temporary stack is removed at the end; a stack
    that you have running is not touched.
    """
    wanted = only or list(_LINES if against is None else AGAINST_LINES)
    if unknown := [name for name in wanted if name not in _LINES]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(_LINES)}.", param_hint="--only")
    if against is not None and (unfit := [name for name in wanted if name not in AGAINST_LINES]):
        raise typer.BadParameter(f"{unfit[0]!r} has no earlier build beside it.", param_hint="--only with --against")
    revision = None if against is None else find_revision(against)
    several, cases = _numbers(processes, 1, "--processes"), _numbers(history, 0, "--history")
    messages = Console(stderr=True) if as_json else console
    if output is not None:
        merged([], _STORED, output)  # Reports an unreadable file before anything is measured.
    try:
        columns = (BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=messages, transient=True, disable=not messages.is_terminal) as bar:
            lines = bar.add_task("Starting", total=len(wanted))

            def report(text: str) -> None:
                bar.update(lines, description=escape(text))
                if not messages.is_terminal:
                    messages.print(text, highlight=False, markup=False)

            plan = Plan(rounds, size, Quiet(patience, report), report, several, cases)

            parts: list[Part] = []

            def keep(line: str, found: list[Comparison]) -> None:
                bar.advance(lines)
                parts.append(Part(line, _run(plan), found))
                if output is not None:
                    write_report(merged(parts, _STORED, output), output)

            if revision is None:
                _measure(wanted, plan, keep)
            else:
                _measure_against(revision, wanted, plan, keep)
    except KeyboardInterrupt:
        messages.print("Stopped. Lines that were measured completely are kept.", style="yellow")
        raise typer.Exit(_INTERRUPTED) from None
    if as_json:
        for entry in as_entries(comparisons_of(parts)):
            print(json.dumps(entry, ensure_ascii=False))
        return
    _show(comparisons_of(parts), _run(plan))


def _numbers(text: str, least: int, option: str) -> list[int]:
    """The distinct whole numbers in ascending order. Raises typer's error naming the option."""
    parts = [part.strip().replace("_", "") for part in text.split(",")]
    if not all(part.isdecimal() and int(part) >= least for part in parts):
        raise typer.BadParameter(
            f"{text!r} must be whole numbers from {least}, separated by commas.", param_hint=option
        )
    return sorted({int(part) for part in parts})


def _run(plan: Plan) -> Run:
    return Run(
        plan.began, describe_machine(), plan.quiet.describe(), plan.rounds, plan.left_out, plan.minutes, plan.against
    )


def _measure(wanted: Sequence[str], plan: Plan, keep: Callable[[str, list[Comparison]], None]) -> None:
    """Measures the wanted lines. `keep` gets the results after each line, so a later error does not lose them."""
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))

    def follow(lines: Mapping[str, Line], stack: Stack) -> None:
        for name, line in lines.items():
            keep(name, line(stack, plan))

    try:
        for name in (name for name in _ALONE if name in wanted):
            place = folder / name
            place.mkdir()
            keep(name, _ALONE[name](place, plan))
            shutil.rmtree(place)
        if lines := {name: line for name, line in _BACKING.items() if name in wanted}:
            plan.report("Starting Kafka and PostgreSQL")
            with start_backing_services(Home(folder / "backing")) as stack:
                asyncio.run(migrate(stack))
                follow(lines, stack)
        if lines := {name: line for name, line in _WHOLE.items() if name in wanted}:
            plan.report("Starting the whole stack")
            with start_whole_stack(Home(folder / "whole")) as stack:
                follow(lines, stack)
        if _HISTORY in wanted:
            with ExitStack() as stacks:
                homes = {cases: folder / f"history-{cases}" for cases in plan.history}
                held = {}
                for cases, home in homes.items():
                    plan.report(f"Starting a stack for {cases:,} cases")
                    held[cases] = stacks.enter_context(start_whole_stack(Home(home)))
                keep(_HISTORY, measure_history(held, plan))
    except (OSError, TimeoutError, RuntimeError, asyncpg.PostgresError, KafkaException) as error:
        raise ParleyError(f"The benchmark stopped: {type(error).__name__}: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _measure_against(
    revision: Revision, wanted: Sequence[str], plan: Plan, keep: Callable[[str, list[Comparison]], None]
) -> None:
    """Measures lines beside an earlier build."""
    plan.against = f"revision {revision.commit}"
    folder = Path(tempfile.mkdtemp(prefix="parley-bench-"))
    try:
        keep(_AGAINST, measure_against(revision, plan, folder, wanted))
    except (OSError, TimeoutError, RuntimeError) as error:
        raise ParleyError(f"The benchmark stopped: {type(error).__name__}: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _show(comparisons: Sequence[Comparison], run: Run) -> None:
    table = Table("line", "Parley", "peer", "", "ratio", "target")
    for each in comparisons:
        theirs = f"{shown(each.peer.median)} {each.unit}" if each.peer else ""
        target = "" if each.target is None else f"{'≤' if each.less_is_better else '≥'} {each.target:g}"
        style = "red" if each.met is False else None
        table.add_row(
            each.name,
            f"{shown(each.ours.median)} {each.unit}",
            each.peer.name if each.peer else "",
            theirs,
            "" if each.ratio is None else f"{each.ratio:.2f}",
            target,
            style=style,
        )
    console.print(table)
    console.print(f"{run.machine}; {run.load}.", highlight=False, markup=False)
    for peer, remedy in run.left_out.items():
        console.print(f"Not measured: {peer}. To get it: {remedy}.", style="yellow", highlight=False, markup=False)
