"""Goals with a provider: whose they are, how they are scored, and when."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from services.referral.domain.case.shown_to_provider import Stage, shown_to_provider
from services.referral.domain.case.states import State
from services.referral.domain.deciders.commands import InvalidCommandError
from services.referral.domain.deciders.goals import MOST, Goal, check_goal, may_agree, may_see
from tests.support.referral_families import P1, P2, STRANGER
from tests.unit.referral.test_shown_to_provider import REFERRAL, with_provider


def shown_at(stage: Stage) -> Any:
    return replace(shown_to_provider(with_provider(State.ACCEPTED), REFERRAL), stage=stage)


@pytest.mark.parametrize(
    ("stage", "agrees", "sees"),
    [
        (Stage.NEW, False, False),
        (Stage.ACCEPTED, True, True),
        (Stage.IN_SESSIONS, True, True),
        (Stage.CLOSED, False, True),
        (Stage.STOPPED, False, False),
        (Stage.DECLINED, False, False),
    ],
)
def test_goals_are_agreed_while_the_work_goes_on_and_scored_when_it_is_closed(
    stage: Stage, agrees: bool, sees: bool
) -> None:
    assert (may_agree(shown_at(stage)), may_see(shown_at(stage))) == (agrees, sees)
    over = replace(shown_at(stage), newest=False)
    assert not may_agree(over)
    assert not may_see(over)


@pytest.mark.parametrize(
    ("person", "text", "at_start", "known", "field"),
    [
        (None, "Talk calmly", "3", (), "person"),
        (STRANGER, "Talk calmly", "3", (), "person"),
        (P1, "", "3", (), "text"),
        (P1, "x" * 501, "3", (), "text"),
        (P1, "Talk calmly", "11", (), "at_start"),
        (P1, "Talk calmly", "3.5", (), "at_start"),
        (P1, "Talk calmly", "", (), "at_start"),
        (P1, "Talk calmly", "3", (P1,) * MOST, "person"),
    ],
)
def test_what_is_no_goal_is_refused_at_its_field(
    person: UUID | None, text: str, at_start: str, known: tuple[UUID, ...], field: str
) -> None:
    with pytest.raises(InvalidCommandError) as refused:
        check_goal(Goal(person, text, at_start), shown_at(Stage.ACCEPTED), known)
    assert refused.value.field == field


def test_the_edges_of_a_score_are_scores() -> None:
    shown = shown_at(Stage.ASSESSED)
    assert [check_goal(Goal(P1, "x", each), shown, (P2,) * MOST) for each in ("0", "10")] == [0, 10]
