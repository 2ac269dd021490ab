"""What follows from changed attendance: events, who is asked again later, and whose certificate will lapse."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from services.workforce.domain.attendance import Rating
from services.workforce.domain.follow_up import FollowUp, follow_up_of
from services.workforce.domain.modules import MODULES
from services.workforce.domain.session import Place, Session
from shared.contracts.workforce import ConfidenceRated, PractitionerEvent, TrainingCompleted, TrainingWithdrawn


@dataclass(slots=True)
class Consequences:
    """Events in order, follow-ups that begin, certificates that will lapse, and trainings that came to nothing."""

    events: list[PractitionerEvent] = field(default_factory=list)
    follow_ups: list[FollowUp] = field(default_factory=list)
    lapse: list[Place] = field(default_factory=list)
    nothing_to_follow_up: list[UUID] = field(default_factory=list)


def of_changes(before: Session, after: Session, now: datetime) -> Consequences:
    """What follows from a session's being as it is now and not as it was."""
    follows = Consequences()
    for training_id, place in after.everybody.items():
        earlier = before.everybody.get(training_id)
        had = earlier.completed_on if earlier else None
        if place.completed_on and place.completed_on != had:
            follows.events.append(completed(after, place, now))
            if place.valid_until:
                follows.lapse.append(place)
            follows.follow_ups.append(
                follow_up_of(training_id, place.practitioner_id, place.agency, after.modules, place.completed_on)
            )
        elif had and not place.completed_on:
            follows.events.append(
                TrainingWithdrawn(
                    practitioner_id=place.practitioner_id, agency=place.agency, occurred_at=now, training_id=training_id
                )
            )
            follows.nothing_to_follow_up.append(training_id)
    return follows


def completed(session: Session, place: Place, now: datetime) -> TrainingCompleted:
    """A place whose practitioner has completed the session. Raises ValueError where they have not."""
    if place.completed_on is None:
        raise ValueError("this place was not completed")
    return TrainingCompleted(
        practitioner_id=place.practitioner_id,
        agency=place.agency,
        occurred_at=now,
        training_id=place.training_id,
        session_id=session.session_id,
        areas=session.areas,
        modules=session.modules,
        profession=place.profession,
        delivery=session.delivery,
        delivered_by=session.delivered_by,
        completed_on=place.completed_on,
        valid_until=place.valid_until,
    )


def rated(rating: Rating, now: datetime) -> ConfidenceRated:
    """How sure somebody feels, with the instrument that it was measured by."""
    scale = MODULES[rating.module].scale
    return ConfidenceRated(
        practitioner_id=rating.practitioner_id,
        agency=rating.agency,
        occurred_at=now,
        training_id=rating.training_id,
        module=rating.module,
        occasion=rating.occasion,
        instrument=scale.instrument,
        version=scale.version,
        score=rating.score,
    )
