"""The command `parley rebuild`."""

import asyncio
import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Annotated

import typer
from asyncpg import PostgresError
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.rebuild import database
from deploy.rebuild.database import rebuilt_name
from deploy.stack.consumer_groups import NoAnswerError, Position, groups_of, move, offsets_of
from deploy.stack.errors import ParleyError
from deploy.stack.harness import start_backing_services
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.services import WITH_CHANGELOG, WITHOUT_CHANGELOG
from deploy.stack.terminal import plain_console
from shared.messaging.changelog.rebuilding import Content
from shared.service.settings import ServiceSettings

console = plain_console()
_INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        epilog="Examples: parley rebuild · parley rebuild referral · parley down; parley rebuild referral --replace"
    )(rebuild)


def rebuild(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="[SERVICE]...", help=f"Any of {', '.join(WITH_CHANGELOG)}; all by default."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace the service's database by the rebuilt one.")
    ] = False,
) -> None:
    """Rebuild services' databases from their changelogs in Kafka, as an exercise or as a recovery.

    Without --replace each database is rebuilt beside the one in use, compared with it table by table, and removed
    again. The command exits with 1 if they differ. Run it when there is little traffic, because the database in use may
    otherwise have moved on.

    With --replace, a lost database is recovered: stop the services first (`parley down`). The existing database is kept
    under another name, and the service reads the events after the changelog's last round again. Outcomes is derived
    only from events, so it gets an empty database and reads all of them again.
    """
    known = (*WITH_CHANGELOG, *WITHOUT_CHANGELOG) if replace else WITH_CHANGELOG
    chosen = list(dict.fromkeys(services or WITH_CHANGELOG))
    if unknown := [name for name in chosen if name not in known]:
        extra = f" {unknown[0]} has no changelog; with --replace it reads its topics again."
        raise typer.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(known)}.{extra if unknown[0] in WITHOUT_CHANGELOG else ''}"
        )
    try:
        if replace:
            _replace(chosen)
        elif not _exercise(load_stack(Home.from_environment()), chosen):
            raise typer.Exit(1)
    except KeyboardInterrupt:
        console.print("Stopped. The databases in use were not changed.", style="yellow")
        raise typer.Exit(_INTERRUPTED) from None
    except (OSError, TimeoutError, PostgresError) as error:
        raise ParleyError(f"PostgreSQL: {error or type(error).__name__}") from error
    except NoAnswerError as error:
        raise ParleyError(f"{error}.") from error


def _exercise(stack: Stack, services: Sequence[str]) -> bool:
    """Rebuilds and compares; returns whether every rebuilt database equals the one in use."""
    found: dict[str, tuple[dict[str, Content], dict[str, Content], int]] = {}
    with _bars() as bars:
        for service in services:
            try:
                _fill(stack, service, bars)
                found[service] = asyncio.run(_compared(stack, service))
            finally:
                asyncio.run(database.drop(stack, service))
    table = Table("service", "tables", "rows", "as in use")
    same = True
    for service, (rebuilt, in_use, behind) in found.items():
        different = sorted(name for name in in_use if rebuilt.get(name) != in_use[name])
        same = same and not different
        answer = "yes, every row" if not different else f"no: {', '.join(different)}"
        if different and behind:
            answer += f" ({behind} changes are on their way)"
        table.add_row(
            service,
            str(len(in_use)),
            f"{sum(each.rows for each in rebuilt.values()):,}",
            answer,
            style=None if not different else "red",
        )
    console.print(table)
    if not same:
        console.print(
            "The databases in use may have changed meanwhile. If they still differ when there is no traffic, keep both "
            "and investigate.",
            style="yellow",
            soft_wrap=True,
        )
    return same


async def _compared(stack: Stack, service: str) -> tuple[dict[str, Content], dict[str, Content], int]:
    rebuilt = await database.contents(stack, rebuilt_name(service))
    behind = await database.not_written_yet(stack, service)
    return rebuilt, await database.contents(stack, service), behind


def _replace(services: Sequence[str]) -> None:
    home = Home.from_environment()
    if home.supervisor() is not None:
        raise ParleyError("The services run. Stop them with `parley down`, then run this again.")
    if home.state() is None:
        raise ParleyError(f"There is no stack in {home.path}: nothing to rebuild from.")
    console.print("Starting PostgreSQL and Kafka without the services")
    with start_backing_services(home, throw_away=False) as stack:
        for service in services:
            asyncio.run(database.check_nobody_is_connected(stack, service))
            if service in WITHOUT_CHANGELOG:
                asyncio.run(database.make(stack, service))
            else:
                with _bars() as bars:
                    _fill(stack, service, bars)
                    window = timedelta(days=ServiceSettings().duplicate_window_days)
                    with _bar(bars, f"{service}: ids of events") as progress:
                        asyncio.run(database.claim_ids(stack, service, window, progress))
            _go_back(stack, service, asyncio.run(database.first_unprocessed(stack, service)))
            before = asyncio.run(database.change_places(stack, service))
            done = "reads all its topics again when it starts" if service in WITHOUT_CHANGELOG else "was rebuilt"
            console.print(f"{service} {done}. The database that was there is called {before} now.")
    console.print("Start the services with `parley up`.")


def _go_back(stack: Stack, service: str, processed: Mapping[str, Mapping[Position, int]]) -> None:
    """Moves the service's groups back to the offsets that its new database has not processed."""
    groups = [name for name in groups_of(stack.admin_properties()) if name.startswith(f"{service}.")]
    back = {
        group: {place: min(offset, processed.get(group, {}).get(place, 0)) for place, offset in offsets.items()}
        for group, offsets in offsets_of(stack.admin_properties(), groups).items()
    }
    move(stack.admin_properties(), {group: offsets for group, offsets in back.items() if offsets})


def _fill(stack: Stack, service: str, bars: Progress) -> None:
    with _bar(bars, service) as progress:
        asyncio.run(database.rebuild(stack, service, progress))


def _bars() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=console
    )


@contextlib.contextmanager
def _bar(bars: Progress, text: str) -> Iterator[database.Progress]:
    task = bars.add_task(text, total=None)

    def progress(done: int, total: int) -> None:
        bars.update(task, completed=done, total=total)

    yield progress
    bars.update(task, completed=1, total=1)
