"""Spark's Structured Streaming on the topic of current facts, on real Kafka: `make spark-stream`.

It is no part of `make test`: it needs Spark in a virtual environment of its own (SPARK_PYTHON), and its connector from
Maven Central.
"""

import asyncio
import os
import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.stack.home import Stack
from shared.messaging.publishing.relay import backlog
from tests.support.case_stories import Story
from tests.support.event_traffic import eventually, relaying
from tests.support.outcomes_service import Outcomes, running

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "analyst" / "spark_streaming.py"
PYTHON = os.environ.get("SPARK_PYTHON", "")
# What Maven Central sends comes the first time alone.
PATIENCE_S = 600.0
LINE = re.compile(r"(\d{4}-\d{2})  (\S+) +(fewer than 10|\d+)")


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


async def test_spark_has_the_table_of_what_holds_now(outcomes: Outcomes, stack: Stack) -> None:
    assert PYTHON, "SPARK_PYTHON is not set: run `make spark-stream`"
    # Twelve are referred; of one nothing is so any more, and one is referred twice.
    stories = [Story().screened().pass_days(2).agreed() for _ in range(13)]
    for story in stories:
        await outcomes.take(story.events)
    await outcomes.a_day_ends()
    gone, twice = stories[0], stories[1]
    gone.events.clear()
    twice.events.clear()
    await outcomes.take(gone.taken_back(gone.submission, None, 1).events)
    await outcomes.take(twice.declined().pass_days(1).agreed("two-homes").events)
    await outcomes.a_day_ends()
    expected: Counter[tuple[str, str]] = Counter()
    referred = {fact.case_id: fact for fact in (await outcomes.current()).values() if fact.fact == "referred"}
    for fact in referred.values():
        expected[f"{fact.on:%Y-%m}", fact.source or "not given"] += 1
    assert list(expected.values()) == [12]
    async with relaying(stack, "outcomes"):
        await eventually(lambda: _sent(outcomes))
    credentials = stack.home.credentials / "analyst.properties"
    process = await asyncio.create_subprocess_exec(
        *(PYTHON, EXAMPLE, credentials, "--once"), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE_S):
        printed, noise = await process.communicate()
    assert process.returncode == 0, noise.decode()[-4000:]
    found = {(month, front_door): number for month, front_door, number in LINE.findall(printed.decode())}
    assert found == {line: str(number) for line, number in expected.items()}, printed.decode()


async def _sent(outcomes: Outcomes) -> bool:
    return await backlog(outcomes.pool) == 0
