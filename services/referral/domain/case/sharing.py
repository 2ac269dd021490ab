"""What was shared of a family with a provider, and what was not, by the case's own history: each with its reason.

A log that somebody has to keep beside the case would say something else than what happened.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from services.referral.domain.case.states import BEFORE_PROVIDER, WITH_PROVIDER, Actor, State, Trigger
from services.referral.domain.case.transitions import find
from shared.contracts.referral import ReferralAgreed


class Sharing(StrEnum):
    """What a step of a case means for what a provider knows."""

    SHARED = "shared"
    """A provider is given the family: by a referral, or again after a hold."""
    NOT_SHARED = "not-shared"
    """Nothing goes out: it was decided so, or a rule decides it."""
    ENDED = "ended"
    """A provider that has the family is given nothing more, for as long as nothing is shared again."""


_NOT_YET = BEFORE_PROVIDER | {State.NEW, State.NOT_REFERRED, State.JOINED}
_NOTHING_GOES_OUT = frozenset(
    {State.NOT_REFERRED, State.RETURNED, State.REFUSED, State.ON_HOLD, State.CLOSED, State.HALTED, State.JOINED}
)


def sharing_of(source: State, trigger: Trigger, by: Actor, target: State) -> Sharing | None:
    """What a step means for what a provider knows; None where nothing changes."""
    if _makes_a_referral(source, trigger, by) or (source is State.ON_HOLD and target in WITH_PROVIDER):
        return Sharing.SHARED
    if source is target:
        return None
    if source in WITH_PROVIDER and target not in WITH_PROVIDER:
        return Sharing.ENDED
    return Sharing.NOT_SHARED if source in _NOT_YET and target in _NOTHING_GOES_OUT else None


def sharing_log(
    history: Sequence[Mapping[str, Any]], referrals: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """The steps of a history in which something was shared or not, with whom, by whom and why.

    `history` and `referrals` are in the order of their numbers; each agreement made one referral.
    """
    providers = iter(referral["provider"] for referral in referrals)
    provider: str | None = None
    for step in history:
        source, target = State(step["from"]), State(step["to"])
        trigger, by = Trigger(step["trigger"]), Actor(step["by"])
        what = sharing_of(source, trigger, by, target)
        if _makes_a_referral(source, trigger, by):
            provider = next(providers, None)
        if what is not None:
            yield {
                "at": step["at"],
                "what": what.value,
                "provider": None if what is Sharing.NOT_SHARED else provider,
                "by": step["by"],
                "who": step["who"],
                "step": step["trigger"],
                "reason": step["why"],
            }


def _makes_a_referral(source: State, trigger: Trigger, by: Actor) -> bool:
    return ReferralAgreed in find(source, trigger, by).emits
