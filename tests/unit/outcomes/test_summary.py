"""The summary and the pages are lines of the report's chapters: what is held back there is nowhere else."""

from typing import Any

import pytest

from services.outcomes.domain.report.document import Line, Part, ReportChapter
from services.outcomes.domain.summary import beside_each_other, steps
from services.outcomes.web.pages.figures import FIGURES, areas

_SHARE = {"value": 0.75, "low": 0.69, "high": 0.8}


def chapters(*parts: Part) -> list[ReportChapter]:
    return [ReportChapter("all", "All", "Everything.", parts)]


def part(indicator: str, *lines: Line, by: tuple[str, ...] = (), left_out: bool = False) -> Part:
    return Part(indicator, by, lines, left_out=left_out)


SHOWN = chapters(
    part("parents-started", Line((), 200, 150, **_SHARE)),
    part("parents-completed", Line((), 150, 90, 0.6, 0.5, 0.7)),
    part("parents-answered-6-months", Line((), 200)),
    part("parents-started", Line(("fathers",), 80, 50, 0.625, 0.5, 0.7), Line(("others",), 120, 100), by=("father",)),
    part("parents-completed", Line(("others",), 100, 70, 0.7, 0.6, 0.8), by=("father",)),
    part("days-submitted-to-agreed", Line((), 90, None, 3.0, beside=8.0)),
    part("days-agreed-to-accepted", Line((), None)),
    part("cases-referred", Line(("gp",), 40, 30, **_SHARE), Line(("school",), 20), by=("source",)),
    part("change-at-closure", Line(("core-10 1",), 60, None, -4.5, -6.0, -3.0), Line(("cors 1",), None)),
    part("reliably-better-at-closure", Line(("core-10 1",), 60, 30, 0.5, 0.4, 0.6)),
    part("came-again-6-months", Line((), 50)),
    part("came-again-12-months", left_out=True),
)


def test_each_step_is_a_line_of_the_report_and_what_is_held_back_there_is_held_back_here() -> None:
    found = {step["step"]: (step["parents"]["people"], step["fathers"]["people"]) for step in steps(SHOWN)}
    assert found == {
        "referred": (200, 80),
        "started": (150, 50),
        # A line that is not there is not a nought.
        "completed": (90, None),
        "answered-6-months": (None, None),
        "answered-12-months": (None, None),
    }
    shares = {step["step"]: step["parents"]["share_of_referred"] for step in steps(SHOWN)}
    assert (shares["started"], shares["answered-6-months"]) == (0.75, None)


def test_a_section_that_is_left_out_is_not_a_nought() -> None:
    left_out = chapters(part("parents-started", left_out=True), part("parents-started", by=("father",), left_out=True))
    assert {step["parents"]["people"] for step in steps(left_out)} == {None}
    assert {step["fathers"]["people"] for step in steps(left_out)} == {None}


def test_areas_are_beside_each_other_by_their_names() -> None:
    found = beside_each_other({"e1": SHOWN, "e2": chapters()}, {"e1": "Surrey", "e2": "Havering"})
    assert [(row["area_name"], row["referred"], row["started_share"]) for row in found] == [
        ("Havering", None, None),
        ("Surrey", 200, 0.75),
    ]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (
            "funnel",
            [
                ["Referred to a service", "200", "100%", "80", "100%", "100%"],
                ["Started", "150", "75%", "50", "62%", "79%"],
                ["Completed", "90", "45%", "held back", "held back", "44%"],
                ["Answered after 6 months", *["held back"] * 4, "14%"],
                ["Answered after 12 months", *["held back"] * 4, "6%"],
            ],
        ),
        (
            "flow",
            [
                ["GP", "40", "30", "75%", "69% to 80%"],
                ["School", "20", "held back", "held back", "held back"],
            ],
        ),
        (
            "again",
            [
                ["Within 6 months", "50", "held back", "held back", "held back"],
                ["Within 12 months", *["held back"] * 4],
            ],
        ),
    ],
)
def test_a_page_has_the_reports_numbers(name: str, rows: list[list[str]]) -> None:
    assert [[*row] for row in FIGURES[name](SHOWN).rows] == rows


def test_waits_and_changes_are_shown_where_how_many_they_are_of_is() -> None:
    waits = {row[0]: row[1:] for row in FIGURES["waiting"](SHOWN).rows}
    assert [*waits["Screening to agreed referral"]] == ["3", "8", "90"]
    assert {*waits["Referral to acceptance"]} == {"held back"}
    changes = FIGURES["change"](SHOWN).rows
    assert [*changes[0][1:]] == ["60", "-4.5", "-6.0 to -3.0", "50%", "not known"]
    assert [*changes[1][1:4]] == ["held back"] * 3
    assert "CORE-10" in changes[0][0]


@pytest.mark.parametrize("name", FIGURES)
def test_a_page_of_nothing_is_a_page(name: str) -> None:
    shown: dict[str, Any] = FIGURES[name]([]).shown()
    assert all(bar["held"] for bar in shown["bars"])


def test_areas_as_bars_have_their_intervals() -> None:
    drawn = areas(
        {"e1": SHOWN, "e2": chapters(part("parents-started", Line((), None)))},
        {"e1": "Surrey", "e2": "Bath"},
        published=True,
    )
    assert [[*row] for row in drawn.rows] == [
        ["Bath", *["held back"] * 5],
        ["Surrey", "200", "150", "90", "75%", "69% to 80%"],
    ]
    assert [bar.low for bar in drawn.bars] == [None, 0.69]
