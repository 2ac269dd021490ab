"""A case on a panel's agenda: members' views, and what the panel decides, carried out at once.

`key` is that of the form, where a page sent it; AlreadySentError where it was sent before.
"""

from typing import Any
from uuid import UUID

from services.referral.domain.case.states import Actor, State
from services.referral.domain.deciders.commands import ConflictError
from services.referral.domain.deciders.panel import PanelDecision, View, decide_panel
from services.referral.handlers.commands import Instruction, decide, lock_case
from services.referral.handlers.errors import NotThereError, UnknownCaseError
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import panel
from shared.contracts.base import Sealed
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.case_words import seal_words
from shared.service.definition import Context
from shared.service.form_keys import claim_once

# The same answer whether the case is not there, is withheld, or has left the panel.
NOT_ON_AGENDA = "There is no such case on your agenda."


async def give_view(context: Context, meeting_id: UUID, case_id: UUID, view: View, *, key: UUID | None = None) -> None:
    """Adds a member's view of a case. Raises NotThereError or ConflictError."""
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        # Whatever is agreed or offered of the case is decided under this lock: it sees the view, or the view
        # finds that the case has left the panel.
        await _locked(tx, case_id)
        meeting = await panel.lock_meeting(tx.connection, meeting_id)
        if meeting is None or await panel.strangers(tx.connection, meeting["area"], [view.member]):
            raise NotThereError(NOT_ON_AGENDA)
        await _undecided(tx, meeting, case_id, view.member)
        words = await _sealed(context, case_id, "panel-view", view.words)
        await panel.add_view(tx.connection, meeting_id, case_id, view, words, context.clock.now())


async def decide_item(
    context: Context, meeting_id: UUID, case_id: UUID, decision: PanelDecision, *, key: UUID | None = None
) -> State:
    """Records what the panel decides about a case, and carries it out. Returns the case's new state.

    Raises NotThereError, ConflictError, and what the decision raises.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        work = await _locked(tx, case_id)
        meeting = await panel.lock_meeting(tx.connection, meeting_id)
        if meeting is None:
            raise NotThereError(NOT_ON_AGENDA)
        await _undecided(tx, meeting, case_id, decision.member)
        _, quorum = await panel.settings(tx.connection, meeting["area"])
        table = await panel.table(tx.connection, meeting_id, case_id, quorum)
        command = decide_panel(decision, table)
        minutes = await _sealed(context, case_id, "panel-minutes", decision.minutes)
        now = context.clock.now()
        await panel.record_decision(tx.connection, meeting_id, case_id, decision, minutes, now)
        return await decide(tx, work, Instruction(case_id, command, str(decision.member), Actor.PANEL), now)


async def _locked(tx: Transaction, case_id: UUID) -> UnitOfWork:
    try:
        return await lock_case(tx, case_id)
    except UnknownCaseError:
        raise NotThereError(NOT_ON_AGENDA) from None


async def _undecided(tx: Transaction, meeting: dict[str, Any], case_id: UUID, member: UUID) -> None:
    item = await panel.item(tx.connection, meeting["meeting_id"], case_id, member)
    if item is None:
        raise NotThereError(NOT_ON_AGENDA)
    if meeting["status"] != "planned" or item["decision"]:
        raise ConflictError("The panel has decided about this case, or the meeting is over.")


async def _sealed(context: Context, case_id: UUID, field: str, text: str | None) -> Sealed | None:
    return await seal_words(context.keyring, case_id, field, text) if text else None
