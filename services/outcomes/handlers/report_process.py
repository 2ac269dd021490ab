"""Publishes the report of a quarter, in a process of its own: it takes a minute at most, and some memory.

`python -m services.outcomes.handlers.report_process` publishes one: what it is to be of comes in as JSON on the
standard input, and why it could not be published goes out.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from datetime import date
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.domain.disclosure.suppression import UnprotectableError
from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.publication.content import Definition, Publication, Statistic
from services.outcomes.domain.report.document import report
from services.outcomes.domain.report.protection import linked
from services.outcomes.domain.report.tables import Counted, Places, name_of
from services.outcomes.handlers import publication
from services.outcomes.repository import report as reports
from services.outcomes.repository.publications.folder import UNFINISHED, begin_in
from services.outcomes.repository.star_on_duckdb import star_on_duckdb

_TITLE = "What became of the families"
_MADE_BY = ("parley", "ibis-framework", "duckdb", "pytauargus", "scipy")


class ReportError(Exception):
    """A report could not be published."""


async def publish_apart(
    star: Path, star_version: str, quarter: date, known_until: date, smallest_groups: Mapping[str, int], root: Path
) -> None:
    """`publish` in a process of its own, which ends where this is cancelled.

    Raises ReportError where it can't be published, and OSError where the process could not do its work.
    """
    asked = {
        "star": str(star),
        "star_version": star_version,
        "quarter": quarter,
        "known_until": known_until,
        "smallest_groups": smallest_groups,
        "root": str(root),
    }
    await asyncio.to_thread(begin_in, root)
    with TemporaryDirectory(prefix=UNFINISHED, dir=root) as scratch:
        # What it leaves behind where it is killed is below our own folder, and goes with this one.
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", __spec__.name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "TMPDIR": scratch},
            start_new_session=True,
        )
        try:
            out, _ = await process.communicate(orjson.dumps(asked))
        except asyncio.CancelledError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            raise
    if process.returncode:
        raise OSError(f"the process that makes a report ended with status {process.returncode}")
    if refused := orjson.loads(out)["refused"]:
        raise ReportError(refused)


def publish(
    star: Path, star_version: str, quarter: date, known_until: date, smallest_groups: Mapping[str, int], root: Path
) -> Publication:
    """Counts the star as of `known_until`, the day of its newest fact, and publishes it into a folder of `root`.

    What is small is the largest that any area of the star asks for, and the default for one that is not registered.
    Raises UnprotectableError where it would give a small number away, and ReportError where there is no area.
    """
    places, sections = count(star, known_until)
    return publish_counted(places, sections, star_version, quarter, known_until, smallest_groups, root)


def count(star: Path, known_until: date) -> tuple[Places, list[Counted]]:
    """Counts every section in every place. Raises ReportError where there is no area."""
    connection = star_on_duckdb(star)
    places = reports.places(connection)
    if not places.areas:
        raise ReportError("the star is of no area")
    return places, reports.count(connection, places, known_until)


def publish_counted(  # noqa: PLR0913 - all of it is in what is published
    places: Places,
    sections: list[Counted],
    star_version: str,
    quarter: date,
    known_until: date,
    smallest_groups: Mapping[str, int],
    root: Path,
) -> Publication:
    """Protects and writes what was counted."""
    smallest = largest_of(smallest_groups, places.areas)
    edition = publication.Edition(
        reports.name_of(quarter),
        _TITLE,
        f"Everything that was known until {known_until.isoformat()}",
        known_until.isoformat(),
        smallest,
        {name: version(name) for name in _MADE_BY} | {"star": star_version},
    )

    def beside(made: Publication) -> dict[str, bytes]:
        return reports.files_of(known_until, smallest, _chapters(sections, made, places))

    shown = sections
    while True:
        try:
            return publication.publish(edition, [_defined(each) for each in shown], root, linked(shown), beside)
        except UnprotectableError as error:
            # One that shows what must not be known, as where everybody is of one kind, is not in the report.
            fewer = [each for each in shown if name_of(each.section) != error.table]
            if len(fewer) == len(shown):
                raise
            shown = fewer


def _chapters(sections: list[Counted], made: Publication, places: Places) -> dict[str, Any]:
    tables = {each.table.outline.name: each.table for each in made.tables}
    by_section = {each.section: each for each in sections}
    return {place: report(place, by_section, tables) for place in (ALL, *places.regions, *places.areas)}


def _defined(counted: Counted) -> publication.Counted:
    indicator = INDICATORS[counted.section.indicator]
    definition = Definition(
        indicator.question,
        indicator.definition,
        indicator.numerator,
        indicator.denominator,
        indicator.exclusions,
        indicator.source,
    )
    return publication.Counted(counted.table, definition, _statistics(indicator, counted))


def _statistics(indicator: Indicator, counted: Counted) -> tuple[Statistic, ...]:
    """What is published beside the counts; a share follows from these."""
    values = {node: each.value for node, each in counted.figures.items() if each.value is not None}
    match indicator.kind:
        case Kind.DAYS:
            beside = {node: each.beside for node, each in counted.figures.items() if each.beside is not None}
            return (
                Statistic("median", "Days within which half are", values),
                Statistic("p90", "Days within which nine of ten are", beside),
            )
        case Kind.MEAN | Kind.CHANGE:
            return (Statistic("mean", indicator.definition, values, 2),)
        case _:
            return ()


def main() -> None:
    """Publishes the report that is asked for on the standard input."""
    asked = orjson.loads(sys.stdin.buffer.read())
    refused = None
    try:
        publish(
            Path(asked["star"]),
            asked["star_version"],
            date.fromisoformat(asked["quarter"]),
            date.fromisoformat(asked["known_until"]),
            asked["smallest_groups"],
            Path(asked["root"]),
        )
    except (UnprotectableError, FileExistsError, ReportError) as error:
        refused = str(error)
    sys.stdout.buffer.write(orjson.dumps({"refused": refused}))


if __name__ == "__main__":
    main()
