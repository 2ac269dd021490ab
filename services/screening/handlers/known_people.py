"""Who the people of a case are, opened from what was sealed of them, in memory alone."""

from collections.abc import Collection
from uuid import UUID

from services.screening.domain.people import Known
from services.screening.domain.personal_data import RECOGNISED_BY, described_as_stored
from services.screening.repository import people
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keyring
from shared.privacy.sealing import CannotOpenError


async def known_people(tx: Transaction, keyring: Keyring, cases: Collection[UUID]) -> dict[UUID, list[Known]]:
    """The people of these cases, as far as what was sealed of them can still be read. Needs the families' locks."""
    stored = await people.people_of_cases(tx.connection, cases)
    keys = await keyring.for_opening(box for each in stored for box in each.sealed)
    known: dict[UUID, list[Known]] = {case_id: [] for case_id in cases}
    for each in stored:
        try:
            if not each.sealed:
                raise CannotOpenError("nothing is kept of somebody who was erased")
            opened = {box.field: keys.open(box) for box in each.sealed if box.field in RECOGNISED_BY}
            as_stored = described_as_stored(each.ref, each.kind, opened)
        except CannotOpenError:
            as_stored = None
        known[each.case_id].append(Known(each.person_id, as_stored, each.part))
    return known
