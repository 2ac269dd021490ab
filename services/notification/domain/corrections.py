"""When the provider that has a family gets a parent's details: where they are corrected, or the parent is new."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.notification.domain.case import Case, InvitedParent, Referral, Terms
from services.notification.domain.details import ParentDetails, details_to_share


@dataclass(frozen=True)
class Correction:
    """One parent's details, other than those that the provider has. `changed` where their content is another."""

    referral: Referral
    terms: Terms
    parent: InvitedParent
    details: ParentDetails
    changed: bool


def with_provider(case: Case) -> list[tuple[Referral, Terms]]:
    """The referrals that a provider works on now, as far as we know: nothing may reach any other."""
    return [(each, each.terms) for each in case.referrals.values() if each.terms and case.is_with_provider(each)]


def taking_part(referral: Referral) -> tuple[InvitedParent, ...]:
    """The parents whom the provider may know of; who takes part no longer is not one of them."""
    return referral.family.parents if referral.family else ()


def decide_corrections(
    case: Case,
    shared: Mapping[tuple[UUID, UUID], UUID],
    details: Mapping[UUID, Sequence[ParentDetails]],
) -> list[Correction]:
    """What providers of this case are to have instead of what they have, each parent's apart.

    `shared` has by referral and person which screening's details the provider has. Details whose person's key was
    erased correct nothing.
    """
    found = []
    for referral, terms in with_provider(case):
        agreed_on = referral.family.submission_id if referral.family else None
        for parent in taking_part(referral):
            had = shared.get((referral.referral_id, parent.person_id))
            known = details.get(parent.person_id, ())
            # What a provider has already may be corrected at once; who is new waits for what was agreed on.
            newest = details_to_share(case, agreed_on if had is None else None, known)
            if not isinstance(newest, ParentDetails) or newest.content is None or newest.submission_id == had:
                continue
            before = next((each.content for each in known if each.submission_id == had), None)
            found.append(Correction(referral, terms, parent, newest, before != newest.content))
    return found
