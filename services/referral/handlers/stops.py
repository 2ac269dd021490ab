"""What stops a case or voids what it stands on beside its screenings: records set aside, screenings taken back."""

from collections.abc import Sequence

from services.referral.domain.agreement.offers import Catalogue
from services.referral.domain.case.case import Case, FamilyKey
from services.referral.domain.case.progress import Moment
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.taking_back import decide_taking_back
from services.referral.domain.safety.joining import withdraw_family
from services.referral.domain.safety.stops import decide_stop, withdraws_open_case
from services.referral.handlers.keeping_as_one import keep_as_one
from services.referral.handlers.screenings import follow, halt_family, locked, save
from services.referral.handlers.unit_of_work import Work
from services.referral.repository import directory, waiting_list
from shared.contracts.screening import ScreeningTakenBack, StopReported
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class StopHandlers:
    """Follows what the screening service tells of records that were no screenings, or are none any more."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def stops(self, tx: Transaction, batch: Sequence[Received[StopReported]]) -> None:
        """Halts or stops the family's cases as if a screening had said so; opens the case where there is none yet."""
        await directory.lock_for_reading(tx.connection)
        work = await locked(tx, {FamilyKey(each.event.agency, each.event.family_ref) for each in batch})
        for each in batch:
            event = each.event
            case = _case_of(work, event)
            moment = Moment(self._clock.now(event.occurred_at), each.id, new_id)
            follow(tx, work, Catalogue(), decide_stop(case, event, moment), each)
            if event.sign_of_abuse:
                halt_family(tx, work, Catalogue(), case, Trigger.ABUSE_SIGN, moment, each)
            elif withdraws_open_case(case, event):
                for stopped in withdraw_family(work.of_family(case.key), case, moment):
                    follow(tx, work, Catalogue(), stopped, each if stopped.case.key == case.key else None)
            for follows in keep_as_one(work, case.key, moment):
                follow(tx, work, Catalogue(), follows, each if follows.case.key == case.key else None)
        await save(tx, work)

    async def taken_back(self, tx: Transaction, batch: Sequence[Received[ScreeningTakenBack]]) -> None:
        """Voids screenings. What stood on one goes no further; who was in question through one is so no more."""
        await directory.lock_for_reading(tx.connection)
        work = await locked(tx, {FamilyKey(each.event.agency, each.event.family_ref) for each in batch})
        catalogue = await directory.catalogue(
            tx.connection,
            {each.event.area for each in batch} | {case.area for case in work.cases.values()},
            {each.event.agency for each in batch},
            to_agree=True,
        )
        signs = work.families_with_sign()
        for each in batch:
            event = each.event
            case = work.around(_case_of(work, event))
            moment = Moment(self._clock.now(event.occurred_at), each.id, new_id)
            progress = decide_taking_back(case, event, moment, catalogue, sign_at_hand=case.key in signs)
            follow(tx, work, catalogue, progress, each)
            for follows in keep_as_one(work, case.key, moment):
                follow(tx, work, catalogue, follows, each if follows.case.key == case.key else None)
        await save(tx, work)
        # Who was passed over while their people were in question may have a place now.
        listed = {case.listing.offer for case in work.cases.values() if case.listing}
        await waiting_list.tend(tx.connection, listed, self._clock.now(batch[-1].event.occurred_at))


def _case_of(work: Work, event: StopReported | ScreeningTakenBack) -> Case:
    return work.cases.get(event.case_id) or Case(event.case_id, event.area, event.agency, event.family_ref)
