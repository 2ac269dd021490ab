"""A referral that one of its provider's people changes something of, locked until the transaction ends."""

from uuid import UUID

from services.referral.domain.case.shown_to_provider import ShownReferral, shown_to_provider
from services.referral.handlers.errors import NotThereError
from services.referral.repository import provider_referrals, provider_team
from services.referral.repository.provider_team import Held
from shared.messaging.publishing.transaction import Transaction
from shared.service.form_keys import claim_once


async def lock_referral(tx: Transaction, referral_id: UUID, key: UUID | None) -> tuple[Held, ShownReferral]:
    """Who has it in hand, and it as its provider sees it. `key` is that of the form.

    Raises NotThereError or AlreadySentError.
    """
    await claim_once(tx, key)
    held = await provider_team.lock(tx.connection, referral_id)
    if held is None:
        raise NotThereError("There is no referral with this address.")
    case = (await provider_referrals.cases_of(tx.connection, [held.case_id]))[held.case_id]
    referral = next(each for each in case.referrals if each.referral_id == referral_id)
    return held, shown_to_provider(case, referral)
