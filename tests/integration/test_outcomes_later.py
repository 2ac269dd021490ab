"""What outcomes makes of what happens beside a case's way and after it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.case_stories import START, Story
from tests.support.outcomes_service import Outcomes, running


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def supported() -> Story:
    """Both parents came once, and the case was completed a week later."""
    story = Story().screened().agreed().pass_days(1).accepted().pass_days(4).parent_assessed(0).pass_days(1)
    story.parent_assessed(1).assessed().scheduled(1, in_days=7).pass_days(7).session(1, ("yes", "yes"))
    return story.pass_days(7).closed()


async def facts_of(outcomes: Outcomes, story: Story) -> dict[tuple[str, str], dict[str, Any]]:
    """The facts of this story, by name and subject, once everything has arrived in reverse."""
    await outcomes.receive(story.events[::-1], batch=3)
    return {
        (fact["fact"], fact["subject"]): fact for fact in await outcomes.facts() if fact["case_id"] == story.case_id
    }


async def test_intake_of_each_parent_alone_is_a_fact_of_its_own(outcomes: Outcomes) -> None:
    story = Story().screened().agreed().pass_days(1).accepted().pass_days(4).parent_assessed(0).pass_days(2)
    story.parent_assessed(1, "suitable").parent_assessed(1, "not-suitable")
    facts = await facts_of(outcomes, story)
    of = str(story.referral["referral_id"])
    mother = facts["parent-assessed", f"{of}/{story.parents[0]}"]
    father = facts["parent-assessed", f"{of}/{story.parents[1]}"]
    assert (mother["outcome"], mother["parents"], mother["fathers"], mother["days_since"]) == ("suitable", 1, 0, 4)
    assert (father["outcome"], father["parents"], father["fathers"], father["days_since"]) == ("not-suitable", 1, 1, 6)
    assert father["provider"] == "common-ground"


async def test_a_session_planned_again_is_one_fact_and_counts_once_as_moved(outcomes: Outcomes) -> None:
    story = Story().screened().agreed().accepted().assessed().scheduled(1, in_days=7)
    story.pass_days(3).scheduled(1, in_days=9, moved=1).scheduled(1, in_days=10, moved=2).scheduled(2, in_days=20)
    facts = await facts_of(outcomes, story)
    plans = {subject[-1]: fact for (name, subject), fact in facts.items() if name == "session-scheduled"}
    assert {number: plan["outcome"] for number, plan in plans.items()} == {"1": "moved", "2": "planned"}
    assert (plans["1"]["days_since"], plans["2"]["days_since"]) == (10, 20)
    assert await outcomes.pool.fetchval("SELECT day_of_newest_fact()") == START.date()


async def test_a_case_that_goes_on_has_not_ended(outcomes: Outcomes) -> None:
    story = supported().pass_days(10).reopened()
    facts = await facts_of(outcomes, story)
    opened = facts["reopened", str(story.referral["referral_id"])]
    assert (opened["outcome"], opened["days_since"], opened["parents"]) == ("family-came-back", 10, 2)
    assert ("closed", "") not in facts
    assert [(row["category"], row["met"]) for row in await outcomes.counted("ending-mix")] == [("under-way", 1)]
    story.events.clear()
    await outcomes.receive(story.pass_days(5).closed("ended-early").events)
    assert [(row["category"], row["met"]) for row in await outcomes.counted("ending-mix")] == [("ended-early", 1)]


async def test_who_was_asked_again_is_beside_who_answered(outcomes: Outcomes) -> None:
    story = supported().pass_days(183).asked(person=0).asked(person=1).pass_days(2)
    facts = await facts_of(outcomes, story.measured("follow-up-6-months", 1))
    asked = [facts["asked-6-months", str(person)] for person in story.parents]
    assert [fact["fathers"] for fact in asked] == [0, 1]
    assert [fact["days_since"] for fact in asked] == [183, 183]
    assert ("answered-6-months", str(story.parents[0])) not in facts
    assert facts["answered-6-months", str(story.parents[1])]["days_since"] == 185


async def test_a_family_that_comes_again_is_a_fact_of_its_new_case(outcomes: Outcomes) -> None:
    before = supported()
    facts = await facts_of(outcomes, Story().screened().again(before.case_id, 12, same_reason=False))
    fact = facts["re-referred", ""]
    assert (fact["outcome"], fact["parents"], fact["children"]) == ("within-12-months-another-reason", 2, 1)


async def test_a_concern_is_a_code_and_counts_nobody(outcomes: Outcomes) -> None:
    facts = await facts_of(outcomes, Story().screened().agreed().accepted().concern("housing").concern("housing"))
    concerns = [fact for (name, _), fact in facts.items() if name == "concern"]
    assert [(fact["outcome"], fact["parents"] + fact["children"]) for fact in concerns] == [("housing", 0)] * 2


async def test_families_that_came_again_are_a_share_of_those_who_could(outcomes: Outcomes) -> None:
    """Who ended too short a time ago, or never came to a session, is not among those who did not come again."""
    early, late, quiet = supported(), supported(), supported()
    unseen = Story().screened().agreed().accepted().pass_days(20).closed("no-contact")
    soon = Story().pass_days(100).screened().again(early.case_id, 6)
    later = Story().pass_days(300).screened().again(late.case_id, 12, same_reason=False)
    recent = Story().pass_days(200).screened().agreed().accepted().assessed().session(1, ("yes",)).pass_days(1).closed()
    stories = (early, late, quiet, unseen, soon, later, recent)
    await outcomes.receive([event for story in stories for event in story.events])
    assert await came_again(outcomes) == {
        "came-again-6-months": (3, 1),
        "came-again-6-months-same-reason": (3, 1),
        "came-again-12-months": (0, 0),
        "came-again-12-months-same-reason": (0, 0),
    }
    await outcomes.receive(Story().pass_days(400).screened().events)
    assert await came_again(outcomes) == {
        "came-again-6-months": (4, 1),
        "came-again-6-months-same-reason": (4, 1),
        "came-again-12-months": (3, 2),
        "came-again-12-months-same-reason": (3, 1),
    }


async def came_again(outcomes: Outcomes) -> dict[str, tuple[int, int]]:
    """Of how many families, and how many of them, by indicator."""
    found = {}
    for months in (6, 12):
        for name in (f"came-again-{months}-months", f"came-again-{months}-months-same-reason"):
            rows = await outcomes.counted(name)
            found[name] = (sum(row["counted"] for row in rows), sum(row["met"] for row in rows))
    return found


async def test_follow_up_counts_who_answered_asked_or_not(outcomes: Outcomes) -> None:
    """Who answers first is never asked: one of three here."""
    story = supported().pass_days(183).asked(person=0).asked(person=1).pass_days(1).measured("follow-up-6-months", 1)
    await outcomes.receive([*story.events, *supported().pass_days(183).measured("follow-up-6-months", 0).events])
    (row,) = await outcomes.counted("parents-answered-6-months")
    assert (row["counted"], row["met"]) == (4, 2)
    (row,) = [
        row for row in await outcomes.counted("parents-answered-6-months", "father") if row["father"] == "fathers"
    ]
    assert (row["counted"], row["met"]) == (2, 1)


async def test_a_change_that_error_does_not_explain_is_counted_apart(outcomes: Outcomes) -> None:
    """CORE-10 is better when it falls, by six points or more; of another instrument nothing of the kind is known."""
    for before, after in ((20, 14), (20, 15), (20, 27), (20, 24), (20, 8)):
        story = Story().screened().agreed().accepted().assessed().measured("baseline", 0, before, "core-10")
        story.measured("baseline", 1, before, "core-10").measured("baseline", 1, before)
        story.pass_days(30).measured("closure", 0, after, "core-10").measured("closure", 1, after)
        await outcomes.receive(story.events)
    for indicator, met in (("reliably-better-at-closure", 2), ("reliably-worse-at-closure", 1)):
        rows = {row["instrument"]: row for row in await outcomes.counted(indicator)}
        assert (rows["core-10"]["counted"], rows["core-10"]["met"]) == (5, met)
        assert rows.get("relationship-quality", {"counted": 0})["counted"] == 0
    # Of the two who are better, both came from above the cut-off of 11, and one is below it now.
    rows = {row["instrument"]: row for row in await outcomes.counted("recovered-at-closure")}
    assert rows["core-10"]["met"] == 1
