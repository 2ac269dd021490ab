"""What somebody chooses about the mails to them, with the address of their account."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from services.notification.domain.mail_choices import Choices, Chooser
from services.notification.repository import mail_choices
from services.notification.repository.mail_choices import Chosen
from shared.access.staff_ids import subject_of
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.keyring import Keyring
from shared.service.definition import Context

BOX = "staff-email"
LASTS = timedelta(days=365)
"""For how long a choice holds: whoever has left does not come back to choose again."""


async def of_person(context: Context, chooser: Chooser) -> Choices | None:
    """What somebody chose; None where they have chosen nothing yet. A choice is an account's: an earlier one's of the
    same name, at the same agency, ends where the later one comes.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await mail_choices.end_of_earlier_accounts(tx.connection, chooser)
        return await mail_choices.of_person(tx.connection, chooser.staff_id)


async def came(context: Context, chooser: Chooser) -> None:
    """Ends what an earlier account of the name chose, where whoever has it now comes to their pages."""
    async with in_transaction(context.pool, context.service) as tx:
        await mail_choices.end_of_earlier_accounts(tx.connection, chooser)


async def without_erased(
    tx: Transaction, keyring: Keyring, found: Sequence[tuple[int, Chosen]]
) -> Sequence[tuple[int, Chosen]]:
    """Of these choices those of people who are not erased. An erased person's go: their address opens no more."""
    people = {(each.staff_id, each.practitioner_id) for _, each in found}
    gone = await _erased(keyring, people)
    if gone:
        await mail_choices.delete(tx.connection, gone)
    return [(place, each) for place, each in found if each.staff_id not in gone]


async def choose(context: Context, chooser: Chooser, choices: Choices, name: str, email: str) -> None:
    """Saves what they choose. The address is sealed under the key that their name is sealed under."""
    subject = subject_of(chooser.staff_id)
    keys = await context.keyring.for_sealing([subject], "staff")
    sealed = keys.seal(subject, BOX, {"name": name, "email": email})
    async with in_transaction(context.pool, context.service) as tx:
        await mail_choices.end_of_earlier_accounts(tx.connection, chooser)
        await mail_choices.save(tx.connection, chooser, choices, sealed, datetime.now(UTC))


class MailChoiceRetention:
    """The schedule of choices: after their year they hold no more, and go with what was collected for a mail. So do
    those of whoever was erased, as an account's holder or as a practitioner.
    """

    schedule = "mail-choice"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """How many are over. A choice is of no area."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            gone = await self._erased_among(tx)
            number = len(gone) + await mail_choices.number_before(tx.connection, now - LASTS, gone)
        return {"": number} if number else {}

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Deletes them."""
        async with in_transaction(self._context.pool, self._context.service) as tx:
            number = await mail_choices.delete(tx.connection, await self._erased_among(tx))
            number += await mail_choices.delete_before(tx.connection, now - LASTS)
        return {"": number} if number else {}

    async def _erased_among(self, tx: Transaction) -> set[str]:
        return await _erased(self._context.keyring, await mail_choices.all_of(tx.connection))


async def _erased(keyring: Keyring, people: Collection[tuple[str, UUID | None]]) -> set[str]:
    """Those of these who were erased: as whoever acted here, or as the practitioner whom records name."""
    known = {staff_id: {subject_of(staff_id), practitioner} - {None} for staff_id, practitioner in people}
    gone = await keyring.erased({each for subjects in known.values() for each in subjects if each})
    return {staff_id for staff_id, subjects in known.items() if subjects & gone}
