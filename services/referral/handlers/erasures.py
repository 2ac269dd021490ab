"""People who were erased: this service has only words about their cases, under keys that went with theirs."""

from collections.abc import Sequence

from shared.contracts.families import PersonErased
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Erasures:
    """Follows the families service, which erases."""

    def __init__(self, context: Context) -> None:
        self._keyring = context.keyring

    async def erased(self, _tx: Transaction, _batch: Sequence[Received[PersonErased]]) -> None:
        """Forgets every unwrapped key. What was sealed under the erased ones opens no more; the case goes on."""
        self._keyring.forget()
