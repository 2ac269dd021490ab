"""One parent's details for somebody of the provider that was given them: an opening is stored before it is shown."""

from typing import Any
from uuid import UUID

import asyncpg

from services.notification.domain.openings import OpenDetails, as_opened
from services.notification.repository import openings
from services.notification.repository.openings import Opening, SentReferral
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.form_keys import claim_once


class NotOpenedError(Exception):
    """Nothing of this person is opened now under this referral."""


async def open_details(
    context: Context, referral: SentReferral, person_id: UUID, asked: OpenDetails, who: str, *, key: UUID
) -> dict[str, Any] | None:
    """One parent's details as the provider has them; None where they are not kept any more, or were erased.

    Raises NotOpenedError where the case was stopped, held, ended or restricted, and AlreadySentError where this form
    was sent before.
    """
    opening = Opening(
        opening_id=new_id(),
        case_id=referral.case_id,
        referral_id=referral.referral_id,
        person_id=person_id,
        at=context.clock.now(),
        who=who,
        reason=asked.reason.value,
    )
    try:
        async with in_transaction(context.pool, context.service) as tx:
            await claim_once(tx, key)
            given = await openings.add(tx.connection, opening)
    except asyncpg.CheckViolationError:
        raise NotOpenedError from None
    if given is None:
        return None
    sealed, submission_id = given
    keys = await context.keyring.for_opening([sealed])
    try:
        return as_opened(keys.open(sealed, submission_id))
    except CannotOpenError:
        return None
