"""Front doors' contacts that could not be used: a sign of abuse in one counts."""

from collections.abc import Sequence

from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.wrap_around_contacts import halt_by_practitioner
from services.referral.domain.safety.halting import halt_others
from services.referral.domain.safety.salvage import SalvagedContact, salvage_contact
from services.referral.handlers import unit_of_work
from services.referral.handlers.contacts import agency_of
from services.referral.repository import directory, signs
from services.referral.repository.signs import UnmatchedSign
from shared.contracts.ids import id_beside
from shared.messaging.consuming.subscription import by_position
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Rejected
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class RejectedContacts:
    """The other end of `Contacts.reported`."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def rejected(self, tx: Transaction, batch: Sequence[Rejected]) -> None:
        """Halts what a sign in one of these is about; one about a family that is still to come waits for it.

        The contact itself is not claimed: corrected, it counts as any other.
        """
        read = [(each, salvage_contact(each.record.value, each.record.key)) for each in batch]
        found = [
            (each, salvaged, FamilyKey(agency_of(each.record.topic), ref))
            for each, salvaged in read
            if salvaged.sign
            for ref in salvaged.family_refs
        ]
        if not found:
            return
        await directory.lock_for_reading(tx.connection)
        work = await unit_of_work.lock(tx, {key for _, _, key in found})
        unmatched: list[UnmatchedSign] = []
        for each, salvaged, key in found:
            cases = [case for case in work.of_family(key) if case.key == key and case.has_begun]
            if not cases:
                unmatched.append(self._unmatched(each, salvaged, key))
                continue
            # The record's own time and id are nobody's to trust.
            stamp = Stamp(self._clock.now(), by_position(each.record, each.envelope), new_id, key.agency)
            halted = halt_by_practitioner(cases, stamp)
            work.record(halted)
            work.record_each(halt_others(work.of_family(key), halted.case, Trigger.HALT, stamp))
        await signs.store(tx.connection, unmatched)
        await work.save()

    def _unmatched(self, each: Rejected, salvaged: SalvagedContact, key: FamilyKey) -> UnmatchedSign:
        now, event_id = self._clock.now(), by_position(each.record, each.envelope)
        # Of a record about several families each waits for itself.
        alone = salvaged.contact_id if len(salvaged.family_refs) == 1 else None
        sign_id = alone or id_beside(event_id, key.family_ref)
        return UnmatchedSign(key.agency, sign_id, key.family_ref, now, now, event_id)
