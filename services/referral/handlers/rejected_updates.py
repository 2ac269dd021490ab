"""What follows from a provider's record that could not be used: it is told so, and a sign of abuse in it counts."""

import re
from collections.abc import Sequence

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.case.progress import Moment, Progress
from services.referral.domain.case.states import Trigger
from services.referral.domain.safety.halting import halt, halt_with_family
from services.referral.domain.safety.salvage import Salvaged, salvage
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import cases, directory
from shared.contracts.dead_letters import FindingMade
from shared.contracts.refusals import UpdateSetAside
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Rejected
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

_PROVIDER = re.compile(r"provider\.(?P<provider>[a-z0-9-]+)\.updates")


class RejectedUpdates:
    """The other end of `Handlers.updates`."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def take(self, tx: Transaction, batch: Sequence[Rejected]) -> None:
        """Tells each provider which of its records was set aside and why, and halts what a sign in one is about.

        As with any safety concern, of a provider that was ever asked to take the case, whatever became of it. The
        provider is told the same whether there was a sign or not.
        """
        read = [(_provider(each.record.topic), each, salvage(each.record.value, each.record.key)) for each in batch]
        for provider, each, said in read:
            tx.emit(
                UpdateSetAside(
                    provider=provider,
                    occurred_at=self._clock.now(),
                    update_id=said.update_id,
                    partition=each.record.partition,
                    offset=each.record.offset,
                    findings=tuple(FindingMade(field=found.field, rule=found.rule) for found in each.findings),
                ),
                topic=f"provider.{provider}.refusals",
            )
        signs = [(provider, said) for provider, _, said in read if said.sign and said.case_id]
        if signs:
            await self._halt(tx, signs)

    async def _halt(self, tx: Transaction, signs: Sequence[tuple[str, Salvaged]]) -> None:
        await directory.lock_for_reading(tx.connection)
        families = await cases.families_of(tx.connection, {said.case_id for _, said in signs if said.case_id})
        linked = await cases.lock_families(tx.connection, families)
        work = Work(await cases.load(tx.connection, families), linked)
        for provider, said in signs:
            case = work.cases.get(said.case_id) if said.case_id else None
            if case is None or said.sign is None or not case.was_ever_with(provider):
                continue
            # The record's own id is nobody's to trust: nothing ties what follows to it.
            moment = Moment(self._clock.now(), None, new_id, provider)
            progress = Progress(work.around(case), moment)
            halt(progress, Trigger.SAFETY_CONCERN, why=said.sign)
            others = (other for other in work.of_family(case.key) if other.case_id != case.case_id)
            halted = (halt_with_family(other, Trigger.SAFETY_CONCERN, moment, found_in=case.key) for other in others)
            for each in (progress, *(one for one in halted if one)):
                work.take(each, Catalogue())
                for event in each.events:
                    tx.emit(event)
        await work.save(tx.connection)


def _provider(topic: str) -> str:
    match = _PROVIDER.fullmatch(topic)
    if match is None:
        raise ValueError("an update came from a topic that is no provider's")
    return match["provider"]
