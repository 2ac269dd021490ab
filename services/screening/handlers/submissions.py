"""Front doors' submissions: decided each once, a batch at a time."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from services.screening.domain.case_screenings import CaseScreenings, FiledScreening
from services.screening.domain.decision import AreaRules
from services.screening.domain.events import (
    DecisionContext,
    PublishedScreening,
    completed,
    identities,
    sealed_people,
    sign_of_abuse,
    void,
)
from services.screening.domain.members import Members
from services.screening.domain.personal_data import Sealing, described, practitioner_id, practitioners
from services.screening.handlers.acceptance import AcceptedSubmission, accept
from services.screening.handlers.known_people import known_people
from services.screening.handlers.publishing import publish
from services.screening.handlers.taking_back import TakeBack, shows_sign_of_abuse, take_back
from services.screening.handlers.unit_of_work import PlacedSubmission, UnitOfWork
from services.screening.repository import case_screenings, directory
from shared.contracts.front_door import Submission
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class SubmissionHandlers:
    """Decides what front doors send."""

    def __init__(self, context: Context) -> None:
        self._keyring = context.keyring
        self._clock = context.clock

    async def submissions(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> None:
        """Decides each submission once. A submission id already seen from that agency has no second effect."""
        accepted = await accept(tx, self._keyring, batch)
        if not accepted:
            return
        rules = await directory.rules_of_areas(tx.connection, {each.submission.area for each in accepted})
        work = await self._load(tx, accepted)
        placed = [self._place(each, work, rules) for each in accepted]
        sealing = await self._sealing(placed)
        for each in placed:
            _decide(tx, work, each, sealing)
        await work.save(tx)
        for each in placed:
            await _take_back_from_other_family(tx, each)

    async def _load(self, tx: Transaction, accepted: Collection[AcceptedSubmission]) -> UnitOfWork:
        known = {each.case_id for each in accepted if not each.is_new}
        cases = {each.case_id: CaseScreenings() for each in accepted}
        cases |= await case_screenings.screenings_of_cases(tx.connection, known)
        members = {each.case_id: Members(each.case_id) for each in accepted}
        members |= {
            case_id: Members(case_id, of_case)
            for case_id, of_case in (await known_people(tx, self._keyring, known)).items()
        }
        return UnitOfWork(cases, members)

    def _place(
        self, accepted: AcceptedSubmission, work: UnitOfWork, rules: Mapping[str, AreaRules]
    ) -> PlacedSubmission:
        """Whether a submission is current, and who its people are."""
        submission, case_id = accepted.submission, accepted.case_id
        # A stamp that is ahead of the clock ranks above nothing that comes from now on.
        ranked_at = min(submission.submitted_at, self._clock.latest())
        is_void = accepted.belongs_to is not None
        described_people, members = described(submission), work.members[case_id]
        named = members.name(submission.submission_id, described_people)
        in_question = named.differ and not is_void
        placement = work.cases[case_id].add(
            FiledScreening(
                submission.submission_id,
                submission.supersedes,
                ranked_at,
                taken_back=is_void,
                in_question=in_question,
            )
        )
        if placement.is_current:
            members.update(described_people, named)
        context = DecisionContext(
            case_id=case_id,
            rules=rules.get(submission.area, AreaRules()),
            placement=placement,
            people=named,
            in_question=in_question,
            ranked_at=ranked_at,
            decided_at=self._clock.now(submission.submitted_at),
        )
        return PlacedSubmission(accepted, context)

    async def _sealing(self, placed: Collection[PlacedSubmission]) -> Sealing:
        people = {of for each in placed for of in each.context.people.ids.values()}
        workers = {
            practitioner_id(each.accepted.submission.agency, worker)
            for each in placed
            for worker in practitioners(each.accepted.submission)
        }
        return Sealing(
            person=(await self._keyring.for_sealing(people, "person")).seal,
            # A family's record counts whoever sends it: also somebody who was erased, and is here again.
            practitioner=(await self._keyring.for_sealing(workers, "practitioner")).seal_or_empty,
        )


def _decide(tx: Transaction, work: UnitOfWork, placed: PlacedSubmission, sealing: Sealing) -> None:
    """Decides one submission, publishes the decision, and records it to be saved."""
    submission, context, cause = placed.accepted.submission, placed.context, placed.accepted.received
    event = completed(submission, context, sealing)
    if placed.accepted.belongs_to is not None:
        work.record_void(placed, event)
        tx.emit(void(event, work.cases[context.case_id]), cause=cause)
        if event.shows_sign_of_abuse:
            _emit_sign_of_abuse(tx, placed, *placed.accepted.belongs_to)
        return
    seal = sealing.person_of(submission.submission_id)
    published = PublishedScreening(event, sealed_people(submission, context, seal))
    publish(tx, published, cause)
    for identity in identities(event, submission, context, seal):
        tx.emit(identity, cause=cause)
    work.record(placed, published)


async def _take_back_from_other_family(tx: Transaction, placed: PlacedSubmission) -> None:
    """Takes back from another family what was filed there and is sent under its own family now.

    A correction undoes no sign of abuse: one in what is taken back is this family's too.
    """
    submission, wrong = placed.accepted.submission, placed.accepted.takes_back
    if wrong is not None:
        await take_back(tx, TakeBack(wrong, "filed-under-another-family", placed.origin))
        if await shows_sign_of_abuse(tx, submission.agency, wrong):
            _emit_sign_of_abuse(tx, placed, submission.family_ref, placed.context.case_id)


def _emit_sign_of_abuse(tx: Transaction, placed: PlacedSubmission, family_ref: str, case_id: UUID) -> None:
    stop = sign_of_abuse(placed.accepted.submission, family_ref, case_id, placed.context.decided_at)
    tx.emit(stop, cause=placed.accepted.received)
