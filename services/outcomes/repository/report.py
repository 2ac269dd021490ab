"""Counts what a report shows on the star's files, and reads the reports that were published."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import asyncpg
import orjson

from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.indicators.counting import by, of_units, units, values
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.benefits import Assumption
from services.outcomes.domain.report.chapters import FAMILIES, SECTIONS, Section
from services.outcomes.domain.report.document import CHAPTERS_AS_JSON, ReportChapter
from services.outcomes.domain.report.spending import payments
from services.outcomes.domain.report.tables import AREA, Counted, Places, Row, counted, cuts

_FACTS, _CHAPTERS = "report.json", "chapters"
_UNITS = "units_of_indicator"
_NAME = re.compile(r"report-(\d{4})-q([1-4])")


@dataclass(frozen=True, slots=True)
class Report:
    """A report that was published: its quarter, until when it counts, and below which count it holds something back."""

    quarter: date
    known_until: date
    smallest: int
    folder: Path

    def places(self) -> list[str]:
        """The areas and regions that it is of, and `all`."""
        return sorted(path.stem for path in (self.folder / _CHAPTERS).glob("*.json"))

    def chapters(self, place: str) -> list[ReportChapter]:
        """The chapters of one of its places."""
        return CHAPTERS_AS_JSON.validate_json((self.folder / _CHAPTERS / f"{place}.json").read_bytes())


def name_of(quarter: date) -> str:
    """What the publication of a quarter's report is called."""
    return f"report-{quarter.year}-q{(quarter.month + 2) // 3}"


def files_of(known_until: date, smallest: int, chapters: Mapping[str, Sequence[ReportChapter]]) -> dict[str, bytes]:
    """What is stored of a report beside its tables: the chapters of each place."""
    facts = orjson.dumps({"known_until": known_until, "smallest": smallest})
    return {
        _FACTS: facts,
        **{f"{_CHAPTERS}/{place}.json": CHAPTERS_AS_JSON.dump_json([*each]) for place, each in chapters.items()},
    }


def reports(root: Path) -> list[Report]:
    """The reports in a folder of publications, newest first."""
    found = []
    for path in root.glob(f"*/{_FACTS}"):
        if named := _NAME.fullmatch(path.parent.name):
            facts = orjson.loads(path.read_bytes())
            quarter = date(int(named[1]), int(named[2]) * 3 - 2, 1)
            found.append(Report(quarter, date.fromisoformat(facts["known_until"]), facts["smallest"], path.parent))
    return sorted(found, key=lambda each: each.quarter, reverse=True)


def tables_of(report: Report) -> bytes:
    """The report's tables as one archive: CSV with a data dictionary, Parquet, and the whole document with its hash.

    The same report gives the same bytes.
    """
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as archive:
        paths = [path for name in ("csv", "parquet") for path in (report.folder / name).rglob("*")]
        for path in sorted([*paths, report.folder / "publication.json"]):
            if path.is_file():
                entry = ZipInfo(str(path.relative_to(report.folder)), (1980, 1, 1, 0, 0, 0))
                entry.compress_type = ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return content.getvalue()


async def names(pool: "asyncpg.Pool[Any]") -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """The names of areas, of regions and of providers."""
    named = await pool.fetch("SELECT kind, id, name FROM directory_name WHERE kind IN ('area', 'provider')")
    regions = await pool.fetch("SELECT region AS id, name FROM region")
    areas, providers = (
        {row["id"]: row["name"] for row in named if row["kind"] == kind} for kind in ("area", "provider")
    )
    return areas, {row["id"]: row["name"] for row in regions}, providers


def places(connection: Any) -> Places:
    """The areas that a case is of or that the directory names, and the regions."""
    case, area, region = connection.table("case"), connection.table("area"), connection.table("region")
    areas = case.select("area").union(area.select("area"), distinct=True).to_pyarrow().column("area").to_pylist()
    regions: dict[str, list[str]] = {}
    for row in region.select("region", "area").to_pyarrow().to_pylist():
        if row["area"] in areas and row["region"] not in {ALL, *areas}:
            regions.setdefault(row["region"], []).append(row["area"])
    return Places(tuple(sorted(areas)), {name: tuple(sorted(each)) for name, each in sorted(regions.items())})


def assumptions(connection: Any) -> list[Assumption]:
    """What each area states that outcomes cost, and how many it assumes to be avoided."""
    rows = connection.table("avoidable_cost").order_by("area", "outcome").to_pyarrow().to_pylist()
    return [Assumption(**row) for row in rows]


def count(connection: Any, known: Places, today: date, smallest: int) -> list[Counted]:
    """Every section of the report in these places, as of `today`, the day of the newest fact, and the payments."""
    rows = counts(connection, known, today)
    found = [
        counted(
            *(section, INDICATORS[section.indicator], rows[section], known),
            on=today.isoformat(),
            at_least=_categories_elsewhere(section, rows),
        )
        for section in rows
    ]
    families = next(each for each in found if each.section == FAMILIES)
    each_case = connection.to_pyarrow(values(INDICATORS["payments"], [AREA], today)).to_pylist()
    return [*found, payments(families, each_case, known, smallest)]


def _categories_elsewhere(
    section: Section, rows: Mapping[Section, Mapping[tuple[str, ...], Sequence[Row]]]
) -> Mapping[str, Sequence[str]]:
    """The categories of the section whose criterion this one's units met: one of which nobody did is a nought here, and
    a line that is missing would say so.
    """
    of = rows.get(Section(section.of, section.by), {}) if section.of else {}
    return {name: [str(row[name]) for row in of.get((AREA, *section.by), ())] for name in section.by}


def counts(connection: Any, known: Places, today: date) -> dict[Section, dict[tuple[str, ...], list[Row]]]:
    """What is counted for each section: by the dimensions of each of its `cuts`, the rows.

    An indicator's units are worked out once for all sections and cuts that it is in: most of the time goes into them.
    """
    found: dict[Section, dict[tuple[str, ...], list[Row]]] = {section: {} for section in SECTIONS}
    for name in dict.fromkeys(section.indicator for section in SECTIONS):
        indicator, sections = INDICATORS[name], [each for each in SECTIONS if each.indicator == name]
        wanted = dict.fromkeys(each for section in sections for each in (AREA, *section.by))
        rows = units(indicator, tuple(wanted), today)
        if rows is not None:
            rows = connection.create_table(_UNITS, rows, temp=True, overwrite=True)
        for section in sections:
            found[section] = {
                cut: connection.to_pyarrow(
                    by(indicator, cut, today) if rows is None else of_units(indicator, rows, cut)
                ).to_pylist()
                for cut in cuts(section, known)
            }
    return found
