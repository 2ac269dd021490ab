"""A provider's warnings about a family: written and ended by whoever has it in hand."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.referral.domain.deciders.warning_notes import NotOnTheCaseError, check_warning, may_see_warnings
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.locked_referrals import lock_referral
from services.referral.repository import warning_notes
from services.referral.repository.provider_team import Held
from services.referral.repository.warning_notes import Warned
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.case_words import seal_words
from shared.service.definition import Context


@dataclass(frozen=True, slots=True)
class Worker:
    """Who asks, whether they manage the provider, and the key of the form that they sent."""

    who: str
    manages: bool
    key: UUID | None = None


async def warn(context: Context, referral_id: UUID, text: str, review_on: date | None, by: Worker) -> None:
    """Adds a warning, sealed under a key of the case's own.

    Raises NotThereError, NotOnTheCaseError, InvalidCommandError or AlreadySentError.
    """
    now = context.clock.now()
    async with in_transaction(context.pool, context.service) as tx:
        held = await _held(tx, referral_id, by)
        check_warning(text, review_on, now.date())
        sealed = await seal_words(context.keyring, held.case_id, "warning-note", text)
        warned = Warned(new_id(), review_on or now.date(), by.who, now)
        await warning_notes.add(tx.connection, referral_id, held.provider, warned, sealed)


async def end(context: Context, referral_id: UUID, note_id: UUID, by: Worker) -> None:
    """Ends a warning. Raises NotThereError, NotOnTheCaseError or AlreadySentError."""
    now = context.clock.now()
    async with in_transaction(context.pool, context.service) as tx:
        await _held(tx, referral_id, by)
        if not await warning_notes.end(tx.connection, referral_id, note_id, by.who, now):
            raise NotThereError("This warning has been removed already.")


async def _held(tx: Transaction, referral_id: UUID, by: Worker) -> Held:
    """The referral, locked, of somebody who may read and write its warnings."""
    held, shown = await lock_referral(tx, referral_id, by.key)
    if not may_see_warnings(shown, held.worker, by.who, manages=by.manages):
        raise NotOnTheCaseError
    return held
