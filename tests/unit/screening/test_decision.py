"""Screening's decisions: each rule by itself, and what must hold for every family."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.screening.domain.decision import (
    DECISION_OF,
    AreaRules,
    UnrankedReasonError,
    check_ranked,
    decide_screening,
    decision_of,
)
from shared.contracts.vocabulary import UNSAFE_OTHER_PARENT, AbuseIndicator, Decision, OtherParent, Reason
from tests.support.families import submission_of, submissions


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
def test_what_one_parent_answers_is_in_the_way(
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
def test_what_is_true_of_the_family_is_in_the_way(
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


def test_the_tables_rows_are_in_the_order_of_their_decisions() -> None:
    decisions = list(DECISION_OF.values())
    assert decisions == sorted(decisions, key=list(Decision).index)


def test_a_reason_without_a_rank_stops_the_service_from_starting() -> None:
    check_ranked(Reason, DECISION_OF)
    with pytest.raises(UnrankedReasonError, match="made-up"):
        check_ranked([*Reason, "made-up"], DECISION_OF)
    with pytest.raises(UnrankedReasonError, match="no-wrap-around"):
        check_ranked(Reason, DECISION_OF | {Reason.NO_WRAP_AROUND: Decision.REFER})


@given(reasons=st.sets(st.sampled_from(Reason), min_size=1), ranked=st.sets(st.sampled_from(Reason)))
def test_no_family_is_ever_referred_with_a_reason(reasons: set[Reason], ranked: set[Reason]) -> None:
    table = {reason: decision for reason, decision in DECISION_OF.items() if reason in ranked}
    if reasons <= ranked:
        assert decision_of(reasons, table) is not Decision.REFER
    else:
        with pytest.raises(UnrankedReasonError):
            decision_of(reasons, table)


def test_a_family_has_a_child(family: dict[str, Any]) -> None:
    family["children"] = []
    assert decided(family) == (Decision.MORE_INFORMATION, [Reason.NO_CHILD_NAMED])
    family["children"] = [{"ref": "C1", "expected_on": "2025-06-01", "views": None, "views_source": "not-sought"}]
    family["children"][0]["takes_part"] = False
    assert decided(family) == (Decision.REFER, [])


@pytest.mark.parametrize(
    ("born", "area", "under_age"),
    [("2009-04-01", 16, False), ("2009-04-02", 16, True), ("2007-04-02", 18, True), ("2009-04-02", 15, False)],
)
def test_a_parent_under_the_area_s_age_is_for_a_person(
    family: dict[str, Any], born: str, area: int, under_age: bool
) -> None:
    family["parents"][1]["date_of_birth"] = born
    expected = (Decision.MORE_INFORMATION, [Reason.PARENT_UNDER_AGE]) if under_age else (Decision.REFER, [])
    assert decided(family, AreaRules(minimum_parent_age=area)) == expected


@pytest.mark.parametrize(
    ("given_name", "family_name", "born", "twice"),
    [
        ("Ada", "Haddow", "1988-02-29", True),
        ("ADA", "Häddow", "1988-02-29", True),
        ("Haddow", "Ada", "1988-02-29", True),
        ("Ada Maria", "Haddow-Pryce", "1988-02-29", True),
        ("A", "Haddow", "1988-02-29", True),
        ("Adda", "Haddow", "1988-02-29", True),
        ("Ada", "Haddow", "1988-02-28", True),
        ("Ada", "Haddow", "1961-07-14", False),
        ("Ben", "Haddow", "1988-02-29", False),
        ("Ada", "Pryce", "1988-02-29", False),
    ],
)
def test_one_human_being_is_not_both_parents(
    family: dict[str, Any], given_name: str, family_name: str, born: str, twice: bool
) -> None:
    family["parents"][1]["name"] = {"given": given_name, "family": family_name}
    family["parents"][1]["date_of_birth"] = born
    expected = (Decision.MORE_INFORMATION, [Reason.SAME_PERSON_TWICE]) if twice else (Decision.REFER, [])
    assert decided(family) == expected
    family["parents"].reverse()
    assert decided(family) == expected
    family["parents"][0]["twin"] = True
    assert decided(family) == (Decision.REFER, []), "two people, as the front door reports"


def test_one_number_for_life_is_one_human_being(family: dict[str, Any]) -> None:
    for parent, value in zip(family["parents"], ("943 476 5919", "943-476-5919"), strict=True):
        parent["identifiers"] = [{"kind": "nhs-number", "value": value}]
        parent["twin"] = True
    assert decided(family) == (Decision.MORE_INFORMATION, [Reason.SAME_PERSON_TWICE])


@pytest.mark.parametrize("other_parent", OtherParent)
def test_one_parent_alone_is_decided_without_the_other(family: dict[str, Any], other_parent: OtherParent) -> None:
    family["parents"].pop()
    family["wrap_around"].pop()
    family["other_parent"] = other_parent.value
    if other_parent in UNSAFE_OTHER_PARENT:
        family["parents"][0]["wants_change"] = False
        reasons = [Reason.ABUSE_INDICATOR_DISCLOSED, Reason.NO_WISH_FOR_CHANGE]
        assert decided(family) == (Decision.DOMESTIC_ABUSE_PATHWAY, reasons)
    else:
        assert decided(family) == (Decision.REFER, [])
