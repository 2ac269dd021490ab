"""A family is stepped up to children's social care, acknowledged there, and comes back.

Each command locks the case and its family, and holds or resumes the case in the same transaction. `key` is that of the
form, where a page sent it; AlreadySentError where it was sent before.
"""

from uuid import UUID

from services.referral.domain.case.states import State
from services.referral.domain.deciders.commands import ConflictError, Hold, Resume
from services.referral.domain.safety.step_up import Back, NewStepUp, StepUp, UnderWay, holds, resumes
from services.referral.handlers.commands import Instruction, decide, lock_case
from services.referral.handlers.errors import NotThereError
from services.referral.repository import step_ups
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once

NO_STEP_UP = "No such step-up of this case is under way."


async def step_up(context: Context, case_id: UUID, asked: StepUp, who: str, *, key: UUID | None = None) -> UUID:
    """Steps a family up, and puts its case on hold where that is possible. Returns the step-up's id.

    Raises UnknownCaseError, or ConflictError where one is under way.
    """
    step_up_id = new_id()
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        work = await lock_case(tx, case_id)
        if await step_ups.under_way(tx.connection, case_id):
            raise ConflictError("Children's social care has been asked already, and it has not come back.")
        now = context.clock.now()
        held = holds(State(work.cases[case_id].state))
        if held:
            await decide(tx, work, Instruction(case_id, Hold(), who), now)
        await step_ups.add(tx.connection, case_id, NewStepUp(step_up_id, asked.reason, held), who, now)
    return step_up_id


async def acknowledge(context: Context, case_id: UUID, step_up_id: UUID, who: str, *, key: UUID | None = None) -> None:
    """Children's social care has it. Raises UnknownCaseError, NotThereError or ConflictError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        await lock_case(tx, case_id)
        known = await _under_way(tx, case_id, step_up_id)
        if known.acknowledged:
            raise ConflictError("It has been acknowledged.")
        await step_ups.acknowledge(tx.connection, step_up_id, who, context.clock.now())


async def come_back(
    context: Context, case_id: UUID, step_up_id: UUID, back: Back, who: str, key: UUID | None = None
) -> None:
    """It comes back, and a case that was held for it goes on. Raises UnknownCaseError or NotThereError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        work = await lock_case(tx, case_id)
        known = await _under_way(tx, case_id, step_up_id)
        now = context.clock.now()
        await step_ups.come_back(tx.connection, step_up_id, back.outcome, who, now)
        if resumes(known, back.outcome, State(work.cases[case_id].state)):
            await decide(tx, work, Instruction(case_id, Resume(), who), now)


async def _under_way(tx: Transaction, case_id: UUID, step_up_id: UUID) -> UnderWay:
    known = await step_ups.under_way(tx.connection, case_id)
    if known is None or known.step_up_id != step_up_id:
        raise NotThereError(NO_STEP_UP)
    return known
