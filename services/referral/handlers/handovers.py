"""What the workforce service tells: whose cases are another practitioner's from now on."""

from collections.abc import Sequence

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.case.progress import Moment
from services.referral.domain.deciders.handover import hand_over
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, directory
from shared.contracts.workforce import PractitionerHandedOver
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class HandoverHandlers:
    """Follows the workforce service."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def handovers(self, tx: Transaction, batch: Sequence[Received[PractitionerHandedOver]]) -> None:
        """Puts the successor in every case that the former practitioner has, in the order of the handovers."""
        await directory.lock_for_reading(tx.connection)
        for each in batch:
            event = each.event
            if event.to.sealed.subject != event.to.practitioner_id:
                # Somebody else's name and address under this id would be written to.
                tx.reject(each, Finding("to.sealed.subject", "must be the practitioner themselves"))
                continue
            families = await cases.families_with_practitioner(tx.connection, event.agency, event.practitioner_id)
            linked = await cases.lock_families(tx.connection, families)
            work = Work(await cases.load(tx.connection, families), linked)
            moment = Moment(self._clock.now(event.occurred_at), each.id, new_id)
            for case in list(work.cases.values()):
                if case.agency != event.agency:
                    continue
                progress = hand_over(case, event.practitioner_id, event.to, moment)
                if progress:
                    work.take(progress, Catalogue())
            await work.save(tx.connection)
