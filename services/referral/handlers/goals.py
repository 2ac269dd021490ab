"""Goals that a provider agrees with each of a family, and scores."""

from uuid import UUID

from services.referral.domain.deciders.goals import Goal, NoGoalsNowError, check_goal, may_agree, may_see, score_of
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.locked_referrals import lock_referral
from services.referral.repository import goals
from services.referral.repository.goals import Agreed
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context

BOX = "goal"


async def agree(context: Context, referral_id: UUID, goal: Goal, who: str, key: UUID | None = None) -> None:
    """Adds a goal, sealed under the key of whose it is.

    Raises NotThereError, NoGoalsNowError, InvalidCommandError or AlreadySentError.
    """
    now = context.clock.now()
    async with in_transaction(context.pool, context.service) as tx:
        _, shown = await lock_referral(tx, referral_id, key)
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
        _, shown = await lock_referral(tx, referral_id, key)
        if not may_see(shown):
            raise NoGoalsNowError
        number = score_of(f"end-{goal_id}", at_end)
        if not await goals.score(tx.connection, referral_id, goal_id, number, who, context.clock.now()):
            raise NotThereError("There is no such goal.")
