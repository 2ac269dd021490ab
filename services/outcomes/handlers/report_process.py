"""Publishes the report of a quarter, in a process of its own: it takes a minute at most, and some memory.

`python -m services.outcomes.handlers.report_process` publishes one: what it is to be of comes in as JSON on the
standard input, and why it could not be published goes out.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib.metadata import version
from pathlib import Path

import orjson

from services.outcomes.domain.disclosure.areas import largest_of
from services.outcomes.domain.disclosure.suppression import UnprotectableError
from services.outcomes.domain.disclosure.table import ALL, Node, PublishedTable
from services.outcomes.domain.indicators.indicator import Indicator, Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.publication.content import DefinedTable, Definition, Publication, Statistic
from services.outcomes.domain.report.benefits import Assumption
from services.outcomes.domain.report.document import ReportChapter, report
from services.outcomes.domain.report.protection import linked
from services.outcomes.domain.report.spending import RATES, amounts, rates, with_rates
from services.outcomes.domain.report.tables import Counted, Figure, Places
from services.outcomes.handlers import publication
from services.outcomes.handlers.publishing_apart import apart
from services.outcomes.repository import report as reports
from services.outcomes.repository.star_on_duckdb import star_on_duckdb

_TITLE = "What became of the families"
_SPENT = Definition(
    "What the commissioner pays",
    "Pence, by the newest prices, of the cases that have no offer without a price. It is worked out of the published "
    "number of payments at each price: what of these is suppressed cost at least the lowest of their prices, and at "
    "most "
    "the highest; the amount is halfway",
    source="The tables families-paid-for and payments",
)
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
    if refused := (await apart(__spec__.name, asked, root))["refused"]:
        raise ReportError(refused)


def publish(
    star: Path, star_version: str, quarter: date, known_until: date, smallest_groups: Mapping[str, int], root: Path
) -> Publication:
    """Counts the star as of `known_until`, the day of its newest fact, and publishes it into a folder of `root`.

    What is small is the largest that any area of the star asks for, and the default for one that is not registered.
    Raises UnprotectableError where it would give a small number away, and ReportError where there is no area.
    """
    return publish_counted(
        count(star, known_until, smallest_groups), star_version, quarter, known_until, smallest_groups, root
    )


@dataclass(frozen=True, slots=True)
class CountedStar:
    """Every section of a report in every place, and what the areas assume of costs that were avoided."""

    places: Places
    sections: Sequence[Counted]
    stated: Sequence[Assumption]


def count(star: Path, known_until: date, smallest_groups: Mapping[str, int]) -> CountedStar:
    """Counts every section in every place. Raises ReportError where there is no area."""
    connection = star_on_duckdb(star)
    places = reports.places(connection)
    if not places.areas:
        raise ReportError("the star is of no area")
    sections = reports.count(connection, places, known_until, largest_of(smallest_groups, places.areas))
    return CountedStar(places, sections, reports.assumptions(connection))


def publish_counted(
    star: CountedStar,
    star_version: str,
    quarter: date,
    known_until: date,
    smallest_groups: Mapping[str, int],
    root: Path,
) -> Publication:
    """Protects and writes what was counted."""
    smallest = largest_of(smallest_groups, star.places.areas)
    edition = publication.Edition(
        reports.name_of(quarter),
        _TITLE,
        f"Everything that was known until {known_until.isoformat()}",
        known_until.isoformat(),
        smallest,
        {name: version(name) for name in _MADE_BY} | {"star": star_version},
    )

    def beside(made: Publication) -> dict[str, bytes]:
        safe = [each.table for each in made.tables]
        return reports.files_of(known_until, smallest, _chapters(star.sections, safe, star.places, star.stated))

    shown = star.sections
    while True:
        try:
            defined = [_defined(each) for each in shown]
            return publication.publish(edition, defined, root, linked(shown), beside, _with_amounts)
        except UnprotectableError as error:
            # One that shows what must not be known, as where everybody is of one kind, is not in the report.
            fewer = [
                each for each in shown if error.table not in (each.table.outline.name, each.table.outline.amount_of)
            ]
            if len(fewer) == len(shown):
                raise
            shown = fewer


def true_chapters(star: Path, known_until: date) -> tuple[dict[str, list[ReportChapter]], Mapping[str, Sequence[str]]]:
    """The same chapters without anything held back: nobody gets them but who administers the place. And the areas that
    each region was counted of.
    """
    connection = star_on_duckdb(star)
    places = reports.places(connection)
    sections, stated = reports.count(connection, places, known_until, 1), reports.assumptions(connection)
    tables = [PublishedTable(each.table.outline, each.table.filled()) for each in sections]
    return _chapters(sections, tables, places, stated), places.regions


def _chapters(
    sections: Sequence[Counted], made: Sequence[PublishedTable], places: Places, stated: Sequence[Assumption]
) -> dict[str, list[ReportChapter]]:
    tables = {each.outline.name: each for each in made}
    by_section = {each.section: each for each in with_rates(sections, tables)}
    return {place: report(place, by_section, tables, places, stated) for place in (ALL, *places.regions, *places.areas)}


def _with_amounts(tables: tuple[DefinedTable, ...]) -> tuple[DefinedTable, ...]:
    """The tables with what follows from counts and prices: rates beside the counts that they are per, and amounts."""
    safe = {each.table.outline.name: each.table for each in tables}
    found = [
        replace(each, statistics=_ends("cost", rates(each.table, safe))) if each.table.outline.name in RATES else each
        for each in tables
    ]
    if made := amounts(safe):
        table, ranges = made
        ends = {node: Figure(each.middle, each.low, each.high) for node, each in ranges.items()}
        found.append(DefinedTable(table, _SPENT, _ends("spent", ends)[1:]))
    return tuple(found)


def _ends(name: str, figures: Mapping[Node, Figure]) -> tuple[Statistic, ...]:
    """Pence halfway, at least and at most."""
    means = {"value": "Pence, halfway between", "low": "Pence, at least", "high": "Pence, at most"}
    return tuple(
        Statistic(
            f"{name}_{end}" if end != "value" else name,
            text,
            {node: number for node, each in figures.items() if (number := getattr(each, end)) is not None},
            0,
        )
        for end, text in means.items()
    )


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
