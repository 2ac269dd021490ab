"""Publishes a return to a funder, in a process of its own.

`python -m services.outcomes.handlers.return_process` publishes one: what it is to be of comes in as JSON on the
standard input, and its name, or why it could not be published, goes out.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import orjson

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.domain.disclosure.modes import Mode
from services.outcomes.domain.disclosure.suppression import UnprotectableError
from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.indicator import Indicator
from services.outcomes.domain.publication.content import DamagedPublicationError, Definition, Publication
from services.outcomes.domain.report.protection import linked
from services.outcomes.domain.report.tables import AREA
from services.outcomes.domain.returns.counting import (
    MONTH,
    indicators_of,
    linked_in_periods,
    periods_in,
    span_of,
    table_of,
)
from services.outcomes.domain.returns.mapping import ReturnError, filled, named
from services.outcomes.domain.returns.periods import PERIOD, Period, PeriodError, Periods
from services.outcomes.handlers import publication
from services.outcomes.handlers.publishing_apart import apart
from services.outcomes.repository import report as reports
from services.outcomes.repository.publications.folder import earlier
from services.outcomes.repository.publications.return_files import return_files
from services.outcomes.repository.star_on_duckdb import star_on_duckdb

_MADE_BY = ("parley", "ibis-framework", "duckdb", "pytauargus", "scipy")


@dataclass(frozen=True, slots=True)
class Asked:
    """The return, its first and last day, and by which mode its numbers are protected."""

    name: str
    first: date
    last: date
    mode: Mode

    def named(self, known_until: date) -> str:
        """What its publication is called: once for each day until which something is known."""
        return f"{self.name}-{self.first:%Y-%m}-{self.last:%Y-%m}-on-{known_until}"


class ReturnRefusedError(Exception):
    """A return could not be published. Says which field and rule, or which table and cell."""


def check(asked: Asked) -> None:
    """Raises ReturnError or PeriodError where there is no such return, or none for this period."""
    Period.of(asked.first, asked.last)
    found = named(asked.name)
    try:
        columns = found.version_for(asked.first, asked.last)
    except ReturnError as error:
        raise ReturnError(f"from: {error}") from error
    indicators_of(columns)


async def publish_return_apart(
    asked: Asked, star: Path, star_version: str, known_until: date, smallest_groups: Mapping[str, int], root: Path
) -> str:
    """`publish_return` in a process of its own; returns the publication's name. Raises ReturnRefusedError, OSError."""
    answer = await apart(
        __spec__.name,
        {
            "name": asked.name,
            "first": asked.first,
            "last": asked.last,
            "base": asked.mode.base,
            "star": str(star),
            "star_version": star_version,
            "known_until": known_until,
            "smallest_groups": smallest_groups,
            "root": str(root),
        },
        root,
    )
    if answer["refused"]:
        raise ReturnRefusedError(answer["refused"])
    return str(answer["name"])


def publish_return(
    asked: Asked, star: Path, star_version: str, known_until: date, smallest_groups: Mapping[str, int], root: Path
) -> Publication:
    """Counts a return on the star as of `known_until`, and publishes it into a folder of `root`.

    With each number go those of before and after the period, since whoever has the report can take one from the other.
    Raises ReturnError, PeriodError, UnprotectableError, and FileExistsError where another has its name.
    """
    found = named(asked.name)
    columns = found.version_for(asked.first, asked.last)
    period = Period.of(asked.first, asked.last)
    connection, before = star_on_duckdb(star), earlier(root)
    places = reports.places(connection)
    if not places.areas:
        raise ReturnError("the star is of no area")
    smallest = largest_of(smallest_groups, places.areas)
    rows = {
        indicator: connection.to_pyarrow(by(indicator, (AREA, MONTH), known_until)).to_pylist()
        for indicator in indicators_of(columns)
    }
    span = span_of(chain.from_iterable(rows.values()), period)
    periods = Periods.of(period, map(Period.read, periods_in(before)), span)
    counted, tables = [], []
    for indicator, each in rows.items():
        tables.append(table_of(indicator, each, places, periods, known_until.isoformat()))
        counted.append(publication.Counted(tables[-1], _defined(indicator)))
    # What readers of earlier reports add up is known to whoever reads this one.
    of_reports = linked(reports.count(connection, places, known_until, smallest)) if before else ()
    also = [*linked_in_periods(tables), *of_reports]
    edition = publication.Edition(
        asked.named(known_until),
        found.title,
        f"{period}, by the day of the screening; known until {known_until.isoformat()}",
        known_until.isoformat(),
        smallest,
        {name: version(name) for name in _MADE_BY}
        | {"star": star_version, "return": f"{found.name}, valid from {columns.valid_from.isoformat()}"},
        asked.mode,
    )

    def beside(made: Publication) -> dict[str, bytes]:
        return return_files(found.name, columns, filled(columns, made.tables, {PERIOD: str(period)}))

    return publication.publish(edition, counted, root, also, beside)


def _defined(indicator: Indicator) -> Definition:
    return Definition(
        indicator.question,
        indicator.definition,
        indicator.numerator,
        indicator.denominator,
        indicator.exclusions,
        indicator.source,
    )


def main() -> None:
    """Publishes the return that is asked for on the standard input."""
    given: dict[str, Any] = orjson.loads(sys.stdin.buffer.read())
    first, last, until = (date.fromisoformat(given[name]) for name in ("first", "last", "known_until"))
    asked = Asked(given["name"], first, last, Mode(given["base"]))
    name = refused = None
    try:
        made = publish_return(
            asked, Path(given["star"]), given["star_version"], until, given["smallest_groups"], Path(given["root"])
        )
        name = made.name
    except (UnprotectableError, FileExistsError, ReturnError, PeriodError, DamagedPublicationError) as error:
        refused = str(error)
    sys.stdout.buffer.write(orjson.dumps({"name": name, "refused": refused}))


if __name__ == "__main__":
    main()
