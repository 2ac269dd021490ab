"""Who of a provider's people has a referral in hand: the provider's own affair, which decides nothing of the case."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from services.referral.domain.case.shown_to_provider import AT_WORK, Stage
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError

SEEN_FOR = timedelta(days=90)
"""For how long somebody counts as one of a provider's people after they last came to its list."""
HOLDABLE = AT_WORK | {Stage.NEW}
"""How far a referral is while somebody may take it in hand."""


class Given(NamedTuple):
    """A referral that somebody is given. `to` is None for nobody, `held_by` who had it when that was decided."""

    by: str
    to: str | None
    held_by: str | None


def may_take(stage: Stage, holder: str | None, who: str) -> None:
    """Raises ConflictError where somebody cannot take a referral themselves: another one has it, or it is over."""
    _goes_on(stage)
    if holder not in (None, who):
        raise ConflictError(f"{holder} has this referral in hand. A manager of your organisation can give it to you.")


def may_give_back(holder: str | None, who: str) -> None:
    """Raises ConflictError where it is not in their hands. One that has stopped is put away so, too."""
    if holder != who:
        raise ConflictError("This referral is not in your hands.")


def may_give(stage: Stage, given: Given, holder: str | None, people: Collection[str]) -> None:
    """Raises InvalidCommandError where the referral is given to nobody of the provider's `people`, and ConflictError
    where it is over or somebody else has it by now.
    """
    if given.to is not None and given.to not in people:
        raise InvalidCommandError("worker", "Select somebody of your organisation")
    if given.to is not None:
        _goes_on(stage)
    if holder != given.held_by:
        raise ConflictError(f"Meanwhile {holder or 'nobody'} has it in hand.")


def seen_since(now: datetime) -> date:
    """Since when somebody must have come to a provider's list to count as one of its people."""
    return (now - SEEN_FOR).date()


def _goes_on(stage: Stage) -> None:
    if stage not in HOLDABLE:
        raise ConflictError("This referral is over, or its work has stopped.")
