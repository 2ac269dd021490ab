"""What front doors were told, for whoever asks: read whatever the caller's reach, which is decided on it."""

from uuid import UUID

from services.notification.domain.published_progress import Notice
from services.notification.repository import cases
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context


async def notices_of(context: Context, case_id: UUID) -> list[Notice]:
    """What the front door of a case was told, in order; nothing of an unknown one."""
    async with in_transaction(context.pool, context.service) as tx:
        return await cases.notices_of(tx.connection, case_id)
