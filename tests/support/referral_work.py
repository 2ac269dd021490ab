"""A case at work with a provider, and what the calendar does to it: for tests of the deciders."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from services.referral.domain.calendar.firing import decide_scheduled_step
from services.referral.domain.calendar.schedule import Rules, scheduled_steps
from services.referral.domain.case.case import Case
from services.referral.domain.case.progress import Progress
from services.referral.domain.case.stamp import Stamp
from services.referral.domain.deciders.screenings import decide_screening
from services.referral.domain.deciders.updates import decide_update
from shared.contracts.front_door_contacts import WrapAroundContact
from shared.contracts.referral import WrapAroundReminded
from tests.support.referral_families import (
    P1,
    P2,
    START,
    assessment,
    context,
    new_case,
    screening,
    some_id,
    update,
)

DAY = timedelta(days=1)
BOTH = frozenset({P1, P2})
RULES = Rules()
ACCEPTED = update("referral-accepted")


def contact(person: UUID = P1, outcome: str = "reached", **fields: Any) -> Any:
    return update("contact-attempted", parent=person, method="phone", outcome=outcome, **fields)


def offered() -> Case:
    """Agreed on Tuesday, 1 April 2025."""
    return decide_screening(new_case(), screening(), context()).case


def after(case: Case, *updates: Any, day: float = 1, rules: Rules = RULES) -> Case:
    for each in updates:
        case = decide_update(case, "north", each, context(day, rules=rules)).case
    return case


def at_work(**more: Any) -> Case:
    return after(offered(), ACCEPTED, contact(P1), contact(P2), assessment("suitable"), **more)


def waits_for(case: Case) -> str | None:
    return case.waiting.reason if case.waiting else None


def kinds(case: Case) -> list[str]:
    return sorted(each.kind for each in scheduled_steps(case, RULES))


def fired(case: Case, kind: str) -> list[Progress]:
    """Fires everything of a kind that is ahead, each at its time."""
    progress = []
    for each in [each for each in scheduled_steps(case, RULES) if each.kind == kind]:
        decided = decide_scheduled_step(case, kind, each.key, Stamp(each.at, None, some_id_of), RULES)
        assert decided is not None
        progress.append(decided)
        case = decided.case
    return progress


def some_id_of() -> UUID:
    return some_id("new")


def reminders(progress: Iterable[Progress]) -> list[tuple[UUID, UUID]]:
    return [
        (event.person_id, event.practitioner.practitioner_id)
        for each in progress
        for event in each.events
        if isinstance(event, WrapAroundReminded)
    ]


def spoke(ref: str = "P1", outcome: str = "spoken", day: float = 29, **more: Any) -> WrapAroundContact:
    return WrapAroundContact(
        contact_id=some_id("contact"),
        family_ref="F1",
        parent_ref=ref,
        held_at=(START + timedelta(days=day)).isoformat(),
        outcome=outcome,
        **more,
    )
