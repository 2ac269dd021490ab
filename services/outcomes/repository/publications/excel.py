"""A workbook for a board: a sheet of notes, then one for each table, with what it means and a word for what is missing.

All text is written as text, whatever it begins with, and no number as anything else. Dates are those of the
publication, so that the same publication is the same bytes.
"""

import io
import re
from datetime import datetime
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from services.outcomes.domain.disclosure.table import ALL, Node
from services.outcomes.domain.publication.content import DefinedTable, Publication
from services.outcomes.repository.publications.columns import SUPPRESSED, columns, missing, rows
from services.outcomes.repository.publications.safe_text import safe_text

_OPTIONS = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False
}  # fmt: skip
_ACROSS = 10
"""Up to how many categories a last dimension is shown across."""
_WIDEST = 44
_LEAD = 88
"""How wide the lines above a table are, in letters."""


def workbook(publication: Publication) -> bytes:
    """The file."""
    out = io.BytesIO()
    book = Workbook(out, _OPTIONS)
    made = datetime.fromisoformat(publication.made_on).replace(tzinfo=None)
    book.set_properties(
        {"title": safe_text(publication.title), "comments": f"sha256:{publication.digest}", "created": made}
    )
    formats = {
        "title": book.add_format({"bold": True, "font_size": 14}),
        "label": book.add_format({"bold": True, "valign": "top"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#E7ECEF", "valign": "top"}),
        "number": book.add_format({"num_format": "#,##0"}),
        "fraction": book.add_format({"num_format": "#,##0.0##"}),
        "whole": book.add_format({"num_format": "#,##0", "bold": True}),
        "place": book.add_format({}),
        "bold": book.add_format({"bold": True}),
        "missing": book.add_format({"italic": True, "font_color": "#595959", "align": "right"}),
    }
    _notes(book.add_worksheet("Notes"), publication, formats)
    taken = {"notes"}
    for each in publication.tables:
        _sheet(book.add_worksheet(_name(each.table.outline.name, taken)), each, formats)
    book.close()
    return out.getvalue()


def _name(table: str, taken: set[str]) -> str:
    """A sheet's name: at most 31 letters, none of those that Excel refuses, and no other's, whatever the case."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", safe_text(table)).strip()[:31] or "Table"
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain[: 30 - len(str(number))]} {number}"
    taken.add(name.lower())
    return name


def _notes(sheet: Worksheet, publication: Publication, formats: dict[str, Any]) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, _LEAD)
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, safe_text(publication.title), formats["title"])
    lines = [
        ("Period", publication.period),
        ("Counted on", publication.made_on),
        (
            "Suppressed",
            f"{publication.protection} Both look alike on purpose: what is suppressed may be a large number.",
        ),
        ("Do not", "combine these tables with figures from elsewhere to work out what is suppressed."),
        *((f"Sheet {number}", each.definition.title) for number, each in enumerate(publication.tables, 2)),
        *((name, version) for name, version in sorted(publication.versions.items())),
        ("SHA-256", publication.digest),
    ]
    for row, (label, text) in enumerate(lines, 2):
        sheet.write_string(row, 0, safe_text(label), formats["label"])
        sheet.write_string(row, 1, safe_text(text), formats["text"])


def _sheet(sheet: Worksheet, each: DefinedTable, formats: dict[str, Any]) -> None:
    sheet.hide_gridlines(2)
    sheet.write_string(0, 0, safe_text(each.definition.title), formats["title"])
    lines = [*each.definition.lines(), ("Counted", each.table.outline.counted)]
    grid = _grid(each)
    width = max(len(grid[0]), 4)
    for row, (label, text) in enumerate(lines, 1):
        above = safe_text(f"{label}: {text}")
        sheet.merge_range(row, 0, row, width - 1, "", formats["text"])
        sheet.write_string(row, 0, above, formats["text"])
        sheet.set_row(row, 15 * (1 + len(above) // _LEAD))
    top = len(lines) + 2
    for column, title in enumerate(grid[0]):
        lengths = [len(str(line[column])) for line in grid[1:]]
        sheet.set_column(column, column, min(max([12, *lengths, min(len(str(title)), 24)]) + 2, _WIDEST))
        sheet.write_string(top, column, safe_text(str(title)), formats["head"])
    places = len(each.table.outline.dimensions)
    across = _is_across(each)
    for number, line in enumerate(grid[1:], top + 1):
        is_whole = "All" in line[: places - across]
        for column, value in enumerate(line):
            _cell(sheet, (number, column), value, formats=formats, is_whole=is_whole, is_place=column < places - across)
    sheet.freeze_panes(top + 1, max(places - across, 1))
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(top)


def _cell(
    sheet: Worksheet, at: tuple[int, int], value: object, *, formats: dict[str, Any], is_whole: bool, is_place: bool
) -> None:
    if isinstance(value, str) and not is_place:
        sheet.write_string(*at, value, formats["missing"])
    elif isinstance(value, str):
        sheet.write_string(*at, safe_text(value), formats["bold" if is_whole else "place"])
    elif isinstance(value, int):
        sheet.write_number(*at, value, formats["whole" if is_whole else "number"])
    elif isinstance(value, float):
        sheet.write_number(*at, value, formats["fraction"])


def _is_across(each: DefinedTable) -> bool:
    dimensions = each.table.outline.dimensions
    return len(dimensions) > 1 and not each.statistics and len(dimensions[-1].nodes) <= _ACROSS


def _grid(each: DefinedTable) -> list[list[object]]:
    """What is on the sheet: a line for each place, or the last dimension across where that reads better."""
    if not _is_across(each):
        heads: list[object] = [one.name.replace("_", " ") for one in columns(each)]
        found = [*rows(each)]
        places = len(each.table.outline.dimensions)
        shown = [[missing(row, places) if value is None else _label(value) for value in row] for row in found]
        return [heads, *shown]
    *down, last = each.table.outline.dimensions
    # Parts first and their sum at the end, as a board reads.
    order = [*last.categories, *last.groups, ALL]
    lines: dict[Node, list[object]] = {}
    for node in each.table.outline.nodes():
        at = node[:-1]
        if at not in lines:
            numbers = (each.table.values[(*at, one)] for one in order)
            lines[at] = [_label(one) for one in at] + [SUPPRESSED if one is None else one for one in numbers]
    heads = [*(one.name.replace("_", " ") for one in down), *(_label(one) for one in order)]
    return [heads, *lines.values()]


def _label(value: object) -> object:
    return "All" if value == ALL else value
