"""`parley summary`: what became of the families, as text and as a chart."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import dead_letters
from deploy.stack.errors import ParleyError
from deploy.stack.home import Home, Stack, load_stack
from deploy.stack.operator_api import Json, OperatorClient
from deploy.stack.services import SERVICE_NAMES
from deploy.stack.sign_in import SignIn
from deploy.stack.terminal import plain_console
from deploy.summary.marked import marked
from deploy.summary.report import findings_of, print_report

_OUTPUT = Path("demo-output")
_LOOK_S = 1.0
_PATIENCE_S = 180.0

# What the summary is of: {"area": "Hampshire"} or {"region": "south-coast"}, by id or name. Without either, every area.
Scope = Mapping[str, str]

console = plain_console()


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "summary",
        epilog="Examples: parley summary · parley summary --area Hampshire · parley summary --region south-coast · "
        "parley summary --json | jq .funnel",
    )(summary)


def summary(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON document, without the picture.")] = False,
    output: Annotated[Path, typer.Option(help="Where to write the picture.", metavar="DIR")] = _OUTPUT,
    area: Annotated[
        str | None,
        typer.Option(help="Only this area, by its code or name.", metavar="NAME"),
    ] = None,
    region: Annotated[
        str | None,
        typer.Option(help="Only this region, by its id or name: its areas together, and each beside the others."),
    ] = None,
) -> None:
    """Summarise what became of the families, and chart how far parents got, compared with the national programme."""
    if area is not None and region is not None:
        raise ParleyError("Give --area or --region, not both.")
    scope = {name: wanted for name, wanted in (("area", area), ("region", region)) if wanted is not None}
    stack = load_stack(Home.from_environment())
    if as_json:
        print(json.dumps(gather(stack, scope), indent=1))
        return
    show_summary(stack, output, scope)


def show_summary(
    stack: Stack, output: Path = _OUTPUT, scope: Scope | None = None, sign_in: SignIn | None = None
) -> list[Path]:
    """Prints the summary of a running stack, writes the chart to `output`, and returns the chart's files.

    It is asked for in the name of `sign_in`, or of whoever uses this home.

    Raises `ParleyError` naming the known areas or regions if `scope` is not one of them.
    """
    # The drawing library takes a second to import, and no other command needs it.
    from deploy.summary import funnel_picture

    found = marked(gather(stack, scope, sign_in))
    print_report(console, found)
    if not found["chapters"]:
        return []
    try:
        pictures = funnel_picture.draw(found["funnel"], found["known_until"], output, found["area"] or found["region"])
    except OSError as error:
        raise ParleyError(
            f"The picture can't be written to {output}: {error.strerror}. Give another --output."
        ) from error
    console.print(f"\nPictures: {', '.join(str(picture) for picture in pictures)}", soft_wrap=True)
    return pictures


def gather(stack: Stack, scope: Scope | None = None, sign_in: SignIn | None = None) -> Json:
    """The outcomes service's summary, and the dead letters of every service with their findings.

    The first one of a quarter is made when it is asked for: it waits for that, for a few minutes at most.
    """
    with OperatorClient(stack, sign_in=sign_in) as client:
        found = published(client, scope or {})
        letters, problems = dead_letters.find(client, SERVICE_NAMES, None)
    reasons = [{"finding": finding, "records": count} for finding, count in findings_of(letters)]
    set_aside = {"count": len(letters), "by_finding": reasons, "items": letters, "not_asked": problems}
    return found | {"dead_letters": set_aside}


def published(client: OperatorClient, scope: Scope) -> Json:
    """The summary, once what is due is in it. Where that takes longer than anybody waits, what there is."""
    found = client.get("outcomes", "/summary", **scope)
    if found["is_due"]:
        deadline = time.monotonic() + _PATIENCE_S
        with Console(stderr=True).status("The numbers of this quarter are being counted and protected"):
            while found["is_due"] and time.monotonic() < deadline:
                time.sleep(_LOOK_S)
                found = client.get("outcomes", "/summary", **scope)
    return found
