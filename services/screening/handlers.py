"""Screening's subscribers: read, load, decide, save, emit; a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.screening import repository
from services.screening.completed import completed, details, identities, sealed_people
from services.screening.domain.decision import AreaRules, decide_screening
from services.screening.domain.eligibility import choose_service
from services.screening.repository import Decided, FamilyKey, SealedPerson
from services.screening.sealed import person_id, practitioner_id, practitioners, refs
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.front_door import Submission
from shared.contracts.referral import CaseClosed, CaseReopened
from shared.contracts.vocabulary import Decision
from shared.messaging.envelope import Envelope, new_id
from shared.messaging.records import Finding, Received, Record, RejectedError
from shared.messaging.subscription import Read, json_reader
from shared.messaging.transaction import Transaction
from shared.runtime.service import Context

_read_json: Read[Submission] = json_reader(Submission)


def read_submission(record: Record, envelope: Envelope) -> Submission:
    """Reads a front door's record. Raises RejectedError where it is not one, or not of the topic's agency."""
    submission = _read_json(record, envelope)
    if submission is None or record.topic != f"front-door.{submission.agency}.screenings":
        raise RejectedError([Finding("agency", "must be the agency whose topic this is")])
    return submission


@dataclass(frozen=True)
class _Accepted:
    received: Received[Submission]
    case_id: UUID
    # Its case was opened for it, or for another submission of the same batch.
    is_new: bool

    @property
    def submission(self) -> Submission:
        return self.received.event


class Handlers:
    """The screening service's handlers."""

    def __init__(self, context: Context) -> None:
        self._keyring = context.keyring
        self._clock = context.clock

    async def submissions(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> None:
        """Decides each submission once. A submission id already seen from that agency has no second effect."""
        registered = await self._registered(tx, batch)
        accepted = await self._with_cases(tx, registered)
        if not accepted:
            return
        rules = await repository.rules_of_areas(tx.connection, {each.submission.area for each in accepted})
        known = await repository.people_of_cases(tx.connection, {each.case_id for each in accepted if not each.is_new})
        ids = {
            (each.case_id, ref): known.get((each.case_id, ref)) or person_id(each.case_id, ref)
            for each in accepted
            for ref in refs(each.submission)
        }
        people = await self._keyring.for_sealing(ids.values(), "person")
        workers = await self._keyring.for_sealing(
            {
                practitioner_id(each.submission.agency, worker)
                for each in accepted
                for worker in practitioners(each.submission)
            },
            "practitioner",
        )
        decided: list[Decided] = []
        kept: dict[UUID, SealedPerson] = {}
        for each in accepted:
            submission = each.submission
            area = rules.get(submission.area, AreaRules())
            screening = decide_screening(submission, area)
            choice = choose_service(submission, area.young_child_age) if screening.decision is Decision.REFER else None
            of_family = {ref: ids[each.case_id, ref] for ref in refs(submission)}
            now = self._clock.now(submission.submitted_at)
            event = completed(each.case_id, submission, screening, choice, of_family, workers, now)
            sealed = sealed_people(each.case_id, submission, of_family, people)
            kept |= sealed
            # Nobody's details leave where anything says that it is not safe, whatever the conversations say.
            if screening.decision is Decision.REFER and not event.risk_item:
                for parent in details(event, sealed):
                    tx.emit(parent, cause=each.received)
            tx.emit(event, cause=each.received)
            for identity in identities(event, submission, of_family, people):
                tx.emit(identity, cause=each.received)
            decided.append(
                Decided(
                    agency=submission.agency,
                    submission_id=submission.submission_id,
                    case_id=each.case_id,
                    family_ref=submission.family_ref,
                    area=submission.area,
                    supersedes=submission.supersedes,
                    submitted_at=submission.submitted_at,
                    decided_at=event.occurred_at,
                    decision=event.decision,
                    reasons=event.reasons,
                    service=event.service,
                )
            )
        await repository.save_decisions(tx.connection, decided)
        await repository.save_people(tx.connection, kept)

    async def _registered(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> list[Received[Submission]]:
        areas = await repository.areas_of_agencies(tx.connection, {each.event.agency for each in batch})
        registered = []
        for each in batch:
            agency_areas = areas.get(each.event.agency)
            if agency_areas is None:
                tx.reject(each, Finding("agency", "is not registered in the directory"))
            elif each.event.area not in agency_areas:
                tx.reject(each, Finding("area", "is not one that this agency is registered in"))
            else:
                registered.append(each)
        return registered

    async def _with_cases(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> list[_Accepted]:
        """Leaves duplicates out and gives every other submission its family's case."""
        if not batch:
            return []
        keys = {_key(each.event) for each in batch}
        fresh = {key: new_id() for key in keys}
        open_cases = await repository.lock_cases(tx.connection, fresh)
        named = {(each.event.agency, each.event.submission_id) for each in batch}
        named |= {(each.event.agency, each.event.supersedes) for each in batch if each.event.supersedes}
        seen = await repository.earlier_submissions(tx.connection, named)
        accepted: list[_Accepted] = []
        current: dict[FamilyKey, UUID] = {}
        for each in batch:
            submission = each.event
            if (submission.agency, submission.submission_id) in seen:
                continue
            case_id = open_cases[_key(submission)]
            corrected = seen.get((submission.agency, submission.supersedes)) if submission.supersedes else None
            if corrected is not None:
                if corrected[0] != submission.family_ref:
                    tx.reject(each, Finding("supersedes", "names a submission about another family"))
                    continue
                case_id = corrected[1]
            else:
                current[_key(submission)] = case_id
            seen[(submission.agency, submission.submission_id)] = (submission.family_ref, case_id)
            accepted.append(_Accepted(each, case_id, is_new=case_id == fresh[_key(submission)]))
        await repository.open_anew(tx.connection, current)
        return accepted

    async def closed_cases(self, tx: Transaction, batch: Sequence[Received[CaseClosed | CaseReopened]]) -> None:
        """A family whose case has ended gets a new one with its next screening, unless the case was opened again."""
        newest: dict[UUID, tuple[int, bool]] = {}
        for event in sorted((each.event for each in batch), key=lambda event: event.sequence):
            newest[event.case_id] = (event.sequence, isinstance(event, CaseClosed))
        await repository.close_or_reopen(tx.connection, newest)

    async def directory(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
        """Keeps the areas' settings and the agencies' areas."""
        areas = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "area"}
        agencies = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "agency"}
        await repository.save_areas(tx.connection, areas)
        await repository.save_agencies(tx.connection, agencies)


def _key(submission: Submission) -> FamilyKey:
    return submission.agency, submission.family_ref
