"""Scheduled steps of a case: what happens because its time has come."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.referral.domain.calendar.firing import decide_scheduled_step
from services.referral.domain.calendar.schedule import SENT_OUT, Kind
from services.referral.handlers import unit_of_work
from services.referral.repository import cases
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import ScheduledTimer, Timer
from shared.service.definition import Context


class Calendar:
    """The timers of a case."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    def timers(self) -> dict[str, Timer]:
        """A timer for each kind of step that may be scheduled for a case."""
        return {kind.value: Timer(self.fire, unit_of_work.lock_cases) for kind in Kind}

    async def fire(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """Decides each timer upon its case as it is now. What is no longer scheduled for it has no effect."""
        case_ids = {UUID(each.subject) for each in batch}
        work = await unit_of_work.load(tx, await cases.families_of(tx.connection, case_ids))
        for each in batch:
            case = work.find(UUID(each.subject))
            if case is None:
                continue
            context = work.context(case, self._clock.now(each.at))
            if context.sign_in_family and each.kind in SENT_OUT:
                # Whatever was scheduled: nobody is reminded or asked once a sign is known of the family.
                continue
            progress = decide_scheduled_step(case, each.kind, each.key, context, context.rules)
            if progress:
                work.record(progress)
        await work.save()
