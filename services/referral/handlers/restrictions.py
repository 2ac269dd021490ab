"""People whose data may be kept and not used, and who may be worked with again."""

from collections.abc import Sequence

from services.referral.domain.deciders.restricting import decide_restriction
from services.referral.handlers import unit_of_work
from services.referral.repository import cases, directory, restrictions
from shared.contracts.families import PersonRestricted
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

_BY = "stack:restriction"
"""Who held the case, as its history names it."""


class Restrictions:
    """Follows the families service, which knows who is restricted under which ids."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def published(self, tx: Transaction, batch: Sequence[Received[PersonRestricted]]) -> None:
        """Holds the cases of whoever is restricted. One that is lifted goes on when a coordinator resumes it."""
        await directory.lock_for_reading(tx.connection)
        case_ids = {each.event.case_id for each in batch}
        families = await cases.families_of(tx.connection, case_ids)
        # Before the rows change, so that no case of these is decided at the same time.
        await cases.lock_families(tx.connection, families)
        await restrictions.save(tx.connection, [each.event for each in batch])
        work = await unit_of_work.lock(tx, families)
        last = batch[-1]
        await work.use_directory(
            {case.area for case in work.cases.values()}, {key.agency for key in families}, to_agree=True
        )
        for case_id in sorted(case_ids & work.cases.keys()):
            case = work.cases[case_id]
            context = work.context(case, self._clock.now(last.event.occurred_at), last.id, _BY)
            if progress := decide_restriction(case, context):
                work.record(progress)
        await work.save()
