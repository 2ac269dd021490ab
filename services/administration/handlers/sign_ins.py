"""The command on sign-ins that the identity provider has ended: every service with pages learns of it."""

from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from shared.access.tokens import SignedOut
from shared.messaging.consuming import inbox
from shared.messaging.publishing.transaction import in_transaction
from shared.service import ended_sign_ins
from shared.service.definition import Context

LOGOUT_TOKENS = "logout-tokens"
"""The ids of logout tokens that were used, among the ids of the inbox."""


class SignIns:
    """The command. Its service's own sessions end with it, the others' when they read of it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def end(self, ended: SignedOut) -> bool:
        """Ends what a logout token says; False where that token was used before."""
        token_id = uuid5(NAMESPACE_URL, ended.token_id)
        async with in_transaction(self._context.pool, self._context.service) as tx:
            if token_id not in await inbox.claim(tx.connection, LOGOUT_TOKENS, [token_id]):
                return False
            event = ended_sign_ins.event_of(ended, datetime.now(UTC))
            await ended_sign_ins.end(tx.connection, [event])
            tx.emit(event)
        return True
