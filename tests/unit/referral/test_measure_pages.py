"""What a provider's page asks of an instrument, which update that gives, and how a change is put in words."""

import json
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain.case.course import Course, Measured
from services.referral.domain.case.shown_to_provider import Person, ShownReferral, Stage
from services.referral.web.provider.measures import (
    change_in_words,
    measure_lead,
    measure_of,
    measure_questions,
    measure_rows,
)
from shared.contracts.instruments import Risk, judge_items, listed, score_finding
from shared.contracts.provider import PersonMeasure
from shared.contracts.vocabulary import Occasion
from shared.service.requests import InvalidRequestError
from tests.support.referral_families import C1, P1, START, some_id

PEOPLE = (Person(P1, "Mother", True), Person(C1, "Child, 9 years old", False))


def shown(*measures: Measured) -> ShownReferral:
    referral_id = some_id("referral")
    return ShownReferral(
        referral_id=referral_id,
        case_id=some_id("case"),
        provider="north",
        offer="north-mediation",
        service="mediation",
        area="E1",
        agreed_at=START,
        stage=Stage.ACCEPTED,
        people=PEOPLE,
        course=Course(referral_id=referral_id, measures=measures),
        newest=True,
    )


def measured(score: float, occasion: Occasion, person: UUID = P1) -> Measured:
    return Measured(person_id=person, instrument="core-10", version="1", occasion=occasion, score=score)


def lowest(code: str) -> dict[str, Any]:
    """Each question of an instrument with its first answer, or the lowest number."""
    return {each.name: each.within[0] if each.within else each.items[0][0] for each in measure_questions(shown(), code)}


@pytest.mark.parametrize("code", [each.code for each in listed()])
def test_whatever_a_page_asks_gives_an_update_that_is_taken_and_can_be_judged(code: str) -> None:
    given = measure_of(shown(), code, lowest(code))["measure"]
    measure = PersonMeasure.model_validate_json(json.dumps(given))
    assert score_finding(code, measure.score) is None
    assert judge_items(code, measure.items, measure.version) is Risk.NONE
    (people,) = (each for each in measure_questions(shown(), code) if each.name == "person")
    both, children = {"ors", "wemwbs", "swemwbs"}, {"cors", "cpic", "sdq", "yp-core"}
    named = {text for _, text in people.items}
    assert ("Mother" in named) == (code not in children)
    assert ("Child, 9 years old" in named) == (code in both | children)


def test_a_risk_item_is_asked_even_where_only_the_score_is_given_and_is_never_left_out() -> None:
    asked = {each.name: each for each in measure_questions(shown(), "cpic")}
    assert {"item-38", "item-43"} <= asked.keys()
    measure = measure_of(shown(), "cpic", {**lowest("cpic"), "item-43": "1"})["measure"]
    assert judge_items("cpic", measure["items"], measure["version"]) is Risk.SIGNALS
    for code, number in (("phq-9", 9), ("core-10", 6), ("yp-core", 4)):
        asked = {each.name: each for each in measure_questions(shown(), code)}
        assert "not-answered" not in dict(asked[f"item-{number}"].items)
        assert "not-answered" in dict(asked["item-1"].items)


def test_a_score_is_what_the_instruments_own_rule_gives() -> None:
    answers = {**lowest("phq-9"), **{f"item-{n}": "2" for n in range(1, 9)}, "item-2": "not-answered"}
    assert measure_of(shown(), "phq-9", answers)["measure"]["score"] == pytest.approx(15.8)
    with pytest.raises(InvalidRequestError):
        measure_of(shown(), "phq-9", {**answers, "item-3": "not-answered", "item-4": "not-answered"})
    sdq = {**lowest("sdq"), "form": "teacher", "part-emotional": 4.0, "part-peer": 3.0}
    measure = measure_of(shown(), "sdq", sdq)["measure"]
    assert (measure["score"], measure["version"]) == (7, "teacher")
    short = measure_of(shown(), "swemwbs", {**lowest("swemwbs"), "score": 21.0})["measure"]
    assert (short["score"], short["version"]) == (19.25, "metric")


def test_a_form_names_what_was_read_in_no_publication() -> None:
    assert measure_lead("swemwbs").endswith(
        "Not known to us: a rule for missing answers; cut-offs for one person (publications differ); a reliable change."
    )
    assert "Every answer is needed." in measure_lead("gad-7")
    assert "not-answered" not in dict({each.name: each for each in measure_questions(shown(), "gad-7")}["item-1"].items)


def test_a_change_is_put_in_words_with_the_instruments_own_error() -> None:
    assert change_in_words("core-10", 20, 9, "1").startswith("Better by more than the questionnaire's own error (11")
    assert "no longer in the range" in change_in_words("core-10", 20, 9, "1")
    assert change_in_words("core-10", 30, 20, "1") == "Better by more than the questionnaire's own error (10 points)."
    assert "within the questionnaire's own error" in change_in_words("core-10", 20, 15, "1")
    assert change_in_words("ors", 30, 20, "adult") == "Worse by more than the questionnaire's own error (10 points)."
    assert "is not known" in change_in_words("sdq", 20, 10, "parent")
    assert change_in_words("never-heard-of", 4, 5, "1") == "1 point higher than at the start."
    rows = measure_rows(shown(measured(9, Occasion.CLOSURE), measured(20, Occasion.BASELINE)))
    assert [(row["occasion"], row["band"], bool(row["change"])) for row in rows] == [
        ("At the start", "Moderate to severe distress", False),
        ("At the end", "Healthy or low level", True),
    ]
    other = measure_rows(shown(measured(20, Occasion.BASELINE, C1), measured(9, Occasion.CLOSURE)))
    assert not any(row["change"] for row in other), "nobody is compared with somebody else"
