"""Reads a table of unit costs, a finance team's or a public database's, into an area's own figures."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from deploy.stack.errors import ParleyError
from shared.contracts.area_parts import AvoidableCost

COLUMNS = ("outcome", "pounds", "pounds_low", "pounds_high", "source", "as_of")
"""The columns of a table. `outcome`, `pounds` and `source` must be there; others that the table has are not read."""
_NEEDED = ("outcome", "pounds", "source")
_MOST_FINDINGS = 20


def read_unit_costs(path: Path, outcomes: Collection[str] = ()) -> list[AvoidableCost]:
    """The costs of a CSV file in UTF-8, in its order; only those of `outcomes` where any are named.

    Raises `ParleyError` naming row, column and rule of everything that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ParleyError(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise ParleyError(f"{path} is not text in UTF-8: save the table as CSV UTF-8.") from None
    table = csv.DictReader(io.StringIO(text), restkey="")
    if missing := [name for name in _NEEDED if name not in (table.fieldnames or ())]:
        raise ParleyError(
            f"{path} has no column {' and none '.join(missing)}. Its first row names the columns: {', '.join(COLUMNS)}."
        )
    findings: list[str] = []
    found: dict[str, AvoidableCost] = {}
    for row in table:
        outcome = (row["outcome"] or "").strip()
        if not any(map(str.strip, map(str, row.values()))) or (outcomes and outcome not in outcomes):
            continue
        if outcome in found:
            findings.append(f"row {table.line_num}: outcome: “{outcome}” is there twice")
            continue
        try:
            found[outcome] = AvoidableCost.model_validate(_fields(row))
        except ValidationError as error:
            findings += [f"row {table.line_num}: {_finding(each)}" for each in error.errors()]
    findings += [f"outcome: no row is of “{outcome}”" for outcome in outcomes if outcome not in found]
    if findings:
        more = [f"… and {len(findings) - _MOST_FINDINGS} more."] if len(findings) > _MOST_FINDINGS else []
        lines = [f"{path} {finding}" for finding in findings[:_MOST_FINDINGS]]
        raise ParleyError("\n".join([*lines, *more, "Nothing was registered."]))
    return list(found.values())


def merged(before: Sequence[AvoidableCost], read: Sequence[AvoidableCost]) -> list[AvoidableCost]:
    """An area's figures with those that were read: of the same outcome the newer, with what is assumed of it kept."""
    known = {each.outcome: each for each in before}
    for each in read:
        assumed = known[each.outcome].avoided if each.outcome in known else None
        known[each.outcome] = each.model_copy(update={"avoided": assumed})
    return list(known.values())


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as the contract's fields; what is empty is left out."""
    given = {name: (row.get(name) or "").strip() for name in COLUMNS}
    fields: dict[str, Any] = {name: given[name] for name in ("outcome", "source", "as_of") if given[name]}
    for name in ("pounds", "pounds_low", "pounds_high"):
        if given[name]:
            fields[name.replace("pounds", "pence")] = _pence(given[name])
    return fields


def _pence(pounds: str) -> Any:
    """Pence, or the text where it is no amount, so that the contract refuses it."""
    try:
        pence = Decimal(pounds.replace("£", "").replace(",", "")) * 100
        return int(pence) if pence == int(pence) else pounds
    except (ArithmeticError, ValueError):
        return pounds


def _finding(error: Any) -> str:
    name = str(error["loc"][0]).replace("pence", "pounds") if error["loc"] else ""
    if name.startswith("pounds") and error["type"] != "missing":
        return f"{name}: must be an amount in pounds from 0.01 to 1,000,000, such as 1250 or 1,250.50"
    text = error["msg"].removeprefix("Value error, ").replace("pence", "pounds")
    return f"{name}: {text}" if name else text
