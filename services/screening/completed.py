"""From a decided submission to the events that tell of it. Only codes and sealed boxes leave this room."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import UUID

from services.screening.domain.decision import Screening
from services.screening.domain.eligibility import Choice
from services.screening.domain.standing import Place
from services.screening.repository.people import SealedPerson
from services.screening.sealed import (
    Secret,
    child_secrets,
    identity_secrets,
    parent_secrets,
    practitioner_id,
    practitioner_secret,
)
from shared.contracts.base import Sealed
from shared.contracts.front_door import Practitioner, Submission, age_on
from shared.contracts.instruments import Risk, judge_items
from shared.contracts.screening import (
    MeasureTaken,
    ParentDetailsSealed,
    ParentIdentitySealed,
    PractitionerRef,
    ScreenedChild,
    ScreenedParent,
    ScreeningCompleted,
)
from shared.privacy.keyring import Keys


def _seal(keys: Keys, secret: Secret) -> Sealed:
    return keys.seal(secret.subject, secret.field, secret.value)


def completed(
    case_id: UUID,
    submission: Submission,
    screening: Screening,
    choice: Choice | None,
    ids: Mapping[str, UUID],
    workers: Keys,
    decided_at: datetime,
    place: Place,
) -> ScreeningCompleted:
    """The event for a decided submission. `ids` are the people's, by ref."""

    def reference(practitioner: Practitioner) -> PractitionerRef:
        return PractitionerRef(
            practitioner_id=practitioner_id(submission.agency, practitioner),
            role=practitioner.role,
            sealed=_seal(workers, practitioner_secret(submission.agency, practitioner)),
        )

    wrap_around = {entry.parent_ref: reference(entry.practitioner) for entry in submission.wrap_around}
    day = submission.submitted_at.date()
    return ScreeningCompleted(
        case_id=case_id,
        occurred_at=decided_at,
        submission_id=submission.submission_id,
        supersedes=submission.supersedes,
        agency=submission.agency,
        area=submission.area,
        source=submission.source,
        family_ref=submission.family_ref,
        submitted_at=submission.submitted_at,
        practitioner=reference(submission.practitioner),
        level_of_need=submission.level_of_need,
        relationship=submission.relationship,
        prefers_without_children=submission.prefers_without_children,
        decision=screening.decision,
        reasons=screening.reasons,
        service=choice.chosen if choice else None,
        eligible_services=choice.eligible if choice else (),
        requested_service=submission.requested_service,
        parents=tuple(
            ScreenedParent(
                person_id=ids[parent.ref],
                ref=parent.ref,
                role=parent.role,
                parental_responsibility=parent.parental_responsibility,
                agrees_to_referral=parent.agrees_to_referral,
                privacy_notice_on=parent.privacy_notice_on,
                wrap_around=wrap_around.get(parent.ref),
                **parent.demographics.model_dump(),
            )
            for parent in submission.parents
        ),
        children=tuple(
            ScreenedChild(
                person_id=ids[child.ref],
                ref=child.ref,
                age=age_on(child.date_of_birth, day) if child.date_of_birth else None,
                expected_on=child.expected_on,
                takes_part=child.takes_part,
                views_source=child.views_source,
            )
            for child in submission.children
        ),
        risk_item=any(judge_items(each.instrument, each.items) is Risk.SIGNALS for each in submission.measures),
        measures=tuple(
            MeasureTaken(
                person_id=ids[measure.subject_ref],
                instrument=measure.instrument,
                version=measure.version,
                occasion=measure.occasion,
                score=measure.score,
            )
            for measure in submission.measures
        ),
        audiences=tuple(submission.audiences),
        delivery=tuple(submission.delivery),
        stands=place.stands,
        revision=place.revision,
        screened_on=min((each.conversation.held_on for each in submission.parents if each.conversation), default=None),
    )


def sealed_people(
    case_id: UUID, submission: Submission, ids: Mapping[str, UUID], people: Keys
) -> dict[UUID, SealedPerson]:
    """What the submission says of each person, each under their own key. `ids` are the people's, by ref."""
    kept = {}
    for ref, (details, conversation) in parent_secrets(ids, submission).items():
        kept[details.subject] = SealedPerson(
            person_id=details.subject,
            case_id=case_id,
            ref=ref,
            kind="parent",
            sealed=(_seal(people, details), _seal(people, conversation)),
            submitted_at=submission.submitted_at,
        )
    for ref, secret in child_secrets(ids, submission).items():
        kept[secret.subject] = SealedPerson(
            person_id=secret.subject,
            case_id=case_id,
            ref=ref,
            kind="child",
            sealed=(_seal(people, secret),),
            submitted_at=submission.submitted_at,
        )
    return kept


def details(event: ScreeningCompleted, people: Mapping[UUID, SealedPerson]) -> Iterator[ParentDetailsSealed]:
    """Each parent's details in an event of its own: one parent's contact is never beside the other's."""
    for parent in event.parents:
        yield ParentDetailsSealed(
            case_id=event.case_id,
            occurred_at=event.occurred_at,
            submission_id=event.submission_id,
            submitted_at=event.submitted_at,
            person_id=parent.person_id,
            role=parent.role,
            sealed=people[parent.person_id].sealed[0],
            stands=event.stands,
            revision=event.revision,
            look_first=people[parent.person_id].look_first,
        )


def identities(
    event: ScreeningCompleted, submission: Submission, ids: Mapping[str, UUID], people: Keys
) -> Iterator[ParentIdentitySealed]:
    """What recognises each parent again, each in an event of its own, whatever was decided."""
    sealed = {ref: _seal(people, secret) for ref, secret in identity_secrets(ids, submission).items()}
    children = tuple(sealed[child.ref] for child in submission.children)
    for parent in event.parents:
        yield ParentIdentitySealed(
            case_id=event.case_id,
            occurred_at=event.occurred_at,
            submission_id=event.submission_id,
            submitted_at=event.submitted_at,
            agency=event.agency,
            area=event.area,
            family_ref=event.family_ref,
            person_id=parent.person_id,
            parents=len(event.parents),
            sealed=sealed[parent.ref],
            children=children,
        )
