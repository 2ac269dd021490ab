"""Who is reached, against who lives there, from screenings and the area's own figures."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.case_stories import AREA, Story
from tests.support.outcomes_service import Outcomes, running

SIGNPOST = {"name": "Somewhere"}
HAMPSHIRE = {
    "kind": "area",
    "id": AREA,
    "name": "Hampshire",
    "universal_offer": SIGNPOST,
    "specialist_support": SIGNPOST,
}
POPULATION = {
    "as_of": "2025-01-01",
    "source": "An example",
    "of": "everybody",
    "ethnicity": {"white": 900, "asian": 100},
}


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def supported(**of_parents: str) -> Story:
    story = Story(**of_parents).screened().agreed().accepted().assessed().pass_days(7)
    return story.session(1, ("yes", "yes"))


async def ethnicity(outcomes: Outcomes) -> dict[str, Any]:
    found = (await outcomes.summary())["reach"]["characteristics"]
    return next(each for each in found if each["characteristic"] == "ethnicity")


async def test_each_group_is_held_against_the_population(outcomes: Outcomes) -> None:
    await outcomes.register({**HAMPSHIRE, "population": POPULATION})
    stories = [
        *(supported() for _ in range(10)),
        *(supported(ethnicity="asian") for _ in range(5)),
        *(Story(ethnicity="asian").screened("not-ready") for _ in range(5)),
        Story(ethnicity="not-stated").screened(),
        *(Story(ethnicity="other").screened() for _ in range(6)),
    ]
    await outcomes.receive([event for story in stories for event in story.events])
    found = await ethnicity(outcomes)
    groups = {each["group"]: each for each in found["groups"]}
    assert set(groups) == {"asian", "white"}
    screened, started = groups["asian"]["screened"], groups["asian"]["started"]
    assert (screened["parents"], screened["share"], screened["expected_share"]) == (20, 0.5, 0.1)
    assert screened["ratio"] == pytest.approx(5)
    assert (started["parents"], started["ratio"]) == (10, pytest.approx(10 / 3))
    assert 1 < started["low"] < started["ratio"] < started["high"] < 10
    assert groups["white"]["started"]["ratio"] == pytest.approx(2 / 3 / 0.9)
    assert found["not_stated"]["screened"] is None
    assert (found["without_figure"]["screened"], found["without_figure"]["started"]) == (12, 0)
    assert found["areas"] == [AREA]


async def test_a_correction_describes_the_parents_again(outcomes: Outcomes) -> None:
    await outcomes.register({**HAMPSHIRE, "population": POPULATION})
    stories = [Story() for _ in range(5)]
    for story in stories:
        story.screened().of_parents = {"ethnicity": "asian"}
        story.pass_days(1).screened(corrects=True)
    await outcomes.receive([event for story in stories for event in story.events[::-1]])
    groups = {each["group"]: each["screened"]["parents"] for each in (await ethnicity(outcomes))["groups"]}
    assert groups == {"asian": 10, "white": 0}


async def test_without_figures_there_are_shares_alone_and_the_area_is_named(outcomes: Outcomes) -> None:
    await outcomes.register({**HAMPSHIRE, "population": POPULATION})
    await outcomes.register(HAMPSHIRE)
    await outcomes.receive([event for _ in range(5) for event in Story().screened().events])
    found = (await outcomes.summary())["reach"]
    assert found["figures"] == []
    assert found["areas_without"] == [{"area": AREA, "area_name": "Hampshire"}]
    (white,) = (await ethnicity(outcomes))["groups"]
    assert (white["screened"]["share"], white["screened"]["ratio"]) == (1, None)
