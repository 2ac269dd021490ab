"""The commands `parley directory apply`, `export`, `list`, `show` and `unit-costs`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from deploy.cli.area_settings import settings_table
from deploy.cli.display import Steps
from deploy.cli.tables import plain_table
from deploy.directory.apply import Applied, apply_directory, apply_entries, would_apply
from deploy.directory.changes import changes_text
from deploy.directory.file import check_file
from deploy.directory.topic import registered_entries
from deploy.directory.unit_costs import COLUMNS, merged, read_unit_costs
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.terminal import plain_console
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    DirectoryEntry,
    OfferRegistered,
    ProgrammeRegistered,
    RegionRegistered,
)
from shared.contracts.directory_file import written
from shared.contracts.topics import agency_user, provider_user

_KINDS = {
    "area": "areas",
    "region": "regions",
    "agency": "agencies",
    "provider": "providers",
    "programme": "programmes",
    "offer": "offers",
}

console = plain_console()
directory = typer.Typer(
    help="Areas and regions, agencies, providers, programmes and offers: register, export and show them.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    app.add_typer(directory, name="directory")


@directory.command(
    epilog="Examples: parley directory apply examples/directory.yaml · parley directory apply FILE --check"
)
def apply(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="YAML with areas, regions, agencies, providers, programmes, offers.")
    ],
    check: Annotated[bool, typer.Option("--check", help="Only report errors and what would change.")] = False,
) -> None:
    """Register the entries of FILE, then create their topics, users, rights and credentials.

    The whole file is checked first, and each change is shown, field by field. Entries and fields that FILE leaves out
    stay as they are; `null` removes a setting. Applying it again changes nothing.
    """
    check_file(file)  # Reports errors in the file even when nothing is running.
    stack = load_stack(Home.from_environment())
    with Steps(console, "Checking the directory" if check else "Applying the directory") as steps:
        applied = apply_directory(stack, file, check=check, step=steps.step)
    for note in applied.notes:
        console.print(note, style="yellow", highlight=False, markup=False)
    for line in changes_text(applied):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    console.print(_applied_table(applied))
    if check:
        console.print("Nothing was applied: this was a check.")
        return
    made = f"{len(applied.new_topics)} new topics. " if applied.new_topics else ""
    console.print(f"{made}Credentials are in {stack.home.credentials}.", soft_wrap=True)


@directory.command(epilog="Examples: parley directory export directory.yaml · parley directory export > directory.yaml")
def export(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="The file to write; the terminal by default.")
    ] = None,
) -> None:
    """Write the registered entries as a directory file. Applied to another stack, it registers the same entries."""
    entries = registered_entries(load_stack(Home.from_environment()))
    text = written(entries.values())
    if file is None:
        print(text, end="")
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ParleyError(f"{file} can't be written: {error.strerror}.") from error
    console.print(f"{len(entries)} entries are in {file}.", soft_wrap=True)


@directory.command("list", epilog="Example: parley directory list")
def list_entries() -> None:
    """List the registered entries, and the Kafka user of each agency and provider."""
    entries = list(registered_entries(load_stack(Home.from_environment())).values())
    if not entries:
        console.print("Nothing is registered. `parley directory apply FILE` registers it.")
        return
    for kind, heading in _KINDS.items():
        of_kind = sorted((entry for entry in entries if entry.kind == kind), key=lambda entry: entry.id)
        if of_kind:
            console.print(_entries_table(heading, of_kind))


@directory.command(epilog="Examples: parley directory show E10000014 · parley directory show Hampshire")
def show(area: Annotated[str, typer.Argument(metavar="AREA", help="An area, by its ONS code or its name.")]) -> None:
    """Show an area's settings, what each decides, and the regions in which the area shares offers."""
    entries = registered_entries(load_stack(Home.from_environment())).values()
    found = _area(entries, area)
    console.print(f"{found.name} ({found.id})", style="bold", highlight=False)
    console.print(settings_table(found))
    for region in (entry for entry in entries if isinstance(entry, RegionRegistered) and found.id in entry.areas):
        console.print(
            f"Shares offers in the region {region.name} with {len(region.areas) - 1} other areas, never cases."
        )


@directory.command(
    "unit-costs",
    epilog="Examples: parley directory unit-costs costs.csv --area Hampshire · "
    "parley directory unit-costs costs.csv --area Hampshire --outcome 'A school exclusion' --check",
)
def unit_costs(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help=f"A CSV file with the columns {', '.join(COLUMNS)}.")],
    area: Annotated[str, typer.Option(help="The area whose figures they become, by its ONS code or its name.")],
    outcome: Annotated[
        list[str] | None, typer.Option(help="Only this outcome of the table; may be given several times.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only report errors and what would change.")] = False,
) -> None:
    """Register what outcomes cost an area, from a table of its own or of a public database of unit costs.

    Outcomes that the table has are replaced, others stay. What the area assumes to be avoided of one stays with it.
    """
    read = read_unit_costs(table, outcome or ())
    stack = load_stack(Home.from_environment())
    registered = registered_entries(stack)
    entry = _area(registered.values(), area)
    changed = entry.model_copy(update={"avoidable_costs": merged(entry.avoidable_costs, read)})
    with Steps(console, "Checking the figures" if check else "Registering the figures") as steps:
        applied = (
            would_apply([changed], registered)
            if check
            else apply_entries(stack, [changed], registered, table, step=steps.step)
        )
    for line in changes_text(applied):
        console.print(line, soft_wrap=True, highlight=False, markup=False)
    if check:
        console.print("Nothing was registered: this was a check.")
        return
    console.print(f"{len(changed.avoidable_costs)} outcomes of {entry.name} have a cost. `parley summary` uses them.")


def _area(entries: Iterable[DirectoryEntry], named: str) -> AreaRegistered:
    """The area of this code or name. Raises `ParleyError` naming those that there are."""
    areas = [entry for entry in entries if isinstance(entry, AreaRegistered)]
    wanted = named.casefold()
    found = next((each for each in areas if wanted in (each.id.casefold(), each.name.casefold())), None)
    if found is None:
        known = ", ".join(sorted(f"{each.name} ({each.id})" for each in areas)) or "none"
        raise ParleyError(f"There is no area {named!r}. Registered: {known}.")
    return found


def _applied_table(applied: Applied) -> Table:
    table = plain_table()
    table.add_column("")
    for change in ("added", "changed", "unchanged"):
        table.add_column(change, justify="right")
    counted = Counter((key.partition("/")[0], change) for key, change in applied.changes.items())
    for kind, heading in _KINDS.items():
        table.add_row(heading, *(str(counted[kind, change]) for change in ("added", "changed", "unchanged")))
    return table


def _entries_table(heading: str, entries: Sequence[DirectoryEntry]) -> Table:
    table = Table(title=heading, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    rows = [_row(entry) for entry in entries]
    for name in rows[0]:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*row.values())
    return table


def _row(entry: DirectoryEntry) -> dict[str, str]:
    if isinstance(entry, AreaRegistered):
        agreement = "automatic" if entry.automatic_agreement else "by a coordinator"
        return {"id": entry.id, "name": entry.name, "agreement": agreement}
    if isinstance(entry, RegionRegistered):
        return {"id": entry.id, "name": entry.name, "areas": " ".join(entry.areas)}
    if isinstance(entry, ProgrammeRegistered):
        return {"id": entry.id, "name": entry.name, "service": entry.service, "by": entry.provider_name}
    if isinstance(entry, AgencyRegistered):
        return {
            "id": entry.id,
            "name": entry.name,
            "areas": " ".join(entry.areas),
            "sources": " ".join(entry.sources),
            "user": agency_user(entry.id),
        }
    if isinstance(entry, OfferRegistered):
        return {
            "id": entry.id,
            "service": entry.service,
            "provider": entry.provider,
            "areas": " ".join((*entry.areas, *entry.regions)),
            "priority": str(entry.priority),
            "state": "ended" if entry.is_over else "open",
        }
    return {"id": entry.id, "name": entry.name, "user": provider_user(entry.id)}
