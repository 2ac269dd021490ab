"""Providers' records that could not be used: each provider is answered, and a sign of abuse in one counts."""

from collections.abc import Sequence

from services.referral.domain.case.progress import Progress
from services.referral.domain.case.states import Trigger
from services.referral.domain.safety.halting import halt, halt_others
from services.referral.domain.safety.salvage import Salvaged, salvage
from services.referral.handlers import unit_of_work
from services.referral.handlers.updates import provider_of
from services.referral.repository import cases, directory
from shared.contracts.dead_letters import FindingMade
from shared.contracts.refusals import UpdateSetAside
from shared.messaging.core.records import Rejected
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class RejectedUpdates:
    """The other end of `Updates.received`."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def rejected(self, tx: Transaction, batch: Sequence[Rejected]) -> None:
        """Answers each provider which of its records was set aside and why, and halts what a sign in one is about.

        As with any safety concern, of a provider that was ever asked to take the case, whatever became of it. The
        answer is the same whether there was a sign or not.
        """
        read = [(provider_of(each.record.topic), each, salvage(each.record.value, each.record.key)) for each in batch]
        for provider, each, salvaged in read:
            tx.emit(
                UpdateSetAside(
                    provider=provider,
                    occurred_at=self._clock.now(),
                    update_id=salvaged.update_id,
                    partition=each.record.partition,
                    offset=each.record.offset,
                    findings=tuple(FindingMade(field=found.field, rule=found.rule) for found in each.findings),
                ),
                topic=f"provider.{provider}.refusals",
            )
        signs = [(provider, salvaged) for provider, _, salvaged in read if salvaged.sign and salvaged.case_id]
        if signs:
            await self._halt(tx, signs)

    async def _halt(self, tx: Transaction, signs: Sequence[tuple[str, Salvaged]]) -> None:
        await directory.lock_for_reading(tx.connection)
        named = {salvaged.case_id for _, salvaged in signs if salvaged.case_id}
        work = await unit_of_work.lock(tx, await cases.families_of(tx.connection, named))
        for provider, salvaged in signs:
            case = work.find(salvaged.case_id) if salvaged.case_id else None
            if case is None or salvaged.sign is None or not case.was_ever_with(provider):
                continue
            # The record's own id is nobody's to trust: nothing ties what follows to it.
            context = work.context(case, self._clock.now(), who=provider)
            progress = Progress(case, context)
            halt(progress, Trigger.SAFETY_CONCERN, why=salvaged.sign)
            work.record(progress)
            work.record_each(halt_others(work.of_family(case.key), case, Trigger.SAFETY_CONCERN, context))
        await work.save()
