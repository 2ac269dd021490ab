"""What was spent, worked out of published counts and public prices, so that no amount can give a count away.

Prices are public: whoever sees an exact amount, and what each payment is, may work out how many payments there were of
each price. So no amount is counted. What is counted is how often each price has fallen due, for how many families;
those counts are protected like all others, and an amount is what anybody can work out of those that are shown. Where
some are held back it is a range: each of them cost at least the lowest of their prices, and at most the highest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.outcomes.domain.disclosure.dominance import Dominance
from services.outcomes.domain.disclosure.table import ALL, CountedTable, Node, Outline, PublishedTable
from services.outcomes.domain.indicators.registry import INDICATORS
from services.outcomes.domain.report.chapters import FAMILIES, PAYMENTS, SECTIONS
from services.outcomes.domain.report.tables import NOT_KNOWN, Counted, Figure, Places, name_of

Row = Mapping[str, Any]
SPENT = "spent"
RATES = frozenset(name_of(each) for each in SECTIONS if INDICATORS[each.indicator].per)
"""The tables that count what an amount is per."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent in pence: between these two, which are one where nothing is held back."""

    low: int
    high: int

    @property
    def middle(self) -> int:
        """Halfway, which is as likely to be too much as too little as far as anybody can tell."""
        return (self.low + self.high) // 2


def price_of(code: str) -> tuple[str, int]:
    """What a price is for, and its pence."""
    due, _, pence = code.rpartition(" ")
    return due, int(pence)


def prices(table: PublishedTable) -> list[str]:
    """The prices of a table, lowest first of each kind; none where nothing has fallen due anywhere."""
    return sorted((each for each in table.outline.dimensions[1].categories if each != NOT_KNOWN), key=price_of)


def payments(families: Counted, rows: Sequence[Row], places: Places, smallest: int) -> Counted:
    """How often each price has fallen due, from the sums of each case by area and price.

    A number goes with the count of its families, and is not shown either where most of it is a single family's: who has
    most of the sessions of a price would be known to have had about so many.
    """
    spread = families.table.outline.dimensions
    by_family: dict[Node, dict[str, int]] = {}
    for row in rows:
        if row["area"] not in places.areas:
            continue
        regions = [region for region, areas in places.regions.items() if row["area"] in areas]
        for place in (row["area"], *regions, ALL):
            for price in (row["price"], ALL):
                family = by_family.setdefault((place, price), {})
                family[row["cluster"]] = family.get(row["cluster"], 0) + int(row["value"])
    contributions = {node: [*each.values()] for node, each in by_family.items()}
    numbers = {
        node: sum(each)
        for node, each in contributions.items()
        if node[0] in places.areas and node[1] in spread[1].categories
    }
    # Of sessions a family has several, so that as few families are hidden only in a wider range.
    most: dict[str, int] = {}
    for (_, price), each in contributions.items():
        most[price] = max([most.get(price, 1), *each])
    # Where an area holds nothing back, neither is this.
    sensitive = Dominance().sensitive(contributions) if smallest > 1 else {}
    for node, count in families.table.filled().items():
        if count < smallest and smallest > 1:
            sensitive[node] = max(sensitive.get(node, 0), smallest * most.get(node[1], 1))
    outline = Outline(
        name_of(PAYMENTS), "payments", spread, families.table.outline.on, amount_of=families.table.outline.name
    )
    return Counted(PAYMENTS, CountedTable(outline, numbers, sensitive, largest=1), {})


def spent(place: str, tables: Mapping[str, PublishedTable]) -> Spent | None:
    """What was spent in an area, a region or all of them; None where too little of it is shown."""
    table, families = tables.get(name_of(PAYMENTS)), tables.get(name_of(FAMILIES))
    if table is None or families is None or not prices(table) or (whole := table.values.get((place, ALL))) is None:
        return None
    shown, left, hidden = 0, whole, []
    for code in prices(table):
        if (number := table.values[place, code]) is None:
            hidden.append(price_of(code)[1])
            # Each family was paid for at least once.
            number = families.values[place, code] or 0
        shown += number * price_of(code)[1]
        left -= number
    return Spent(shown + left * min(hidden, default=0), shown + left * max(hidden, default=0))


def with_rates(sections: Sequence[Counted], tables: Mapping[str, PublishedTable]) -> list[Counted]:
    """The sections with what each parent, completed case and child cost, where both amount and count are shown."""
    found = []
    for each in sections:
        table = tables.get(name_of(each.section))
        is_rate = table is not None and table.outline.name in RATES
        found.append(replace(each, figures=rates(table, tables)) if table is not None and is_rate else each)
    return found


def rates(table: PublishedTable, tables: Mapping[str, PublishedTable]) -> dict[Node, Figure]:
    """Pence for each of those whom a table counts."""
    found = {}
    for node, number in table.values.items():
        if number and (amount := spent(node[0], tables)):
            found[node] = Figure(amount.middle / number, amount.low / number, amount.high / number)
    return found


def amounts(tables: Mapping[str, PublishedTable]) -> tuple[PublishedTable, dict[Node, Spent]] | None:
    """The amounts of each place as a table, with their ranges; None where the payments are not published."""
    table = tables.get(name_of(PAYMENTS))
    if table is None:
        return None
    place = table.outline.dimensions[0]
    found: dict[Node, Spent] = {(name,): each for name in place.nodes if (each := spent(name, tables))}
    values: dict[Node, int | None] = {
        (name,): found[name,].middle if (name,) in found else None for name in place.nodes
    }
    outline = Outline(SPENT, "pence spent", (place,), table.outline.on, amount_of=table.outline.name)
    return PublishedTable(outline, values), found
