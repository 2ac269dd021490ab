"""Hypothesis strategies for front doors' records: families of every kind, whole and broken."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from hypothesis import strategies as st

from shared.contracts.front_door import Submission
from shared.contracts.vocabulary import (
    AbuseIndicator,
    Answer,
    ConflictIndicator,
    LevelOfNeed,
    ParentRole,
    Relationship,
    Service,
    Therapy,
    Tool,
    UniversalOffer,
    ViewsSource,
)

SUBMITTED = datetime(2025, 4, 1, 9, 0, tzinfo=UTC)
_NAMES = ("Ada", "Ben", "Cai", "Dina", "Eli", "Farah")


def answers(*, may_disclose: bool = True) -> st.SearchStrategy[dict[str, str]]:
    """Answers to indicators: mostly `no`, some absent."""
    likely = [Answer.NO] * 12
    abuse = st.sampled_from([*likely, Answer.UNSURE, Answer.NOT_ASKED, *([Answer.YES] if may_disclose else [])])
    return st.fixed_dictionaries(
        {},
        optional={
            **{indicator.value: abuse.map(str) for indicator in AbuseIndicator},
            **{indicator.value: st.sampled_from(Answer).map(str) for indicator in ConflictIndicator},
        },
    )


@st.composite
def parents(draw: st.DrawFn, ref: str, *, may_disclose: bool = True) -> dict[str, Any]:
    """One parent as JSON values."""
    number = draw(st.integers(0, 10_000))
    complete = {indicator.value: "no" for indicator in AbuseIndicator}
    given_answers = draw(st.one_of(st.just(complete), st.just(complete), answers(may_disclose=may_disclose)))
    held = SUBMITTED.date() - timedelta(days=draw(st.sampled_from([0, 5, 30, 89, 90, 91, 400])))
    conversation = {
        "held_on": held.isoformat(),
        "alone": draw(st.sampled_from([True, True, True, False])),
        "tool": draw(st.sampled_from(Tool)).value,
        "answers": given_answers,
    }
    return {
        "ref": ref,
        "name": {"given": draw(st.sampled_from(_NAMES)), "family": f"Family{number}"},
        "date_of_birth": "1988-02-29",
        "role": draw(st.sampled_from(ParentRole)).value,
        "parental_responsibility": draw(st.booleans()),
        "contact": {
            "phone": f"07700 9{number:05d}",
            "email": f"{ref.lower()}.{number}@example.org",
            "address": {"lines": [f"{number} Example Street"], "postcode": f"ZZ{number % 99} {number % 9}ZZ"},
            "safe_methods": ["phone"],
            "safe_times": None,
            "confidential_from_other_parent": draw(st.booleans()),
        },
        "demographics": {
            "sex": "female",
            "ethnicity": "not-stated",
            "first_language": "en",
            "disability": "no",
            "employment": "working",
        },
        "conversation": draw(st.sampled_from([conversation, conversation, conversation, None])),
        "in_crisis": draw(st.sampled_from([False, False, False, True])),
        "therapy": draw(st.sampled_from([Therapy.NONE] * 4 + list(Therapy))).value,
        "wants_change": draw(st.sampled_from([True, True, True, False])),
        "sees_childs_perspective": draw(st.sampled_from([True, True, True, False])),
        "agrees_to_referral": draw(st.sampled_from([True, True, True, False])),
        "privacy_notice_on": draw(st.sampled_from([held.isoformat(), held.isoformat(), None])),
    }


@st.composite
def submissions(draw: st.DrawFn, *, may_disclose: bool = True) -> dict[str, Any]:
    """One front door's record as JSON values."""
    refs = [f"P{number}" for number in range(1, draw(st.sampled_from([1, 2, 2, 2, 2, 3])) + 1)]
    people = [draw(parents(ref, may_disclose=may_disclose)) for ref in refs]
    worker = {"id": "w-1", "name": "Ivo Pryce", "role": "teacher", "email": "w1@agency.example.org"}
    children = [
        {
            "ref": f"C{number}",
            "date_of_birth": draw(st.dates(date(2008, 1, 1), SUBMITTED.date())).isoformat(),
            "views": draw(st.sampled_from([None, "wants the shouting to stop"])),
            "views_source": draw(st.sampled_from(ViewsSource)).value,
            "takes_part": draw(st.booleans()),
        }
        for number in range(1, draw(st.integers(0, 3)) + 1)
    ]
    supported = draw(st.sampled_from([refs, refs, refs, refs[:1], []]))
    return {
        "submission_id": str(draw(st.uuids())),
        "supersedes": None,
        "agency": "hants-schools",
        "area": "E10000014",
        "source": "school",
        "submitted_at": SUBMITTED.isoformat().replace("+00:00", "Z"),
        "family_ref": "hants-schools-F1",
        "practitioner": worker,
        "level_of_need": draw(st.sampled_from([LevelOfNeed.TARGETED] * 4 + list(LevelOfNeed))).value,
        "relationship": draw(st.sampled_from(Relationship)).value,
        "parents": people,
        "children": children,
        "public_law_proceedings": draw(st.sampled_from([False, False, False, True])),
        "used_as_exit_strategy": draw(st.sampled_from([False, False, False, True])),
        "universal_offer": draw(st.sampled_from([UniversalOffer.USED] * 3 + list(UniversalOffer))).value,
        "prefers_without_children": draw(st.booleans()),
        "requested_service": draw(
            st.sampled_from([None, Service.MEDIATION, Service.COUPLE_SUPPORT, Service.FAMILY_COUNSELLING])
        ),
        "wrap_around": [{"parent_ref": ref, "practitioner": worker} for ref in supported],
        "measures": [],
    }


def submission_of(values: dict[str, Any]) -> Submission:
    """Reads JSON values as a front door's record."""
    return Submission.model_validate_json(orjson.dumps(values))
