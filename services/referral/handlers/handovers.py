"""Practitioners who leave: whose cases are another practitioner's from now on."""

from collections.abc import Sequence

from services.referral.domain.case.stamp import Stamp
from services.referral.domain.deciders.handover import hand_over
from services.referral.handlers import unit_of_work
from services.referral.repository import cases, directory
from shared.contracts.workforce import PractitionerHandedOver
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Handovers:
    """Follows the workforce service."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def handed_over(self, tx: Transaction, batch: Sequence[Received[PractitionerHandedOver]]) -> None:
        """Puts the successor in every case that the former practitioner has, in the order of the handovers."""
        await directory.lock_for_reading(tx.connection)
        for each in batch:
            event = each.event
            if event.to.sealed.subject != event.to.practitioner_id:
                # Somebody else's name and address under this id would be written to.
                tx.reject(each, Finding("to.sealed.subject", "must be the practitioner themselves"))
                continue
            work = await unit_of_work.lock(
                tx, await cases.families_with_practitioner(tx.connection, event.agency, event.practitioner_id)
            )
            stamp = Stamp(self._clock.now(event.occurred_at), each.id, new_id)
            for case in list(work.cases.values()):
                if case.agency == event.agency:
                    progress = hand_over(case, event.practitioner_id, event.to, stamp)
                    if progress:
                        work.record(progress, each)
            await work.save()
