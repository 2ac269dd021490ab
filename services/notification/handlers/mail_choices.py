"""What somebody chooses about the mails to them, with the address of their account."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.notification.domain.mail_choices import Choices, Chooser
from services.notification.repository import mail_choices
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context

BOX = "staff-email"
LASTS = timedelta(days=365)
"""For how long a choice holds: whoever has left does not come back to choose again."""


async def of_person(context: Context, staff_id: str) -> Choices | None:
    """What somebody chose; None where they have chosen nothing yet."""
    async with in_transaction(context.pool, context.service) as tx:
        return await mail_choices.of_person(tx.connection, staff_id)


async def choose(context: Context, chooser: Chooser, choices: Choices, name: str, email: str) -> None:
    """Saves what they choose. The address is sealed under the key that their name is sealed under."""
    subject = UUID(hex=chooser.staff_id.removeprefix("staff-"))
    keys = await context.keyring.for_sealing([subject], "staff")
    sealed = keys.seal(subject, BOX, {"name": name, "email": email})
    async with in_transaction(context.pool, context.service) as tx:
        await mail_choices.save(tx.connection, chooser, choices, sealed, datetime.now(UTC))


class MailChoiceRetention:
    """The schedule of choices: after their year they hold no more, and go with what was collected for a mail."""

    schedule = "mail-choice"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """How many are over. A choice is of no area."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            number = await mail_choices.number_before(tx.connection, now - LASTS)
        return {"": number} if number else {}

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Deletes them."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            number = await mail_choices.delete_before(tx.connection, now - LASTS)
        return {"": number} if number else {}
