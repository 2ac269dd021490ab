"""The rule "who screens is trained" at its edges, and the calendar of what is asked later."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workforce.domain.calendar import months_later
from services.workforce.domain.errors import InvalidError, NotAllowedError
from services.workforce.domain.follow_up import Answer, check_answer, follow_up_of
from services.workforce.domain.rule import Held, judge
from shared.contracts.area_parts import TrainingRequired
from shared.contracts.workforce import HowOften, TrainingModule

SINCE = date(2041, 5, 1)
SAFETY, CHILDREN = TrainingModule.ENGAGING_PARENTS, TrainingModule.CHILDRENS_EXPERIENCES
RULE = TrainingRequired(modules=[SAFETY, CHILDREN], since=SINCE, grace_days=30, renew_after_months=12)


@pytest.mark.parametrize(
    ("day", "first", "standing"),
    [
        (date(2041, 4, 30), date(2041, 1, 1), "not-asked"),
        (date(2041, 5, 1), date(2041, 1, 1), "in-grace"),
        (date(2041, 5, 30), date(2041, 1, 1), "in-grace"),
        (date(2041, 5, 31), date(2041, 1, 1), "untrained"),
        # Somebody new has the same thirty days, from their first screening.
        (date(2041, 8, 1), date(2041, 8, 1), "in-grace"),
        (date(2041, 8, 30), date(2041, 8, 1), "in-grace"),
        (date(2041, 8, 31), date(2041, 8, 1), "untrained"),
    ],
)
def test_grace_begins_with_the_rule_or_the_first_screening(day: date, first: date, standing: str) -> None:
    assert judge(RULE, (), day, first).standing == standing


@pytest.mark.parametrize(
    ("completed_on", "standing"),
    [
        (date(2041, 6, 2), "untrained"),  # the day after the screening
        (date(2041, 6, 1), "trained"),
        (date(2040, 6, 1), "trained"),  # the certificate's last day
        (date(2040, 5, 31), "untrained"),
    ],
)
def test_a_certificate_counts_from_its_day_to_its_last(completed_on: date, standing: str) -> None:
    held = (Held((SAFETY, CHILDREN), completed_on),)
    assert judge(RULE, held, date(2041, 6, 1), SINCE).standing == standing


def test_every_module_that_is_asked_for_counts_by_itself() -> None:
    day = date(2041, 7, 1)
    apart = (Held((SAFETY,), date(2041, 2, 1)), Held((CHILDREN,), date(2041, 6, 1)))
    assert judge(RULE, apart, day, SINCE).standing == "trained"
    assert judge(RULE, apart[:1], day, SINCE).missing == (CHILDREN,)
    assert judge(RULE, apart, date(2042, 2, 2), SINCE).missing == (SAFETY,)


def test_where_nothing_is_asked_nobody_is_untrained_and_without_renewal_nothing_lapses() -> None:
    assert judge(None, (), SINCE, SINCE).standing == "not-asked"
    for_good = TrainingRequired(modules=[SAFETY], since=SINCE, grace_days=0)
    assert judge(for_good, (Held((SAFETY,), date(2001, 1, 1)),), date(2060, 1, 1), SINCE).standing == "trained"
    assert judge(for_good, (), SINCE, SINCE).standing == "untrained"


DAYS = st.dates(date(2040, 1, 1), date(2043, 12, 31))


@given(day=DAYS, first=DAYS, completed=st.lists(DAYS, max_size=4), grace=st.integers(0, 60))
def test_more_training_never_makes_somebody_less_trained(
    day: date, first: date, completed: list[date], grace: int
) -> None:
    rule = RULE.model_copy(update={"grace_days": grace})
    held = [Held((SAFETY, CHILDREN), each) for each in completed]
    with_all, without_last = judge(rule, held, day, first), judge(rule, held[:-1], day, first)
    assert set(with_all.missing) <= set(without_last.missing)
    assert (with_all.standing in ("in-grace", "untrained")) == bool(with_all.missing)
    if with_all.grace_ended_on:
        assert with_all.grace_ended_on >= SINCE + timedelta(days=grace)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2041, 8, 31), 6, date(2042, 2, 28)),
        (date(2043, 8, 31), 6, date(2044, 2, 29)),
        (date(2041, 12, 15), 1, date(2042, 1, 15)),
        (date(2041, 1, 1), 12, date(2042, 1, 1)),
    ],
)
def test_months_on_the_calendar(day: date, months: int, later: date) -> None:
    assert months_later(day, months) == later


def test_a_follow_up_is_answered_from_six_months_to_twelve() -> None:
    asked = follow_up_of(uuid4(), uuid4(), "schools", (SAFETY,), date(2041, 4, 15))
    for day in (date(2041, 10, 15), date(2042, 4, 14)):
        check_answer(asked, Answer(True, HowOften.MONTHLY, confidence={SAFETY: 5}), day)
    for day in (date(2041, 10, 14), date(2042, 4, 15)):
        with pytest.raises(NotAllowedError):
            check_answer(asked, Answer(True, HowOften.MONTHLY), day)
    for used, how_often, scores in (
        (True, HowOften.NEVER, {}),
        (False, HowOften.WEEKLY, {}),
        (True, HowOften.WEEKLY, {CHILDREN: 3}),
        (True, HowOften.WEEKLY, {SAFETY: 6}),
    ):
        with pytest.raises(InvalidError):
            check_answer(asked, Answer(used, how_often, confidence=scores), date(2041, 11, 1))
