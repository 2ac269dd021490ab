"""What the operator sets for every page: one event, kept by each service with pages, and gone by itself."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from services import MANIFESTS
from services.administration.domain.notices import InvalidNoticeError, Wanted
from services.administration.handlers.notices import Notices as Commands
from services.administration.settings import AdministrationSettings
from shared.contracts.administration import NoticeKind, NoticeSet
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.form_keys import AlreadySentError
from shared.web.notices import Notices, save

NEWS, DOWNTIME = NoticeKind.NEWS, NoticeKind.DOWNTIME
OPERATOR = f"staff-{0:032x}"


def commands(database: Any) -> Commands:
    settings = AdministrationSettings()
    return Commands(Context("administration", settings, database.pool, database.keyring, Clock("events")))


def wanted(hours: float = 2, *, kind: NoticeKind = DOWNTIME, after: float = 0) -> Wanted:
    now = datetime.now(UTC)
    return Wanted(kind, "Not there", "Ring us.", now + timedelta(hours=after), now + timedelta(hours=hours))


async def published(pool: Any) -> list[NoticeSet]:
    rows = await pool.fetch("SELECT topic, key, value FROM outbox ORDER BY id")
    assert {row["topic"] for row in rows} <= {"notices"}
    events = [NoticeSet.model_validate(orjson.loads(row["value"])) for row in rows]
    assert [UUID(bytes(row["key"]).decode()) for row in rows] == [each.notice_id for each in events]
    return events


async def test_what_is_set_is_shown_by_another_service_for_its_time_alone(databases: Any) -> None:
    ours, other = await databases("administration"), await databases("workforce")
    now = datetime.now(UTC)
    key = uuid4()
    await commands(ours).set(wanted(4, after=2), OPERATOR, key)
    (event,) = await published(ours.pool)
    async with other.pool.acquire() as connection:
        await save(connection, [event])
    shown = Notices(other.pool)
    for hours, number in ((0, 0), (1.9, 0), (2.1, 1), (3.9, 1), (4.1, 0)):
        at = now + timedelta(hours=hours)
        assert len(await shown.shown(DOWNTIME, at)) == number, hours
        assert await shown.shown(NEWS, at) == []
    # Ended before it began: no page of any service shows it, and an event that comes late changes nothing.
    await commands(ours).end(key, OPERATOR)
    _, ended = await published(ours.pool)
    async with other.pool.acquire() as connection:
        await save(connection, [ended])
        await save(connection, [event])
    assert await Notices(other.pool).shown(DOWNTIME, now + timedelta(hours=3)) == []
    await commands(ours).end(key, OPERATOR)
    assert len(await published(ours.pool)) == 2


async def test_a_form_that_is_sent_twice_is_one_notice(databases: Any) -> None:
    ours = await databases("administration")
    key = uuid4()
    await commands(ours).set(wanted(), OPERATOR, key)
    with pytest.raises(AlreadySentError):
        await commands(ours).set(wanted(), OPERATOR, key)
    assert len(await published(ours.pool)) == 1
    assert await ours.pool.fetchval("SELECT count(*) FROM notice_setting") == 1


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        (wanted(32 * 24), "until"),
        (wanted(93 * 24, kind=NEWS), "until"),
        (wanted(-1), "until"),
        (wanted(2, after=3), "until"),
        (Wanted(None, "x", "", None, datetime.max.replace(tzinfo=UTC)), "kind"),
        (Wanted(NEWS, "", "", None, None), "title"),
        (Wanted(NEWS, "x" * 101, "", None, None), "title"),
        (Wanted(NEWS, "x", "x" * 1001, None, None), "text"),
    ],
)
async def test_what_would_be_shown_for_ever_or_is_empty_is_refused(databases: Any, asked: Wanted, field: str) -> None:
    ours = await databases("administration")
    with pytest.raises(InvalidNoticeError) as refused:
        await commands(ours).set(asked, OPERATOR, uuid4())
    assert field in {name for name, _ in refused.value.findings}
    assert await published(ours.pool) == []


async def test_without_a_database_pages_show_what_was_known_last(databases: Any) -> None:
    class Lost:
        async def fetch(self, _query: str) -> Any:
            raise OSError

    lost: Any = Lost()
    assert await Notices(lost).shown(DOWNTIME) == []


@pytest.mark.parametrize("manifest", [each for each in MANIFESTS if each.pages], ids=lambda each: each.name)
def test_every_service_with_pages_hears_of_them(manifest: Any) -> None:
    assert "notices" in (*manifest.reads, *manifest.writes), "read them: `notices.subscription()` in its app.py"
