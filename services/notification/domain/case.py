"""A case as this service knows it, put together from events that may come in any order.

Every fact of a stop only grows: a flag goes up, a sequence goes to a higher number. So the same events lead to the same
case, however the topics race and however often one is repeated, and a stop is never undone by an older event.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from services.notification.domain.published_progress import PublishedProgress
from services.notification.domain.tracker import Sender, SentRecord
from shared.contracts.base import AreaCode, Part, Slug, UtcDatetime
from shared.contracts.referral import (
    CaseClosed,
    CaseHalted,
    CaseHeld,
    CaseJoined,
    CaseRefused,
    CaseResumed,
    CaseReturned,
    CaseTakenToPanel,
    ChildParticipationChanged,
    FamilyChanged,
    ProviderDeclined,
    ReferralAgreed,
    SequencedEvent,
)
from shared.contracts.screening import ScreeningCompleted, ScreeningTakenBack
from shared.contracts.vocabulary import ClosureReason, ParentRole

# Below every sequence: it has not happened.
NEVER = -1


class InvitedParent(Part):
    """A parent whose details the provider is to get."""

    person_id: UUID
    role: ParentRole
    # Who holds this parent in mind; None in rows from before it was kept here.
    wrap_around: UUID | None = None


class Terms(Part):
    """What was agreed of a referral."""

    sequence: int
    # The revision of the screening in force then; 0 where the event had none.
    revision: int = 0
    area: AreaCode
    provider: Slug
    offer: Slug
    service: str
    agreed_at: UtcDatetime
    submission_id: UUID | None
    parents: tuple[InvitedParent, ...]
    children_ages: tuple[int, ...]
    children_expected: tuple[date, ...] = ()
    children_taking_part: tuple[UUID, ...]


class ChangedFamily(Part):
    """Who takes part from a change of the family on, once a coordinator has looked at it."""

    sequence: int
    revision: int = 0
    submission_id: UUID
    changed_at: UtcDatetime
    parents: tuple[InvitedParent, ...]
    children_ages: tuple[int, ...]
    children_expected: tuple[date, ...] = ()
    children_taking_part: tuple[UUID, ...]


class TakenBack(NamedTuple):
    """A screening that its front door took back. `stands` is the one in force instead, from this `revision` on."""

    stands: UUID | None
    revision: int


class Participation(NamedTuple):
    """The newest value for one child: whether it takes part. `sequence` is the change of the case that it came with."""

    sequence: int
    takes_part: bool


@dataclass
class Referral:
    """One referral to one provider. `offers` and `stops` count what was published to that provider. `children_sequence`
    is the newest participation of a child that was published to it, `family_published` the newest change of the family.
    """

    referral_id: UUID
    terms: Terms | None = None
    changed: ChangedFamily | None = None
    family_published: int = NEVER
    ended_sequence: int = NEVER
    offers: int = 0
    stops: int = 0
    children_sequence: int = NEVER
    waits_for: str | None = None

    @property
    def newest_sequence(self) -> int:
        """The newest change of the case that is known to be about this referral."""
        return max(self.terms.sequence if self.terms else NEVER, self.ended_sequence)

    @property
    def family(self) -> Terms | ChangedFamily | None:
        """Who takes part: as it was agreed, or as it was changed since. Nothing is shared of anybody else."""
        if self.terms and self.changed and self.changed.sequence > self.terms.sequence:
            return self.changed
        return self.terms


@dataclass
class Case:
    """One family's case.

    `abuse` never goes down again: nothing is offered to any provider after it. `stop_sequence` is the newest change
    that took the case away from every provider. The case is on hold while `hold_sequence` is above `resume_sequence`.
    `children` has the newest participation of each child of which there was one since the agreement. `taken_back` has
    the screenings that count no longer. `progress` is what was published to its front door. `sent` are the records that
    it was sent now, and `sender` is who sent a screening that came into force now; neither is a part of what is known.
    """

    case_id: UUID
    abuse: bool = False
    stop_sequence: int = NEVER
    hold_sequence: int = NEVER
    resume_sequence: int = NEVER
    referrals: dict[UUID, Referral] = field(default_factory=dict)
    children: dict[UUID, Participation] = field(default_factory=dict)
    taken_back: dict[UUID, TakenBack] = field(default_factory=dict)
    progress: PublishedProgress = field(default_factory=PublishedProgress)
    sent: list[SentRecord] = field(default_factory=list, compare=False)
    sender: Sender | None = field(default=None, compare=False)

    def referral(self, referral_id: UUID) -> Referral:
        """The referral; a new one where nothing was known of it."""
        return self.referrals.setdefault(referral_id, Referral(referral_id))

    def looked_at(self) -> set[UUID]:
        """The screenings on which a person, or the area's setting, has agreed a referral or confirmed a change."""
        return {family.submission_id for family in self._families() if family.submission_id}

    def looked_up_to(self) -> int:
        """The newest revision that was known at one of these: what was in question by then was looked at."""
        return max((family.revision for family in self._families()), default=0)

    def _families(self) -> Iterator[Terms | ChangedFamily]:
        for each in self.referrals.values():
            yield from (family for family in (each.terms, each.changed) if family)

    def is_on_hold(self, terms: Terms) -> bool:
        """Whether a referral on these terms is on hold. One that was agreed after the hold is not."""
        return self.hold_sequence > max(self.resume_sequence, terms.sequence)

    def is_stopped(self, terms: Terms) -> bool:
        """Whether the case was taken away from a provider with these terms, for good."""
        return self.abuse or self.stop_sequence >= terms.sequence

    def is_with_provider(self, referral: Referral) -> bool:
        """Whether the provider works on this referral now, as far as we know. Nothing may reach it otherwise."""
        terms = referral.terms
        if terms is None or referral.offers <= referral.stops or referral.ended_sequence > NEVER:
            return False
        return not self.is_stopped(terms) and not self.is_on_hold(terms)

    def is_the_newest(self, referral: Referral) -> bool:
        """Whether nothing is known of any other referral that is newer than this one's agreement."""
        if referral.terms is None:
            return False
        others = (each for each in self.referrals.values() if each is not referral)
        return all(each.newest_sequence < referral.terms.sequence for each in others)

    def may_be_offered(self, referral: Referral) -> bool:
        """Whether the provider may get this referral, now or once what it waits for is there."""
        if referral.terms is None or self.is_stopped(referral.terms) or referral.ended_sequence > NEVER:
            return False
        return referral.offers == referral.stops and self.is_the_newest(referral)

    def somebody_else_has_it(self, referral: Referral) -> bool:
        """Whether another provider has the case, as far as we know: offered, not ended by it, not stopped."""
        return any(
            each.offers > each.stops and not self.ended_by_its_provider(each)
            for each in self.referrals.values()
            if each is not referral
        )

    def ended_by_its_provider(self, referral: Referral) -> bool:
        """Whether the provider itself ended the referral and so needs no stop.

        What ended while it was on hold was not ended by the provider, which had a stop by then; if the hold reaches us
        only now, its stop is still to be published.
        """
        if referral.terms is None or referral.ended_sequence == NEVER:
            return False
        return not (self.is_on_hold(referral.terms) and self.hold_sequence < referral.ended_sequence)


def is_for_one_parent(case: Case) -> bool:
    """Whether the newest referral of the case is for one parent alone: nothing is published to, or about, any other."""
    agreed = [each for each in case.referrals.values() if each.terms and each.family]
    newest = max(agreed, key=lambda each: each.newest_sequence, default=None)
    return newest is not None and newest.family is not None and len(newest.family.parents) == 1


def learn_screening(case: Case, event: ScreeningCompleted) -> None:
    """A sign of abuse in any screening of the case stays; a later screening without one does not take it back."""
    if event.shows_sign_of_abuse:
        case.abuse = True


def learn_case_event(case: Case, event: SequencedEvent) -> None:
    """What happened to the case after its screening."""
    match event:
        case ReferralAgreed():
            case.referral(event.referral_id).terms = _terms(event)
        case FamilyChanged():
            referral = case.referral(event.referral_id)
            if referral.changed is None or referral.changed.sequence < event.sequence:
                referral.changed = _changed(event)
        case ChildParticipationChanged():
            before = case.children.get(event.person_id)
            if before is None or before.sequence < event.sequence:
                case.children[event.person_id] = Participation(event.sequence, event.takes_part)
        case ProviderDeclined():
            _ended(case, event.referral_id, event.sequence)
        case CaseHalted():
            case.abuse = True
            case.stop_sequence = max(case.stop_sequence, event.sequence)
            if event.raised_by == "provider" and event.stopped_provider is None:
                _ended(case, event.referral_id, event.sequence)
        case CaseClosed():
            case.abuse = case.abuse or event.reason is ClosureReason.HALTED_FOR_SAFETY
            case.stop_sequence = max(case.stop_sequence, event.sequence)
            if event.stopped_provider is None:
                _ended(case, event.referral_id, event.sequence)
        case CaseReturned() | CaseRefused() | CaseTakenToPanel() | CaseJoined():
            case.stop_sequence = max(case.stop_sequence, event.sequence)
        case CaseHeld():
            case.hold_sequence = max(case.hold_sequence, event.sequence)
        case CaseResumed():
            case.resume_sequence = max(case.resume_sequence, event.sequence)


def learn_taken_back(case: Case, event: ScreeningTakenBack) -> None:
    """A screening counts no longer. A sign of abuse that came with it stays."""
    known = case.taken_back.get(event.submission_id)
    if known is None or known.revision < event.revision:
        case.taken_back[event.submission_id] = TakenBack(event.stands, event.revision)


def _ended(case: Case, referral_id: UUID | None, sequence: int) -> None:
    if referral_id is not None:
        referral = case.referral(referral_id)
        referral.ended_sequence = max(referral.ended_sequence, sequence)


def _terms(event: ReferralAgreed) -> Terms:
    return Terms(
        sequence=event.sequence,
        revision=event.revision,
        area=event.area,
        provider=event.provider,
        offer=event.offer,
        service=event.service,
        agreed_at=event.occurred_at,
        submission_id=event.submission_id,
        **_people(event),
    )


def _changed(event: FamilyChanged) -> ChangedFamily:
    return ChangedFamily(
        sequence=event.sequence,
        revision=event.revision,
        submission_id=event.submission_id,
        changed_at=event.occurred_at,
        **_people(event),
    )


def _people(event: ReferralAgreed | FamilyChanged) -> dict[str, Any]:
    return {
        "parents": tuple(
            InvitedParent(
                person_id=each.person_id,
                role=each.role,
                wrap_around=each.wrap_around.practitioner_id if each.wrap_around else None,
            )
            for each in event.parents
        ),
        "children_ages": tuple(each.age for each in event.children if each.age is not None),
        "children_expected": tuple(each.expected_on for each in event.children if each.expected_on),
        "children_taking_part": tuple(each.person_id for each in event.children if each.takes_part),
    }
