"""What a provider is told of a case: an offer with the parents' details, a stop, news of a child, or nothing yet.

A provider with the details of a family in which one parent abuses the other can lead the abuser to the victim, and a
joint session puts both in one room. So an offer is decided from everything known of the case at that moment, and
whatever is known against it wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case, InvitedParent, Referral, Terms
from services.notification.domain.children import ChildNews, decide_children, note_offered


class WaitsFor(StrEnum):
    """Why a referral that was agreed is not with its provider yet."""

    END_OF_HOLD = "end-of-hold"
    EARLIER_REFERRAL = "earlier-referral-not-ended"
    PARENT_DETAILS = "parent-details"
    ERASED_DETAILS = "parent-details-erased"
    PROVIDER = "provider-not-in-directory"
    PROVIDER_KEY = "provider-without-usable-key"


@dataclass(frozen=True)
class Provider:
    """A provider as the directory knows it. `public_key` is a JWK that was tried out, or None."""

    provider: str
    email: str | None
    public_key: Mapping[str, Any] | None


@dataclass(frozen=True)
class ParentDetails:
    """One parent's details as of one screening, opened. `content` is None where the person's key was erased."""

    person_id: UUID
    submission_id: UUID
    as_of: datetime
    content: Mapping[str, Any] | None


@dataclass(frozen=True)
class Offer:
    """The provider gets the referral, and each parent's details in a record of their own."""

    referral: Referral
    terms: Terms
    provider: Provider
    parents: tuple[tuple[InvitedParent, ParentDetails], ...]


@dataclass(frozen=True)
class Stop:
    """The provider is told to stop. Nothing says why."""

    referral: Referral
    terms: Terms


def wants_details(case: Case) -> tuple[Terms, ...]:
    """The terms of the referrals that go out as soon as details and key are there."""
    return tuple(
        each.terms
        for each in case.referrals.values()
        if each.terms and case.may_be_offered(each) and not case.is_on_hold(each.terms)
    )


def decide_provider_records(
    case: Case, providers: Mapping[str, Provider], details: Mapping[UUID, Sequence[ParentDetails]]
) -> list[Offer | Stop | ChildNews]:
    """What providers are told now, in order: stops before offers, and then news of children to who has the family.

    Notes in the referrals what they were told and what they wait for. Asked again with nothing new it says nothing:
    a referral is offered once, and once more for each stop that a hold brought and a resumption took back.
    """
    agreed = [(each, each.terms) for each in case.referrals.values() if each.terms]
    records: list[Offer | Stop | ChildNews] = []
    for referral, terms in agreed:
        told = referral.offers > referral.stops
        if told and (case.is_stopped(terms) or case.is_on_hold(terms)) and not case.ended_by_its_provider(referral):
            referral.stops += 1
            records.append(Stop(referral, terms))
    for referral, terms in agreed:
        referral.waits_for = None
        if not case.may_be_offered(referral):
            continue
        offer = _offer_or_wait(case, referral, terms, providers.get(terms.provider), details)
        if isinstance(offer, Offer):
            referral.offers += 1
            note_offered(case, referral)
            records.append(offer)
        else:
            referral.waits_for = offer
    return [*records, *decide_children(case)]


def _offer_or_wait(
    case: Case,
    referral: Referral,
    terms: Terms,
    provider: Provider | None,
    details: Mapping[UUID, Sequence[ParentDetails]],
) -> Offer | WaitsFor:
    if case.is_on_hold(terms):
        return WaitsFor.END_OF_HOLD
    if case.somebody_else_has_it(referral):
        # Its end is on the way by another topic. Two providers at once would both write to the family.
        return WaitsFor.EARLIER_REFERRAL
    if provider is None:
        return WaitsFor.PROVIDER
    if provider.public_key is None:
        return WaitsFor.PROVIDER_KEY
    parents = []
    for parent in terms.parents:
        found = _newest(terms, details.get(parent.person_id, ()))
        if found is None:
            return WaitsFor.PARENT_DETAILS
        if found.content is None:
            return WaitsFor.ERASED_DETAILS
        parents.append((parent, found))
    return Offer(referral, terms, provider, tuple(parents))


def _newest(terms: Terms, of_parent: Sequence[ParentDetails]) -> ParentDetails | None:
    """The newest details, once those of the screening that was agreed on are there.

    Older ones alone will not do: a correction is how a front door says that a number has become unsafe.
    """
    if terms.submission_id and all(each.submission_id != terms.submission_id for each in of_parent):
        return None
    return max(of_parent, key=lambda each: (each.as_of, each.submission_id), default=None)
