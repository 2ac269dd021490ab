"""Screening's subscribers: read, load, decide, save, emit; a batch at a time."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.screening.domain.case_screenings import Filed, Place, Standing
from services.screening.domain.content import content_of
from services.screening.domain.decision import AreaRules, decide_screening
from services.screening.domain.eligibility import choose_service
from services.screening.domain.events import attention_to, completed, identities, sealed_people
from services.screening.domain.members import Members, Named
from services.screening.domain.personal_data import SealedPerson, described, practitioner_id, practitioners
from services.screening.handlers.known_people import known_people
from services.screening.handlers.publishing import ask_again, publish, stand_again
from services.screening.handlers.taking_back import TakenBack, shows_sign, sign_of, take_back, void
from services.screening.repository import case_screenings, directory, families, people, submissions
from services.screening.repository.case_screenings import Published
from services.screening.repository.families import FamilyKey
from services.screening.repository.submissions import Decided, Earlier
from shared.contracts.directory import AgencyRegistered, AreaRegistered
from shared.contracts.front_door import Submission
from shared.contracts.referral import CaseClosed, CaseReopened, FamilyChanged, PeopleConfirmed, ReferralAgreed
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.vocabulary import Decision
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

USED_BEFORE = Finding("submission_id", "was used for another record; send it with a new one, superseding the old")


@dataclass(frozen=True)
class _Accepted:
    received: Received[Submission]
    case_id: UUID
    content: bytes
    # Its case was opened for it, or for another submission of the same batch.
    is_new: bool
    # What it supersedes was filed under another family, and is taken back from there.
    takes_back: UUID | None = None
    # It was superseded under another family before it came: that family's reference and case.
    belongs_to: tuple[str, UUID] | None = None

    @property
    def submission(self) -> Submission:
        return self.received.event


@dataclass(frozen=True)
class _Placed:
    """A submission whose place in its case is known, and who its people are."""

    accepted: _Accepted
    place: Place
    named: Named
    in_question: bool
    ranked_at: datetime
    now: datetime


class _Saved:
    """What a batch leads to, to be saved at its end."""

    def __init__(self) -> None:
        self.decided: list[Decided] = []
        self.published: list[Published] = []
        # What stands of each person, and what is only named by a screening that does not stand.
        self.stand: dict[UUID, SealedPerson] = {}
        self.named: dict[UUID, SealedPerson] = {}
        # By case, what arrived so that a screening of before has come to stand, or its people are to be looked at.
        self.again: dict[UUID, _Accepted] = {}
        self.asked_anew: dict[UUID, _Accepted] = {}

    def take(self, placed: _Placed, published: Published) -> None:
        """Takes one decided submission up."""
        event = published.event
        self.published.append(published)
        if event.stands:
            self.stand |= published.people
            self.again.pop(event.case_id, None)
        else:
            self.named = {**published.people, **self.named}
        self._decide(placed, event)

    def leave_out(self, placed: _Placed, event: ScreeningCompleted) -> None:
        """Takes up that a submission was decided which counts for nothing: its own family has been screened since."""
        self._decide(placed, event, taken_back_at=placed.now)

    def _decide(self, placed: _Placed, event: ScreeningCompleted, taken_back_at: datetime | None = None) -> None:
        if placed.place.instead:
            self.again[event.case_id] = placed.accepted
        if placed.place.asked_anew:
            self.asked_anew[event.case_id] = placed.accepted
        elif placed.place.asked in (None, event.submission_id):
            self.asked_anew.pop(event.case_id, None)
        self.decided.append(
            Decided(
                agency=event.agency,
                submission_id=event.submission_id,
                case_id=event.case_id,
                family_ref=event.family_ref,
                area=event.area,
                supersedes=event.supersedes,
                submitted_at=event.submitted_at,
                ranked_at=placed.ranked_at,
                decided_at=event.occurred_at,
                decision=event.decision,
                reasons=event.reasons,
                service=event.service,
                content=placed.accepted.content,
                taken_back_at=taken_back_at,
                in_question=placed.in_question,
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
        cases |= await case_screenings.standing_of_cases(tx.connection, known)
        members = {each.case_id: Members(each.case_id) for each in accepted}
        members |= await self._members(tx, known)
        placed = [self._place(each, cases[each.case_id], members[each.case_id]) for each in accepted]
        keys = await self._keyring.for_sealing({of for each in placed for of in each.named.ids.values()}, "person")
        workers = await self._keyring.for_sealing(
            {
                practitioner_id(each.submission.agency, worker)
                for each in accepted
                for worker in practitioners(each.submission)
            },
            "practitioner",
        )
        saved = _Saved()
        for each in placed:
            submission, ids = each.accepted.submission, each.named.ids
            area = rules.get(submission.area, AreaRules())
            decided = decide_screening(submission, area)
            choice = choose_service(submission, area.young_child_age) if decided.decision is Decision.REFER else None
            attention, look_first = attention_to(submission, differ=each.named.differ)
            case_id, now = each.accepted.case_id, each.now
            event = completed(case_id, submission, decided, choice, ids, workers.seal, now, each.place, attention)
            if each.accepted.belongs_to is not None:
                saved.leave_out(each, event)
                tx.emit(void(event, cases[case_id]), cause=each.accepted.received)
                if event.shows_sign_of_abuse:
                    self._emit_sign(tx, each, *each.accepted.belongs_to)
                continue
            published = Published(event, sealed_people(case_id, submission, ids, keys.seal, look_first))
            publish(tx, published, each.accepted.received)
            for identity in identities(event, submission, ids, keys.seal):
                tx.emit(identity, cause=each.accepted.received)
            saved.take(each, published)
        await submissions.save_decisions(tx.connection, saved.decided)
        await case_screenings.save_published(tx.connection, saved.published)
        await case_screenings.save_standing(tx.connection, cases)
        parts = {person: part for case in members.values() for person, part in case.changed().items()}
        await people.save_people(tx.connection, saved.stand, saved.named, parts)
        for again, publish_again in ((saved.again, stand_again), (saved.asked_anew, ask_again)):
            for case_id, arrived in again.items():
                now = self._clock.now(arrived.submission.submitted_at)
                await publish_again(tx, arrived.submission.agency, cases[case_id], now, arrived.received)
        for each in placed:
            await self._take_back(tx, each)

    async def _take_back(self, tx: Transaction, placed: _Placed) -> None:
        """Takes back from another family what was filed there and is sent under its own family now.

        A correction undoes no sign of abuse: one in what is taken back is this family's too.
        """
        submission, wrong = placed.accepted.submission, placed.accepted.takes_back
        if wrong is not None:
            await take_back(
                tx,
                TakenBack(submission.agency, wrong, "filed-under-another-family", placed.now, placed.accepted.received),
            )
            if await shows_sign(tx, submission.agency, wrong):
                self._emit_sign(tx, placed, submission.family_ref, placed.accepted.case_id)

    def _emit_sign(self, tx: Transaction, placed: _Placed, family_ref: str, case_id: UUID) -> None:
        submission = placed.accepted.submission
        stop = sign_of(case_id, submission.agency, submission.area, family_ref, submission.submitted_at, placed.now)
        tx.emit(stop, cause=placed.accepted.received)

    def _place(self, accepted: _Accepted, case: Standing, members: Members) -> "_Placed":
        """Whether a submission stands, and who its people are."""
        submission = accepted.submission
        # A stamp that is ahead of the clock ranks above nothing that comes from now on.
        ranked_at = min(submission.submitted_at, self._clock.latest())
        now = self._clock.now(submission.submitted_at)
        void = accepted.belongs_to is not None
        people_of = described(submission)
        named = members.name(submission.submission_id, people_of)
        in_question = named.differ and not void
        place = case.arrives(
            Filed(submission.submission_id, submission.supersedes, ranked_at, taken_back=void, in_question=in_question)
        )
        if place.stands:
            members.stand(people_of, named)
        return _Placed(accepted, place, named, in_question, ranked_at, now)

    async def _members(self, tx: Transaction, cases: Collection[UUID]) -> dict[UUID, Members]:
        known = await known_people(tx, self._keyring, cases)
        return {case_id: Members(case_id, of_case) for case_id, of_case in known.items()}

    async def _registered(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> list[Received[Submission]]:
        agencies = await directory.agencies(tx.connection, {each.event.agency for each in batch})
        registered = []
        for each in batch:
            agency = agencies.get(each.event.agency)
            if agency is None:
                tx.reject(each, Finding("agency", "is not registered in the directory"))
            elif each.event.area not in agency.areas:
                tx.reject(each, Finding("area", "is not one that this agency is registered in"))
            elif agency.sources is not None and each.event.source not in agency.sources:
                tx.reject(each, Finding("source", "is not one that this agency is registered as"))
            else:
                registered.append(each)
        return registered

    async def _with_cases(self, tx: Transaction, batch: Sequence[Received[Submission]]) -> list[_Accepted]:
        """Leaves duplicates out, refuses other content under a used id, and gives the others their family's case."""
        if not batch:
            return []
        superseded = {(each.event.agency, each.event.supersedes) for each in batch if each.event.supersedes}
        keys = {_key(each.event) for each in batch}
        # A family that something is taken back from is locked as well, in the one order.
        before = await submissions.earlier_submissions(tx.connection, superseded) if superseded else {}
        keys |= {(agency, each.family_ref) for (agency, _), each in before.items()}
        fresh = {key: new_id() for key in keys}
        open_cases = await families.lock_cases(tx.connection, fresh)
        named = superseded | {_id(each.event) for each in batch}
        seen = await submissions.earlier_submissions(tx.connection, named)
        # A correction may have come before what it corrects: that belongs to the correction's case.
        awaited = await submissions.corrections_of(tx.connection, {_id(each.event) for each in batch})
        accepted: list[_Accepted] = []
        current: dict[FamilyKey, UUID] = {}
        for each in batch:
            submission = each.event
            content = self._keyring.fingerprint(content_of(submission))
            again = seen.get(_id(submission))
            if again is not None:
                if _says_otherwise(again, submission, content):
                    tx.reject(each, USED_BEFORE)
                continue
            case_id = open_cases[_key(submission)]
            corrected = seen.get((submission.agency, submission.supersedes)) if submission.supersedes else None
            belongs_to = awaited.get(_id(submission))
            if corrected is not None and corrected.family_ref == submission.family_ref:
                case_id = corrected.case_id
            elif belongs_to is not None and belongs_to[0] == submission.family_ref:
                case_id = belongs_to[1]
            else:
                current[_key(submission)] = case_id
            seen[_id(submission)] = Earlier(submission.family_ref, case_id, content)
            if submission.supersedes:
                awaited[submission.agency, submission.supersedes] = (submission.family_ref, case_id)
            accepted.append(
                _Accepted(
                    each,
                    case_id,
                    content,
                    is_new=case_id == fresh[_key(submission)],
                    takes_back=submission.supersedes if _differ(corrected, submission) else None,
                    belongs_to=belongs_to if belongs_to and belongs_to[0] != submission.family_ref else None,
                )
            )
        await families.open_anew(tx.connection, current)
        return accepted

    async def closed_cases(self, tx: Transaction, batch: Sequence[Received[CaseClosed | CaseReopened]]) -> None:
        """A family whose case has ended gets a new one with its next screening, unless the case was opened again."""
        newest: dict[UUID, tuple[int, bool]] = {}
        for event in sorted((each.event for each in batch), key=lambda event: event.sequence):
            newest[event.case_id] = (event.sequence, isinstance(event, CaseClosed))
        await families.close_or_reopen(tx.connection, newest)

    async def looked_at(
        self, tx: Transaction, batch: Sequence[Received[ReferralAgreed | FamilyChanged | PeopleConfirmed]]
    ) -> None:
        """Somebody has looked at the family as a screening says it is.

        Its people are no strangers any more, or it counts for nothing: what stands of the case is told anew.
        """
        looked = [(each, each.event.case_id, each.event.submission_id) for each in batch if each.event.submission_id]
        await families.lock_of_cases(tx.connection, {case_id for _, case_id, _ in looked})
        named = await case_screenings.people_named(
            tx.connection, [(case_id, submission_id) for _, case_id, submission_id in looked]
        )
        for each, case_id, submission_id in looked:
            theirs = not isinstance(each.event, PeopleConfirmed) or each.event.theirs
            case = (await case_screenings.standing_of_cases(tx.connection, [case_id]))[case_id]
            asked = case.asked
            changes = case.looked_at(submission_id, theirs=theirs)
            await submissions.note_looked_at(tx.connection, case_id, submission_id, theirs=theirs)
            await case_screenings.save_standing(tx.connection, {case_id: case})
            of_submission = named.get((case_id, submission_id), ())
            if theirs and case.stands == submission_id:
                await people.take_part(tx.connection, case_id, of_submission)
            elif theirs:
                await people.note_looked_at(tx.connection, of_submission)
            now = self._clock.now(each.event.occurred_at)
            if changes:
                await stand_again(tx, each.event.agency, case, now, each)
            if case.asked != asked:
                await ask_again(tx, each.event.agency, case, now, each)

    async def directory(self, tx: Transaction, batch: Sequence[Received[AreaRegistered | AgencyRegistered]]) -> None:
        """Keeps the areas' settings and the agencies' areas."""
        areas = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "area"}
        agencies = {each.event.id: (each.event, each.record.offset) for each in batch if each.event.kind == "agency"}
        await directory.save_areas(tx.connection, areas)
        await directory.save_agencies(tx.connection, agencies)


def _key(submission: Submission) -> FamilyKey:
    return submission.agency, submission.family_ref


def _says_otherwise(again: Earlier, submission: Submission, content: bytes) -> bool:
    """Whether it is another record under a used id. Where the content was not kept: whether it discloses more."""
    if again.content is not None:
        return again.content != content
    abuse = Decision.DOMESTIC_ABUSE_PATHWAY
    return again.decision != abuse and decide_screening(submission, AreaRules()).decision is abuse


def _differ(corrected: Earlier | None, submission: Submission) -> bool:
    return corrected is not None and corrected.family_ref != submission.family_ref


def _id(submission: Submission) -> tuple[str, UUID]:
    return submission.agency, submission.submission_id
