"""Which service: the rows of the catalogue, and ages at their edges."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.screening.domain.eligibility import Choice, age_on, choose_service
from shared.contracts.vocabulary import OtherParent, Relationship, Service
from tests.support.families import submission_of, submissions


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        (date(2017, 4, 1), date(2025, 4, 1), 8),
        (date(2017, 4, 2), date(2025, 4, 1), 7),
        (date(2016, 2, 29), date(2025, 2, 28), 8),
        (date(2016, 2, 29), date(2025, 3, 1), 9),
        (date(2016, 2, 29), date(2024, 2, 29), 8),
    ],
)
def test_age_is_whole_years(born: date, day: date, age: int) -> None:
    assert age_on(born, day) == age


@given(values=submissions())
@settings(max_examples=300)
def test_a_service_is_chosen_only_where_the_family_is_eligible(values: dict[str, Any]) -> None:
    submission = submission_of(values)
    choice = choose_service(submission, young_child_age=8)

    young = any(age_on(child.date_of_birth, submission.submitted_at.date()) < 8 for child in submission.children)
    together = submission.relationship is Relationship.TOGETHER
    responsible = all(parent.parental_responsibility for parent in submission.parents)
    children_come = not young and not submission.prefers_without_children
    expected = {
        Service.MEDIATION: not together and responsible,
        Service.FAMILY_COUNSELLING: children_come,
        Service.COUPLE_SUPPORT: together,
    }
    assert set(choice.eligible) == {service for service, eligible in expected.items() if eligible}
    if submission.requested_service in choice.eligible:
        assert choice.chosen is submission.requested_service
    elif together:
        assert choice.chosen is (Service.FAMILY_COUNSELLING if children_come else Service.COUPLE_SUPPORT)
    elif responsible:
        assert choice.chosen is Service.MEDIATION
    else:
        assert choice.chosen is (Service.FAMILY_COUNSELLING if children_come else Service.COORDINATOR_DECIDES)


@given(values=submissions(), other_parent=st.sampled_from(OtherParent))
def test_nothing_joint_is_eligible_for_one_parent_alone(values: dict[str, Any], other_parent: OtherParent) -> None:
    choice = choose_service(submission_of({**values, "other_parent": other_parent.value}), young_child_age=8)
    assert choice == Choice((), Service.COORDINATOR_DECIDES)


@given(values=submissions())
def test_an_unborn_child_is_nobodys_young_child(values: dict[str, Any]) -> None:
    unborn = {
        "ref": "C99",
        "expected_on": "2025-06-01",
        "views": None,
        "views_source": "not-sought",
        "takes_part": False,
    }
    expecting = {**values, "children": [*values["children"], unborn]}
    assert choose_service(submission_of(expecting), 8) == choose_service(submission_of(values), 8)
