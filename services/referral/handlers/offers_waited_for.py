"""Cases for which there was no offer are looked at again when a provider's statement of its places changes.

By a timer of its own, written with the statement: families are locked before offers, and whoever states places holds
the offer.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.case.family import FamilyKey
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
        """Locks the families that wait for any offer where one of these is, then the offers there.

        Whoever states places holds the offer first and the timer last, and so do we.
        """
        await directory.lock_for_reading(tx.connection)
        _, families, areas = await directory.waiting_for_offers(tx.connection, offers)
        await cases.lock_families(tx.connection, families)
        await directory.lock_offers(tx.connection, areas)

    async def fire(self, tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        """Agrees those of these cases for which there is an offer now, the longest wait first. Others wait on."""
        asked = max((datetime.fromisoformat(each.value["since"]) for each in batch), default=now)
        offers = [each.subject for each in batch]
        waiting, families, _ = await directory.waiting_for_offers(tx.connection, offers)
        # Offers are locked by now: we do not wait for a family that began to wait meanwhile.
        locked = await cases.lock_unlocked(tx.connection, families)
        if locked:
            await self._agree(tx, waiting, locked, asked)
        if locked != families:
            await look_again(tx, offers, asked)

    async def _agree(self, tx: Transaction, waiting: Collection[UUID], locked: set[FamilyKey], asked: datetime) -> None:
        work = await unit_of_work.load(tx, locked)
        # What was found under no lock is looked at under one.
        known = [
            (case.waiting.since, case)
            for case in work.cases.values()
            if case.case_id in waiting
            and case.key in locked
            and case.state is State.AWAITING_COORDINATOR
            and case.waiting
            and case.waiting.reason is WaitingReason.NO_ELIGIBLE_OFFER
        ]
        await work.use_directory({case.area for _, case in known}, {key.agency for key in locked}, to_agree=True)
        for since, case in sorted(known, key=lambda each: (each[0], each[1].case_id)):
            context = work.context(case, max(asked, since))
            progress = Progress(case, context)
            agree_or_wait(progress, context)
            if progress.case.state is not case.state:
                work.record(progress)
        await work.save()


async def look_again(tx: Transaction, offers: Sequence[str], now: datetime) -> None:
    """Has the cases that wait for any offer looked at again as soon as this transaction is committed."""
    value = {"since": now.isoformat()}
    await schedule(tx.connection, [ScheduledTimer(_KIND, offer, _AT_ONCE, value) for offer in offers])
