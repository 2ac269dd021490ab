"""Screenings: each moves its family's case, and is agreed at once where the area lets it through."""

from collections.abc import Sequence
from dataclasses import replace

from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.case.states import Trigger
from services.referral.domain.deciders.order import withdraws
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.wrap_around_contacts import halt_by_practitioner
from services.referral.domain.safety.halting import halt_others
from services.referral.domain.safety.joining import withdraw_family
from services.referral.domain.safety.one_family import keep_as_one
from services.referral.handlers import unit_of_work
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.repository import directory, links, refused_records, signs
from services.referral.repository.signs import UnmatchedSign
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class Screenings:
    """Follows the screening service's decisions."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock

    async def completed(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Decides each screening upon its family's case, and agrees at once what the area lets through.

        A sign of abuse anywhere in the batch keeps everything of its family from being agreed: it is known already.
        """
        await directory.lock_for_reading(tx.connection)
        families = {FamilyKey(each.event.agency, each.event.family_ref) for each in batch}
        areas = {each.event.area for each in batch}
        work = await unit_of_work.lock(tx, families, areas=areas)
        unmatched = await signs.of_families(tx.connection, families)
        await work.use_directory(
            areas,
            {each.event.agency for each in batch},
            to_agree=any(each.event.decision is Decision.REFER for each in batch),
        )
        work.expect_signs(
            FamilyKey(each.event.agency, each.event.family_ref) for each in batch if each.event.shows_sign_of_abuse
        )
        work.expect_signs(sign.family for sign in unmatched)
        recognised = await links.recognised(tx.connection, [each.event for each in batch])
        for each in batch:
            event = each.event
            case = work.find(event.case_id) or Case(event.case_id, event.area, event.agency, event.family_ref)
            case = replace(case, recognised=recognised.get((event.agency, event.submission_id)))
            self._decide(work, case, each)
        await self._count_signs(tx, work, unmatched)
        await work.save()
        await refused_records.came_in(
            tx.connection,
            {(each.event.agency, each.event.submission_id) for each in batch},
            {(each.event.agency, each.event.supersedes) for each in batch if each.event.supersedes},
        )

    def _decide(self, work: UnitOfWork, case: Case, received: Received[ScreeningCompleted]) -> None:
        event = received.event
        who = str(event.practitioner.practitioner_id)
        context = work.context(case, self._clock.now(event.occurred_at), received.id, who)
        work.record(decide_screening(case, event, context), received)
        if event.shows_sign_of_abuse:
            halted = halt_others(work.of_family(case.key), case, Trigger.ABUSE_SIGN, context)
            work.record_each(halted, received, of=case.key)
        elif withdraws(case, event):
            work.record_each(withdraw_family(work.of_family(case.key), case, context), received, of=case.key)
        work.record_each(keep_as_one(work, case.key, context), received, of=case.key)

    async def _count_signs(self, tx: Transaction, work: UnitOfWork, unmatched: Sequence[UnmatchedSign]) -> None:
        """Signs that came before their family count now. Nothing was agreed of it in between."""
        effective = []
        for sign in unmatched:
            begun = [case for case in work.of_family(sign.family) if case.key == sign.family and case.has_begun]
            if not begun:
                continue
            stamp = Stamp(self._clock.now(sign.held_at), sign.event_id, new_id, sign.agency)
            halted = halt_by_practitioner(begun, stamp)
            work.record(halted)
            work.record_each(halt_others(work.of_family(sign.family), halted.case, Trigger.HALT, stamp))
            effective.append(sign)
        if effective:
            await signs.matched(tx.connection, effective, self._clock.now())
