"""Goals of each of a family, agreed with a provider and scored at the end: goal-based outcomes, from 0 to 10.

0 is not met at all, 10 is met. What is agreed is in the person's own words, so no other number is compared with it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.referral.domain.case.shown_to_provider import AT_WORK, ShownReferral, Stage
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError

LONGEST = 500
MOST = 10
"""How many goals one person may have: three are usual."""
_HIGHEST = 10


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody wants to be different, and how near they say they are."""

    person_id: UUID | None
    words: str
    at_start: str


class NoGoalsNowError(ConflictError):
    """Nothing is agreed or scored with the family now, and why is not said."""

    def __init__(self) -> None:
        super().__init__("Goals are agreed and scored while you work with the family.")


def may_agree(shown: ShownReferral) -> bool:
    """Whether goals are agreed under a referral: from its acceptance to its end."""
    return shown.newest and shown.stage in AT_WORK


def may_see(shown: ShownReferral) -> bool:
    """Whether its provider reads and scores them: also after it has closed the work itself, never after a stop."""
    return shown.newest and shown.stage in AT_WORK | {Stage.CLOSED}


def check_goal(goal: Goal, shown: ShownReferral, known: Collection[UUID]) -> int:
    """The score at the start. `known` has the person of every goal that there is. Raises InvalidCommandError."""
    if goal.person_id is None or goal.person_id not in {each.person_id for each in shown.taking_part}:
        raise InvalidCommandError("person", "Select whose goal it is")
    if not goal.words or len(goal.words) > LONGEST:
        raise InvalidCommandError("text", f"Enter the goal in their own words, in at most {LONGEST} characters")
    if sum(each == goal.person_id for each in known) >= MOST:
        raise InvalidCommandError("person", f"Nobody has more than {MOST} goals")
    return score_of("at_start", goal.at_start)


def score_of(field: str, given: str) -> int:
    """A score. Raises InvalidCommandError where it is none."""
    if not (given.isascii() and given.isdigit() and len(given) < 3 and int(given) <= _HIGHEST):
        raise InvalidCommandError(field, "Enter a whole number from 0 to 10")
    return int(given)
