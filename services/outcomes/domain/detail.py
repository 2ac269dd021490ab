"""How exactly a fact is told: by the day with all that it says, or more coarsely, so that more families look alike.

| detail | `on` | facts | leaves out |
|---|---|---|---|
| day | the day | all | nothing |
| month | first of the month | steps of cases and of parents, no sessions or scores | days; children above two |
| quarter | first of the quarter | the main steps | also front door, provider, need, children, outcomes but of the end |
| year | first of January | screened, referred, started, completed, closed | also the service and how it ended |

A period is told of when it is over: of a month's facts nobody can see in which batch they would have come.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.outcomes.domain.facts import DETAILS

Row = Mapping[str, Any]
"""A row of `fact`."""
Key = tuple[str, str]
"""What a fact is called within its case: its kind and its subject."""
Content = tuple[Any, ...]
"""What is said of a fact, in the order of FIELDS. Its day is text, so that what is stored compares with what is new."""

FIELDS = ("fact", "on", *DETAILS, "detail")
_MOST_CHILDREN = 2
_STEPS = frozenset(
    {
        *("screened", "referred", "accepted", "declined", "assessed", "started", "halted", "closed", "completed"),
        *("reopened", "re-referred", "asked-6-months", "asked-12-months", "answered-6-months", "answered-12-months"),
    }
)
_MAIN_STEPS = frozenset(
    {"screened", "referred", "started", "completed", "closed", "answered-6-months", "answered-12-months"}
)
_TO_THE_END = frozenset({"screened", "referred", "started", "completed", "closed"})


@dataclass(frozen=True, slots=True)
class Level:
    """A line of the table. `without` are the fields that it leaves out, `children` the most that are counted."""

    detail: str
    months: int
    facts: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    children: int | None = None
    # A year's facts come with a quarter's, so that a small area does not wait for the year to end.
    over_after_months: int = 1


DAY = Level("day", 0)
MONTH = Level("month", 1, _STEPS, frozenset({"days_since", "instrument", "occasion", "score"}), children=_MOST_CHILDREN)
QUARTER = Level(
    "quarter", 3, _MAIN_STEPS, MONTH.without | {"source", "provider", "level_of_need"}, children=0, over_after_months=3
)
YEAR = Level("year", 12, _TO_THE_END, QUARTER.without | {"service", "outcome"}, children=0, over_after_months=3)
LEVELS = (DAY, MONTH, QUARTER, YEAR)
"""From the finest to the coarsest."""
_KEPT_OUTCOMES = frozenset({"closed"})


def first_of(day: date, months: int) -> date:
    """The first day of the period of so many months that a day is in; the day itself where there are none."""
    if not months:
        return day
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _is_over(day: date, months: int, today: date) -> bool:
    return first_of(day, months) != first_of(today, months) and day < today


def contents_of(
    rows: Sequence[Row], level: Level, today: date, *, at_once: bool, known: Collection[Key] = ()
) -> dict[Key, Content]:
    """What a case's facts say at this level, of the periods that are over; with `at_once` of everything.

    Facts that are known to analysts are told, whatever day they are of by now.
    """
    found: dict[Key, Content] = {}
    for row in rows:
        key = (row["fact"], row["subject"])
        if level.facts is not None and row["fact"] not in level.facts:
            continue
        if at_once or key in known or _is_over(row["happened_on"], level.over_after_months, today):
            found[key] = _content(row, level)
    return found


def _content(row: Row, level: Level) -> Content:
    values: dict[str, Any] = {name: None if name in level.without else row[name] for name in DETAILS}
    if level.facts is _MAIN_STEPS and row["fact"] not in _KEPT_OUTCOMES:
        values["outcome"] = None
    if level.children is not None:
        values["children"] = min(values["children"], level.children)
    return (row["fact"], first_of(row["happened_on"], level.months).isoformat(), *values.values(), level.detail)


def stored(content: Content) -> dict[str, Any]:
    """What was said, by the names of its fields."""
    return dict(zip(FIELDS, content, strict=True))


def restored(fields: Mapping[str, Any]) -> Content:
    """What was said, as `stored` gave it. A field that the contract has gained since was not said."""
    return tuple(fields.get(name) for name in FIELDS)
