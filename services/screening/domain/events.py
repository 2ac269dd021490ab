"""From a submission to its decision and the events that publish it: only codes and sealed boxes are in them."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.screening.domain.case_screenings import CaseScreenings, Placement
from services.screening.domain.contact import not_separate
from services.screening.domain.decision import AreaRules, decide_screening
from services.screening.domain.eligibility import choose_service
from services.screening.domain.members import NamedPeople
from services.screening.domain.personal_data import (
    Seal,
    SealedPerson,
    Sealing,
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
    ScreeningTakenBack,
    StopReported,
)
from shared.contracts.vocabulary import Attention, Audience, Decision


@dataclass(frozen=True)
class DecisionContext:
    """All that the decision of a submission needs beyond the record. Complete when it is made.

    `decided_at` is the time of the decision, `ranked_at` the stamp by which the submission takes precedence;
    `in_question`: its people plainly are others than the case's.
    """

    case_id: UUID
    rules: AreaRules
    placement: Placement
    people: NamedPeople
    in_question: bool
    ranked_at: datetime
    decided_at: datetime


@dataclass(frozen=True)
class PublishedScreening:
    """What is published of one submission: the event, and what is sealed of each person."""

    event: ScreeningCompleted
    people: Mapping[UUID, SealedPerson]


def completed(submission: Submission, context: DecisionContext, sealing: Sealing) -> ScreeningCompleted:
    """Decides a submission, and returns the event that publishes the decision."""
    screening = decide_screening(submission, context.rules)
    is_referred = screening.decision is Decision.REFER
    choice = choose_service(submission, context.rules.young_child_age) if is_referred else None
    risks = _risks(submission)
    return ScreeningCompleted(
        case_id=context.case_id,
        occurred_at=context.decided_at,
        submission_id=submission.submission_id,
        supersedes=submission.supersedes,
        agency=submission.agency,
        area=submission.area,
        source=submission.source,
        family_ref=submission.family_ref,
        submitted_at=submission.submitted_at,
        practitioner=_practitioner(submission, submission.practitioner, sealing),
        level_of_need=submission.level_of_need,
        relationship=submission.relationship,
        prefers_without_children=submission.prefers_without_children,
        decision=screening.decision,
        reasons=screening.reasons,
        service=choice.chosen if choice else None,
        eligible_services=choice.eligible if choice else (),
        requested_service=submission.requested_service,
        parents=_parents(submission, context.people, sealing),
        children=_children(submission, context.people),
        risk_item=Risk.SIGNALS in risks,
        measures=_measures(submission, context.people),
        audiences=_audiences(submission),
        delivery=tuple(submission.delivery),
        attention=tuple(sorted(_attention(submission, risks, differ=context.people.differ))),
        one_parent=submission.other_parent is not None,
        stands=context.placement.is_current,
        revision=context.placement.revision,
        in_question=context.placement.in_question,
        screened_on=min((each.conversation.held_on for each in submission.parents if each.conversation), default=None),
    )


def _risks(submission: Submission) -> AbstractSet[Risk]:
    return {judge_items(each.instrument, each.items, each.version) for each in submission.measures}


def _attention(submission: Submission, risks: AbstractSet[Risk], *, differ: bool) -> Iterator[Attention]:
    """What a person has to look at first. `differ`: somebody is plainly another than the case's people."""
    if differ:
        yield Attention.PEOPLE_DIFFER
    if any(not_separate(submission.parents)):
        yield Attention.CONTACT_NOT_SEPARATE
    if Risk.NOT_JUDGED in risks:
        yield Attention.ITEMS_NOT_JUDGED
    if submission.other_parent is not None:
        yield Attention.ONE_PARENT


def _practitioner(submission: Submission, practitioner: Practitioner, sealing: Sealing) -> PractitionerRef:
    return PractitionerRef(
        practitioner_id=practitioner_id(submission.agency, practitioner),
        role=practitioner.role,
        sealed=_sealed(sealing.practitioner, practitioner_secret(submission.agency, practitioner)),
    )


def _parents(submission: Submission, people: NamedPeople, sealing: Sealing) -> tuple[ScreenedParent, ...]:
    wrap_around = {
        entry.parent_ref: _practitioner(submission, entry.practitioner, sealing) for entry in submission.wrap_around
    }
    return tuple(
        ScreenedParent(
            person_id=people.ids[parent.ref],
            ref=parent.ref,
            role=parent.role,
            parental_responsibility=parent.parental_responsibility,
            agrees_to_referral=parent.agrees_to_referral,
            privacy_notice_on=parent.privacy_notice_on,
            wrap_around=wrap_around.get(parent.ref),
            **parent.demographics.model_dump(),
        )
        for parent in submission.parents
    )


def _children(submission: Submission, people: NamedPeople) -> tuple[ScreenedChild, ...]:
    day = day_of(submission.submitted_at)
    return tuple(
        ScreenedChild(
            person_id=people.ids[child.ref],
            ref=child.ref,
            age=age_on(child.date_of_birth, day) if child.date_of_birth else None,
            expected_on=child.expected_on,
            takes_part=child.takes_part,
            views_source=child.views_source,
        )
        for child in submission.children
    )


def _measures(submission: Submission, people: NamedPeople) -> tuple[MeasureTaken, ...]:
    return tuple(
        MeasureTaken(
            person_id=people.ids[measure.subject_ref],
            instrument=measure.instrument,
            version=measure.version,
            occasion=measure.occasion,
            score=measure.score,
        )
        for measure in submission.measures
    )


def _audiences(submission: Submission) -> tuple[Audience, ...]:
    """As the front door gives them, and whoever expects a child is an expectant parent in any case."""
    expecting = any(child.expected_on for child in submission.children)
    follows = (Audience.EXPECTANT_PARENTS,) if expecting else ()
    return tuple(dict.fromkeys((*submission.audiences, *follows)))


def _sealed(seal: Seal, secret: Secret) -> Sealed:
    return seal(secret.subject, secret.field, secret.value)


def sealed_people(submission: Submission, context: DecisionContext, seal: Seal) -> dict[UUID, SealedPerson]:
    """What the submission gives of each person, each under their own key."""
    ids = context.people.ids
    secrets = {**parent_secrets(ids, submission), **child_secrets(ids, submission)}
    parents = {parent.ref for parent in submission.parents}
    look_first = parents if context.people.differ else {parent.ref for parent in not_separate(submission.parents)}
    return {
        ids[ref]: SealedPerson(
            person_id=ids[ref],
            case_id=context.case_id,
            ref=ref,
            kind="parent" if ref in parents else "child",
            sealed=tuple(_sealed(seal, secret) for secret in of_person),
            submitted_at=submission.submitted_at,
            look_first=ref in look_first,
        )
        for ref, of_person in secrets.items()
    }


def details(published: PublishedScreening) -> Iterator[ParentDetailsSealed]:
    """Each parent's details in an event of its own: one parent's contact is never beside the other's."""
    event = published.event
    for parent in event.parents:
        person = published.people[parent.person_id]
        yield ParentDetailsSealed(
            case_id=event.case_id,
            occurred_at=event.occurred_at,
            submission_id=event.submission_id,
            submitted_at=event.submitted_at,
            person_id=parent.person_id,
            role=parent.role,
            sealed=person.sealed[0],
            stands=event.stands,
            revision=event.revision,
            look_first=person.look_first,
        )


def identities(
    event: ScreeningCompleted, submission: Submission, context: DecisionContext, seal: Seal
) -> Iterator[ParentIdentitySealed]:
    """What recognises each parent again, each in an event of its own, whatever was decided.

    Nobody is recognised beyond doubt by people who are in question.
    """
    secrets = identity_secrets(context.people.ids, submission)
    sealed = {ref: _sealed(seal, secret) for ref, secret in secrets.items()}
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


def void(event: ScreeningCompleted, case: CaseScreenings) -> ScreeningTakenBack:
    """Of a submission that was taken back before it came: nothing else is published of it."""
    return ScreeningTakenBack(
        case_id=event.case_id,
        occurred_at=event.occurred_at,
        agency=event.agency,
        area=event.area,
        family_ref=event.family_ref,
        submission_id=event.submission_id,
        because="filed-under-another-family",
        stands=case.current,
        revision=case.revision,
        in_question=case.in_question,
    )


def sign_of_abuse(submission: Submission, family_ref: str, case_id: UUID, occurred_at: datetime) -> StopReported:
    """A sign of abuse for this family's case, that came with a record which is a screening of it no longer."""
    return StopReported(
        case_id=case_id,
        occurred_at=occurred_at,
        agency=submission.agency,
        area=submission.area,
        family_ref=family_ref,
        submitted_at=submission.submitted_at,
        sign_of_abuse=True,
        parent_does_not_agree=False,
    )
