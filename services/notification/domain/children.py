"""Which children take part, as a provider is to know it: the newest word of each, and never why or whose it was."""

from dataclasses import dataclass
from uuid import UUID

from services.notification.domain.case import Case, ChangedFamily, Participation, Referral, Terms


@dataclass(frozen=True)
class ChildNews:
    """The provider that has the family is told whether one child takes part from now on."""

    referral: Referral
    terms: Terms
    person_id: UUID
    takes_part: bool


def taking_part(case: Case, family: Terms | ChangedFamily) -> tuple[UUID, ...]:
    """The children who take part: as it was agreed or changed, unless there was a newer word."""
    newer = {child: said.takes_part for child, said in case.children.items() if said.sequence > family.sequence}
    agreed = [child for child in family.children_taking_part if newer.get(child, True)]
    return (*agreed, *sorted(child for child, takes_part in newer.items() if takes_part and child not in agreed))


def untold_of_children(case: Case) -> tuple[Terms, ...]:
    """The terms of the referrals whose provider, if it has the family, has not heard the newest word of a child."""
    return tuple(each.terms for each in case.referrals.values() if each.terms and _untold(case, each, each.terms))


def decide_children(case: Case) -> list[ChildNews]:
    """What providers that have the family are to know of its children and do not yet, in the order in which it came.

    Notes in the referrals what they were told: asked again with nothing new it says nothing.
    """
    news = []
    for referral in case.referrals.values():
        terms = referral.terms
        if terms is None or not case.is_with_provider(referral):
            continue
        for child, said in _untold(case, referral, terms):
            news.append(ChildNews(referral, terms, child, said.takes_part))
            referral.children_sequence = said.sequence
    return news


def note_family_told(case: Case, referral: Referral) -> None:
    """An offer says of every child what was said last, and who takes part; so does the news of a changed family."""
    said = [each.sequence for each in case.children.values()]
    referral.children_sequence = max([referral.children_sequence, *said])
    if referral.changed:
        referral.family_told = referral.changed.sequence


def _untold(case: Case, referral: Referral, terms: Terms) -> list[tuple[UUID, Participation]]:
    known = max(terms.sequence, referral.children_sequence, referral.family_told)
    newer = [each for each in case.children.items() if each[1].sequence > known]
    return sorted(newer, key=lambda each: each[1].sequence)
