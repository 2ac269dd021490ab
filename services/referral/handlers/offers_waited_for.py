"""Cases for which there was no offer are looked at again when a provider's statement of its places changes.

By a timer of its own, written with the statement: families are locked before offers, and whoever states places holds
the offer.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import State, WaitingReason
from services.referral.handlers import unit_of_work
from services.referral.repository import cases, directory
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import ScheduledTimer, Timer, schedule

_KIND = "offer-waited-for"
_AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class OffersWaitedFor:
    """The timer of an offer of which there may be more places now. Its key is the offer."""

    def timers(self) -> dict[str, Timer]:
        """What the service's wiring names."""
        return {_KIND: Timer(self.fire, self.lock)}

    async def lock(self, tx: Transaction, offers: Sequence[str]) -> None:
        """Locks the families that wait for any offer where one of these is, in the order of every other handler."""
        await directory.lock_for_reading(tx.connection)
        _, families = await directory.waiting_for_offers(tx.connection, offers)
        await cases.lock_families(tx.connection, families)

    async def fire(self, tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        """Agrees those of these cases for which there is an offer now; the others wait as they did."""
        asked = max((datetime.fromisoformat(each.value["since"]) for each in batch), default=now)
        waiting, families = await directory.waiting_for_offers(tx.connection, [each.subject for each in batch])
        if not waiting:
            return
        work = await unit_of_work.lock(tx, families)
        known = [case for case_id in sorted(waiting) if (case := work.find(case_id))]
        await work.use_directory({case.area for case in known}, {key.agency for key in families}, to_agree=True)
        for case in known:
            # What was found under no lock is looked at under one.
            if case.state is not State.AWAITING_COORDINATOR or case.waiting is None:
                continue
            if case.waiting.reason is not WaitingReason.NO_ELIGIBLE_OFFER:
                continue
            context = work.context(case, max(asked, case.waiting.since))
            progress = Progress(case, context)
            agree_or_wait(progress, context)
            if progress.case.state is not case.state:
                work.record(progress)
        await work.save()


async def look_again(tx: Transaction, offers: Sequence[str], now: datetime) -> None:
    """Has the cases that wait for any offer looked at again as soon as this transaction is committed."""
    value = {"since": now.isoformat()}
    await schedule(tx.connection, [ScheduledTimer(_KIND, offer, _AT_ONCE, value) for offer in offers])
