"""Records that were set aside because of a sign or a withdrawal, and screenings that were taken back."""

from collections.abc import Sequence

from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.taking_back import decide_taking_back
from services.referral.domain.safety.halting import halt_others
from services.referral.domain.safety.joining import withdraw_family
from services.referral.domain.safety.one_family import keep_as_one
from services.referral.domain.safety.stops import decide_stop, withdraws_open_case
from services.referral.handlers import unit_of_work
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import directory, waiting_list
from shared.contracts.screening import ScreeningTakenBack, StopReported
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

Stop = StopReported | ScreeningTakenBack


class Stops:
    """Follows what the screening service reports of records that were no screenings, or are none any more."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def reported(self, tx: Transaction, batch: Sequence[Received[StopReported]]) -> None:
        """Halts or stops the family's cases as by a screening; opens the case where there is none yet."""
        await directory.lock_for_reading(tx.connection)
        work = await _locked(tx, [each.event for each in batch])
        for each in batch:
            event = each.event
            case = _case_of(work, event)
            context = work.context(case, self._clock.now(event.occurred_at), each.id)
            work.record(decide_stop(case, event, context), each)
            if event.sign_of_abuse:
                halted = halt_others(work.of_family(case.key), case, Trigger.ABUSE_SIGN, context)
                work.record_each(halted, each, of=case.key)
            elif withdraws_open_case(case, event):
                work.record_each(withdraw_family(work.of_family(case.key), case, context), each, of=case.key)
            work.record_each(keep_as_one(work, case.key, context), each, of=case.key)
        await work.save()

    async def taken_back(self, tx: Transaction, batch: Sequence[Received[ScreeningTakenBack]]) -> None:
        """Voids screenings. A case that holds one goes no further; who was in question through one is so no more."""
        await directory.lock_for_reading(tx.connection)
        work = await _locked(tx, [each.event for each in batch])
        await work.use_directory(
            {each.event.area for each in batch} | {case.area for case in work.cases.values()},
            {each.event.agency for each in batch},
            to_agree=True,
        )
        for each in batch:
            case = _case_of(work, each.event)
            context = work.context(case, self._clock.now(each.event.occurred_at), each.id)
            work.record(decide_taking_back(case, each.event, context), each)
            work.record_each(keep_as_one(work, case.key, context), each, of=case.key)
        await work.save()
        # Who was passed over while their people were in question may have a place now.
        listed = {case.listing.offer for case in work.cases.values() if case.listing}
        now = self._clock.now(batch[-1].event.occurred_at)
        await waiting_list.request_allocation(tx.connection, listed, now)


async def _locked(tx: Transaction, events: Sequence[Stop]) -> UnitOfWork:
    families = {FamilyKey(event.agency, event.family_ref) for event in events}
    return await unit_of_work.lock(tx, families, areas={event.area for event in events})


def _case_of(work: UnitOfWork, event: Stop) -> Case:
    return work.find(event.case_id) or Case(event.case_id, event.area, event.agency, event.family_ref)
