"""Counts what a report shows, on the star's files, in a process of its own: it takes seconds, and some memory.

`python -m services.outcomes.repository.report` makes one: what it is to be of comes in as JSON, what it is goes out.
"""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from services.outcomes.domain.disclosure.suppression import UnprotectableError
from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report import stored
from services.outcomes.domain.report.chapters import SECTIONS, Section
from services.outcomes.domain.report.document import CHAPTERS_AS_JSON, report
from services.outcomes.domain.report.protection import published
from services.outcomes.domain.report.tables import Counted, Places, counted, cuts
from services.outcomes.repository.star_on_duckdb import star_on_duckdb


@dataclass(frozen=True, slots=True)
class Made:
    """A report: its tables as they may be shown, and its chapters by area, region or `ALL`, all as JSON."""

    tables: list[Any]
    chapters: dict[str, Any]


class ReportError(Exception):
    """A report could not be made."""


async def make_apart(star: Path, today: date, smallest: int, earlier: Sequence[Any]) -> Made:
    """`make` in a process of its own, which ends where this is cancelled. Raises ReportError."""
    asked = {"star": str(star), "today": today, "smallest": smallest, "earlier": earlier}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __spec__.name), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    try:
        out, _ = await process.communicate(orjson.dumps(asked))
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise ReportError(f"its process ended with status {process.returncode}")
    answer = orjson.loads(out)
    if refused := answer.get("refused"):
        raise ReportError(refused)
    return Made(**answer)


def make(star: Path, today: date, smallest: int, earlier: Sequence[Any]) -> Made:
    """The report of a star, as of `today`, the day of its newest fact. `earlier` are the tables of those before.

    Raises UnprotectableError where it can't be shown without giving a small number away.
    """
    sections = count(star_on_duckdb(star), today)
    tables = published([*sections.values()], smallest, [stored.from_json(each) for each in earlier])
    found = next(iter(sections.values())).table.outline.dimensions[0]
    return Made(
        [stored.as_json(each) for each in tables.values()],
        {
            place: CHAPTERS_AS_JSON.dump_python(report(place, sections, tables), mode="json")
            for place in (ALL, *found.groups, *found.categories)
        },
    )


def places(connection: Any) -> Places:
    """The areas that a case is of or that the directory names, and the regions."""
    case, area, region = connection.table("case"), connection.table("area"), connection.table("region")
    areas = case.select("area").union(area.select("area"), distinct=True).to_pyarrow().column("area").to_pylist()
    regions: dict[str, list[str]] = {}
    for row in region.select("region", "area").to_pyarrow().to_pylist():
        if row["area"] in areas:
            regions.setdefault(row["region"], []).append(row["area"])
    return Places(tuple(sorted(areas)), {name: tuple(sorted(each)) for name, each in sorted(regions.items())})


def count(connection: Any, today: date) -> dict[Section, Counted]:
    """Every section of the report, as of `today`, the day of the newest fact."""
    known = places(connection)
    found = {}
    for section in SECTIONS:
        indicator = INDICATORS[section.indicator]
        rows = {cut: connection.to_pyarrow(by(indicator, cut, today)).to_pylist() for cut in cuts(section, indicator)}
        found[section] = counted(section, indicator, rows, known, on=today.isoformat())
    return found


def main() -> None:
    """Makes the report that is asked for on the standard input."""
    asked = orjson.loads(sys.stdin.buffer.read())
    try:
        made = make(Path(asked["star"]), date.fromisoformat(asked["today"]), asked["smallest"], asked["earlier"])
        answer = asdict(made)
    except UnprotectableError as error:
        answer = {"refused": str(error)}
    sys.stdout.buffer.write(orjson.dumps(answer))


if __name__ == "__main__":
    main()
