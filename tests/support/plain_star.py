"""A star's rows in plain Python, with the dimensions of their cases."""

import calendar
from collections.abc import Iterator
from datetime import date
from typing import Any

from tests.support.generated_star import Rows

Row = dict[str, Any]
GROUPS = ("sex", "ethnicity", "first_language", "disability", "employment")


def months_later(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def period(day: date) -> Row:
    return {
        "year": f"{day.year}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "month": f"{day.year}-{day.month:02}",
    }


class Plain:
    """A star's rows, with each case's dimensions."""

    def __init__(self, rows: Rows, today: date) -> None:
        self.rows, self.today = rows, today
        self.case = {each["case_id"]: self._case(each) for each in rows["case"]}

    @staticmethod
    def _case(row: Row) -> Row:
        return row | {name: row[name] or "none" for name in ("service", "provider")} | period(row["screened_on"])

    def about(self, table: str) -> Iterator[Row]:
        """The rows of a table about known cases, with the dimensions of these; a referral's provider and service
        are its own."""
        for row in self.rows[table]:
            if case := self.case.get(row["case_id"]):
                known = {name: case[name] for name in DIMENSIONS}
                yield known | row | {"area": case["area"], "cluster": row["case_id"], "own": case}

    def parents(self) -> Iterator[Row]:
        for row in self.about("parent"):
            stated = {name: row[name] or "not-stated" for name in GROUPS}
            father = "fathers" if row["is_father"] else "others"
            yield row | stated | {"father": father, "unit": (row["case_id"], row["person_id"])}

    def cases(self) -> Iterator[Row]:
        for case in self.case.values():
            referred = "referred" if case["referrals"] else "not-referred"
            yield case | {"cluster": case["case_id"], "unit": case["case_id"], "referred": referred}

    def with_(self, table: str, key: str, value: Any) -> list[Row]:
        return [row for row in self.rows[table] if row[key] == value]


DIMENSIONS = (
    "area", "agency", "source", "provider", "service", "level_of_need", "relationship", "year", "quarter", "month"
)  # fmt: skip
