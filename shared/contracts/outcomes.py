"""The events of the outcomes service: pseudonymous facts for analysts, as a log and as what holds now."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import AreaCode, CaseEvent, Slug
from shared.contracts.vocabulary import Decision, FrontDoorKind, LevelOfNeed

FactName = Literal[
    "screened",
    "referred",
    "accepted",
    "declined",
    "assessed",
    "started",
    "session",
    "halted",
    "closed",
    "completed",
    "answered-6-months",
    "answered-12-months",
    "parent-assessed",
    "session-scheduled",
    "concern",
    "reopened",
    "asked-6-months",
    "asked-12-months",
    "re-referred",
    "measured",
]


FactDetail = Literal["day", "month", "quarter", "year"]


class Fact(CaseEvent):
    """One fact about one case, for analysts.

    `case_id` here is a pseudonym: it cannot be turned back into the case without the outcomes service's own key, and
    holds for one `release`. `detail` says how exactly the fact is told: `on` is the first day of that period, and what
    is left out is null. Counts are people; `days_since` is whole days since the step before.
    """

    owner: ClassVar[str] = "outcomes"

    fact_id: UUID
    fact: FactName
    on: date
    area: AreaCode
    source: FrontDoorKind | None = None
    level_of_need: LevelOfNeed | None = None
    decision: Decision | None = None
    service: str | None = None
    provider: Slug | None = None
    outcome: Slug | None = None
    parents: int = 0
    fathers: int = 0
    children: int = 0
    days_since: int | None = None
    instrument: Slug | None = None
    occasion: Slug | None = None
    score: float | None = None
    release: int = 1
    detail: FactDetail = "day"


class FactRecorded(Fact):
    """A fact, or its correction, on the log `outcomes`, where nothing is ever taken out. Its key is the case's
    pseudonym. A fact that is no longer so comes again with outcome `retracted`.
    """

    event_name: ClassVar[str] = "fact-recorded"
    topic: ClassVar[str | None] = "outcomes"


class CurrentFact(Fact):
    """A fact as it is now, on the compacted topic `outcomes-current`. Its key is `fact_id`: of each fact the newest
    record stays. For one that is no longer so a record without a value comes, and in the end neither stays.
    """

    event_name: ClassVar[str] = "current-fact"
    topic: ClassVar[str | None] = "outcomes-current"
