"""Practitioners as somebody outside names them: registered with what identifies them sealed."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.workforce.repository import practitioners
from shared.contracts.base import Sealed
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError

FIELD = "training-record"


@dataclass(frozen=True, slots=True)
class Person:
    """A practitioner by their agency and the agency's own id, with name and address in clear: in memory only."""

    practitioner_id: UUID
    agency: str
    own_id: str
    name: str | None
    email: str | None


async def register(tx: Transaction, keyring: Keyring, people: Collection[Person]) -> None:
    """Saves who these people are, sealed, and locks them. Somebody whose key was erased stays without a name."""
    known = await practitioners.registered(tx.connection, [each.practitioner_id for each in people])
    keys = await keyring.for_sealing({each.practitioner_id for each in people}, "practitioner")

    def sealed(person: Person) -> Sealed | None:
        if person.practitioner_id in known and not (person.name or person.email):
            return None
        value = {"practitioner": person.own_id, "name": person.name, "email": person.email}
        try:
            return keys.seal(person.practitioner_id, FIELD, value)
        except CannotOpenError:
            return None

    await practitioners.save_registered(
        tx.connection, [(each.practitioner_id, each.agency, sealed(each)) for each in people]
    )
