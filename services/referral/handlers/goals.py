"""Goals that a provider agrees with each of a family, and scores."""

from uuid import UUID

from services.referral.domain.case.shown_to_provider import ShownReferral, shown_to_provider
from services.referral.domain.deciders.goals import Goal, NoGoalsNowError, check_goal, may_agree, may_see, score_of
from services.referral.handlers.errors import NotThereError
from services.referral.repository import goals, provider_referrals, provider_team
from services.referral.repository.goals import Agreed
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once

BOX = "goal"


async def agree(context: Context, referral_id: UUID, goal: Goal, who: str, key: UUID | None = None) -> None:
    """Adds a goal, sealed under the key of whose it is.

    Raises NotThereError, NoGoalsNowError, InvalidCommandError or AlreadySentError.
    """
    now = context.clock.now()
    async with in_transaction(context.pool, context.service) as tx:
        shown = await _shown(tx, referral_id, key)
        if not may_agree(shown):
            raise NoGoalsNowError
        known = [row["person_id"] for row in await goals.of_referral(tx.connection, referral_id)]
        at_start = check_goal(goal, shown, known)
        if goal.person_id is None:
            raise NotThereError("A goal is somebody's.")
        keys = await context.keyring.for_sealing([goal.person_id], "person")
        sealed = keys.seal(goal.person_id, BOX, {"words": goal.words})
        agreed = Agreed(new_id(), goal.person_id, at_start, who, now)
        await goals.add(tx.connection, referral_id, shown.provider, agreed, sealed)


async def score(
    context: Context, referral_id: UUID, goal_id: UUID, at_end: str, who: str, key: UUID | None = None
) -> None:
    """Scores a goal. Raises NotThereError, NoGoalsNowError, InvalidCommandError or AlreadySentError."""
    async with in_transaction(context.pool, context.service) as tx:
        shown = await _shown(tx, referral_id, key)
        if not may_see(shown):
            raise NoGoalsNowError
        number = score_of(f"end-{goal_id}", at_end)
        if not await goals.score(tx.connection, referral_id, goal_id, number, who, context.clock.now()):
            raise NotThereError("There is no such goal.")


async def _shown(tx: Transaction, referral_id: UUID, key: UUID | None) -> ShownReferral:
    """The referral, locked, as its provider sees it."""
    await claim_once(tx, key)
    held = await provider_team.lock(tx.connection, referral_id)
    if held is None:
        raise NotThereError("There is no referral with this address.")
    case = (await provider_referrals.cases_of(tx.connection, [held.case_id]))[held.case_id]
    return shown_to_provider(case, next(each for each in case.referrals if each.referral_id == referral_id))
