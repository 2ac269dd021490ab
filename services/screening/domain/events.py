"""From a decided submission to the events that tell of it. Only codes and sealed boxes leave this room."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from services.screening.domain.case_screenings import Place
from services.screening.domain.contact import not_separate
from services.screening.domain.decision import Screening
from services.screening.domain.eligibility import Choice
from services.screening.domain.personal_data import (
    Seal,
    SealedPerson,
    Secret,
    child_secrets,
    identity_secrets,
    parent_secrets,
    practitioner_id,
    practitioner_secret,
)
from shared.contracts.base import Sealed
from shared.contracts.front_door import Practitioner, Submission, age_on, day_of
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
from shared.contracts.vocabulary import Attention, Audience


def _seal(seal: Seal, secret: Secret) -> Sealed:
    return seal(secret.subject, secret.field, secret.value)


def attention_to(submission: Submission, *, differ: bool) -> tuple[frozenset[Attention], frozenset[str]]:
    """What a person has to look at first, and the refs of the parents whose details wait for that.

    `differ`: somebody is plainly another than the case's people.
    """
    shared = {parent.ref for parent in not_separate(submission.parents)}
    found = {
        Attention.PEOPLE_DIFFER: differ,
        Attention.CONTACT_NOT_SEPARATE: bool(shared),
        Attention.ITEMS_NOT_JUDGED: Risk.NOT_JUDGED in _risks(submission),
        Attention.ONE_PARENT: submission.other_parent is not None,
    }
    waiting = {parent.ref for parent in submission.parents} if differ else shared
    return frozenset(each for each, applies in found.items() if applies), frozenset(waiting)


def _risks(submission: Submission) -> set[Risk]:
    return {judge_items(each.instrument, each.items, each.version) for each in submission.measures}


def _audiences(submission: Submission) -> tuple[Audience, ...]:
    """As the front door says, and whoever expects a child is an expectant parent, said or not."""
    expecting = any(child.expected_on for child in submission.children)
    follows = (Audience.EXPECTANT_PARENTS,) if expecting else ()
    return tuple(dict.fromkeys((*submission.audiences, *follows)))


def completed(
    case_id: UUID,
    submission: Submission,
    screening: Screening,
    choice: Choice | None,
    ids: Mapping[str, UUID],
    workers: Seal,
    decided_at: datetime,
    place: Place,
    attention: Collection[Attention],
) -> ScreeningCompleted:
    """The event for a decided submission. `ids` are the people's, by ref."""

    def reference(practitioner: Practitioner) -> PractitionerRef:
        return PractitionerRef(
            practitioner_id=practitioner_id(submission.agency, practitioner),
            role=practitioner.role,
            sealed=_seal(workers, practitioner_secret(submission.agency, practitioner)),
        )

    wrap_around = {entry.parent_ref: reference(entry.practitioner) for entry in submission.wrap_around}
    day = day_of(submission.submitted_at)
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
        risk_item=Risk.SIGNALS in _risks(submission),
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
        audiences=_audiences(submission),
        delivery=tuple(submission.delivery),
        attention=tuple(sorted(attention)),
        one_parent=submission.other_parent is not None,
        stands=place.stands,
        revision=place.revision,
        in_question=place.asked,
        screened_on=min((each.conversation.held_on for each in submission.parents if each.conversation), default=None),
    )


def sealed_people(
    case_id: UUID, submission: Submission, ids: Mapping[str, UUID], people: Seal, look_first: Collection[str]
) -> dict[UUID, SealedPerson]:
    """What the submission says of each person, each under their own key. `ids` are the people's, by ref; `look_first`
    are the refs of those whose details are not to be shared until somebody has looked."""
    secrets = {**parent_secrets(ids, submission), **child_secrets(ids, submission)}
    parents = {parent.ref for parent in submission.parents}
    return {
        ids[ref]: SealedPerson(
            person_id=ids[ref],
            case_id=case_id,
            ref=ref,
            kind="parent" if ref in parents else "child",
            sealed=tuple(_seal(people, secret) for secret in of_person),
            submitted_at=submission.submitted_at,
            look_first=ref in look_first,
        )
        for ref, of_person in secrets.items()
    }


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
    event: ScreeningCompleted, submission: Submission, ids: Mapping[str, UUID], people: Seal
) -> Iterator[ParentIdentitySealed]:
    """What recognises each parent again, each in an event of its own, whatever was decided.

    Nobody is recognised beyond doubt by people who are in question.
    """
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
            look_first=Attention.PEOPLE_DIFFER in event.attention,
        )
