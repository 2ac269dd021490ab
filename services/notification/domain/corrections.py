"""When a provider gets a parent's details anew: what was a safe way of contact may have become unsafe."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.notification.domain.case import Case, InvitedParent, Referral, Terms
from services.notification.domain.offers import ParentDetails


@dataclass(frozen=True)
class Correction:
    """One parent's details, newer than those that the provider has. `changed` where they say something else."""

    referral: Referral
    terms: Terms
    parent: InvitedParent
    details: ParentDetails
    changed: bool


def with_provider(case: Case) -> list[tuple[Referral, Terms]]:
    """The referrals that a provider works on now, as far as we know: nothing may reach any other."""
    return [(each, each.terms) for each in case.referrals.values() if each.terms and case.is_with_provider(each)]


def decide_corrections(
    case: Case,
    shared: Mapping[tuple[UUID, UUID], UUID],
    details: Mapping[UUID, Sequence[ParentDetails]],
) -> list[Correction]:
    """What providers of this case are to have instead of what they have, each parent's apart.

    `shared` says by referral and person which screening's details the provider has. Details whose person's key was
    erased correct nothing.
    """
    found = []
    for referral, terms in with_provider(case):
        for parent in terms.parents:
            had = shared.get((referral.referral_id, parent.person_id))
            known = details.get(parent.person_id, ())
            newest = max(known, key=lambda each: (each.as_of, each.submission_id), default=None)
            if had is None or newest is None or newest.content is None or newest.submission_id == had:
                continue
            before = next((each.content for each in known if each.submission_id == had), None)
            found.append(Correction(referral, terms, parent, newest, before != newest.content))
    return found
