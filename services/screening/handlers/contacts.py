"""The parents' contacts for a coordinator: one that is to be kept confidential stays closed until it is opened."""

from typing import Any
from uuid import UUID

from services.screening.domain.contact_openings import OpenContact, as_closed, as_opened
from services.screening.repository import contacts
from services.screening.repository.contacts import Opening, ParentDetails
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import in_transaction
from shared.privacy.case_words import seal_words
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context
from shared.service.form_keys import claim_once

NO_CASE = "There is no case with this id."
NO_PARENT = "There is no parent with this id in this case."


class NotThereError(Exception):
    """There is nothing of this id. The message is a plain sentence."""


async def closed(context: Context, case_id: UUID) -> list[dict[str, Any]]:
    """Each parent of a case with their contact, and without it where it is to be kept confidential."""
    async with in_transaction(context.pool, context.service) as tx:
        parents = await contacts.parents_of(tx.connection, case_id)
    keys = await context.keyring.for_opening([each.details for each in parents if each.details])
    return [as_closed(each.person_id, each.role, _details(keys, each)) for each in parents]


async def open_contact(
    context: Context, case_id: UUID, person_id: UUID, asked: OpenContact, who: str, *, key: UUID | None = None
) -> dict[str, Any]:
    """One parent's contact, once: that it was opened, by whom and why, is stored before it is given.

    `key` is that of the form, where a page sent it. Raises NotThereError, or AlreadySentError.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, key)
        parents = {each.person_id: each for each in await contacts.parents_of(tx.connection, case_id)}
        parent = parents.get(person_id)
        if parent is None or parent.details is None:
            raise NotThereError(NO_PARENT)
        found = _details(await context.keyring.for_opening([parent.details]), parent)
        if found is None:
            raise NotThereError(NO_PARENT)
        words = await seal_words(context.keyring, case_id, "contact-opening", asked.words)
        now = context.clock.now()
        await contacts.add_opening(tx.connection, Opening(new_id(), case_id, person_id, now, who, asked.reason, words))
    return as_opened(person_id, parent.role, found)


def _details(keys: Keys, parent: ParentDetails) -> dict[str, Any] | None:
    if parent.details is None:
        return None
    try:
        found: dict[str, Any] = keys.open(parent.details)
    except CannotOpenError:
        return None
    return found
