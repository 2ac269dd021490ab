"""What workers write of a case: sealed under a key of the case's own, since it may be about anybody of the family.

When somebody of the family is erased the key goes, and with it what was written until then. What is written after that
is sealed under the next key: whoever stays must not be left without notes.
"""

from collections.abc import Iterator
from itertools import count
from uuid import UUID, uuid5

from shared.contracts.base import Sealed
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError


def subjects_of(case_id: UUID) -> Iterator[UUID]:
    """Whose keys a case's words are under, one after the other. Without end."""
    yield case_id
    yield from (uuid5(case_id, f"words/{number}") for number in count(1))


async def seal_words(keyring: Keyring, case_id: UUID, field: str, text: str) -> Sealed:
    """Seals words about a case under the first of its keys that was not erased."""
    for subject in subjects_of(case_id):
        try:
            return (await keyring.for_sealing([subject], "person")).seal(subject, field, text)
        except CannotOpenError:
            continue
    raise AssertionError("there is always a next one")


async def known_subjects(keyring: Keyring, case_id: UUID) -> list[UUID]:
    """Those of them that there are."""
    found: list[UUID] = []
    for subject in subjects_of(case_id):
        if not await keyring.known([subject]):
            break
        found.append(subject)
    return found
