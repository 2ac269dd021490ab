"""What a page sends twice takes effect once: the form's key is claimed in the transaction of its effects."""

from uuid import UUID

from shared.messaging.consuming import inbox
from shared.messaging.publishing.transaction import Transaction

PAGES = "pages"
"""The forms that were sent, among the ids of the inbox."""


class AlreadySentError(Exception):
    """This form was sent before, and what it asked for is done."""


async def claim_once(tx: Transaction, key: UUID | None) -> None:
    """Claims the key of a form; None where there is no form. Raises AlreadySentError.

    Of two that arrive at once, the second waits until the first is done or has failed.
    """
    if key is not None and key not in await inbox.claim(tx.connection, PAGES, [key]):
        raise AlreadySentError
