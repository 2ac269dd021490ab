"""The star's tables as expressions, and the dimensions that a case has. A table is bound by its name when it is
counted."""

from functools import cache
from typing import Any

import ibis

from services.outcomes.domain.star.tables import STAR

CASE = (
    "area", "agency", "source", "provider", "service", "level_of_need", "relationship", "year", "quarter", "month"
)  # fmt: skip
"""What every case can be cut by, and whatever hangs on a case. `region` is joined when it is asked for."""
REGION = "region"
NONE = "none"
"""The value of a dimension where there is none: a case without a referral has no service."""
NOT_STATED = "not-stated"
PARENT_GROUPS = ("sex", "ethnicity", "first_language", "disability", "employment")
PEOPLE = ("who", "father")


@cache
def table(name: str) -> Any:
    """A table of the star, not bound to any engine."""
    return ibis.table({column: each.kind.value for column, each in STAR[name].columns.items()}, name=name)


def period(day: Any) -> dict[str, Any]:
    """Year, quarter and month of a day, as text that sorts: engines differ in how they format a day."""
    year = day.year().cast("string")
    return {
        "year": year,
        "quarter": year + "-Q" + day.quarter().cast("string"),
        "month": year + "-" + day.month().cast("string").lpad(2, "0"),
    }


@cache
def cases() -> Any:
    """Every case with its dimensions, by the screening that is in force and the first referral."""
    case = table("case")
    return case.mutate(
        provider=case.provider.fill_null(NONE), service=case.service.fill_null(NONE), **period(case.screened_on)
    )


def of_case(rows: Any) -> Any:
    """Rows about a case with its dimensions; where they have one of their own, as a referral its provider, it stays."""
    named = [name for name in CASE if name not in rows.columns]
    case = cases().select("case_id", *named)
    joined = rows.join(case, rows.case_id == case.case_id)
    return joined.select(*(rows[name] for name in rows.columns), *(case[name] for name in named))


def groups(parent: Any) -> dict[str, Any]:
    """What a parent can be cut by, as they stated it."""
    return {name: parent[name].fill_null(NOT_STATED) for name in PARENT_GROUPS} | {"father": father(parent.is_father)}


def father(is_father: Any) -> Any:
    """Fathers apart."""
    return ibis.ifelse(is_father, "fathers", "others")


def who(is_parent: Any) -> Any:
    """Parents and children apart."""
    return ibis.ifelse(is_parent, "parents", "children")


def share_rows(rows: Any, met: Any, counted: Any = None) -> Any:
    """Rows of a share: whether each met it, and whether it is counted at all, which it is unless this is given."""
    return rows.mutate(
        counted=ibis.literal(True) if counted is None else counted.fill_null(False),
        value=met.fill_null(False).cast("int64"),
        per=ibis.literal(1, "int64"),
    )


def valued_rows(rows: Any, value: Any, counted: Any = None) -> Any:
    """Rows of a number: counted where it is known, and where `counted` holds too."""
    known = value.notnull() if counted is None else (value.notnull() & counted.fill_null(False))
    return rows.mutate(counted=known, value=value, per=ibis.literal(1, "int64"))
