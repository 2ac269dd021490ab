"""What a parent asks for without an account: what counts as danger, what is safe, and what a screening begins with."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.screening.domain.form.questions import page_of
from services.screening.domain.parent_requests import (
    CHOICES,
    LONGEST,
    Method,
    Outcome,
    answers_of,
    draft_of,
    is_danger,
    is_safe,
    problems_of,
)

GOOD: dict[str, list[str]] = {
    **{"afraid": ["no"], "given": ["Morwenna"], "phone": ["07700 900201"], "safe_methods": ["phone"]},
    **{"safe_times": ["Mornings"], "leave_message": ["no"], "worry": ["We argue."], "knows": ["no"]},
}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({}, None),
        ({"afraid": []}, "afraid"),
        ({"given": []}, "given"),
        ({"phone": []}, "phone"),
        ({"phone": ["123"]}, "phone"),
        ({"safe_methods": ["email"]}, "email"),
        ({"safe_methods": ["email"], "email": ["a@example.org, b@example.org"]}, "email"),
        ({"safe_methods": []}, "safe_methods"),
        ({"worry": ["x" * 4001]}, "worry"),
        ({"children": []}, None),
    ],
)
def test_what_is_missing_or_cannot_be(change: dict[str, list[str]], field: str | None) -> None:
    assert list(problems_of(GOOD | change)) == ([field] if field else [])


@pytest.mark.parametrize(("afraid", "danger"), [("yes", True), ("not-sure", True), (None, True), ("no", False)])
def test_only_a_plain_no_is_no_danger(afraid: str | None, danger: bool) -> None:
    assert is_danger(GOOD | {"afraid": [afraid] if afraid else []}) is danger


def test_a_message_is_left_only_where_the_parent_allows_it_in_a_way_that_they_named() -> None:
    assert is_safe(GOOD, Method.PHONE, Outcome.NO_ANSWER)
    assert not is_safe(GOOD, Method.PHONE, Outcome.MESSAGE_LEFT)
    assert is_safe(GOOD | {"leave_message": ["yes"]}, Method.PHONE, Outcome.MESSAGE_LEFT)
    assert not is_safe(GOOD | {"leave_message": ["yes"]}, Method.TEXT, Outcome.REACHED)


sent = st.dictionaries(
    st.sampled_from([*LONGEST, *CHOICES, "other_parent", "csrf"]),
    st.lists(
        st.text(min_size=1, max_size=20) | st.sampled_from(["yes", "no", "not-sure", "phone", "email"]), max_size=3
    ),
)


@given(sent=sent)
def test_a_screening_begins_with_who_they_are_and_how_to_reach_them_and_nothing_else(sent: dict[str, Any]) -> None:
    marked = {name: [f"{value}~{name}~" for value in values] for name, values in sent.items() if name in LONGEST}
    draft = draft_of(answers_of(sent | marked))
    assert set(draft) == {"parent-1", "parent-1-contact"}
    for page, values in draft.items():
        assert set(values) <= {name for question in page_of(page).kind.questions for name in question.fields}
    for name in ("worry", "children"):
        assert f"~{name}~" not in str(draft)
    # No question of the conversation is answered for them, and what they gave is kept from the other parent.
    assert draft["parent-1-contact"]["confidential"] == ["yes"]
