"""Whose drafts are deleted soon is published once a week, in numbers; the mail of the week has it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.notification.domain.mail_choices import Choices, Chooser, When
from services.notification.handlers import mail_choices
from services.screening.handlers.expiring_drafts import ExpiringDrafts
from services.screening.settings import ScreeningSettings
from shared.contracts.overdue import DraftsExpiring, week_of
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from tests.support.notification_families import Notification

# A Monday morning in summer.
MONDAY = datetime(2043, 6, 1, 6, 30, tzinfo=UTC)
ME, COLLEAGUE = (f"staff-{number:032x}" for number in (1, 2))


async def test_each_author_s_drafts_of_the_week_are_counted_once_a_week(databases: Any) -> None:
    database = await databases("screening")
    context = Context("screening", ScreeningSettings(), database.pool, database.keyring, Clock("wall"))

    async def draft(author: str, ends: datetime, sent: datetime | None = None) -> None:
        await database.pool.execute(
            "INSERT INTO form (form_id, agency, author, began_at, saved_at, expires_at, sent_at)"
            " VALUES ($1, 'schools', $2, $3, $3, $4, $5)",
            *(uuid4(), author, MONDAY - timedelta(days=20), ends, sent),
        )

    await draft(ME, MONDAY + timedelta(days=1))
    await draft(ME, MONDAY + timedelta(days=7))
    await draft(COLLEAGUE, MONDAY + timedelta(days=2))
    # Over, of later, and sent.
    await draft(ME, MONDAY - timedelta(hours=1))
    await draft(ME, MONDAY + timedelta(days=20))
    await draft(ME, MONDAY + timedelta(days=1), MONDAY)
    look = ExpiringDrafts(context)
    assert await look.look(MONDAY - timedelta(minutes=1)) == 0
    assert [await look.look(MONDAY + timedelta(minutes=each)) for each in (0, 1)] == [2, 0]
    rows = await database.pool.fetch("SELECT value FROM outbox WHERE topic = 'drafts-expiring' ORDER BY id")
    found = [json.loads(row["value"]) for row in rows]
    assert [(each["who"], each["number"], each["week"]) for each in found] == [
        (ME, 2, "2043-06-01"),
        (COLLEAGUE, 1, "2043-06-01"),
    ]
    assert {*found[0]} == {"week", "occurred_at", "who", "number"}


async def test_the_mail_of_the_week_has_them_for_whoever_chose_it(databases: Any) -> None:
    service = Notification(await databases("notification"), await databases("screening"))
    mine, another = (f"staff-{uuid4().hex}" for _ in range(2))
    for who, overdue in ((mine, When.DIGEST), (another, When.NONE)):
        await mail_choices.choose(service.context, Chooser(who), Choices(overdue=overdue), "Somebody", "a@example.org")
    now = datetime.now(UTC)
    events = [DraftsExpiring(week=week_of(now), occurred_at=now, who=who, number=3) for who in (mine, another)]
    records = [service.record(each) for each in events]
    await service.consumers["drafts-expiring"].process([*records, *records])
    rows = await service.pool.fetch("SELECT staff_id, source, kind, number FROM digest_line")
    assert [tuple(row) for row in rows] == [(mine, "drafts", "drafts", 3)]
    assert await service.pool.fetchval("SELECT array_agg(staff) FROM email") == [mine]
