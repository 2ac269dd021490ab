"""What many rules do with rows: take the last of each group, join and count. Every engine does these alike."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir


def last_of(table: ir.Table, by: Sequence[str], order: Sequence[object]) -> ir.Table:
    """One row of each group: the first in this order. The order must leave nothing to chance."""
    numbered = table.mutate(nth_=ibis.row_number().over(ibis.window(group_by=list(by), order_by=list(order))))
    return numbered.filter(numbered["nth_"] == 0).select(table.columns)


def newest(table: ir.Table, by: Sequence[str], *order: str) -> ir.Table:
    """One row of each group: the one that is highest by these columns."""
    return last_of(table, by, [ibis.desc(name) for name in order])


def beside(left: ir.Table, right: ir.Table, on: Sequence[str]) -> ir.Table:
    """Every row of the left, with the columns of the row of the right that has the same key, or without."""
    joined = left.left_join(right, list(on), rname="right_{name}")
    # By name: what is left out by `drop` is written in an order that changes from one process to the next.
    return joined.select(*left.columns, *(name for name in right.columns if name not in on))


def only_in(table: ir.Table, other: ir.Table, on: Sequence[str] = ("case_id",)) -> ir.Table:
    """The rows that have their like in another table."""
    return table.semi_join(other, list(on))


def whole(value: ir.NumericValue) -> ir.IntegerValue:
    """A count or a sum, nought where there is none: what engines make of it differs, and nought is not unknown here."""
    return ibis.coalesce(value, 0).cast("int64")


def flag(value: ir.BooleanValue) -> ir.BooleanValue:
    """Yes or no, no where it is not known."""
    return ibis.coalesce(value, False)
