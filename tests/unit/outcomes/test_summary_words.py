"""The summary in words: every code of the pathway has some, and nothing of a terminal's leaks in."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.summary import words
from deploy.summary.funnel_picture import about_fathers, draw, finding
from deploy.summary.marked import marked
from deploy.summary.report import findings_of, print_report
from services.outcomes.domain.funnel import NATIONAL, funnel

KNOWN_UNTIL = "2026-03-31"


def steps(parents: tuple[int, ...], fathers: tuple[int, ...]) -> list[dict[str, Any]]:
    of_parents, of_fathers = dict(zip(NATIONAL, parents, strict=True)), dict(zip(NATIONAL, fathers, strict=True))
    return json.loads(json.dumps([asdict(step) for step in funnel(of_parents, of_fathers)]))


SOME = steps((200, 150, 90, 20, 4), (80, 50, 20, 3, 0))
NOBODY = steps((0,) * 5, (0,) * 5)


LINE = {"of": [], "count": 200, "met": 150, "value": 0.75, "low": 0.69, "high": 0.8, "beside": None, "held": False}
STARTED = {
    "indicator": "parents-started",
    "kind": "share",
    "title": "How many of the referred parents start?",
    "columns": ["", "Share, with its 95% interval", "Of how many parents"],
    "national": "79%",
    "left_out": False,
    "rows": [{**LINE, "label": "All", "text": "75% (69% to 80%): 150", "counted": "200"}],
}
WAITED = {
    **STARTED,
    "kind": "days",
    "title": "How long is the wait?",
    "columns": ["", "Days: half within, nine of ten within", "Of how many cases"],
    "national": None,
    "rows": [{**LINE, "value": 17, "beside": 40.5, "label": "All", "text": "17, 40.5", "counted": "90"}],
}
CHAPTER = {"name": "take-up", "title": "Who takes it up", "about": "Parents, each once.", "parts": [STARTED, WAITED]}


def summary(**changes: Any) -> dict[str, Any]:
    empty = {
        "area": None,
        "region": None,
        "areas": [],
        "quarter": "2026-04-01",
        "known_until": KNOWN_UNTIL,
        "every_count": False,
        "is_due": False,
        "smallest": 10,
        "funnel": SOME,
        "chapters": [CHAPTER],
        "dead_letters": {"count": 0, "by_finding": [], "items": [], "not_asked": []},
    }
    return empty | changes


def printed(found: Mapping[str, Any]) -> str:
    paper = io.StringIO()
    print_report(Console(file=paper, width=140, markup=False, emoji=False, highlight=False), marked(dict(found)))
    return paper.getvalue()


def test_the_heading_names_the_area_or_region() -> None:
    area, region = {"id": "E10000014", "name": "Hampshire"}, {"id": "south-coast", "name": "South coast"}
    assert printed(summary()).splitlines()[0] == "What became of the families"
    assert printed(summary(area=area)).splitlines()[0] == "What became of the families in Hampshire"
    of_region = printed(summary(region=region))
    assert of_region.splitlines()[0] == "What became of the families in the region South coast"
    note = "A record that can't be read is of no area: this is about all of them."
    assert note in of_region
    assert note in printed(summary(area=area))
    assert note not in printed(summary())


def test_every_code_has_words() -> None:
    assert [step for step in NATIONAL if step not in words.STEPS] == []


def test_a_code_without_words_is_still_readable() -> None:
    assert words.words({}, "parenting-programme") == "Parenting programme"


def test_numbers_are_written_as_people_write_them() -> None:
    assert words.number(6110) == "6,110"
    assert words.percent(0.786) == "79%"
    assert words.percent(None) == "-"
    assert (words.days(4.0), words.days(4.5), words.days(None)) == ("4", "4.5", "-")
    assert words.day("2025-04-01") == "1 April 2025"


def test_the_finding_is_a_sentence_about_ours_and_theirs() -> None:
    assert finding(SOME) == "Of every 100 parents referred, 75 started and 45 completed; nationally 79 and 44"
    assert about_fathers(SOME) == (
        "Fathers are 40% of the parents referred, 33% of the parents who started and 22% of the parents who completed."
    )
    assert finding(NOBODY) == "Nobody has been referred yet"


@pytest.mark.parametrize("found", [SOME, NOBODY, steps((3, 0, 0, 0, 0), (1, 0, 0, 0, 0))])
def test_the_picture_is_drawn_whatever_there_is_to_show(found: Any, tmp_path: Path) -> None:
    png, svg = draw(found, KNOWN_UNTIL, tmp_path / "new")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert finding(found).split(";")[0] in svg.read_text(encoding="utf-8")


def test_the_same_numbers_make_the_same_picture(tmp_path: Path) -> None:
    once = [path.read_bytes() for path in draw(SOME, KNOWN_UNTIL, tmp_path)]
    assert [path.read_bytes() for path in draw(SOME, KNOWN_UNTIL, tmp_path)] == once


def test_nothing_at_all_is_a_plain_sentence() -> None:
    nothing = {"chapters": [], "funnel": NOBODY, "known_until": None, "quarter": None}
    text = printed(summary(**nothing))
    assert "Nothing has been reported yet." in text
    assert "Every record could be read." in text
    assert "is being made" in printed(summary(**nothing, is_due=True))


def test_a_report_has_words_and_no_codes() -> None:
    text = printed(summary())
    assert "until 31 March 2026, when the board's report of this quarter was made" in text
    assert "200 parents were referred to a service. 150 came to a session (75% of them)" in text
    assert "How many of the referred parents start?" in text
    assert "69% to 80%" in text
    assert "Nationally 79%." in text
    assert ["All", "17", "40.5", "90"] in [line.split() for line in text.splitlines()]
    assert "answered-6" not in text
    assert "parents-started" not in text


def test_what_is_held_back_is_a_star_and_never_a_nought_or_a_share() -> None:
    funnel_held = json.loads(json.dumps(SOME))
    for count in ("people", "share", "share_of_referred"):
        funnel_held[1]["parents"][count] = None
    held = {**STARTED["rows"][0], "met": None, "value": None, "low": None, "high": None, "held": True}
    area = {"area": "a", "area_name": "Hampshire", "referred": 40, "started": None, "completed": None}
    areas = [{**area, "started_share": None, "low": None, "high": None}]
    part = {**STARTED, "rows": [held]}
    text = printed(summary(funnel=funnel_held, areas=areas, chapters=[{**CHAPTER, "parts": [part]}]))
    assert "* came to a session (* of them)" in text
    (row,) = [line.split() for line in text.splitlines() if line.startswith("Hampshire")]
    assert row == ["Hampshire", "40", "*", "*", "*", "-"]
    (row,) = [line.split() for line in text.splitlines() if line.startswith("All")]
    assert row == ["All", "*", "200", "*"]
    assert "a count of fewer than 10" in text


def test_a_section_that_cannot_be_shown_is_left_out_in_words() -> None:
    part = {**STARTED, "left_out": True, "rows": []}
    assert "can't be shown without giving a small count away" in printed(
        summary(chapters=[{**CHAPTER, "parts": [part]}])
    )


def test_an_administrators_counts_are_marked_as_their_own() -> None:
    text = printed(summary(every_count=True, smallest=1, quarter=None))
    assert "not to be passed on" in " ".join(text.split())
    assert "held back. It is" not in text
    assert "not to be passed on" not in " ".join(printed(summary()).split())


def test_findings_are_counted_whoever_in_the_family_they_are_about() -> None:
    letters = [
        {"findings": [{"field": "parents.0.role", "rule": "must be given"}]},
        {
            "findings": [
                {"field": "parents.1.role", "rule": "must be given"},
                {"field": "value", "rule": "must be JSON"},
            ]
        },
    ]
    assert findings_of(letters) == [("parents.role: must be given", 2), ("value: must be JSON", 1)]


def test_a_service_that_did_not_answer_is_not_taken_for_all_being_well() -> None:
    silent = {"count": 0, "by_finding": [], "items": [], "not_asked": ["screening does not answer."]}
    text = printed(summary(dead_letters=silent))
    assert "Every record could be read." not in text
    assert "screening does not answer." in text
