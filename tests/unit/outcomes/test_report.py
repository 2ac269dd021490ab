"""The board's report: what it shows is what was counted, nothing small is in it, and everything is in words."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest

from services.outcomes.domain.disclosure.suppression import protected
from services.outcomes.domain.disclosure.table import ALL
from services.outcomes.domain.indicators.counting import by
from services.outcomes.domain.indicators.indicator import Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.chapters import CHAPTERS, SECTIONS
from services.outcomes.domain.report.document import CHAPTERS_AS_JSON, ReportChapter, report
from services.outcomes.domain.report.protection import linked
from services.outcomes.domain.report.spending import with_rates
from services.outcomes.domain.report.tables import NO, YES, Counted, Places, cuts, name_of
from services.outcomes.domain.report.tables import counted as count_section
from services.outcomes.handlers.board_report import quarter_of
from services.outcomes.repository import report as reports
from services.outcomes.repository.star_on_duckdb import star_on_duckdb
from services.outcomes.web.pages.report_words import shown
from services.outcomes.web.report_pdf import pdf_of
from tests.support.generated_star import TODAY, generated, write

_CODE = re.compile(r"\b[a-z]+-[a-z]+-?[a-z]*\b")


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, list[Counted], Places]:
    """A star of 240 cases at three prices, and every section of the report counted on it."""
    folder, rows = tmp_path_factory.mktemp("star"), generated(3, 240)
    prices = {"completed-case": 95_000, "started-case": 82_000, "session": 9_500}
    for each in rows["referral"]:
        each["unit_cost_pence"] = prices.get(each["unit_cost_for"])
    write(rows, folder)
    connection = star_on_duckdb(folder)
    places = reports.places(connection)
    return connection, reports.count(connection, places, TODAY, 10), places


def chapters(sections: list[Counted], place: str, smallest: int) -> list[ReportChapter]:
    if smallest <= 1:
        sections = [replace(each, table=replace(each.table, sensitive={})) for each in sections]
    safe = protected([each.table for each in sections], smallest, also=linked(sections))
    tables = {each.outline.name: each for each in safe.tables}
    spread = sections[0].table.outline.dimensions[0]
    places = Places(spread.categories, spread.groups)
    return report(place, {each.section: each for each in with_rates(sections, tables)}, tables, places)


def test_every_section_is_of_an_indicator_that_can_be_broken_down_so() -> None:
    for section in SECTIONS:
        assert {"area", *section.by} <= {*INDICATORS[section.indicator].dimensions}, section
        known = [(each.indicator, each.by) for each in SECTIONS]
        assert not section.of or (section.of, section.by) in known, section
    assert len({name_of(each) for each in SECTIONS}) == len(SECTIONS)
    assert len({each.name for each in CHAPTERS}) == len(CHAPTERS)


def test_where_nothing_is_held_back_a_report_has_what_the_indicators_count(counted: Any) -> None:
    connection, sections, places = counted
    for place, cut in (
        (ALL, ()),
        *((each, ("area",)) for each in places.areas),
        *((r, ("region",)) for r in places.regions),
    ):
        for chapter in chapters(sections, place, 1):
            for part in chapter.parts:
                if part.by or part.of.kind is not Kind.SHARE or part.of.always:
                    continue
                rows = connection.to_pyarrow(by(part.of, cut, TODAY)).to_pylist()
                (row,) = [each for each in rows if not cut or each[cut[0]] == place] or [{"counted": 0, "met": 0}]
                (line,) = part.lines
                assert (line.count, line.met) == (row["counted"], row["met"]), (place, part.indicator)
                if row["counted"]:
                    assert line.value == pytest.approx(row["share"], abs=0.0006)
                    assert line.low is not None
                    assert line.high is not None
                    assert line.value is not None
                    assert line.low <= line.value <= line.high


def test_no_line_has_a_small_number_nor_one_that_gives_it_away(counted: Any) -> None:
    _, sections, places = counted
    for place in (ALL, *places.areas, *places.regions):
        for chapter in chapters(sections, place, 10):
            for part in chapter.parts:
                for line in part.lines:
                    known = [number for number in (line.count, line.met) if number is not None]
                    if line.count is not None and line.met is not None and part.of.kind is Kind.SHARE:
                        known.append(line.count - line.met)
                    assert not [number for number in known if number < 10], (place, part.indicator, line)
                    if line.count is None:
                        assert (line.value, line.low, line.met) == (None, None, None)


def test_what_is_held_back_of_a_criterion_is_held_back_of_those_who_met_it(counted: Any) -> None:
    """How many started is the denominator of how many completed: shown there, it would be known here."""
    _, sections, _ = counted
    tables = {name_of(each.section): each.table for each in sections}
    started, completed = tables["parents-started"], tables["parents-completed"]
    place = started.outline.dimensions[0].categories[0]
    assert started.filled()[place, YES] == completed.filled()[place, ALL]
    numbers = {**started.numbers, (place, NO): 3}
    weak = [
        type(each)(each.section, type(started)(started.outline, numbers), each.figures)
        if each.table is started
        else each
        for each in sections
        if name_of(each.section) in ("parents-started", "parents-completed")
    ]
    safe = protected([each.table for each in weak], 10, also=linked(weak))
    values = {each.outline.name: each.values for each in safe.tables}
    assert values["parents-started"][place, NO] is None
    assert (values["parents-started"][place, YES] is None) == (values["parents-completed"][place, ALL] is None)


@pytest.mark.parametrize("by", ["provider", "father"])
def test_it_is_so_in_each_category_too(counted: Any, by: str) -> None:
    """How many of one provider's parents started is how many of them could complete."""
    _, sections, _ = counted
    tables = {name_of(each.section): each.table for each in sections}
    started, completed = tables[f"parents-started-by-{by}"], tables[f"parents-completed-by-{by}"]
    spread = started.outline.dimensions[1]
    assert {*spread.categories} == {*completed.outline.dimensions[1].categories}
    sums = {(each.total, each.parts) for each in linked(sections)}
    for place in started.outline.dimensions[0].nodes:
        for category in spread.categories:
            whole = completed.outline.cell((place, category, ALL))
            assert (started.outline.cell((place, category, YES)), (whole,)) in sums, (place, category)


def test_a_category_of_which_nobody_met_a_criterion_is_a_nought_and_no_missing_line(counted: Any) -> None:
    _, sections, places = counted
    (section,) = [each for each in SECTIONS if each.indicator == "parents-completed" and each.by == ("provider",)]
    rows = {"provider": "north", "counted": 20, "met": 9, "share": 0.45, "clusters": 20}
    found: dict[tuple[str, ...], list[dict[str, Any]]] = {cut: [] for cut in cuts(section, places)}
    found["area", "provider"] = [rows | {"area": places.areas[0]}]
    made = count_section(section, INDICATORS[section.indicator], found, places, at_least={"provider": ["south"]})
    assert made.table.outline.dimensions[1].categories == ("north", "south")
    assert made.table.filled()[ALL, "south", ALL] == 0
    fathers = next(each for each in sections if name_of(each.section) == "parents-started-by-father")
    assert fathers.table.outline.dimensions[1].categories == ("fathers", "others")


def test_nobody_finds_in_one_table_what_another_holds_back(counted: Any) -> None:
    """Of numbers that add up across tables, what is left without a single one is that one."""
    _, sections, _ = counted
    sums = linked(sections)
    assert {each.total.counted for each in sums} >= {"children of childs-views-sought", "cases of front-door-mix"}
    safe = protected([each.table for each in sections], 10, also=sums)
    values = {each.outline.cell(node): value for each in safe.tables for node, value in each.values.items()}
    for each in sums:
        held = [cell for cell in each.cells if cell in values and values[cell] is None]
        left_over = [cell for cell in each.cells if cell not in values]
        assert len(held) != 1 or left_over, each
        if not held and left_over:
            rest = (values[each.total] or 0) - sum(values[part] or 0 for part in each.parts if part in values)
            assert rest >= 10, each


def test_a_report_is_stored_and_read_back_and_is_all_words(counted: Any, tmp_path: Path) -> None:
    _, sections, _ = counted
    found = chapters(sections, ALL, 10)
    assert CHAPTERS_AS_JSON.validate_json(CHAPTERS_AS_JSON.dump_json(found)) == found
    for name, content in reports.files_of(TODAY, 10, {ALL: found}).items():
        path = tmp_path / "report-2026-q3" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (read,) = reports.reports(tmp_path)
    assert (read.quarter, read.known_until, read.smallest, read.places()) == (date(2026, 7, 1), TODAY, 10, [ALL])
    assert read.chapters(ALL) == found
    for chapter in shown(found):
        for part in chapter["parts"]:
            for row in part["rows"]:
                # A version of an instrument and a group of the area's own are codes in any case.
                assert not _CODE.search(row["label"].partition(" (")[0].partition(":")[0].lower()), row["label"]


def test_the_same_report_is_the_same_pdf(counted: Any) -> None:
    _, sections, _ = counted
    given = shown(chapters(sections, ALL, 10))
    first = pdf_of("What became of the families: All areas", ["Until then."], given, TODAY)
    assert first == pdf_of(
        "What became of the families: All areas", ["Until then."], orjson.loads(orjson.dumps(given)), TODAY
    )
    assert first.startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("day", "first"),
    [
        (date(2026, 1, 1), date(2026, 1, 1)),
        (date(2026, 3, 31), date(2026, 1, 1)),
        (date(2026, 12, 31), date(2026, 10, 1)),
    ],
)
def test_a_quarter_begins_in_january_april_july_and_october(day: date, first: date) -> None:
    assert quarter_of(day) == first
    assert reports.name_of(first) == f"report-2026-q{(first.month + 2) // 3}"
