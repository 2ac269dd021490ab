"""Commands on what is shown on every page: set a notice, or end it."""

from datetime import UTC, datetime
from uuid import UUID

from services.administration.domain.notices import Wanted, decide_end, decide_notice
from services.administration.repository import notices
from shared.contracts.administration import NoticeSet
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.service.definition import Context
from shared.service.form_keys import claim_once
from shared.web.notices import save


class NoSuchNoticeError(Exception):
    """There is no notice of this id."""


class Notices:
    """The commands. `person` is the id of whoever acts; times are the wall clock's, as pages show notices by it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def set(self, wanted: Wanted, person: str, key: UUID) -> UUID:
        """Sets a notice under the key of its form, so that one that is sent twice is one. Raises InvalidNoticeError."""
        event = decide_notice(key, wanted, datetime.now(UTC))
        async with in_transaction(self._context.pool, self._context.service) as tx:
            await claim_once(tx, key)
            await _publish(tx, event, person)
        return event.notice_id

    async def end(self, notice_id: UUID, person: str) -> None:
        """Ends a notice now; one that is over stays as it was. Raises NoSuchNoticeError."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            notice = await notices.locked(tx.connection, notice_id)
            if notice is None:
                raise NoSuchNoticeError
            if ended := decide_end(notice, datetime.now(UTC)):
                await _publish(tx, ended, person)


async def _publish(tx: Transaction, event: NoticeSet, person: str) -> None:
    # Its own pages show it at once; the others read it.
    await save(tx.connection, [event])
    await notices.note(tx.connection, event, person)
    tx.emit(event)
