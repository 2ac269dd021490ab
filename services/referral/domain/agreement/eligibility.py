"""Why an offer is not for a family: each rule is one row with a code of its own.

An unknown is never read as a yes: where it is not known that a family belongs to an audience, or which language a
parent speaks, no offer is chosen on it without a person.
"""

from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from services.referral.domain.case.family import Family
from shared.contracts.directory import OfferRegistered
from shared.contracts.offer import Eligibility
from shared.contracts.vocabulary import Audience, ParentRole


class WhyNot(StrEnum):
    """Why an offer is not one for this case. What a person may decide otherwise is not in `BINDING`."""

    RELATIONSHIP = "relationship"
    PARENTAL_RESPONSIBILITY = "parental-responsibility-missing"
    YOUNG_CHILD = "young-child"
    CHILD_AGE = "child-age"
    PREFERS_WITHOUT_CHILDREN = "family-prefers-without-children"
    LEVEL_OF_NEED = "level-of-need"
    LANGUAGE = "language-not-spoken"
    DELIVERY = "delivery-not-possible"
    BOTH_PARENTS_NEEDED = "both-parents-needed"
    AUDIENCE = "audience"
    AUDIENCE_NOT_KNOWN = "audience-not-known"
    COSTS_THE_FAMILY = "costs-the-family"
    NOT_ASSURED = "not-assured"
    ASSURANCE_OUT_OF_DATE = "assurance-out-of-date"
    OTHER_SERVICE = "another-service"
    DECLINED = "declined-by-the-provider"
    FOR_PROFESSIONALS = "for-professionals"
    OPEN_TO_EVERYBODY = "open-to-everybody"
    OTHER_AREA = "not-in-this-area"
    FULL = "full"
    CASE_HALTED = "case-halted"
    NOT_SCREENED = "not-screened"


# Nobody's judgement gets past these. A full offer has a waiting list; the others have no way round.
BINDING = frozenset(
    {
        WhyNot.BOTH_PARENTS_NEEDED,
        WhyNot.FOR_PROFESSIONALS,
        WhyNot.OPEN_TO_EVERYBODY,
        WhyNot.OTHER_AREA,
        WhyNot.FULL,
        WhyNot.CASE_HALTED,
        WhyNot.NOT_SCREENED,
    }
)


class AreaRules(Protocol):
    """What of an area's settings the rules of an offer look at."""

    @property
    def young_child_age(self) -> int:
        """Below this age a child is young."""

    @property
    def assured_within_days(self) -> int | None:
        """How long an offer's assurance is valid; None where none is asked for."""

    @property
    def paid_offers_automatically(self) -> bool:
        """Whether an offer that costs the family may be chosen without a person."""


class Terms(NamedTuple):
    """For whom an offer is, and on which terms."""

    eligibility: Eligibility = Eligibility()
    delivery: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    interpreter: str = "as-spoken"
    open_to_everybody: bool = False
    costs_the_family: bool = False
    assured_on: date | None = None
    parents_needed: str = "both"

    @classmethod
    def of(cls, offer: OfferRegistered) -> "Terms":
        """The terms of a registered offer."""
        cost = offer.cost_to_family
        return cls(
            eligibility=offer.eligibility,
            delivery=frozenset(offer.delivery),
            languages=frozenset(offer.languages),
            interpreter=offer.interpreter,
            open_to_everybody=offer.access == "open",
            # A cost that is only described is not known to be nothing.
            costs_the_family=cost.amount_pence > 0 if cost is not None else offer.cost_in_words is not None,
            assured_on=offer.assured_on,
            parents_needed=offer.parents_needed,
        )


_BOTH = 2
_KINSHIP = frozenset({ParentRole.GRANDPARENT, ParentRole.KINSHIP_CARER, ParentRole.SPECIAL_GUARDIAN})
_BY_ROLE = {
    Audience.FATHERS: frozenset({ParentRole.FATHER}),
    Audience.MOTHERS: frozenset({ParentRole.MOTHER}),
    Audience.KINSHIP_CARERS: _KINSHIP,
    Audience.FOSTER_CARERS: frozenset({ParentRole.FOSTER_CARER}),
}


def why_not(family: Family, terms: Terms, area: AreaRules, today: date) -> tuple[WhyNot, ...]:
    """Every reason why an offer is not for a family on a day; empty where it is."""
    return tuple(code for code, applies in _ROWS if applies(family, terms, area, today))


def speaks_every_language(family: Family, terms: Terms) -> bool:
    """Whether the offer is held in every parent's first language. One that names no language excludes none."""
    return not terms.languages or all(parent.first_language in terms.languages for parent in family.parents)


def _ages(family: Family) -> list[int]:
    """In whole years. An unborn child has no age, and is nobody's young child."""
    return [child.age for child in family.children if child.age is not None]


def _of_no_age(family: Family, terms: Terms) -> bool:
    rule = terms.eligibility
    if rule.child_age_from is None and rule.child_age_to is None:
        return False
    of_age = [
        (rule.child_age_from is None or age >= rule.child_age_from)
        and (rule.child_age_to is None or age <= rule.child_age_to)
        for age in _ages(family)
    ]
    return not (of_age and all(of_age) if rule.every_child_of_age else any(of_age))


def _belongs(family: Family, audience: Audience) -> bool | None:
    """Whether a family belongs to an audience; None where it is neither recorded nor to be seen."""
    if audience in family.audiences:
        return True
    if audience in _BY_ROLE:
        return any(parent.role in _BY_ROLE[audience] for parent in family.parents)
    if audience is Audience.PARENTS_OF_BABIES:
        return 0 in _ages(family)
    if audience is Audience.EXPECTANT_PARENTS and any(child.age is None for child in family.children):
        return True
    return None


def _audience(family: Family, terms: Terms) -> bool | None:
    wanted = [audience for audience in terms.eligibility.audience if audience is not Audience.PROFESSIONALS]
    known = [_belongs(family, audience) for audience in wanted]
    if not wanted or True in known:
        return True
    return None if None in known else False


def _for_professionals(terms: Terms) -> bool:
    return set(terms.eligibility.audience) == {Audience.PROFESSIONALS}


def _assured_too_long_ago(terms: Terms, area: AreaRules, today: date) -> bool:
    if area.assured_within_days is None or terms.assured_on is None:
        return False
    return today - terms.assured_on > timedelta(days=area.assured_within_days)


_Rule = Callable[[Family, Terms, AreaRules, date], bool]
_ROWS: tuple[tuple[WhyNot, _Rule], ...] = (
    (
        WhyNot.RELATIONSHIP,
        lambda f, t, _a, _d: bool(t.eligibility.relationship) and f.relationship not in t.eligibility.relationship,
    ),
    (
        WhyNot.PARENTAL_RESPONSIBILITY,
        lambda f, t, _a, _d: (
            t.eligibility.every_parent_has_parental_responsibility
            and not all(parent.parental_responsibility for parent in f.parents)
        ),
    ),
    (
        # Every child of the family counts, taking part or not: a sitting with a young child at home is about them too.
        WhyNot.YOUNG_CHILD,
        lambda f, t, a, _d: t.eligibility.no_young_child and any(age < a.young_child_age for age in _ages(f)),
    ),
    (WhyNot.CHILD_AGE, lambda f, t, _a, _d: _of_no_age(f, t)),
    (
        WhyNot.PREFERS_WITHOUT_CHILDREN,
        lambda f, t, _a, _d: t.eligibility.children_take_part and f.prefers_without_children,
    ),
    (
        WhyNot.LEVEL_OF_NEED,
        lambda f, t, _a, _d: bool(t.eligibility.levels_of_need) and f.level_of_need not in t.eligibility.levels_of_need,
    ),
    (WhyNot.LANGUAGE, lambda f, t, _a, _d: t.interpreter == "none" and not speaks_every_language(f, t)),
    (
        WhyNot.DELIVERY,
        lambda f, t, _a, _d: bool(f.delivery) and bool(t.delivery) and t.delivery.isdisjoint(f.delivery),
    ),
    (
        # Nobody guesses that one is enough: what is not known to take one parent alone needs both.
        WhyNot.BOTH_PARENTS_NEEDED,
        lambda f, t, _a, _d: t.parents_needed != "one" and (f.one_parent or len(f.parents) < _BOTH),
    ),
    (WhyNot.AUDIENCE, lambda f, t, _a, _d: _audience(f, t) is False),
    (WhyNot.AUDIENCE_NOT_KNOWN, lambda f, t, _a, _d: _audience(f, t) is None),
    (WhyNot.COSTS_THE_FAMILY, lambda _f, t, a, _d: t.costs_the_family and not a.paid_offers_automatically),
    (WhyNot.NOT_ASSURED, lambda _f, t, a, _d: a.assured_within_days is not None and t.assured_on is None),
    (WhyNot.ASSURANCE_OUT_OF_DATE, lambda _f, t, a, d: _assured_too_long_ago(t, a, d)),
    (WhyNot.FOR_PROFESSIONALS, lambda _f, t, _a, _d: _for_professionals(t)),
    (WhyNot.OPEN_TO_EVERYBODY, lambda _f, t, _a, _d: t.open_to_everybody),
)
