"""Consents whose time is over."""

from collections.abc import Sequence
from datetime import datetime

from services.referral.domain.agreement.consent import expire
from services.referral.domain.case.progress import Progress
from services.referral.handlers import unit_of_work
from services.referral.repository import cases, consents
from services.referral.repository.consents import EXPIRY, ConsentKey
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import ScheduledTimer, Timer
from shared.service.definition import Context


class Consents:
    """The timer of each consent's expiry."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    def timers(self) -> dict[str, Timer]:
        """A timer whose subject is a consent's case."""
        return {EXPIRY: Timer(self.expire, unit_of_work.lock_cases)}

    async def expire(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """Ends the consents whose time is over, and shows a coordinator the cases that a provider works on."""
        times = {ConsentKey.parse(each.key): self._clock.now(each.at) for each in batch}
        over = await consents.expire(tx.connection, times)
        work = await unit_of_work.load(tx, await cases.families_of(tx.connection, {key.case_id for key in over}))
        for key in sorted(over, key=lambda each: (each.case_id, each.text())):
            case = work.cases[key.case_id]
            progress = Progress(case, work.context(case, times[key]))
            expire(progress, key.person_id, key.purpose, key.child_id)
            work.record(progress)
        await work.save()
