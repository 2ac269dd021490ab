"""The example that analysts copy: run on facts that outcomes has published, as an analyst reads them."""

import importlib.util
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.home import Stack
from tests.support.case_stories import Story
from tests.support.event_traffic import publish
from tests.support.outcomes_service import Outcomes, running

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "analyst" / "count_cases.py"


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("analyst_example", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    values = [row["value"] for row in await outcomes.pool.fetch("SELECT value FROM outbox ORDER BY id")]
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
    (row,) = await outcomes.pool.fetch("SELECT key, value FROM outbox")
    publish(stack, row["key"], row["value"], [], "outcomes")
    credentials = stack.home.credentials / "analyst.properties"
    assert row["value"] in list(example.read_all(credentials))
    example.main(credentials)
    assert capsys.readouterr().out.startswith("screened: ")
