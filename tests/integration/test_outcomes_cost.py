"""What support cost: at the directory's prices, for each parent, child and completed case, and never guessed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.case_stories import AREA, Story
from tests.support.outcomes_service import Outcomes, running

OFFER = {
    "kind": "offer",
    "id": "common-ground-mediation",
    "provider": "common-ground",
    "service": "mediation",
    "areas": [AREA],
}


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        yield service


def case(sessions: int, end: str, came: tuple[str, ...] = ("yes", "yes"), children: int = 1) -> Story:
    story = Story(children=children).screened().agreed().accepted().assessed()
    for number in range(1, sessions + 1):
        story.pass_days(7).session(number, came)
    return story.pass_days(7).closed(end)


async def cost(outcomes: Outcomes) -> dict[str, Any]:
    return (await outcomes.summary())["cost"]


@pytest.mark.parametrize(("paid_for", "spent"), [("completed-case", 100), ("started-case", 300), ("session", 400)])
async def test_what_is_paid_for_is_what_is_counted(outcomes: Outcomes, paid_for: str, spent: int) -> None:
    """One case completed after two sessions; one ended early after one; of one a parent alone came; one never began."""
    await outcomes.register({**OFFER, "unit_cost_pence": 100_00, "unit_cost_for": paid_for})
    stories = [
        case(2, "completed", children=3),
        case(1, "ended-early"),
        case(1, "ended-early", ("yes", "no")),
        case(0, "no-contact"),
    ]
    await outcomes.receive([event for story in stories for event in story.events])
    found = await cost(outcomes)
    (row,) = found["by_service"]
    assert (row["provider"], row["cases"], row["completed"], row["cases_without_price"]) == ("common-ground", 3, 1, 0)
    assert row["spent_pence"] == spent * 100
    assert row["per_completed_case_pence"] == spent * 100
    assert row["per_parent_pence"] == spent * 100 / 5
    assert row["per_child_pence"] == spent * 100 / 5
    assert {key: found["total"][key] for key in ("cases", "spent_pence")} == {"cases": 3, "spent_pence": spent * 100}


async def test_a_case_without_a_price_is_counted_and_in_no_sum(outcomes: Outcomes) -> None:
    await outcomes.register({**OFFER, "unit_cost_pence": 100_00})
    free = Story().screened().agreed("two-homes", "couple-support").accepted().assessed().pass_days(1)
    agreed = free.events[1].model_copy(update={"offer": "two-homes-couples"})
    free.events[1] = agreed
    free.session(1, ("yes", "yes")).closed()
    await outcomes.receive([*case(1, "completed").events, *free.events])
    found = await cost(outcomes)
    unknown = next(row for row in found["by_service"] if row["provider"] == "two-homes")
    assert (unknown["cases"], unknown["cases_without_price"], unknown["spent_pence"]) == (1, 1, None)
    assert unknown["per_parent_pence"] is None
    assert (found["total"]["cases"], found["total"]["cases_without_price"]) == (2, 1)
    assert (found["total"]["spent_pence"], found["total"]["per_parent_pence"]) == (100_00, 50_00)


async def test_a_case_that_went_on_is_paid_for_twice_and_is_one_case(outcomes: Outcomes) -> None:
    await outcomes.register({**OFFER, "unit_cost_pence": 100_00, "unit_cost_for": "started-case"})
    story = case(1, "completed").pass_days(3).reopened().assessed().pass_days(4).session(1, ("yes", "yes"))
    await outcomes.receive(story.pass_days(1).closed().events)
    total = (await cost(outcomes))["total"]
    assert (total["cases"], total["completed"], total["priced_parents"], total["spent_pence"]) == (1, 1, 2, 200_00)


async def test_a_case_of_which_one_part_has_no_price_is_in_no_sum(outcomes: Outcomes) -> None:
    """What is known of it would make it look cheap."""
    await outcomes.register({**OFFER, "unit_cost_pence": 100_00, "unit_cost_for": "started-case"})
    story = case(1, "completed").pass_days(3).reopened()
    story.events[-2] = story.events[-2].model_copy(update={"offer": "another"})
    await outcomes.receive(story.assessed().pass_days(4).session(1, ("yes", "yes")).pass_days(1).closed().events)
    found = await cost(outcomes)
    for row in (found["total"], *found["by_service"]):
        assert (row["cases"], row["cases_without_price"], row["spent_pence"]) == (1, 1, None)


async def test_the_newest_price_holds_and_an_older_entry_never_comes_back(outcomes: Outcomes) -> None:
    await outcomes.receive(case(1, "completed").events)
    assert (await cost(outcomes))["total"]["spent_pence"] is None
    await outcomes.register({**OFFER, "unit_cost_pence": 120_00})
    outcomes.offset = -1
    await outcomes.register({**OFFER, "unit_cost_pence": 1_00})
    assert (await cost(outcomes))["total"]["spent_pence"] == 120_00


async def test_what_would_have_to_be_avoided_is_the_areas_own_figure_and_no_saving(outcomes: Outcomes) -> None:
    signpost = {"name": "Somewhere"}
    area: dict[str, Any] = {"kind": "area", "id": AREA, "name": "Hampshire"}
    area |= {"universal_offer": signpost, "specialist_support": signpost}
    avoidable = {"outcome": "A case of social care", "pence": 70_00, "source": "An example", "as_of": "2025-01-31"}
    await outcomes.register({**area, "avoidable_costs": [avoidable]})
    assert (await cost(outcomes))["avoidable"][0]["as_many_as"] is None
    await outcomes.register({**OFFER, "unit_cost_pence": 100_00})
    await outcomes.receive(case(1, "completed").events)
    (row,) = (await cost(outcomes))["avoidable"]
    assert {**avoidable, "area": AREA, "area_name": "Hampshire"}.items() <= row.items()
    assert (row["spent_pence"], row["as_many_as"], row["completed"]) == (100_00, 2, 1)
    await outcomes.register(area)
    assert (await cost(outcomes))["avoidable"] == []
