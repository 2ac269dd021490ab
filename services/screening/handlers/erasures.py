"""People who were erased: nobody whom a record can mean any more, and nothing of them is kept."""

import json
from collections.abc import Collection, Sequence
from functools import partial

from services.screening.handlers.forms import erase_of_cases
from services.screening.handlers.parent_requests import erase_with_cases
from services.screening.repository import families, people
from shared.contracts.families import PersonErased
from shared.messaging.consuming.erased_letters import erase_letters
from shared.messaging.core.records import Received, Record
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Erasures:
    """Follows the families service, which erases."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._keyring = context.keyring

    async def erased(self, tx: Transaction, batch: Sequence[Received[PersonErased]]) -> None:
        """Removes what is stored of these people, what was typed of their families, and records that could not be used.

        Their ids and their part in the case stay.
        """
        self._keyring.forget()
        await people.remove_contents(tx.connection, [each.event.person_id for each in batch])
        await erase_with_cases(self._context, tx, {each.event.case_id for each in batch})
        await erase_of_cases(self._context, tx, {each.event.case_id for each in batch})
        of_agencies = await families.references_of(tx.connection, {each.event.case_id for each in batch})
        for agency, references in sorted(of_agencies.items()):
            topic = f"front-door.{agency}.screenings"
            await erase_letters(tx.connection, self._keyring, topic, partial(_is_of_one, references))


def _is_of_one(references: Collection[str], record: Record) -> bool:
    """Whether a record, whatever is wrong with it, is of one of these families: by its key, or anywhere in it."""
    key, value = record.key or b"", record.value or b""
    return any(key == each.encode() or json.dumps(each).encode() in value for each in references)
