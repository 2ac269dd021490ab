"""What a reader of the report knows beside each table's own margins: which numbers of different tables are one.

Each is true of every star by what the indicators count; where the numbers of one do not agree, nobody can work with it,
and it is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

from services.outcomes.domain.disclosure.table import ALL, Cell, Node, Outline, Sum
from services.outcomes.domain.indicators.indicator import Kind
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.indicators.star import NONE
from services.outcomes.domain.report.chapters import Section
from services.outcomes.domain.report.tables import MEASURE, NO, YES, Counted, name_of

_SESSION = "session"
_NOT_SOUGHT = "not-sought"
_VERDICTS = (("reliably-better-at-closure", "reliably-worse-at-closure"),)
"""Shares of the same people that exclude each other: what is left of all is a count too."""


def linked(sections: Sequence[Counted]) -> list[Sum]:
    """Everything that adds up across tables."""
    tables = _Tables(sections)
    found = [
        *tables.met_elsewhere(),
        *tables.same_whole(),
        *tables.fathers(),
        *tables.front_doors(),
        *tables.to_services(),
    ]
    found += [*tables.voice(), *tables.retained(), *tables.verdicts(), *tables.groups()]
    found += [*tables.paid(), *tables.priced()]
    return [each for each in dict.fromkeys(found) if tables.holds(each)]


class _Tables:
    def __init__(self, sections: Sequence[Counted]) -> None:
        self._sections = {name_of(each.section): each for each in sections}
        self._numbers: dict[Cell, int] = {}
        for each in sections:
            outline = each.table.outline
            self._numbers.update({outline.cell(node): number for node, number in each.table.filled().items()})

    def holds(self, each: Sum) -> bool:
        """Whether the numbers agree; what no table has may be anything that is left."""
        if each.total not in self._numbers:
            return False
        rest = self._numbers[each.total] - sum(self._numbers.get(part, 0) for part in each.parts)
        return rest == 0 or (rest > 0 and any(part not in self._numbers for part in each.parts))

    def _both(self, one: str, other: str) -> Iterator[tuple[Outline, Outline, list[str]]]:
        """Two tables, where both are there, and the places that both have."""
        if one in self._sections and other in self._sections:
            first, second = (self._sections[name].table.outline for name in (one, other))
            known = {*second.dimensions[0].nodes}
            yield first, second, [place for place in first.dimensions[0].nodes if place in known]

    def met_elsewhere(self) -> Iterator[Sum]:
        """A section counts those who met another's criterion: its whole is the other's part, in each category too."""
        for name, each in self._sections.items():
            section = each.section
            if not section.of:
                continue
            for own, other, places in self._both(name, name_of(Section(section.of, section.by))):
                for place in places:
                    whole = _node(own, place, ALL)
                    yield Sum(other.cell((*whole[:-1], YES)), (own.cell(whole),))
                    for categories in _categories_of_both(own, other, len(section.by)):
                        rest = [ALL] * (len(own.dimensions) - 1 - len(categories))
                        yield Sum(other.cell((place, *categories, YES)), (own.cell((place, *categories, *rest)),))

    def same_whole(self) -> Iterator[Sum]:
        """Sections of the same units have the same whole, each instrument's apart."""
        for (one, first), (other, second) in combinations(self._sections.items(), 2):
            words = [INDICATORS[each.section.indicator] for each in (first, second)]
            if len({(each.unit, each.denominator, each.always) for each in words}) > 1 or words[0] is words[1]:
                continue
            for own, theirs, places in self._both(one, other):
                for place in places:
                    for measure in _shared(own, theirs):
                        nodes = [_node(each, place, measure) for each in (own, theirs)]
                        yield Sum(own.cell(nodes[0]), (theirs.cell(nodes[1]),))
                    if first.section.by == second.section.by:
                        yield from self._same_by(own, theirs, place, len(first.section.by))

    def _same_by(self, own: Outline, theirs: Outline, place: str, wide: int) -> Iterator[Sum]:
        """Broken down in the same way, their wholes are the same for each category."""
        for categories in _categories_of_both(own, theirs, wide):
            nodes = [(place, *categories, *([ALL] * (len(each.dimensions) - 1 - wide))) for each in (own, theirs)]
            yield Sum(own.cell(nodes[0]), (theirs.cell(nodes[1]),))

    def fathers(self) -> Iterator[Sum]:
        """How many fathers were referred is shown as a share, and as those of whom a share started."""
        for share, by, places in self._both("fathers-among-referred", "parents-started-by-father"):
            for place in places:
                for met, who in ((YES, "fathers"), (NO, "others")):
                    if who in by.dimensions[1].categories:
                        yield Sum(share.cell((place, met)), (by.cell((place, who, ALL)),))

    def front_doors(self) -> Iterator[Sum]:
        """The families of a front door are a share, and those of whom a share was referred."""
        for mix, by, places in self._both("front-door-mix", "cases-referred-by-source"):
            for place, source in product(places, mix.dimensions[1].categories):
                if source in by.dimensions[1].categories:
                    yield Sum(mix.cell((place, source)), (by.cell((place, source, ALL)),))

    def to_services(self) -> Iterator[Sum]:
        """Who was referred to no service was not referred."""
        for referred, services, places in self._both("cases-referred", "cases-screened-by-service"):
            if NONE in services.dimensions[1].categories:
                yield from (Sum(referred.cell((p, NO)), (services.cell((p, NONE)),)) for p in places)

    def voice(self) -> Iterator[Sum]:
        """Views that were sought were sought in one of the ways."""
        for share, mix, places in self._both("childs-views-sought", "childs-views-mix"):
            ways = [each for each in mix.dimensions[1].categories if each != _NOT_SOUGHT]
            for place in places:
                yield Sum(share.cell((place, YES)), tuple(mix.cell((place, way)) for way in ways))
                if _NOT_SOUGHT in mix.dimensions[1].categories:
                    yield Sum(share.cell((place, NO)), (mix.cell((place, _NOT_SOUGHT)),))

    def retained(self) -> Iterator[Sum]:
        """Whoever completed stayed to the end."""
        for completed, retained, places in self._both("parents-completed", "parents-retained"):
            for place in places:
                yield Sum(completed.cell((place, YES)), (retained.cell((place, YES)),))

    def verdicts(self) -> Iterator[Sum]:
        """Who is neither better nor worse is what is left of all who have both scores."""
        for better, worse in _VERDICTS:
            for own, theirs, places in self._both(better, worse):
                for place, measure in product(places, _shared(own, theirs)):
                    met = [each.cell((*_node(each, place, measure)[:-1], YES)) for each in (own, theirs)]
                    whole = own.cell(_node(own, place, measure))
                    yield Sum(whole, (*met, replace(whole, counted=f"unchanged beside {better}")))

    def groups(self) -> Iterator[Sum]:
        """Each characteristic is of the same parents."""
        for each in self._sections.values():
            outline = each.table.outline
            last = outline.dimensions[-1]
            if INDICATORS[each.section.indicator].kind is not Kind.MIX or len(last.groups) < 2:
                continue
            for place, (one, other) in product(outline.dimensions[0].nodes, combinations(last.groups, 2)):
                yield Sum(outline.cell((place, one)), (outline.cell((place, other)),))

    def paid(self) -> Iterator[Sum]:
        """A price for a completed or a started case falls due once for a family, but where it has two referrals."""
        for families, payments, places in self._both("families-paid-for", "payments"):
            for price in families.dimensions[1].categories:
                one = [(payments.cell((place, price)), families.cell((place, price))) for place in places]
                if not price.startswith(_SESSION) and all(self._numbers[a] == self._numbers[b] for a, b in one):
                    yield from (Sum(a, (b,)) for a, b in one)

    def priced(self) -> Iterator[Sum]:
        """Who is in an amount is among those of whom other chapters tell: the others are those without a price."""
        for whole, part, places in self._both("parents-started", "cost-per-parent"):
            yield from self._within([(whole.cell((p, YES)), (part.cell((p,)),)) for p in places], "parents, no price")
        for whole, part, places in self._both("ending-mix", "cost-per-completed-case"):
            if "completed" in whole.dimensions[-1].categories:
                pairs = [(whole.cell((place, "completed")), (part.cell((place,)),)) for place in places]
                yield from self._within(pairs, "completed cases, no price")
        for whole, part, places in self._both("reliably-better-at-closure", "cost-per-improved-child"):
            met = [whole.cell((*_node(whole, place, ALL)[:-1], YES)) for place in places]
            pairs = [(cell, (part.cell((p,)),)) for cell, p in zip(met, places, strict=True)]
            yield from self._within(pairs, "better beside the children of an amount")
        for whole, part, places in self._both("cost-per-completed-case", "families-paid-for"):
            # Where a price is for a completed case, its families are known to have completed.
            due = [each for each in part.dimensions[1].categories if each.startswith("completed-case")]
            by_price = [(whole.cell((place,)), tuple(part.cell((place, each)) for each in due)) for place in places]
            yield from self._within(by_price if due else [], "completed cases at other prices")

    def _within(self, pairs: Sequence[tuple[Cell, tuple[Cell, ...]]], rest: str) -> Iterator[Sum]:
        """That numbers are a part of others: the same, where they are so everywhere, and else with a rest."""
        left = [self._numbers[whole] - sum(self._numbers[each] for each in parts) for whole, parts in pairs]
        if any(each < 0 for each in left):
            return
        for whole, parts in pairs:
            yield Sum(whole, (*parts, replace(whole, counted=rest)) if any(left) else parts)


def _node(outline: Outline, place: str, measure: str) -> Node:
    """All of a place, or of one instrument there."""
    return tuple(
        place if each is outline.dimensions[0] else measure if each.name == MEASURE else ALL
        for each in outline.dimensions
    )


def _categories_of_both(one: Outline, other: Outline, wide: int) -> Iterator[Node]:
    """Each combination of categories that both tables have in the `wide` dimensions after the place."""
    shared = [
        [each for each in mine.categories if each in others.categories]
        for mine, others in zip(one.dimensions[1 : wide + 1], other.dimensions[1 : wide + 1], strict=True)
    ]
    return product(*shared) if wide else iter(())


def _shared(one: Outline, other: Outline) -> Sequence[str]:
    """The instruments that both have, and all of them where those are the same; `ALL` where there are none."""
    found: list[Mapping[str, None]] = [
        dict.fromkeys(each.categories)
        for outline in (one, other)
        for each in outline.dimensions
        if each.name == MEASURE
    ]
    if len(found) < 2:
        return [ALL] if not found else []
    both = [each for each in found[0] if each in found[1]]
    return [ALL, *both] if len(both) == len(found[0]) == len(found[1]) else both
