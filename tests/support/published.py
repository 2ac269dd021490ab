"""A report of three areas as it is published: a real publication of two of its sections, and quickly made."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from services.outcomes.domain.disclosure.table import ALL, CountedTable, Dimension, Outline
from services.outcomes.domain.publication.content import Definition, Publication
from services.outcomes.domain.report.chapters import SECTIONS, Section
from services.outcomes.domain.report.document import report
from services.outcomes.domain.report.tables import NO, YES, Counted, Figure, Places, name_of
from services.outcomes.handlers import publication
from services.outcomes.repository import report as reports

QUARTER, UNTIL = date(2026, 7, 1), date(2026, 8, 31)
ONE, OTHER, THIRD = "E10000014", "E06000045", "E07000086"
_WHOLE, _BY_SOURCE = Section("cases-referred"), Section("cases-referred", ("source",))
NUMBERS: Mapping[tuple[str, str, str], int] = {
    (ONE, "health", YES): 41, (ONE, "health", NO): 22, (ONE, "police", YES): 37, (ONE, "police", NO): 3,
    (ONE, "school", YES): 61, (ONE, "school", NO): 19,
    (OTHER, "health", YES): 53, (OTHER, "health", NO): 31, (OTHER, "police", YES): 29, (OTHER, "police", NO): 47,
    (OTHER, "school", YES): 71, (OTHER, "school", NO): 23,
    (THIRD, "health", YES): 43, (THIRD, "health", NO): 17, (THIRD, "police", YES): 67, (THIRD, "police", NO): 73,
    (THIRD, "school", YES): 79, (THIRD, "school", NO): 83,
}  # fmt: skip
"""Families by area, front door, and whether they were referred."""


def publish_report(root: Path, *, grown_by: int = 0, quarter: date = QUARTER, until: date = UNTIL) -> Publication:
    """Publishes it into a folder of `root`; of a later one every number has grown by so many."""
    sections = _sections({node: number + grown_by for node, number in NUMBERS.items()}, until.isoformat())
    known = dict.fromkeys(SECTIONS, sections[0]) | {each.section: each for each in sections}
    edition = publication.Edition(
        reports.name_of(quarter), "What became of the families", f"Until {until}", until.isoformat(), 10, {"star": "v1"}
    )

    def beside(made: Publication) -> dict[str, bytes]:
        tables = {each.table.outline.name: each.table for each in made.tables}
        return reports.files_of(
            until,
            10,
            {place: report(place, known, tables, Places((ONE, OTHER, THIRD))) for place in (ALL, ONE, OTHER, THIRD)},
        )

    tables = [publication.Counted(each.table, Definition(name_of(each.section), "d")) for each in sections]
    return publication.publish(edition, tables, root, beside=beside)


def _sections(numbers: Mapping[tuple[str, str, str], int], on: str) -> list[Counted]:
    area, source = Dimension("area", (ONE, OTHER, THIRD)), Dimension("source", ("health", "police", "school"))
    met = Dimension("cases-referred", (YES, NO))
    whole: dict[tuple[str, ...], int] = {}
    for (place, _, answer), number in numbers.items():
        whole[place, answer] = whole.get((place, answer), 0) + number
    found = []
    for section, dimensions, each in (
        (_WHOLE, (area, met), whole),
        (_BY_SOURCE, (area, source, met), dict[tuple[str, ...], int](numbers)),
    ):
        table = CountedTable(Outline(name_of(section), "cases of cases-referred", dimensions, on), each)
        filled = table.filled()
        figures = {
            node: Figure(filled[*node[:-1], YES] / filled[node], 0.25, 0.75)
            for node in filled
            if node[-1] == ALL and filled[node]
        }
        found.append(Counted(section, table, figures))
    return found
