"""The directory as the referral service needs it, and which offer a family can have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.referral.domain.case import Case, Family, ReferralStatus
from shared.contracts.directory import Eligibility


@dataclass(frozen=True, slots=True)
class Area:
    """An area's settings."""

    automatic_agreement: bool
    young_child_age: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One row of the catalogue. `capacity` is how many families the provider has at once; None is no limit."""

    offer: str
    provider: str
    service: str
    areas: frozenset[str]
    eligibility: Eligibility
    capacity: int | None
    priority: int


@dataclass(slots=True)
class Catalogue:
    """Areas, agencies' legal bases, and offers of registered providers with the places that are taken.

    `taken` counts the referrals that are out, and follows the decisions of the batch at hand.
    """

    areas: Mapping[str, Area] = field(default_factory=dict)
    legal_bases: Mapping[str, str | None] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)

    def has_place(self, offer: Offer) -> bool:
        """Whether one more family can be asked for."""
        return offer.capacity is None or self.taken.get(offer.offer, 0) < offer.capacity

    def eligible(self, case: Case, service: str | None) -> list[Offer]:
        """The offers that this family can have and that did not decline it: by priority, then by id."""
        area = self.areas.get(case.area)
        if area is None or case.family is None or service is None:
            return []
        declined = {r.offer for r in case.referrals if r.status is ReferralStatus.DECLINED}
        suitable = (
            offer
            for offer in self.offers.values()
            if offer.service == service
            and case.area in offer.areas
            and offer.offer not in declined
            and self.has_place(offer)
            and is_eligible(case.family, offer.eligibility, area.young_child_age)
        )
        return sorted(suitable, key=lambda offer: (offer.priority, offer.offer))

    def account(self, before: Case | None, after: Case) -> None:
        """Counts the places that a decision took or gave back."""
        for case, step in ((before, -1), (after, 1)):
            for offer in _out(case):
                self.taken[offer] = self.taken.get(offer, 0) + step


def _out(case: Case | None) -> Iterable[str]:
    return (r.offer for r in (case.referrals if case else ()) if r.status is ReferralStatus.OUT)


def is_eligible(family: Family, rule: Eligibility, young_child_age: int) -> bool:
    """Whether a family is one that an offer is for. An empty list in a rule is no restriction."""
    if rule.relationship and family.relationship not in rule.relationship:
        return False
    if rule.levels_of_need and family.level_of_need not in rule.levels_of_need:
        return False
    if rule.every_parent_has_parental_responsibility and not all(p.parental_responsibility for p in family.parents):
        return False
    # Every child of the family counts, taking part or not: a sitting with a young child at home is still about them.
    if rule.no_young_child and any(child.age < young_child_age for child in family.children):
        return False
    return not (rule.children_take_part and family.prefers_without_children)
