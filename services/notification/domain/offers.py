"""What a provider gets of a case: an offer with the parents' details, a stop, news of a child, or nothing yet.

A provider with the details of a family in which one parent abuses the other can lead the abuser to the victim, and a
joint session puts both in one room. So an offer is decided from everything known of the case at that moment, and
whatever is known against it wins.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case, ChangedFamily, InvitedParent, Referral, Terms
from services.notification.domain.children import ChildNews, decide_children, note_family_published
from services.notification.domain.details import LookFirst, ParentDetails, details_to_share


class WaitsFor(StrEnum):
    """Why a referral that was agreed is not with its provider yet."""

    END_OF_HOLD = "end-of-hold"
    EARLIER_REFERRAL = "earlier-referral-not-ended"
    PARENT_DETAILS = "parent-details"
    ERASED_DETAILS = "parent-details-erased"
    LOOK_FIRST = "coordinator-to-look-first"
    PROVIDER = "provider-not-in-directory"
    PROVIDER_KEY = "provider-without-usable-key"


@dataclass(frozen=True)
class Provider:
    """A provider as the directory knows it. `public_key` is a JWK that was tried out, or None.

    One that `reads_pages` opens each parent's details there: nothing is encrypted for it.
    """

    provider: str
    email: str | None
    public_key: Mapping[str, Any] | None
    name: str | None = None
    reads_pages: bool = False

    @property
    def is_reached(self) -> bool:
        """Whether it can be given a parent's details."""
        return self.reads_pages or self.public_key is not None


@dataclass(frozen=True)
class Offer:
    """The provider gets the referral, and each parent's details in a record of their own."""

    referral: Referral
    terms: Terms
    provider: Provider
    parents: tuple[tuple[InvitedParent, ParentDetails], ...]


@dataclass(frozen=True)
class Stop:
    """The provider is to stop. Nothing reveals why."""

    referral: Referral
    terms: Terms


@dataclass(frozen=True)
class FamilyNews:
    """The provider that has the family gets who takes part from now on."""

    referral: Referral
    terms: Terms
    family: ChangedFamily


ProviderRecord = Offer | Stop | FamilyNews | ChildNews


def wants_details(case: Case) -> tuple[tuple[Terms, Terms | ChangedFamily], ...]:
    """The referrals that go out as soon as details and key are there: on which terms, and with whom."""
    return tuple(
        (each.terms, each.family)
        for each in case.referrals.values()
        if each.terms and each.family and case.may_be_offered(each) and not case.is_on_hold(each.terms)
    )


def awaits_family_news(case: Case, referral: Referral) -> bool:
    """Whether the provider has the family, and not yet who takes part now."""
    changed = referral.changed
    if changed is None or changed != referral.family or referral.family_published >= changed.sequence:
        return False
    return case.is_with_provider(referral)


def decide_provider_records(
    case: Case, providers: Mapping[str, Provider], details: Mapping[UUID, Sequence[ParentDetails]]
) -> list[ProviderRecord]:
    """What providers get now, in order: stops before offers, and then news of its people to who has the family.

    Records in the referrals what was published and what they wait for. Asked again with nothing new it decides nothing:
    a referral is offered once, and once more for each stop that a hold brought and a resumption ended.
    """
    agreed = [(each, each.terms) for each in case.referrals.values() if each.terms]
    records: list[ProviderRecord] = []
    for referral, terms in agreed:
        with_provider = referral.offers > referral.stops
        if (
            with_provider
            and (case.is_stopped(terms) or case.is_on_hold(terms))
            and not case.ended_by_its_provider(referral)
        ):
            referral.stops += 1
            records.append(Stop(referral, terms))
    for referral, terms in agreed:
        referral.waits_for = None
        if not case.may_be_offered(referral):
            continue
        offer = _offer_or_wait(case, referral, terms, providers.get(terms.provider), details)
        if isinstance(offer, Offer):
            referral.offers += 1
            note_family_published(case, referral)
            records.append(offer)
        else:
            referral.waits_for = offer
    for referral, terms in agreed:
        changed = referral.changed
        if changed is None or not awaits_family_news(case, referral):
            continue
        provider = providers.get(terms.provider)
        if provider is None or not provider.is_reached:
            # Who is new could not be shared with it.
            referral.waits_for = WaitsFor.PROVIDER_KEY
            continue
        note_family_published(case, referral)
        records.append(FamilyNews(referral, terms, changed))
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
    if not provider.is_reached:
        return WaitsFor.PROVIDER_KEY
    family, parents = referral.family or terms, []
    for parent in family.parents:
        found = details_to_share(case, family.submission_id, details.get(parent.person_id, ()))
        if found is None:
            return WaitsFor.PARENT_DETAILS
        if isinstance(found, LookFirst):
            return WaitsFor.LOOK_FIRST
        if found.content is None:
            return WaitsFor.ERASED_DETAILS
        parents.append((parent, found))
    return Offer(referral, terms, provider, tuple(parents))
