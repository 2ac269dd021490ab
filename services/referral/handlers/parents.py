"""Parents who answered on their own pages: a consent, by the command that coordinators give, or a questionnaire, as a
provider's update is decided.
"""

from collections.abc import Sequence
from dataclasses import replace

import structlog

from services.referral.domain.case.case import Case
from services.referral.domain.case.family import FamilyKey
from services.referral.domain.case.transitions import NotAllowedError
from services.referral.domain.deciders.commands import ConflictError, InvalidCommandError
from services.referral.domain.deciders.consent_commands import RecordConsent, WithdrawConsent
from services.referral.domain.deciders.refusals import UpdateRefusedError
from services.referral.domain.deciders.updates import is_safety_concern
from services.referral.domain.safety.stops import decide_stop
from services.referral.handlers import unit_of_work
from services.referral.handlers.commands import Instruction, decide
from services.referral.handlers.unit_of_work import UnitOfWork
from services.referral.handlers.updates import record_update
from services.referral.repository import cases, directory, parent_views
from shared.contracts.notification import ParentAnswered, ParentMeasured
from shared.contracts.provider import MeasureUpdate, PersonMeasure
from shared.contracts.referral import ViewGiven
from shared.contracts.screening import StopReported
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context

log = structlog.get_logger()
Answer = Received[ParentAnswered] | Received[ParentMeasured]
Consent = Received[ParentAnswered]
Measure = Received[ParentMeasured]


class Parents:
    """Follows what parents answer. Who acts is the parent, by the id that they have in the case."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock
        self._keyring = context.keyring

    async def answered(self, tx: Transaction, batch: Sequence[Answer]) -> None:
        """Records or ends consents, and records measures.

        A withdrawal from a referral that is not known yet is kept until it is.

        A consent that the case cannot take any more has no effect: nobody is asked anything by it. What else cannot be
        done is a dead letter, for somebody has to look.
        """
        await directory.lock_for_reading(tx.connection)
        # All at once and in order: a batch may be of many families.
        await cases.lock_families(tx.connection, {_family_of(each) for each in batch})
        for each in batch:
            work = await unit_of_work.lock(tx, [_family_of(each)], areas={each.event.area})
            case = work.find(each.event.case_id)
            if isinstance(each.event, ParentMeasured):
                await self._measure(tx, work, each)
            elif case is None or case.family is None:
                await self._before_the_case(tx, work, case, each)
            else:
                await self._decide(tx, work, each)

    async def _measure(self, tx: Transaction, work: UnitOfWork, each: Measure) -> None:
        """Decides it as the update of the provider that asked.

        What the case does not take any more has no effect. A sign of abuse halts whatever the state; where it cannot,
        somebody has to look.
        """
        event, case = each.event, work.find(each.event.case_id)
        now = self._clock.now(event.occurred_at)
        try:
            items = (await self._keyring.for_opening([event.items])).open(event.items)
        except CannotOpenError:
            tx.reject(each, Finding("items", "must be sealed under the parent's key"))
            return
        update = MeasureUpdate(
            update="measure",
            update_id=event.answer_id,
            case_id=event.case_id,
            occurred_at=event.occurred_at,
            measure=PersonMeasure(
                person=event.person_id,
                instrument=event.instrument,
                version=event.version,
                occasion=event.occasion,
                score=event.score,
                items=items,
            ),
        )
        signals = is_safety_concern(update)
        if case is None:
            tx.reject(each, Finding("case_id", "must be a case whose screening is known"))
            return
        await work.use_directory({case.area}, {case.agency}, to_agree=False)
        if signals:
            work.expect_signs([case.key])
        context = replace(work.context(case, now, each.id, str(event.person_id)), as_of=self._clock.now, latest=now)
        try:
            record_update(work, case, (event.provider, update), context, each)
        except UpdateRefusedError as refusal:
            if signals:
                tx.reject(each, Finding("provider", "must be a provider that was asked"))
            else:
                log.info("a parent's measure has no effect now", reason=refusal.reason)
            return
        # Under the provider that asked: a sign of abuse is taken up also where the case has gone on to another.
        asked = next((each for each in reversed(case.referrals) if each.provider == event.provider), None)
        if event.change and asked and case.family and event.person_id in case.family.parent_ids():
            view = ViewGiven(person_id=event.person_id, change=event.change, words=event.words)
            under = (asked.referral_id, asked.provider)
            await parent_views.add(tx.connection, event.answer_id, case.case_id, under, view, event.occurred_at)
        await work.save()

    async def _decide(self, tx: Transaction, work: UnitOfWork, each: Consent) -> None:
        event, now = each.event, self._clock.now(each.event.occurred_at)
        command: RecordConsent | WithdrawConsent = (
            RecordConsent(
                parent=event.person_id,
                purpose=event.purpose,
                given_on=now.date(),
                notice_version=event.notice_version,
            )
            if event.gives
            else WithdrawConsent(parent=event.person_id, purpose=event.purpose)
        )
        try:
            await decide(tx, work, Instruction(event.case_id, command, str(event.person_id)), now)
        except (NotAllowedError, ConflictError, InvalidCommandError) as error:
            if event.gives:
                log.info("a parent's consent has no effect now", fault=type(error).__name__)
            else:
                tx.reject(each, Finding("person_id", "must be a parent of this case"))

    async def _before_the_case(self, tx: Transaction, work: UnitOfWork, case: Case | None, each: Consent) -> None:
        event = each.event
        if event.gives or event.purpose != "referral":
            tx.reject(each, Finding("case_id", "must be a case whose screening is known"))
            return
        case = case or Case(event.case_id, event.area, event.agency, event.family_ref)
        now = self._clock.now(event.occurred_at)
        stop = StopReported(
            case_id=event.case_id,
            occurred_at=event.occurred_at,
            agency=event.agency,
            area=event.area,
            family_ref=event.family_ref,
            submitted_at=event.occurred_at,
            sign_of_abuse=False,
            parent_does_not_agree=True,
            parents=(event.person_id,),
        )
        work.record(decide_stop(case, stop, work.context(case, now, each.id)), each)
        await work.save()


def _family_of(each: Answer) -> FamilyKey:
    return FamilyKey(each.event.agency, each.event.family_ref)
