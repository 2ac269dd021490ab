"""Who reads a provider's warnings about a family, and what a warning must have."""

from datetime import date, timedelta

import pytest

from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.shown_to_provider import shown_to_provider
from services.referral.domain.case.states import WITH_PROVIDER, State
from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.warning_notes import LONGEST_TEXT, check_warning, may_see_warnings
from tests.unit.referral.test_shown_to_provider import REFERRAL, with_provider

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize("state", sorted(State))
def test_only_whoever_holds_it_or_manages_reads_them_and_only_while_the_work_goes_on(state: State) -> None:
    assert REFERRAL.status is ReferralStatus.OUT
    shown = shown_to_provider(with_provider(state), REFERRAL)
    goes_on = state in WITH_PROVIDER
    assert may_see_warnings(shown, "ana", "ana", manages=False) is goes_on
    assert may_see_warnings(shown, "ana", "boss", manages=True) is goes_on
    assert not may_see_warnings(shown, "ana", "ben", manages=False)
    assert not may_see_warnings(shown, None, "ben", manages=False)


@pytest.mark.parametrize(
    ("text", "review_on", "field"),
    [
        ("", TODAY + timedelta(days=9), "text"),
        ("x" * (LONGEST_TEXT + 1), TODAY + timedelta(days=9), "text"),
        ("A dog", None, "review"),
        ("A dog", TODAY, "review"),
        ("A dog", TODAY + timedelta(days=184), "review"),
    ],
)
def test_a_warning_without_words_or_a_day_to_look_at_it_again_is_none(
    text: str, review_on: date | None, field: str
) -> None:
    with pytest.raises(InvalidCommandError) as refused:
        check_warning(text, review_on, TODAY)
    assert refused.value.field == field
