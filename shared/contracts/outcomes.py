"""The events of the outcomes service: pseudonymous facts for analysts."""

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


class FactRecorded(CaseEvent):
    """One fact about one case, for analysts, on `outcomes`.

    `case_id` here is a pseudonym: it cannot be turned back into the case without the outcomes service's own key, and
    holds for one `release`. `detail` says how exactly the fact is told: `on` is the first day of that period, and what
    is left out is null. Counts are people; `days_since` is whole days since the step before.
    """

    event_name: ClassVar[str] = "fact-recorded"
    owner: ClassVar[str] = "outcomes"
    topic: ClassVar[str | None] = "outcomes"

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
