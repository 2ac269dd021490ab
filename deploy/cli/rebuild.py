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
from deploy.stack.terminal import plain_console
from shared.contracts.topics import WITH_CHANGELOG
from shared.messaging.changelog.rebuilding import Content
from shared.service.settings import ServiceSettings

console = plain_console()
_INTERRUPTED = 130
_FROM_EVENTS = "outcomes"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Examples: parley rebuild · parley rebuild referral · parley down; parley rebuild referral --replace"
    )(rebuild)


def rebuild(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help=f"Of {', '.join(WITH_CHANGELOG)}; all of them.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put what was rebuilt in place of the service's database.")
    ] = False,
) -> None:
    """Rebuild services' databases from their changelogs in Kafka, as an exercise or in earnest.

    Without --replace each is rebuilt beside the one in use, compared with it table by table, and removed again: exits
    with 1 where they differ. Do it while little happens, or the one in use is already further on.

    With --replace, for a database that was lost: stop the services first (`parley down`). The database that was there
    is kept under another name, and the service reads again what it had read after the changelog's last round. Outcomes,
    which is worked out from events alone, gets an empty database and reads all of them again.
    """
    known = (*WITH_CHANGELOG, _FROM_EVENTS) if replace else WITH_CHANGELOG
    chosen = list(dict.fromkeys(services or WITH_CHANGELOG))
    if unknown := [name for name in chosen if name not in known]:
        extra = f" {_FROM_EVENTS} has no changelog; with --replace it reads its topics again."
        raise typer.BadParameter(
            f"{unknown[0]!r} is none of {', '.join(known)}.{extra if unknown[0] == _FROM_EVENTS else ''}"
        )
    try:
        if replace:
            _replace(chosen)
        elif not _exercise(load_stack(Home.from_environment()), chosen):
            raise typer.Exit(1)
    except KeyboardInterrupt:
        console.print("Stopped. Nothing that is in use was changed.", style="yellow")
        raise typer.Exit(_INTERRUPTED) from None
    except (OSError, TimeoutError, PostgresError) as error:
        raise ParleyError(f"PostgreSQL: {error or type(error).__name__}") from error
    except NoAnswerError as error:
        raise ParleyError(f"{error}.") from error


def _exercise(stack: Stack, services: Sequence[str]) -> bool:
    """Whether every service's rebuilt database holds what the one in use does."""
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
            "The databases in use may have gone on meanwhile. Where they still differ while nothing happens, keep both "
            "and look.",
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
            if service == _FROM_EVENTS:
                asyncio.run(database.make(stack, service))
            else:
                with _bars() as bars:
                    _fill(stack, service, bars)
                    window = timedelta(days=ServiceSettings().duplicate_window_days)
                    with _bar(bars, f"{service}: ids of events") as progress:
                        asyncio.run(database.claim_ids(stack, service, window, progress))
            _go_back(stack, service, asyncio.run(database.first_unprocessed(stack, service)))
            before = asyncio.run(database.change_places(stack, service))
            done = "reads all its topics again when it starts" if service == _FROM_EVENTS else "was rebuilt"
            console.print(f"{service} {done}. The database that was there is called {before} now.")
    console.print("Start the services with `parley up`.")


def _go_back(stack: Stack, service: str, processed: Mapping[str, Mapping[Position, int]]) -> None:
    """The service's groups read again what its new database has not processed."""
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
