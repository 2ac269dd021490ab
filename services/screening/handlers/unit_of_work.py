"""What a batch of submissions changes: collected while they are decided, saved once, and what follows published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.screening.domain.case_screenings import CaseScreenings
from services.screening.domain.events import DecisionContext, PublishedScreening
from services.screening.domain.members import Members
from services.screening.domain.personal_data import SealedPerson
from services.screening.handlers.acceptance import AcceptedSubmission
from services.screening.handlers.publishing import Origin, publish_current, publish_question
from services.screening.repository import case_screenings, people, submissions
from services.screening.repository.submissions import DecidedSubmission
from shared.contracts.screening import ScreeningCompleted
from shared.messaging.publishing.transaction import Transaction


@dataclass(frozen=True)
class PlacedSubmission:
    """A submission with all that its decision needs."""

    accepted: AcceptedSubmission
    context: DecisionContext

    @property
    def origin(self) -> Origin:
        """What follows from it follows from this."""
        return Origin(self.accepted.submission.agency, self.context.decided_at, self.accepted.received)


@dataclass
class UnitOfWork:
    """The cases of a batch as they were loaded, and what its decisions make of them."""

    cases: Mapping[UUID, CaseScreenings]
    members: Mapping[UUID, Members]
    _decided: list[DecidedSubmission] = field(default_factory=list)
    _published: list[PublishedScreening] = field(default_factory=list)
    # What is current of each person, and what is only named by a screening that is not.
    _current: dict[UUID, SealedPerson] = field(default_factory=dict)
    _named: dict[UUID, SealedPerson] = field(default_factory=dict)
    # By case, what follows from the arrival by which a screening of before is current, or in question.
    _promoted: dict[UUID, Origin] = field(default_factory=dict)
    _questioned: dict[UUID, Origin] = field(default_factory=dict)

    def record(self, placed: PlacedSubmission, published: PublishedScreening) -> None:
        """Records a decided submission and what is published of it."""
        event = published.event
        self._published.append(published)
        if event.stands:
            self._current |= published.people
            self._promoted.pop(event.case_id, None)
        else:
            self._named = {**published.people, **self._named}
        self._record(placed, event)

    def record_void(self, placed: PlacedSubmission, event: ScreeningCompleted) -> None:
        """Records one that counts for nothing: it was taken back before it came."""
        self._record(placed, event, taken_back_at=placed.context.decided_at)

    def _record(
        self, placed: PlacedSubmission, event: ScreeningCompleted, taken_back_at: datetime | None = None
    ) -> None:
        placement = placed.context.placement
        if placement.promoted:
            self._promoted[event.case_id] = placed.origin
        if placement.asks_again:
            self._questioned[event.case_id] = placed.origin
        elif placement.in_question in (None, event.submission_id):
            self._questioned.pop(event.case_id, None)
        self._decided.append(
            DecidedSubmission(
                agency=event.agency,
                submission_id=event.submission_id,
                case_id=event.case_id,
                family_ref=event.family_ref,
                area=event.area,
                supersedes=event.supersedes,
                submitted_at=event.submitted_at,
                ranked_at=placed.context.ranked_at,
                decided_at=event.occurred_at,
                decision=event.decision,
                reasons=event.reasons,
                service=event.service,
                content=placed.accepted.content,
                taken_back_at=taken_back_at,
                in_question=placed.context.in_question,
            )
        )

    async def save(self, tx: Transaction) -> None:
        """Saves everything, and publishes the screenings of before that are current, or in question, by it."""
        await submissions.save_decisions(tx.connection, self._decided)
        await case_screenings.save_published(tx.connection, self._published)
        await case_screenings.save_current(tx.connection, self.cases)
        parts = {person: part for case in self.members.values() for person, part in case.changed().items()}
        await people.save_people(tx.connection, self._current, self._named, parts)
        for case_id, origin in self._promoted.items():
            await publish_current(tx, self.cases[case_id], origin)
        for case_id, origin in self._questioned.items():
            case = self.cases[case_id]
            await publish_question(tx, case, origin, case.in_question)
