"""The summary's part about areas: each beside the others, and all together."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from deploy.summary.table import heading, table
from deploy.summary.words import number, percent

_COUNTED = ("cases", "cases_referred", "referred", "started", "completed", "fathers_referred")

Part = Mapping[str, Any]


def print_areas(console: Console, areas: Sequence[Part]) -> None:
    """Prints nothing where there is only one area: everything else is about it already."""
    if len(areas) < 2:
        return
    heading(console, "Area by area")
    console.print(
        "Parents who were referred, who started and who completed; fathers are a share of those referred.", style="dim"
    )
    whole = {name: sum(area[name] for area in areas) for name in _COUNTED} | {"area_name": "All together"}
    table(
        console,
        ("Area", "Cases", "Referred", "Started", "Share", "Completed", "Share", "Fathers"),
        (_row(area) for area in (*areas, whole)),
    )


def _row(area: Part) -> tuple[str, ...]:
    return (
        area["area_name"],
        number(area["cases"]),
        number(area["referred"]),
        number(area["started"]),
        _share(area["started"], area["referred"]),
        number(area["completed"]),
        _share(area["completed"], area["started"]),
        _share(area["fathers_referred"], area["referred"]),
    )


def _share(part: int, whole: int) -> str:
    return percent(part / whole if whole else None)
