"""What somebody chooses about the mails to them, with the address of their account."""

from datetime import UTC, datetime
from uuid import UUID

from services.notification.domain.mail_choices import Choices, Chooser
from services.notification.repository import mail_choices
from shared.messaging.publishing.transaction import in_transaction
from shared.service.definition import Context

BOX = "staff-address"


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
