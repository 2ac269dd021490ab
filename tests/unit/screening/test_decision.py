"""Screening's decisions: each rule by itself, and what must hold for every family."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.screening.domain.decision import DECISION_OF, AreaRules, decide_screening
from shared.contracts.vocabulary import AbuseIndicator, Decision, Reason
from tests.families import submission_of, submissions


@pytest.fixture
def family() -> dict[str, Any]:
    """A family that can be referred."""

    def parent(ref: str, given: str) -> dict[str, Any]:
        return {
            "ref": ref,
            "name": {"given": given, "family": "Haddow"},
            "date_of_birth": "1988-02-29",
            "role": "mother",
            "parental_responsibility": True,
            "contact": {
                "phone": None,
                "email": None,
                "address": None,
                "safe_methods": [],
                "safe_times": None,
                "confidential_from_other_parent": False,
            },
            "demographics": {
                "sex": "female",
                "ethnicity": "white",
                "first_language": "en",
                "disability": "no",
                "employment": "working",
            },
            "conversation": {
                "held_on": "2025-03-01",
                "alone": True,
                "tool": "safety-net",
                "answers": {indicator.value: "no" for indicator in AbuseIndicator},
            },
            "in_crisis": False,
            "therapy": "none",
            "wants_change": True,
            "sees_childs_perspective": True,
            "agrees_to_referral": True,
            "privacy_notice_on": "2025-03-01",
        }

    worker = {"id": "1", "name": "Ivo", "role": "teacher", "email": "i@example.org"}
    return {
        "submission_id": "2b0537e6-5aff-4229-b631-a992f0ce5835",
        "supersedes": None,
        "agency": "hants-schools",
        "area": "E10000014",
        "source": "school",
        "submitted_at": "2025-04-01T08:12:00Z",
        "family_ref": "F1",
        "practitioner": worker,
        "level_of_need": "targeted",
        "relationship": "separated",
        "parents": [parent("P1", "Ada"), parent("P2", "Ben")],
        "children": [
            {"ref": "C1", "date_of_birth": "2014-05-01", "views": None, "views_source": "direct", "takes_part": True}
        ],
        "public_law_proceedings": False,
        "used_as_exit_strategy": False,
        "universal_offer": "used",
        "prefers_without_children": False,
        "requested_service": None,
        "wrap_around": [{"parent_ref": ref, "practitioner": worker} for ref in ("P1", "P2")],
        "measures": [],
    }


def decided(family: dict[str, Any], rules: AreaRules | None = None) -> tuple[Decision, list[Reason]]:
    screening = decide_screening(submission_of(family), rules or AreaRules())
    return screening.decision, list(screening.reasons)


def test_a_family_with_nothing_in_the_way_is_referred(family: dict[str, Any]) -> None:
    assert decided(family) == (Decision.REFER, [])


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("in_crisis", True, Reason.IN_CRISIS),
        ("therapy", "waiting", Reason.THERAPY_ELSEWHERE),
        ("therapy", "receiving", Reason.THERAPY_ELSEWHERE),
        ("agrees_to_referral", False, Reason.PARENT_DOES_NOT_AGREE),
        ("privacy_notice_on", None, Reason.PRIVACY_NOTICE_MISSING),
        ("wants_change", False, Reason.NO_WISH_FOR_CHANGE),
        ("sees_childs_perspective", False, Reason.CHILDS_PERSPECTIVE_MISSING),
        ("conversation", None, Reason.PARENT_NOT_SCREENED),
    ],
)
def test_what_one_parent_says_stands_in_the_way(
    family: dict[str, Any], field: str, value: object, reason: Reason
) -> None:
    family["parents"][1][field] = value
    assert decided(family) == (DECISION_OF[reason], [reason])


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("alone", False, Reason.PARENT_NOT_SEEN_ALONE),
        ("tool", "none", Reason.TOOL_NOT_EVIDENCE_BASED),
        ("answers", {}, Reason.INDICATOR_UNANSWERED),
    ],
)
def test_a_conversation_that_cannot_be_relied_on(
    family: dict[str, Any], field: str, value: object, reason: Reason
) -> None:
    family["parents"][1]["conversation"][field] = value
    assert decided(family) == (Decision.MORE_INFORMATION, [reason])


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("public_law_proceedings", True, Reason.PUBLIC_LAW_PROCEEDINGS),
        ("used_as_exit_strategy", True, Reason.USED_AS_EXIT_STRATEGY),
        ("universal_offer", "not-offered", Reason.UNIVERSAL_OFFER_FIRST),
        ("level_of_need", "universal", Reason.UNIVERSAL_OFFER_FIRST),
    ],
)
def test_what_is_true_of_the_family_stands_in_the_way(
    family: dict[str, Any], field: str, value: object, reason: Reason
) -> None:
    family[field] = value
    assert decided(family) == (DECISION_OF[reason], [reason])


def test_one_parent_is_not_enough(family: dict[str, Any]) -> None:
    family["parents"].pop()
    family["wrap_around"].pop()
    assert decided(family) == (Decision.MORE_INFORMATION, [Reason.SECOND_PARENT_MISSING])


def test_each_parent_needs_a_wrap_around_practitioner(family: dict[str, Any]) -> None:
    family["wrap_around"].pop()
    assert decided(family) == (Decision.NOT_READY, [Reason.NO_WRAP_AROUND])


@pytest.mark.parametrize(("held_on", "old"), [("2025-01-01", False), ("2024-12-31", True)])
def test_a_conversation_is_out_of_date_after_ninety_days(family: dict[str, Any], held_on: str, old: bool) -> None:
    family["parents"][0]["conversation"]["held_on"] = held_on
    assert (Reason.SCREENING_OUT_OF_DATE in decided(family)[1]) is old


def test_an_area_sets_how_long_a_conversation_is_valid(family: dict[str, Any]) -> None:
    assert decided(family, AreaRules(screening_valid_days=30))[1] == [Reason.SCREENING_OUT_OF_DATE]


@given(values=submissions(), indicator=st.sampled_from(AbuseIndicator), parent=st.integers(0, 2))
@settings(max_examples=300)
def test_one_yes_outweighs_everything_else(values: dict[str, Any], indicator: AbuseIndicator, parent: int) -> None:
    person = values["parents"][parent % len(values["parents"])]
    person["conversation"] = {
        "held_on": "2020-01-01",
        "alone": False,
        "tool": "none",
        "answers": {indicator.value: "yes"},
    }
    decision, reasons = decided(values)
    assert decision is Decision.DOMESTIC_ABUSE_PATHWAY
    assert Reason.ABUSE_INDICATOR_DISCLOSED in reasons


@given(values=submissions(may_disclose=False), indicator=st.sampled_from(AbuseIndicator))
@settings(max_examples=300)
def test_an_unknown_is_never_read_as_a_no(values: dict[str, Any], indicator: AbuseIndicator) -> None:
    conversation = values["parents"][0]["conversation"]
    if conversation is not None:
        conversation["answers"].pop(indicator.value, None)
    decision, _ = decided(values)
    assert decision is Decision.MORE_INFORMATION


@given(values=submissions())
@settings(max_examples=300)
def test_the_decision_is_that_of_its_most_urgent_reason(values: dict[str, Any]) -> None:
    decision, reasons = decided(values)
    order = list(Decision)
    assert decision == min((DECISION_OF[reason] for reason in reasons), key=order.index, default=Decision.REFER)
    assert reasons == sorted(set(reasons))
