"""Screening's subscribers: read, load, decide, save, emit; a batch at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.screening.completed import completed, details, identities, sealed_people
from services.screening.domain.decision import AreaRules, decide_screening
from services.screening.domain.eligibility import choose_service
from services.screening.domain.standing import Filed, Place, Standing
from services.screening.repository import directory, families, people, standing, submissions
from services.screening.repository.families import FamilyKey
from services.screening.repository.people import SealedPerson
from services.screening.repository.standing import Published
from services.screening.repository.submissions import Decided
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


class _Saved:
    """What a batch leads to, to be saved at its end."""

    def __init__(self) -> None:
        self.decided: list[Decided] = []
        self.published: dict[tuple[str, UUID], Published] = {}
        # What stands of each person, and what is only named by a screening that does not stand.
        self.stand: dict[UUID, SealedPerson] = {}
        self.named: dict[UUID, SealedPerson] = {}

    def take(self, published: Published, ranked_at: datetime) -> None:
        event = published.event
        self.published[event.agency, event.submission_id] = published
        if event.stands:
            self.stand |= published.people
        else:
            self.named = {**published.people, **self.named}
        self.decided.append(
            Decided(
                agency=event.agency,
                submission_id=event.submission_id,
                case_id=event.case_id,
                family_ref=event.family_ref,
                area=event.area,
                supersedes=event.supersedes,
                submitted_at=event.submitted_at,
                ranked_at=ranked_at,
                decided_at=event.occurred_at,
                decision=event.decision,
                reasons=event.reasons,
                service=event.service,
            )
        )


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
        known = {each.case_id for each in accepted if not each.is_new}
        rules = await directory.rules_of_areas(tx.connection, {each.submission.area for each in accepted})
        cases = {each.case_id: Standing() for each in accepted}
        cases |= await standing.standing_of_cases(tx.connection, known)
        named = await people.people_of_cases(tx.connection, known)
        ids = {
            (each.case_id, ref): named.get((each.case_id, ref)) or person_id(each.case_id, ref)
            for each in accepted
            for ref in refs(each.submission)
        }
        keys = await self._keyring.for_sealing(ids.values(), "person")
        workers = await self._keyring.for_sealing(
            {
                practitioner_id(each.submission.agency, worker)
                for each in accepted
                for worker in practitioners(each.submission)
            },
            "practitioner",
        )
        saved = _Saved()
        for each in accepted:
            submission = each.submission
            area = rules.get(submission.area, AreaRules())
            screening = decide_screening(submission, area)
            choice = choose_service(submission, area.young_child_age) if screening.decision is Decision.REFER else None
            of_family = {ref: ids[each.case_id, ref] for ref in refs(submission)}
            # A stamp that is ahead of the clock ranks above nothing that comes from now on.
            ranked_at = min(submission.submitted_at, self._clock.now())
            now = self._clock.now(submission.submitted_at)
            place = cases[each.case_id].arrives(Filed(submission.submission_id, submission.supersedes, ranked_at))
            event = completed(each.case_id, submission, screening, choice, of_family, workers, now, place)
            published = Published(event, sealed_people(each.case_id, submission, of_family, keys))
            _publish(tx, published, each.received)
            for identity in identities(event, submission, of_family, keys):
                tx.emit(identity, cause=each.received)
            saved.take(published, ranked_at)
            if place.instead:
                await self._publish_again(tx, saved, each, place, place.instead, now)
        await submissions.save_decisions(tx.connection, saved.decided)
        await standing.save_published(tx.connection, saved.published.values())
        await standing.save_standing(tx.connection, cases)
        await people.save_people(tx.connection, saved.stand, saved.named)

    async def _publish_again(
        self, tx: Transaction, saved: "_Saved", arrived: _Accepted, place: Place, instead: UUID, now: datetime
    ) -> None:
        """Publishes a screening that has come to stand by the arrival of what it corrects."""
        agency = arrived.submission.agency
        known = saved.published.get((agency, instead)) or await standing.published_of(tx.connection, agency, instead)
        if known is None:
            return
        anew = {"stands": True, "revision": place.revision + 1, "occurred_at": now}
        published = Published(known.event.model_copy(update=anew), known.people)
        _publish(tx, published, arrived.received)
        saved.stand |= published.people

    async def _registered(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> list[Received[Submission]]:
        areas = await directory.areas_of_agencies(tx.connection, {each.event.agency for each in batch})
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
        open_cases = await families.lock_cases(tx.connection, fresh)
        named = {_id(each.event) for each in batch}
        named |= {(each.event.agency, each.event.supersedes) for each in batch if each.event.supersedes}
        seen = await submissions.earlier_submissions(tx.connection, named)
        # A correction may have come before what it corrects: that belongs to the correction's case.
        awaited = await submissions.corrections_of(tx.connection, {_id(each.event) for each in batch})
        accepted: list[_Accepted] = []
        current: dict[FamilyKey, UUID] = {}
        for each in batch:
            submission = each.event
            if _id(submission) in seen:
                continue
            case_id = open_cases[_key(submission)]
            corrected = seen.get((submission.agency, submission.supersedes)) if submission.supersedes else None
            if corrected is not None:
                if corrected[0] != submission.family_ref:
                    tx.reject(each, Finding("supersedes", "names a submission about another family"))
                    continue
                case_id = corrected[1]
            elif awaited.get(_id(submission), ("",))[0] == submission.family_ref:
                case_id = awaited[_id(submission)][1]
            else:
                current[_key(submission)] = case_id
            seen[_id(submission)] = (submission.family_ref, case_id)
            if submission.supersedes:
                awaited[submission.agency, submission.supersedes] = (submission.family_ref, case_id)
            accepted.append(_Accepted(each, case_id, is_new=case_id == fresh[_key(submission)]))
        await families.open_anew(tx.connection, current)
        return accepted

    async def closed_cases(self, tx: Transaction, batch: Sequence[Received[CaseClosed | CaseReopened]]) -> None:
        """A family whose case has ended gets a new one with its next screening, unless the case was opened again."""
        newest: dict[UUID, tuple[int, bool]] = {}
        for event in sorted((each.event for each in batch), key=lambda event: event.sequence):
            newest[event.case_id] = (event.sequence, isinstance(event, CaseClosed))
        await families.close_or_reopen(tx.connection, newest)

    async def directory(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
        """Keeps the areas' settings and the agencies' areas."""
        areas = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "area"}
        agencies = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "agency"}
        await directory.save_areas(tx.connection, areas)
        await directory.save_agencies(tx.connection, agencies)


def _key(submission: Submission) -> FamilyKey:
    return submission.agency, submission.family_ref


def _id(submission: Submission) -> tuple[str, UUID]:
    return submission.agency, submission.submission_id


def _publish(tx: Transaction, published: Published, cause: Received[Submission]) -> None:
    event = published.event
    # Nobody's details leave where anything says that it is not safe, whatever the conversations say.
    if event.decision is Decision.REFER and not event.risk_item:
        for parent in details(event, published.people):
            tx.emit(parent, cause=cause)
    tx.emit(event, cause=cause)
