"""The course of the work with providers, the areas' settings for it, and what is scheduled by the calendar."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from services.referral.domain.calendar.schedule import Rules, ScheduledStep, scheduled_steps
from services.referral.domain.case.case import Case
from services.referral.domain.case.course import Course
from shared.contracts.directory import AreaRegistered
from shared.messaging.timers import scheduled
from shared.messaging.timers.scheduled import ScheduledTimer
from shared.postgres.connection import Connection

_RULES = (
    *("first_contact_working_days", "contact_attempts", "contact_days", "reminder_days", "reopen_days"),
    *("first_follow_up_months", "second_follow_up_months"),
)


async def of_cases(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, Course]:
    """The courses of these cases; those that have none yet are left out."""
    rows = await connection.fetch("SELECT case_id, course FROM course WHERE case_id = ANY($1::uuid[])", list(case_ids))
    return {row["case_id"]: Course.model_validate(row["course"]) for row in rows}


async def save(connection: Connection, before: Mapping[UUID, Case], after: Iterable[Case]) -> None:
    """Saves the courses that have changed. The cases must be saved before."""
    changed = []
    for case in after:
        earlier = before.get(case.case_id)
        if case.course is not None and case.course != (earlier.course if earlier else None):
            changed.append((case.case_id, case.course.model_dump(mode="json")))
    if changed:
        await connection.execute(
            """
            INSERT INTO course SELECT * FROM unnest($1::uuid[], $2::jsonb[])
            ON CONFLICT (case_id) DO UPDATE SET course = excluded.course
            """,
            [case_id for case_id, _ in changed],
            [course for _, course in changed],
        )


async def rules_of(connection: Connection, areas: Collection[str]) -> dict[str, Rules]:
    """The areas' settings; one that is not registered has the contract's."""
    rows = await connection.fetch("SELECT * FROM area_calendar WHERE area = ANY($1::text[])", list(areas))
    registered = {row["area"]: Rules(**{name: row[name] for name in _RULES}) for row in rows}
    return {area: registered.get(area, Rules()) for area in areas}


async def save_rules(connection: Connection, entries: Sequence[tuple[AreaRegistered, int]]) -> None:
    """The areas' settings; a newer entry of the directory replaces an older one."""
    await connection.executemany(
        """
        INSERT INTO area_calendar (area, first_contact_working_days, contact_attempts, contact_days, reminder_days,
            reopen_days, first_follow_up_months, second_follow_up_months, entry_offset)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (area) DO UPDATE SET (first_contact_working_days, contact_attempts, contact_days, reminder_days,
            reopen_days, first_follow_up_months, second_follow_up_months, entry_offset)
            = (excluded.first_contact_working_days, excluded.contact_attempts, excluded.contact_days,
            excluded.reminder_days, excluded.reopen_days, excluded.first_follow_up_months,
            excluded.second_follow_up_months, excluded.entry_offset)
        WHERE area_calendar.entry_offset < excluded.entry_offset
        """,
        [(entry.id, *(getattr(entry, name) for name in _RULES), offset) for entry, offset in entries],
    )


async def follow(
    connection: Connection, before: Mapping[UUID, Case], after: Iterable[Case], rules: Mapping[str, Rules]
) -> None:
    """Sets and cancels timers as the cases have moved. What has not changed is left alone."""
    set_again: list[ScheduledTimer] = []
    cancelled: list[ScheduledTimer] = []
    for case in after:
        earlier = before.get(case.case_id)
        if case == earlier:
            continue
        had = _by_key(earlier, rules)
        wanted = _by_key(case, rules)
        cancelled += [_timer(each) for key, each in had.items() if key not in wanted]
        # A stop cancels everything, so what is scheduled after a resumption or a reopening was not just before.
        set_again += [_timer(each) for key, each in wanted.items() if had.get(key) != each]
    await scheduled.cancel_these(connection, cancelled)
    await scheduled.schedule(connection, set_again)


def _by_key(case: Case | None, rules: Mapping[str, Rules]) -> dict[tuple[str, str], ScheduledStep]:
    steps = scheduled_steps(case, rules[case.area]) if case else []
    return {(each.kind, each.key): each for each in steps}


def _timer(step: ScheduledStep) -> ScheduledTimer:
    return ScheduledTimer(step.kind, step.key, step.at)


async def claim_contacts(connection: Connection, ids: Collection[tuple[str, UUID]]) -> set[tuple[str, UUID]]:
    """Claims front doors' own contact ids and returns those that had not been seen from that agency."""
    keys = sorted(set(ids))
    rows = await connection.fetch(
        """
        INSERT INTO wrap_around_contact (agency, contact_id) SELECT * FROM unnest($1::text[], $2::uuid[])
        ON CONFLICT DO NOTHING RETURNING agency, contact_id
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row["agency"], row["contact_id"]) for row in rows}
