"""What analysts get and when: one batch a day, without a time of day or a family on its own, each release by itself."""

import asyncio
import base64
import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import pytest
from dateutil.relativedelta import relativedelta

from deploy.stack.home import Stack
from services.outcomes.domain.pseudonyms import Pseudonyms
from services.outcomes.handlers.releases import DailyBatches
from services.outcomes.repository import releases
from shared.messaging.publishing.relay import backlog
from tests.support.case_stories import AREA, START, Story
from tests.support.event_traffic import eventually, read_to_end, relaying
from tests.support.outcomes_service import Outcomes, running


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def started() -> Story:
    return Story().screened().pass_days(2).agreed().accepted().assessed().pass_days(3).session(1, ("yes", "yes"))


async def test_a_days_facts_come_shuffled_and_without_a_time_of_day(outcomes: Outcomes, stack: Stack) -> None:
    stories = [started() for _ in range(8)]
    for story in stories:
        await outcomes.take(story.events)
    await outcomes.a_day_ends()
    sent = [fact.fact_id for fact in await outcomes.sent()]
    async with relaying(stack, "outcomes"):
        await eventually(lambda: _sent(outcomes))
    ours = set(sent)
    records = [each for each in read_to_end(stack, "outcomes") if UUID(orjson.loads(each.value())["fact_id"]) in ours]
    assert len(records) == len(sent) > 50
    midnight = datetime.combine(outcomes.today.date(), time(), UTC)
    for record in records:
        headers = {name: value.decode() for name, value in record.headers()}
        written = [
            record.timestamp()[1],
            int(datetime.fromisoformat(headers["ce_time"]).timestamp() * 1000),
            *(UUID(headers[name]).int >> 80 for name in ("ce_id", "ce_correlationid", "ce_causationid")),
        ]
        assert written == [midnight.timestamp() * 1000] * 5
        assert UUID(headers["ce_id"]).version == 7
        assert orjson.loads(record.value())["occurred_at"].endswith("T00:00:00Z")
    assert len({dict(record.headers())["ce_id"] for record in records}) == len(records)
    # Nothing follows the order of cases or days: of neighbours as many belong together as by chance, and not all.
    assert sum(one.key() == other.key() for one, other in pairwise(records)) < len(records) * 0.6
    days = [orjson.loads(record.value())["on"] for record in records]
    assert sum(one > other for one, other in pairwise(days)) > len(records) * 0.15


async def test_facts_are_retracted_when_their_time_is_over(outcomes: Outcomes) -> None:
    await outcomes.receive(started().events)
    known = await outcomes.current()
    assert known
    newest = max(fact["happened_on"] for fact in await outcomes.facts())
    over = newest + relativedelta(months=180)
    outcomes.today = datetime.combine(over - timedelta(days=1), time(9), UTC)
    await outcomes.a_day_ends()
    assert await outcomes.current() == known, "the last day is still theirs"
    await outcomes.a_day_ends()
    assert await outcomes.current() == {}
    await outcomes.a_day_ends()
    assert await outcomes.current() == {}, "nothing brings them back"


async def _sent(outcomes: Outcomes) -> bool:
    return await backlog(outcomes.pool) == 0


async def test_nothing_is_published_before_the_day_has_ended_and_each_day_once(outcomes: Outcomes) -> None:
    story = started()
    await outcomes.take(story.events)
    await outcomes.publisher.publish_due()
    assert await outcomes.facts() != []
    assert await outcomes.sent() == []
    assert (await outcomes.http.get("/facts")).text == ""
    await outcomes.a_day_ends()
    once = await outcomes.sent()
    assert len(once) == len(await outcomes.facts())
    await outcomes.a_day_ends()
    assert await outcomes.sent() == once, "nothing has changed"


async def test_a_crash_loses_no_days_facts_and_publishes_none_twice(
    outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut off in any transaction, and with a second process at the same work."""
    first, second = started(), started()
    await outcomes.receive(first.events)
    known = len(await outcomes.sent())
    first.events.clear()
    await outcomes.take([*first.session(1, ("yes", "no")).events, *second.events])

    async def crash(*_arguments: Any) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr(releases, "save_batch", crash)
        with pytest.raises(ConnectionError):
            await outcomes.a_day_ends()
    assert len(await outcomes.sent()) == known
    others = [DailyBatches(outcomes.pool, "outcomes", outcomes.clock, lambda: Pseudonyms(bytes(32))) for _ in range(2)]
    made = await asyncio.gather(*(each.publish_due() for each in [outcomes.batches, *others]))
    assert sorted(made) == [False, False, True]
    new = (await outcomes.sent())[known:]
    assert len({fact.fact_id for fact in new}) == len(new)
    held = Counter(fact["fact"] for fact in await outcomes.facts())
    assert Counter(fact.fact for fact in (await outcomes.current()).values()) == held


async def test_what_would_make_a_family_stand_out_waits_and_is_counted(outcomes: Outcomes) -> None:
    signpost = {"name": "Somewhere"}
    await outcomes.register(
        {
            "kind": "area",
            "id": AREA,
            "name": "Hampshire",
            "smallest_group": 4,
            "universal_offer": signpost,
            "specialist_support": signpost,
        }
    )
    alike = [Story().screened("not-ready") for _ in range(3)]
    await outcomes.take([event for story in alike for event in story.events])
    await outcomes.a_day_ends(40)
    assert await outcomes.sent() == []
    (batch, *_) = (await outcomes.http.get("/releases")).json()["batches"]
    assert (batch["cases_held_back"], batch["facts_held_back"], batch["facts"]) == (3, 3, 0)
    assert [row["units"] for row in await outcomes.counted("cases-screened")] == [3], (
        "indicators count them all the same"
    )
    # A fourth one, that came late, is enough.
    await outcomes.receive(Story().screened("not-ready").events)
    sent = await outcomes.sent()
    assert [(fact.decision, fact.detail, fact.on) for fact in sent] == [("not-ready", "day", START.date())] * 4
    (batch, *_) = (await outcomes.http.get("/releases")).json()["batches"]
    assert (batch["cases_held_back"], batch["by_detail"]) == (0, {"day": 4})
    # One of them is corrected, which waits: that record alone would say which it is.
    alike[0].events.clear()
    await outcomes.receive(alike[0].pass_days(1).screened("refer", corrects=True).events)
    assert await outcomes.sent() == sent
    (batch, *_) = (await outcomes.http.get("/releases")).json()["batches"]
    assert batch["changes_waiting"] == 1


async def test_a_release_cannot_be_joined_to_the_one_before(databases: Any, tmp_path: Path) -> None:
    key_file = tmp_path / "pseudonym-key"

    def write(release: int) -> None:
        key = base64.b64encode(random.Random(release).randbytes(32)).decode()
        key_file.write_text(f"{key} {release}\n")

    write(1)
    outcomes = Outcomes(await databases("outcomes"), key_file)
    await outcomes.holds_back(1)
    await outcomes.a_day_ends()
    await outcomes.receive([event for _ in range(4) for event in started().events])
    first = await outcomes.current()
    write(2)
    await outcomes.a_day_ends()
    seen = await outcomes.sent()
    last = {fact.fact_id: fact for fact in seen}
    second = {key: fact for key, fact in last.items() if fact.outcome != "retracted"}
    assert {fact.release for fact in second.values()} == {2}
    assert all(last[key].outcome == "retracted" for key in first), "whoever knows no releases counts nobody twice"
    ids = [{fact.case_id for fact in those.values()} | set(those) for those in (first, second)]
    assert not ids[0] & ids[1]

    def content(those: Any) -> Any:
        return Counter(fact.model_copy(update=dict.fromkeys(("case_id", "fact_id", "release"))) for fact in those)

    assert content(first.values()) == content(second.values())
    listed = (await outcomes.http.get("/releases")).json()["releases"]
    assert [each["number"] for each in listed] == [2, 1]
    # The key of before makes pseudonyms of before: with it nothing is published.
    write(1)
    await outcomes.receive(started().events)
    assert await outcomes.sent() == seen
    write(2)
    await outcomes.a_day_ends()
    assert len(await outcomes.current()) > len(second)
    await outcomes.http.aclose()


async def test_days_that_passed_while_nothing_ran_are_one_batch(outcomes: Outcomes) -> None:
    await outcomes.take(started().events)
    await outcomes.a_day_ends(7)
    days = await outcomes.pool.fetch("SELECT day FROM fact_batch ORDER BY day")
    assert days[-1]["day"] - days[-2]["day"] == timedelta(days=7)
    assert len(await outcomes.sent()) == len(await outcomes.facts())
