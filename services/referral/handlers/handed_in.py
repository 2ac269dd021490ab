"""A provider's update that one of its people gives on a page: it goes onto the provider's topic, and is waited for."""

from collections.abc import Mapping
from contextlib import suppress
from uuid import UUID

from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.handlers.ingress import PartyIngress
from services.referral.repository import provider_updates
from shared.access.scopes import EVERYWHERE
from shared.postgres.row_reach import reading_within
from shared.service.definition import Context
from shared.service.form_keys import AlreadySentError
from shared.service.ingress import await_effect


async def hand_in(context: Context, provider: str, update_id: UUID, record: Mapping[str, object]) -> bool:
    """Hands an update in under its form's key, and returns whether it was decided while its sender waited.

    One that was given before has no second effect, and the same answer. Raises InvalidRequestError where it breaks the
    contract, and UpdateRefusedError where the case or its state does not allow it.
    """
    content = {**record, "update_id": str(update_id)}
    with suppress(AlreadySentError):
        await PartyIngress(context).hand_in_update(provider, content, form_key=update_id)

    async def look() -> provider_updates.Decided | None:
        # Nobody's page shows what a provider sent; this answers whoever sent it.
        with reading_within(EVERYWHERE):
            async with context.pool.acquire() as connection:
                return await provider_updates.decided(connection, provider, update_id)

    decided = await await_effect(look)
    if decided is not None and decided.refused is not None:
        raise UpdateRefusedError(decided.refused, decided.findings)
    return decided is not None
