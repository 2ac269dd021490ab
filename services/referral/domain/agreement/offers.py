"""The directory as the referral service needs it, and which offer a family can have."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from services.referral.domain.agreement.eligibility import Terms, WhyNot, speaks_every_language, why_not
from services.referral.domain.agreement.stated_capacity import Stated
from services.referral.domain.case.case import Case
from services.referral.domain.case.referral import ReferralStatus
from services.referral.domain.case.states import State
from shared.contracts.directory import WhenFull, default_of


@dataclass(frozen=True, slots=True)
class Area:
    """An area's settings."""

    automatic_agreement: bool
    young_child_age: int
    assured_within_days: int | None = None
    paid_offers_automatically: bool = False
    consent_valid_days: int = default_of("consent_valid_days")
    when_full: WhenFull = "next-offer"
    screening_valid_days: int = default_of("screening_valid_days")


@dataclass(frozen=True, slots=True)
class Offer:
    """One row of the catalogue. `capacity` is how many families the provider has at once; None is no limit.

    `areas` are those that it names and those of the regions that it is open to.
    """

    offer: str
    provider: str
    service: str
    areas: frozenset[str]
    terms: Terms
    capacity: int | None
    priority: int
    waiting_list: int | None = None
    stated: Stated | None = None
    """What its provider says for now; `capacity` is what is in force."""

    @property
    def has_waiting_list(self) -> bool:
        """Whether families may wait for it. One with no places at all is closed, and nobody waits for it."""
        is_open = self.stated.is_open if self.stated else bool(self.capacity)
        return is_open and self.waiting_list != 0


class Choice(NamedTuple):
    """The offer for a family, and whether it waits for a place there."""

    offer: Offer
    waits: bool


@dataclass(slots=True)
class Queue:
    """An offer's waiting list as a decision needs it. `active` leaves out the cases on hold."""

    length: int = 0
    active: int = 0
    last_ticket: int = 0


@dataclass(slots=True)
class Catalogue:
    """Areas, agencies' legal bases, and offers of registered providers with the places that are taken.

    `taken` counts the referrals that are out, and `queues` the families that wait; both follow the decisions of the
    batch at hand.
    """

    areas: Mapping[str, Area] = field(default_factory=dict)
    legal_bases: Mapping[str, str | None] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    taken: dict[str, int] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)

    def queue(self, offer: str) -> Queue:
        """The offer's waiting list."""
        return self.queues.setdefault(offer, Queue())

    def has_free_place(self, offer: Offer) -> bool:
        """Whether a place is free. It may be promised to somebody who waits for it."""
        return offer.capacity is None or self.taken.get(offer.offer, 0) < offer.capacity

    def has_place(self, offer: Offer) -> bool:
        """Whether one more family can be asked for: nobody passes those who wait."""
        waiting = self.queue(offer.offer).active
        return offer.capacity is None or self.taken.get(offer.offer, 0) + waiting < offer.capacity

    def has_room_to_wait(self, offer: Offer) -> bool:
        """Whether one more family can wait for a place."""
        room = offer.waiting_list is None or self.queue(offer.offer).length < offer.waiting_list
        return offer.has_waiting_list and room

    def why_not(self, case: Case, offer: Offer, today: date, service: str | None = None) -> tuple[WhyNot, ...]:
        """Every reason why this offer is not one for this case on a day; empty where it is.

        `service` is the one that is looked for; None looks for any. A halted case has that one reason and no other is
        given.
        """
        if case.state is State.HALTED:
            return (WhyNot.CASE_HALTED,)
        area = self.areas.get(case.area)
        if area is None or case.family is None:
            return (WhyNot.NOT_SCREENED if area else WhyNot.OTHER_AREA,)
        reasons = list(why_not(case.family, offer.terms, area, today))
        if service is not None and offer.service != service:
            reasons.append(WhyNot.OTHER_SERVICE)
        if any(r.offer == offer.offer and r.status is ReferralStatus.DECLINED for r in case.referrals):
            reasons.append(WhyNot.DECLINED)
        if case.area not in offer.areas:
            reasons.append(WhyNot.OTHER_AREA)
        if not self.has_place(offer):
            reasons.append(WhyNot.FULL)
        return tuple(reasons)

    def eligible(self, case: Case, service: str | None, today: date) -> list[Offer]:
        """The offers that this family can have without a person's judgement, the first choice first."""
        if service is None or case.family is None:
            return []
        return self.in_order(case, [o for o in self.offers.values() if not self.why_not(case, o, today, service)])

    def choice(self, case: Case, service: str | None, today: date, *, rather_wait: bool = False) -> Choice | None:
        """The offer that a family gets without a person's choosing, by the area's setting for full offers.

        `rather_wait`: a person decides that this case waits for the first choice.
        """
        area = self.areas.get(case.area)
        if service is None or case.family is None or area is None:
            return None
        only_full: list[Offer] = []
        free: list[Offer] = []
        for offer in self.offers.values():
            against = self.why_not(case, offer, today, service)
            if not against:
                free.append(offer)
            elif against == (WhyNot.FULL,) and self.has_room_to_wait(offer):
                only_full.append(offer)
        if rather_wait or area.when_full == "waiting-list":
            considered = free + only_full
        else:
            considered = free or (only_full if area.when_full == "next-offer-then-waiting-list" else [])
        ordered = self.in_order(case, considered)
        return Choice(ordered[0], ordered[0] in only_full) if ordered else None

    def in_order(self, case: Case, offers: Iterable[Offer]) -> list[Offer]:
        """Offers in the order in which they are chosen: by priority, then by id.

        An offer with that setting comes after all the others for a parent who would need an interpreter.
        """

        def order(offer: Offer) -> tuple[bool, int, str]:
            behind = (
                offer.terms.interpreter == "after-spoken"
                and case.family is not None
                and not speaks_every_language(case.family, offer.terms)
            )
            return behind, offer.priority, offer.offer

        return sorted(offers, key=order)

    def account(self, before: Case | None, after: Case) -> None:
        """Counts the places, and the places on lists, that a decision took or gave back."""
        for case, step in ((before, -1), (after, 1)):
            for offer in _out(case):
                self.taken[offer] = self.taken.get(offer, 0) + step
            if case and case.listing:
                queue = self.queue(case.listing.offer)
                queue.length += step
                queue.active += step if case.state is State.WAITING_LIST else 0
                queue.last_ticket = max(queue.last_ticket, case.listing.ticket)


def _out(case: Case | None) -> Iterable[str]:
    return (r.offer for r in (case.referrals if case else ()) if r.status is ReferralStatus.OUT)
