"""What is mended, taken back or comes late: the facts are of what holds in the end, in whatever order it was heard."""

import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.contracts.base import CaseEvent
from shared.contracts.referral import SessionRecorded
from tests.support.case_stories import Story
from tests.support.outcomes_service import EVERY_TABLE, Outcomes, running


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def taken_back(story: Story, submission: Any, stands: Any, revision: int) -> CaseEvent:
    return story.taken_back(submission, stands, revision).events.pop()


async def test_a_session_counts_as_it_was_last_reported_and_not_where_it_was_taken_back(outcomes: Outcomes) -> None:
    story = Story(("mother", "father")).screened().agreed().accepted().assessed()
    story.pass_days(5).session(40, ("yes", "yes")).session(3, ("yes", "no")).session(3, ("yes", "yes"))
    wrong = next(each for each in story.events if isinstance(each, SessionRecorded))
    back = wrong.model_copy(update={"sequence": 900, "attendance": (), "taken_back": True})
    await outcomes.receive([*story.events, back])
    facts = await outcomes.facts()
    sessions = [(fact["subject"].rpartition("/")[2], fact["parents"]) for fact in facts if fact["fact"] == "session"]
    assert sessions == [("3", 2)]


@given(days=st.lists(st.integers(-9_000, 9_000), min_size=3, max_size=5), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_fact_comes_before_what_it_follows(outcomes: Outcomes, days: list[int], seed: int) -> None:
    await outcomes.pool.execute(f"TRUNCATE {', '.join(EVERY_TABLE)}")
    story = Story(("mother", "father")).screened()
    for step, passed in zip((story.agreed, story.accepted, story.assessed), days, strict=False):
        story.pass_days(passed)
        step()
    for number, passed in enumerate(days, 1):
        story.pass_days(passed).session(number, ("yes", "yes"))
    story.closed()
    events = list(story.events)
    random.Random(seed).shuffle(events)
    await outcomes.receive(events)
    facts = await outcomes.facts()
    assert {"started", "session", "closed"} <= {fact["fact"] for fact in facts}
    assert all(fact["days_since"] is None or fact["days_since"] >= 0 for fact in facts)


@pytest.mark.parametrize("seed", range(2))
async def test_the_screening_in_force_is_the_one_with_the_highest_revision(outcomes: Outcomes, seed: int) -> None:
    """Clocks do not matter: a correction with an older stamp is above what it corrects."""
    story = Story(("mother", "father")).pass_days(30).screened(level_of_need="targeted", revision=1)
    first = story.submission
    story.pass_days(-10).screened(level_of_need="child-in-need", revision=2, corrects=True)
    second = story.submission
    story.pass_days(40).screened(level_of_need="universal-plus", stands=False, revision=2)
    events = list(story.events)
    random.Random(seed).shuffle(events)
    await outcomes.receive(events)
    assert {fact["level_of_need"] for fact in await outcomes.facts()} == {"child-in-need"}
    await outcomes.receive([taken_back(story, second, first, 3)])
    assert {fact["level_of_need"] for fact in await outcomes.facts()} == {"targeted"}
    await outcomes.receive([taken_back(story, first, None, 4), taken_back(story, story.submission, None, 5)])
    assert await outcomes.facts() == []
    assert await outcomes.current() == {}


async def test_an_unborn_child_and_a_reason_of_a_newer_service_are_read(outcomes: Outcomes) -> None:
    story = Story(("mother", "father")).screened("more-information", reasons=("no-reason-of-ours", "no-child-named"))
    [event] = story.events
    unborn = event.children[0].model_copy(update={"age": None, "expected_on": story.now.date()})
    await outcomes.receive([event.model_copy(update={"children": (unborn,), "one_parent": True})])
    [fact] = [each for each in await outcomes.facts() if each["fact"] == "screened"]
    assert fact["children"] == 1
