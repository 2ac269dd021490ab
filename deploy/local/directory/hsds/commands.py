"""`parley offers export` and `parley offers import`: the catalogue as Open Referral HSDS 3 JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.directory.apply import apply_entries, compare
from deploy.local.directory.file import check_references, dangling, read_directory
from deploy.local.directory.hsds.export import exported
from deploy.local.directory.hsds.read import read_hsds
from deploy.local.directory.programmes import with_programmes
from deploy.local.directory.topic import registered_entries
from deploy.local.display import Steps
from deploy.local.errors import ParleyError
from deploy.local.home import Home, load_stack
from deploy.local.operator.offers import offers
from deploy.local.terminal import plain_console
from shared.contracts.directory import DirectoryEntry, OfferRegistered, ProviderRegistered

console = plain_console()


def register() -> None:
    """Add the commands to `parley offers`."""
    offers.command(
        "export",
        epilog="Examples: parley offers export --hsds offers.json · "
        "parley offers export --directory examples/directory.yaml --hsds offers.json",
    )(export_offers)
    offers.command("import", epilog="Example: parley offers import offers.json --check")(import_offers)


def export_offers(
    hsds: Annotated[Path, typer.Option(metavar="FILE", help="Where to write: a JSON array of HSDS services.")],
    directory: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A directory file to export, instead of what is registered.")
    ] = None,
) -> None:
    """Write the offers as Open Referral HSDS 3 JSON, for other directories of services.

    Unit costs, priorities and keys are the commissioner's own and are left out.
    """
    if directory:
        lines = read_directory(directory)
        check_references(directory, lines, [])
        entries = with_programmes([line.entry for line in lines], [])
    else:
        entries = list(registered_entries(load_stack(Home.from_environment())).values())
    services = exported(entries)
    try:
        hsds.write_text(json.dumps(services, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise ParleyError(f"{hsds} can't be written: {error.strerror}.") from error
    console.print(f"{len(services)} offers are in {hsds}.", soft_wrap=True)


def import_offers(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="HSDS 3 JSON: an array of services, or one.")],
    check: Annotated[bool, typer.Option("--check", help="Only say what is wrong, and what would change.")] = False,
) -> None:
    """Register the offers of an HSDS 3 file, and the providers that deliver them.

    The whole file is checked first. What HSDS does not say of an offer that is registered stays as it is.
    """
    read = read_hsds(file)
    stack = load_stack(Home.from_environment())
    registered = registered_entries(stack)
    entries = merged(read, registered)
    if missing := dangling(entries, list(registered.values())):
        raise ParleyError("\n".join([f"{file}:", *(text for _, text in missing), "Nothing was imported."]))
    changes = compare(entries, registered)
    if not check:
        with Steps(console, "Importing offers") as steps:
            changes = dict(apply_entries(stack, entries, registered, file, step=steps.step).changes)
    for key, change in changes.items():
        console.print(f"{change:<9} {key}")
    console.print("Nothing was imported: this was a check." if check else "Imported.")


def merged(
    read: Sequence[ProviderRegistered | OfferRegistered], registered: Mapping[str, DirectoryEntry]
) -> list[DirectoryEntry]:
    """What was read, with what HSDS does not say taken from what is registered."""
    entries: list[DirectoryEntry] = []
    for entry in read:
        before = registered.get(entry.key())
        if isinstance(entry, OfferRegistered) and isinstance(before, OfferRegistered):
            kept = {name: getattr(before, name) for name in ("priority", "unit_cost_pence", "unit_cost_for")}
            entries.append(entry.model_copy(update=kept))
        elif isinstance(entry, ProviderRegistered) and isinstance(before, ProviderRegistered):
            entries.append(entry.model_copy(update={"public_key": before.public_key}))
        else:
            entries.append(entry)
    return entries
