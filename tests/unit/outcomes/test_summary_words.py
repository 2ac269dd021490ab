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
from deploy.summary.report import findings_of, print_report
from deploy.summary.training import MODULES
from services.outcomes.domain.funnel import NATIONAL, funnel
from shared.contracts.vocabulary import ClosureReason, Decision, Occasion, Reason, ViewsSource
from shared.contracts.workforce import TrainingModule

PERIOD = {"first": "2025-04-01", "last": "2026-03-31"}


def steps(parents: tuple[int, ...], fathers: tuple[int, ...]) -> list[dict[str, Any]]:
    of_parents, of_fathers = dict(zip(NATIONAL, parents, strict=True)), dict(zip(NATIONAL, fathers, strict=True))
    return json.loads(json.dumps([asdict(step) for step in funnel(of_parents, of_fathers)]))


SOME = steps((200, 150, 90, 20, 4), (80, 50, 20, 3, 0))
NOBODY = steps((0,) * 5, (0,) * 5)


def summary(**changes: Any) -> dict[str, Any]:
    empty = {
        "area": None,
        "region": None,
        "areas": [],
        "beside": [],
        "follow_up": [],
        "came_again": [],
        "reach": {"figures": [], "areas_without": [], "characteristics": []},
        "cost": {"total": {"cases": 0}, "by_service": [], "avoidable": [], "worth": []},
        "period": {"first": None, "last": None},
        "screenings": {
            "screenings": 0,
            "cases": 0,
            "by_decision": [],
            "by_reason": [],
            "by_front_door": [],
            "by_level_of_need": [],
        },
        "agreement": {
            "parents": 0,
            "agreed": 0,
            "fathers": 0,
            "fathers_agreed": 0,
            "share": None,
            "fathers_share": None,
        },
        "referrals": [],
        "funnel": NOBODY,
        "days": [],
        "endings": [],
        "attendance": [],
        "measures": [],
        "childs_voice": {"children": 0, "sought": 0, "by_source": []},
        "changes": [],
        "training": {
            "trained": 0,
            "screen": 0,
            "trained_who_screen": 0,
            "champions": 0,
            "by_module": [],
            "quality": [],
        },
        "dead_letters": {"count": 0, "by_finding": [], "items": [], "not_asked": []},
    }
    return empty | changes


def printed(found: Mapping[str, Any]) -> str:
    paper = io.StringIO()
    print_report(Console(file=paper, width=140, markup=False, emoji=False, highlight=False), found)
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


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (words.DECISIONS, Decision),
        (words.REASONS, Reason),
        (words.ENDINGS, ClosureReason),
        (words.VIEWS, ViewsSource),
        (words.OCCASIONS, Occasion),
        (words.STEPS, tuple(NATIONAL)),
        (MODULES, TrainingModule),
    ],
)
def test_every_code_has_words(table: Mapping[str, str], codes: Any) -> None:
    assert [code for code in codes if code not in table] == []


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
    png, svg = draw(found, PERIOD, tmp_path / "new")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert finding(found).split(";")[0] in svg.read_text(encoding="utf-8")


def test_the_same_numbers_make_the_same_picture(tmp_path: Path) -> None:
    once = [path.read_bytes() for path in draw(SOME, PERIOD, tmp_path)]
    assert [path.read_bytes() for path in draw(SOME, PERIOD, tmp_path)] == once


def test_nothing_at_all_is_a_plain_sentence() -> None:
    text = printed(summary())
    assert "No screening has arrived yet." in text
    assert "Every record could be read." in text


def test_a_report_has_words_and_no_codes() -> None:
    by_decision = [{"decision": decision, "screenings": 3, "cases": 2} for decision in Decision]
    screenings = {
        **summary()["screenings"],
        "screenings": 18,
        "cases": 12,
        "by_decision": by_decision,
        "by_reason": [{"reason": reason, "cases": 1} for reason in Reason],
        "by_front_door": [
            {"agency_name": "A school", "source": "gp", "decision": "refer", "cases": 2, "referred": 1},
            {
                "agency_name": "A school",
                "source": "gp",
                "decision": "domestic-abuse-pathway",
                "cases": 1,
                "referred": 0,
            },
        ],
    }
    text = printed(summary(period=PERIOD, screenings=screenings, funnel=SOME))
    assert "6 screenings were followed by a newer one" in text
    assert [code for code in (*Decision, *Reason) if "-" in code and code in text] == []
    assert "A school" in text
    assert "answered-6" not in text


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


def test_training_is_in_words_and_only_where_somebody_was_trained() -> None:
    assert "trained" not in printed(summary())
    module = {
        "module": "engaging-parents",
        "practitioners": 20,
        "confidence_before": 2.1,
        "confidence_after": 4.0,
        "confidence_later": None,
        "used": 3,
        "answered_later": 4,
    }
    row = {"practitioners": 9, "screenings": 40, "complete_share": 0.75, "referred_share": 0.5}
    quality = [{**row, "standing": standing} for standing in ("never-trained", "before-training", "after-training")]
    reach = {"trained": 20, "screen": 30, "trained_who_screen": 18, "champions": 2}
    text = printed(summary(training={**reach, "by_module": [module], "quality": quality}))
    assert "20 practitioners. Of the 30 who screen, 18 were." in text
    assert "Engaging with parents" in text
    assert "Before their training" in text
    assert "before-training" not in text
