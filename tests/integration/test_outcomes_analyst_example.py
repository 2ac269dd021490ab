"""The example that analysts copy: run on facts that outcomes has published, as an analyst reads them."""

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from deploy.stack.home import Stack
from shared.messaging.publishing.relay import backlog
from tests.support.case_stories import Story
from tests.support.event_traffic import eventually, publish, relaying
from tests.support.outcomes_service import Outcomes, running

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "analyst"


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def _module(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def example() -> Any:
    return _module("count_cases")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Any:
    # As where it is run: the example that reads the topic is in the same folder.
    monkeypatch.syspath_prepend(str(EXAMPLES))
    return _module("referred")


async def test_cases_are_counted_by_their_pseudonyms_and_facts_by_their_last_record(
    outcomes: Outcomes, example: Any
) -> None:
    """Of three cases two are referred, one of them twice; the one that came to a session is found not to have."""
    twice = Story().screened().pass_days(4).agreed().declined().pass_days(2).agreed("two-homes").accepted()
    once = Story().screened().pass_days(8).agreed().accepted().assessed().session(1, ("yes", "yes"))
    never = Story().screened("not-ready")
    await outcomes.receive([*twice.events, *once.events, *never.events])
    once.events.clear()
    await outcomes.receive(once.session(1, ("no", "no")).events)
    rows = await outcomes.pool.fetch("SELECT value FROM outbox WHERE topic = 'outcomes' ORDER BY id")
    values = [row["value"] for row in rows]
    facts = example.current_facts(values)
    assert {fact["fact_id"] for fact in facts} == {str(fact_id) for fact_id in await outcomes.current()}
    assert len(facts) < len(values)
    counts = example.cases_by_step(facts)
    assert (counts["screened"], counts["referred"], counts["accepted"]) == (3, 2, 2)
    assert "started" not in counts
    assert sum(fact["fact"] == "referred" for fact in facts) == 3
    assert example.cases_by_step(facts, "decision") == {"refer": 2, "not-ready": 1}
    assert example.median_days(facts, "referred") == 6
    assert example.median_days(facts, "completed") is None
    assert [example.publishable(count) for count in (0, 9, 10)] == ["0", "fewer than 10", "10"]


async def test_an_analyst_reads_the_topic_to_its_end_with_the_file_that_the_operator_gives(
    outcomes: Outcomes, stack: Stack, example: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await outcomes.receive(Story().screened().events)
    (row,) = await outcomes.pool.fetch("SELECT key, value FROM outbox WHERE topic = 'outcomes'")
    publish(stack, row["key"], row["value"], [], "outcomes")
    credentials = stack.home.credentials / "analyst.properties"
    assert row["value"] in list(example.read_all(credentials))
    example.main(credentials)
    assert capsys.readouterr().out.startswith("screened: ")


async def test_a_table_by_front_door_and_month_follows_from_what_holds_now(
    outcomes: Outcomes, stack: Stack, table: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    credentials = stack.home.credentials / "analyst.properties"
    before = {line[:2]: line[2] for line in table.referred(table.loaded(credentials))}
    stories = [Story().screened().pass_days(2).agreed() for _ in range(3)]
    for story in stories:
        await outcomes.take(story.events)
    await outcomes.a_day_ends()
    # Nothing of one of them is so any more, and another is referred once more: it is one family all the same.
    gone, twice = stories[0], stories[1]
    gone.events.clear()
    twice.events.clear()
    await outcomes.take(gone.taken_back(gone.submission, None, 1).events)
    await outcomes.take(twice.declined().pass_days(1).agreed("two-homes").events)
    await outcomes.a_day_ends()
    holds = await outcomes.current()
    async with relaying(stack, "outcomes"):
        await eventually(lambda: _sent(outcomes))
    database = table.loaded(credentials)
    rows = database.execute("SELECT fact_id, value ->> 'case_id', fact FROM fact").fetchall()
    ours = {fact.case_id for fact in holds.values()}
    found = {fact_id for fact_id, case_id, _ in rows if UUID(case_id) in ours}
    assert found == {str(fact_id) for fact_id in holds}
    assert sum(fact == "referred" for _, case_id, fact in rows if UUID(case_id) in ours) == 3
    after = {line[:2]: line[2] for line in table.referred(database)}
    more = {line: number - before.get(line, 0) for line, number in after.items() if number != before.get(line, 0)}
    assert list(more.values()) == [2]
    table.main(credentials)
    assert "fewer than 10" in capsys.readouterr().out


async def _sent(outcomes: Outcomes) -> bool:
    return await backlog(outcomes.pool) == 0
