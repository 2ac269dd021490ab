"""What a provider is told of a case: an offer with the parents' details, a stop, or nothing yet.

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


class WaitsFor(StrEnum):
    """Why a referral that was agreed is not with its provider yet."""

    END_OF_HOLD = "end-of-hold"
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
    """One parent's details from one screening, opened. `content` is None where the person's key was erased."""

    person_id: UUID
    submission_id: UUID
    sealed_at: datetime
    content: Mapping[str, Any] | None


@dataclass(frozen=True)
class Offer:
    """The provider gets the referral, and each parent's details in a record of their own."""

    referral: Referral
    terms: Terms
    provider: Provider
    parents: tuple[tuple[InvitedParent, Mapping[str, Any]], ...]


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
        if each.terms and each.offers == each.stops and case.may_stand(each) and not case.is_on_hold(each.terms)
    )


def decide_provider_records(
    case: Case, providers: Mapping[str, Provider], details: Mapping[UUID, Sequence[ParentDetails]]
) -> list[Offer | Stop]:
    """What providers are told now, in order: stops before offers.

    Notes in the referrals what they were told and what they wait for. Asked again with nothing new it says nothing:
    a referral is offered once, and once more for each stop that a hold brought and a resumption took back.
    """
    records: list[Offer | Stop] = []
    in_order = sorted(case.referrals.values(), key=lambda each: each.terms.sequence if each.terms else 0)
    for referral in in_order:
        terms = referral.terms
        if terms is None:
            continue
        referral.waits_for = None
        may_stand, held = case.may_stand(referral), case.is_on_hold(terms)
        told = referral.offers > referral.stops
        if told and (held or not may_stand) and not case.ended_by_its_provider(referral):
            referral.stops += 1
            records.append(Stop(referral, terms))
        if not may_stand or (told and not held):
            continue
        if held:
            referral.waits_for = WaitsFor.END_OF_HOLD
            continue
        offer = _offer(referral, terms, providers.get(terms.provider), details)
        if isinstance(offer, Offer):
            referral.offers += 1
            records.append(offer)
        else:
            referral.waits_for = offer
    return records


def _offer(
    referral: Referral, terms: Terms, provider: Provider | None, details: Mapping[UUID, Sequence[ParentDetails]]
) -> Offer | WaitsFor:
    if provider is None:
        return WaitsFor.PROVIDER
    if provider.public_key is None:
        return WaitsFor.PROVIDER_KEY
    parents = []
    for parent in terms.parents:
        found = _agreed_on(terms, details.get(parent.person_id, ()))
        if found is None:
            return WaitsFor.PARENT_DETAILS
        if found.content is None:
            return WaitsFor.ERASED_DETAILS
        parents.append((parent, found.content))
    return Offer(referral, terms, provider, tuple(parents))


def _agreed_on(terms: Terms, of_parent: Sequence[ParentDetails]) -> ParentDetails | None:
    agreed_on = [each for each in of_parent if terms.submission_id in (None, each.submission_id)]
    return max(agreed_on, key=lambda each: (each.sealed_at, each.submission_id), default=None)
