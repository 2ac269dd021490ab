"""`parley offers export` and `parley offers import`: the catalogue as Open Referral HSDS 3 JSON."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from deploy.cli.display import Steps
from deploy.cli.offers import offers
from deploy.directory.apply import Applied, apply_entries, would_apply
from deploy.directory.changes import changes_text
from deploy.directory.file import check_references, read_directory
from deploy.directory.hsds.document import read_json
from deploy.directory.hsds.export import exported
from deploy.directory.hsds.mapping import read_mapping
from deploy.directory.hsds.plan import Plan, planned
from deploy.directory.hsds.read import parsed
from deploy.directory.topic import registered_entries
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.terminal import harmless, plain_console
from shared.contracts.base import Slug
from shared.contracts.directory import DirectoryEntry
from shared.contracts.directory_programmes import with_programmes

console = plain_console()


def register(_app: typer.Typer) -> None:
    """Adds the commands to `parley offers`."""
    offers.command(
        "export",
        epilog="Examples: parley offers export --hsds offers.json · "
        "parley offers export --directory examples/directory.yaml --hsds offers.json",
    )(export_offers)
    offers.command(
        "import",
        epilog="Examples: parley offers import offers.json --check · "
        "parley offers import feed.json --source bristol --as bristol.yaml",
    )(import_offers)


def export_offers(
    hsds: Annotated[Path, typer.Option(metavar="FILE", help="The file to write: a JSON array of HSDS services.")],
    directory: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A directory file to export, instead of the registered entries.")
    ] = None,
) -> None:
    """Write the offers as Open Referral HSDS 3 JSON, for other directories of services.

    Unit costs, priorities and keys are internal to the commissioner and left out.
    """
    entries = _of_file(directory) if directory else registered_entries(load_stack(Home.from_environment()))
    services = exported(list(entries.values()))
    try:
        hsds.write_text(json.dumps(services, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ParleyError(f"{hsds} can't be written: {error.strerror}.") from error
    console.print(f"{len(services)} offers are in {hsds}.", soft_wrap=True)


def import_offers(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="HSDS 3 JSON: services, organizations, or a page.")],
    check: Annotated[bool, typer.Option("--check", help="Only report errors and what would change.")] = False,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The directory that FILE completely represents: offers no longer in it have ended."
        ),
    ] = None,
    mapping: Annotated[
        Path | None,
        typer.Option("--as", metavar="FILE", help="YAML that maps services to offers and kinds of help."),
    ] = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --check: a directory file to compare with, instead of the registered entries."
        ),
    ] = None,
) -> None:
    """Register the offers of an HSDS 3 file, and the providers that deliver them.

    Parts that cannot be used are left out and reported, line by line. An offer is identified by the id of its service
    in FILE, never by its name. An imported offer that is over, or no longer in its source, has ended. Fields of a
    registered offer that HSDS does not cover stay as they are.
    """
    if directory and not check:
        raise typer.BadParameter("needs --check", param_hint="--directory")
    document = read_json(file)
    service_mapping = read_mapping(mapping) if mapping else None
    name = _source(source)
    if directory:
        registered = _of_file(directory)
    else:
        stack = load_stack(Home.from_environment())
        registered = registered_entries(stack)
    plan = planned(
        parsed(document, datetime.now(UTC).date(), service_mapping), registered, source=name, mapping=service_mapping
    )
    if not plan.entries:
        raise ParleyError(nothing_usable(file, plan))
    for note in plan.notes:
        console.print(harmless(note), style="yellow", soft_wrap=True)
    entries = list(plan.entries.values())
    if check:
        _show(would_apply(entries, registered))
        console.print("Nothing was imported: this was a check.")
        return
    with Steps(console, "Importing offers") as steps:
        applied = apply_entries(stack, entries, registered, file, step=steps.step)
    _show(applied)
    console.print("Imported.")


def nothing_usable(file: Path, plan: Plan) -> str:
    """The error message for a file without any usable offer."""
    return "\n".join([f"{file} holds no offer that can be taken.", *map(harmless, plan.notes), "Nothing was imported."])


def _show(applied: Applied) -> None:
    for line in changes_text(applied, unchanged=True):
        console.print(line, soft_wrap=True)


def _of_file(path: Path) -> Mapping[str, DirectoryEntry]:
    lines = read_directory(path)
    check_references(path, lines, [])
    return {entry.key(): entry for entry in with_programmes([line.entry for line in lines], [])}


def _source(name: str | None) -> str | None:
    try:
        return TypeAdapter(Slug).validate_python(name) if name is not None else None
    except ValidationError:
        raise typer.BadParameter(
            "must be small letters, digits and single hyphens, such as bristol", param_hint="--source"
        ) from None
