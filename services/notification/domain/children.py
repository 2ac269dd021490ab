"""Which children take part, as a provider is to know it: the newest value of each, and never why or by whom."""

from dataclasses import dataclass
from uuid import UUID

from services.notification.domain.case import Case, ChangedFamily, Participation, Referral, Terms


@dataclass(frozen=True)
class ChildNews:
    """The provider that has the family gets whether one child takes part from now on."""

    referral: Referral
    terms: Terms
    person_id: UUID
    takes_part: bool


def taking_part(case: Case, family: Terms | ChangedFamily) -> tuple[UUID, ...]:
    """The children who take part: as it was agreed or changed, unless there was a newer value."""
    newer = {child: each.takes_part for child, each in case.children.items() if each.sequence > family.sequence}
    agreed = [child for child in family.children_taking_part if newer.get(child, True)]
    return (*agreed, *sorted(child for child, takes_part in newer.items() if takes_part and child not in agreed))


def awaiting_child_news(case: Case) -> tuple[Terms, ...]:
    """The terms of the referrals whose provider, if it has the family, lacks the newest value of a child."""
    return tuple(each.terms for each in case.referrals.values() if each.terms and _unpublished(case, each, each.terms))


def decide_children(case: Case) -> list[ChildNews]:
    """What providers that have the family are to know of its children and do not yet, in the order in which it came.

    Records it in the referrals: asked again with nothing new it decides nothing.
    """
    news = []
    for referral in case.referrals.values():
        terms = referral.terms
        if terms is None or not case.is_with_provider(referral):
            continue
        for child, newest in _unpublished(case, referral, terms):
            news.append(ChildNews(referral, terms, child, newest.takes_part))
            referral.children_sequence = newest.sequence
    return news


def note_family_published(case: Case, referral: Referral) -> None:
    """An offer has the newest value of every child, and who takes part; so has the news of a changed family."""
    known = [each.sequence for each in case.children.values()]
    referral.children_sequence = max([referral.children_sequence, *known])
    if referral.changed:
        referral.family_published = referral.changed.sequence


def _unpublished(case: Case, referral: Referral, terms: Terms) -> list[tuple[UUID, Participation]]:
    known = max(terms.sequence, referral.children_sequence, referral.family_published)
    newer = [each for each in case.children.items() if each[1].sequence > known]
    return sorted(newer, key=lambda each: each[1].sequence)
