"""The directory: kept in tables of this service's own, and what waited for it is looked at again."""

from collections.abc import Sequence

from services.referral.domain.agreement.agreeing import agree_or_wait
from services.referral.domain.case.progress import Progress
from services.referral.handlers import unit_of_work
from services.referral.repository import courses, directory, waiting_list
from shared.contracts.directory import (
    AgencyRegistered,
    AreaRegistered,
    OfferRegistered,
    ProviderRegistered,
    RegionRegistered,
)
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

Entries = AreaRegistered | RegionRegistered | AgencyRegistered | ProviderRegistered | OfferRegistered


class Directory:
    """Follows the directory."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def registered(self, tx: Transaction, batch: Sequence[Received[Entries]]) -> None:
        """Keeps the directory, and looks again at the cases that waited for what it now holds."""
        await directory.lock_for_change(tx.connection)
        await _keep(tx, batch)
        # More places, other terms, other settings: whoever waits is looked at again.
        await waiting_list.request_all(tx.connection, self._clock.now())
        waiting, families = await directory.waiting_for_directory(tx.connection)
        if not waiting:
            return
        work = await unit_of_work.lock(tx, families)
        await work.use_directory(
            {work.cases[case_id].area for case_id in waiting}, {key.agency for key in families}, to_agree=True
        )
        last = batch[-1]
        for case_id in sorted(waiting):
            case = work.cases[case_id]
            context = work.context(case, self._clock.now(case.waiting.since if case.waiting else None), last.id)
            progress = Progress(case, context)
            agree_or_wait(progress, context)
            work.record(progress, last)
        await work.save()


async def _keep(tx: Transaction, batch: Sequence[Received[Entries]]) -> None:
    # Of one entry's versions in a batch, only the last counts.
    entries = {each.event.key(): (each.event, each.record.offset) for each in batch}.values()
    connection = tx.connection
    await directory.save_areas(connection, [(e, at) for e, at in entries if isinstance(e, AreaRegistered)])
    await directory.save_regions(connection, [(e, at) for e, at in entries if isinstance(e, RegionRegistered)])
    await courses.save_rules(connection, [(e, at) for e, at in entries if isinstance(e, AreaRegistered)])
    await directory.save_agencies(connection, [(e, at) for e, at in entries if isinstance(e, AgencyRegistered)])
    await directory.save_providers(connection, [(e, at) for e, at in entries if isinstance(e, ProviderRegistered)])
    await directory.save_offers(connection, [(e, at) for e, at in entries if isinstance(e, OfferRegistered)])
