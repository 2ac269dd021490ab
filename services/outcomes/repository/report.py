"""Counts what a report shows, on a star that is connected to an engine."""

from datetime import date
from typing import Any

from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.chapters import SECTIONS, Section
from services.outcomes.domain.report.tables import Counted, Places, counted, cuts


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
        found[section] = counted(section, indicator, rows, known)
    return found
