"""Every code that the panel's pages, and those of conflicts and step-up, may have to show has words."""

from typing import get_args

from services.referral.domain.deciders.consent_commands import Basis
from services.referral.domain.deciders.panel import Conflict, Role, Step
from services.referral.domain.safety.step_up import StepUpOutcome, StepUpReason
from services.referral.web.pages import conflicts, consents, step_ups
from services.referral.web.pages.panel import items, words


def test_every_code_has_words_and_no_words_are_left_over() -> None:
    assert set(words.ROLES) == {role.value for role in Role}
    assert set(words.STEPS) == set(items._BUTTONS) == set(items._LEADS) == set(get_args(Step))
    assert set(words.STATUSES) == {"planned", "closed", "cancelled"}
    assert set(conflicts._REASONS) == set(get_args(Conflict.model_fields["reason"].annotation))
    assert set(consents._BASES) == set(get_args(Basis))
    assert set(step_ups._REASONS) == {each.value for each in StepUpReason}
    assert set(step_ups._OUTCOMES) == {each.value for each in StepUpOutcome}
