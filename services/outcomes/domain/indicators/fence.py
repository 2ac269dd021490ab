"""What is known to give other numbers on Spark than on DuckDB, kept out of every indicator.

| kept out | because |
|---|---|
| days between in months, quarters or years | boundaries are counted here, whole units there: add an interval and compare |
| a cast of a number to whole numbers | rounds here, cuts there |
| a division by what may be nought | 0/0 is NaN here and sorts first, an error there: divide by `nullif(0)` |
| `split`, `re_replace`, `re_split`, `like` | escapes and what is left over differ |
| `strftime` and ISO weeks | formats differ |
| mode, kurtosis, `first`, `last`, `collect`, approximate quantiles | ties, definitions and order differ |
| arrays, structs, timestamps, UUIDs | so do they, and the star has none |
"""

from collections.abc import Callable
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

_OPERATIONS: dict[str, tuple[type, ...]] = {
    "split": (ops.StringSplit, ops.RegexSplit),
    "a regular expression": (ops.RegexReplace, ops.RegexExtract, ops.RegexSearch),
    "like": (ops.StringSQLLike, ops.StringSQLILike),
    "a format of a day": (ops.Strftime, ops.ExtractWeekOfYear, ops.ExtractIsoYear),
    "mode": (ops.Mode,),
    "kurtosis": (ops.Kurtosis,),
    "an ordered aggregate": (ops.First, ops.Last, ops.FirstValue, ops.LastValue, ops.ArrayCollect, ops.GroupConcat),
    "an approximate quantile": (ops.ApproxMedian, ops.ApproxQuantile, ops.ApproxMultiQuantile, ops.ApproxCountDistinct),
}


def _months_between(node: Any) -> bool:
    if not isinstance(node, ops.DateDelta | ops.TimestampDelta):
        return False
    return str(getattr(node.part, "value", node.part)).lower() not in ("day", "d")


def _cuts(node: Any) -> bool:
    return isinstance(node, ops.Cast | ops.TryCast) and node.to.is_integer() and not (
        node.arg.dtype.is_integer() or node.arg.dtype.is_boolean()
    )  # fmt: skip


def _divides(node: Any) -> bool:
    return isinstance(node, ops.Divide | ops.FloorDivide | ops.Modulus) and not isinstance(
        node.right, ops.NullIf | ops.Literal
    )


def _strange(node: Any) -> bool:
    dtype = getattr(node, "dtype", None)
    kinds = (dt.Array, dt.Struct, dt.Map, dt.JSON, dt.Timestamp, dt.UUID, dt.Time, dt.Decimal)
    return isinstance(dtype, kinds)


_RULES: dict[str, Callable[[Any], bool]] = {
    "days between in months, quarters or years": _months_between,
    "a cast of a number to whole numbers": _cuts,
    "a division by what may be nought": _divides,
    "a kind that the star has not": _strange,
}


def differing(expression: Any) -> tuple[str, ...]:
    """What of an expression is known to differ between the engines; nothing of one that may be an indicator's."""
    found = set()
    for node in expression.op().find(ops.Node):
        found |= {name for name, kinds in _OPERATIONS.items() if isinstance(node, kinds)}
        found |= {name for name, breaks in _RULES.items() if breaks(node)}
    return tuple(sorted(found))
