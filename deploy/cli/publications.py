"""`parley outcomes publish`, `publications` and `verify`: returns to funders, and what was published for good."""

import time
from datetime import datetime
from enum import StrEnum
from typing import Annotated

import typer

from deploy.cli.tables import plain_table
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.terminal import plain_console

_LOOK_S = 0.5
_BASE = 5

console = plain_console()


class ModeOption(StrEnum):
    """How numbers are protected."""

    SUPPRESSION = "suppression"
    ROUNDING = "rounding"


def register(commands: typer.Typer) -> None:
    """Adds the commands to `parley outcomes`."""
    commands.command(epilog="Example: parley outcomes publish dwp-style --from 2026-01-01 --until 2026-03-31")(publish)
    commands.command(epilog="Example: parley outcomes publications")(publications)
    commands.command(epilog="Example: parley outcomes verify report-2026-q3")(verify)


def publish(
    name: Annotated[str, typer.Argument(metavar="RETURN", help="dwp-style, supporting-families, or another one.")],
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The period's first day: the first of a month.")
    ],
    last: Annotated[datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Its last day: the last of a month.")],
    mode: Annotated[
        ModeOption, typer.Option("--mode", help="Exact numbers or none; or all rounded, of which fewer are missing.")
    ] = ModeOption.SUPPRESSION,
    base: Annotated[int, typer.Option("--base", min=2, max=100, help="What rounding rounds to.")] = _BASE,
) -> None:
    """Publish a return to a funder, for good: a folder with CSV, Parquet, Excel and JSON, and its hash.

    A return is a YAML file in services/outcomes/domain/returns: its columns, each with the indicator and the place that
    it is taken from, in versions with days of validity. The period picks the version. It is of the cases whose
    screening was on these days, and of all that is known of them by now.

    What is published is known for good. So small counts are suppressed with what they would follow from, also beside
    all that was published before. Where that can't be done nothing is published, and the command names table and cell.
    """
    with OperatorClient(load_stack(Home.from_environment())) as client:
        body = {"name": name, "first": f"{first:%Y-%m-%d}", "last": f"{last:%Y-%m-%d}", "mode": mode.value}
        if mode is ModeOption.ROUNDING:
            body["base"] = base  # type: ignore[assignment]  # a whole number of JSON
        state = client.post("outcomes", "/publications", body)
        with console.status("") as shown:
            while state["progress"]["is_publishing"]:
                shown.update(f"{state['progress']['step']} …")
                time.sleep(_LOOK_S)
                state = client.get("outcomes", "/publications")
    if error := state["progress"]["error"]:
        raise ParleyError(f"Nothing was published. {error}.")
    made = next((each for each in state["items"] if each["name"] == state["progress"]["name"]), None)
    if made is None:
        raise ParleyError("The service was restarted meanwhile. See `parley outcomes publications`, and publish again.")
    console.print(f"Published {made['name']}: {made['title']}, {made['period']}.")
    console.print(f"mode {_mode(made)} · nothing below {made['smallest']} · sha256 {made['sha256']}")
    console.print(made["folder"], soft_wrap=True)


def publications() -> None:
    """List what was published, newest first, with hash and folder: the board's reports, and returns to funders."""
    with OperatorClient(load_stack(Home.from_environment())) as client:
        state = client.get("outcomes", "/publications")
    if not state["can_publish"]:
        raise ParleyError("Outcomes has no folders: set PARLEY_STAR_FOLDER and PARLEY_PUBLICATIONS_FOLDER.")
    if not state["items"]:
        console.print("Nothing has been published yet. The board's report is once a quarter, a return by `publish`.")
        return
    table = plain_table("name", "counted on", "mode", "sha256", "folder")
    for each in state["items"]:
        table.add_row(each["name"], each["made_on"], _mode(each), each["sha256"], each["folder"])
    console.print(table, soft_wrap=True)


def verify(name: Annotated[str, typer.Argument(metavar="PUBLICATION", help="Its name in the list.")]) -> None:
    """Check that a publication is what was published: its hash is that of its data, definitions, settings and versions.

    Its files are made again from it and compared. The command exits with 1 where the hash is another or a file differs.
    """
    with OperatorClient(load_stack(Home.from_environment())) as client:
        found = client.get("outcomes", f"/publications/{name}/verification")
    if not found["holds"]:
        console.print(
            f"{name}: its content has the hash {found['computed']}, and it says {found['sha256']}", style="red"
        )
        raise typer.Exit(1)
    console.print(f"{name}: the hash is that of its content: {found['sha256']}")
    versions = ", ".join(f"{each['name']} {each['version']}" for each in found["versions"])
    console.print(f"made by {versions}", soft_wrap=True)
    if found["redefined"]:
        console.print(
            f"Defined otherwise by now, so not to be compared with newer ones: {', '.join(found['redefined'])}"
        )
    if found["differs"]:
        console.print(f"These files are not what it makes: {', '.join(found['differs'])}", style="red")
        raise typer.Exit(1)
    console.print(f"All of its {found['files']} files are made of it again as they are.")


def _mode(made: Json) -> str:
    return f"{made['mode']} to {made['base']}" if "base" in made else str(made["mode"])
