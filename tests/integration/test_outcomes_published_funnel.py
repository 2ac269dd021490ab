"""The national programme's figures come out as published: from events, over the star, to a return and its numbers.

Published by the Department for Work and Pensions of its Reducing Parental Conflict programme: 6,110 parents were
referred, 4,802 started (79%), 2,694 of these completed (56%), 878 answered after six months and 374 after twelve
(docs/pathway.md, What is measured).
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.outcomes.handlers.returns import Returns
from shared.access.roles import Role
from tests.support.case_stories import AREA, START, Story
from tests.support.identity import bearer
from tests.support.outcomes_service import Outcomes, running

PUBLISHED = {
    "parents_referred": 6110,
    "parents_started": 4802,
    "parents_completed": 2694,
    "parents_answered_6_months": 878,
    "parents_answered_12_months": 374,
}
ASKED = {"name": "dwp-style", "first": "2025-04-01", "last": "2025-06-30"}


def story(at: int) -> Story:
    """The family at a place among all: two parents each, of whom both came, completed and answered, or neither."""
    pairs = {step: parents // 2 for step, parents in PUBLISHED.items()}
    made = Story(children=0)
    made.now = START + timedelta(days=at % 60)
    made.screened().agreed()
    if at < pairs["parents_started"]:
        made.session(1, ("yes", "late"))
    if at < pairs["parents_completed"]:
        made.closed()
    # Who answers need not have come: some who never started do.
    if at >= pairs["parents_referred"] - pairs["parents_answered_6_months"]:
        made.measured("follow-up-6-months", 0).measured("follow-up-6-months", 1)
    if at % 16 == 0 and at // 16 < pairs["parents_answered_12_months"]:
        made.measured("follow-up-12-months", 0).measured("follow-up-12-months", 1)
    return made


@pytest.fixture
async def outcomes(databases: Any, tmp_path: Path) -> AsyncIterator[Outcomes]:
    async with running(databases, tmp_path / "star", tmp_path / "publications") as service:
        await service.holds_back(10)
        run = next(each for each in service.background if isinstance(getattr(each, "__self__", None), Returns))
        publishing: asyncio.Task[None] = asyncio.create_task(run())  # type: ignore[arg-type]  # it is a coroutine
        yield service
        publishing.cancel()


async def published(outcomes: Outcomes, **changes: Any) -> dict[str, Any]:
    """What came of a return that was asked for."""
    response = await outcomes.http.post("/publications", json=ASKED | changes)
    assert response.status_code == 202, response.text
    while True:
        state: dict[str, Any] = (await outcomes.http.get("/publications")).json()
        if not state["progress"]["is_publishing"]:
            return state
        await asyncio.sleep(0.2)


async def test_the_national_figures_come_out_as_published(outcomes: Outcomes, tmp_path: Path) -> None:
    families = PUBLISHED["parents_referred"] // 2
    for first in range(0, families, 500):
        await outcomes.take([event for at in range(first, min(first + 500, families)) for event in story(at).events])
    state = await published(outcomes)
    assert state["progress"]["error"] is None
    (made,) = state["items"]
    folder = tmp_path / "publications" / made["name"]
    head, row = (folder / "return" / "dwp-style.return.csv").read_text().split()
    found = dict(zip(head.split(","), row.split(","), strict=True))
    assert found == {"area": AREA} | {step: str(parents) for step, parents in PUBLISHED.items()}

    # The same by HTTP, with the shares that were published.
    for name, share in (("parents-started", 0.79), ("parents-completed", 0.56)):
        answer = (await outcomes.http.get(f"/api/v1/outcomes/indicators/{name}?place={AREA}&by=period")).json()
        (number,) = [each for each in answer["numbers"] if each["by"][0]["value"] == "2025-04 to 2025-06"]
        assert round(number["value"], 2) == share
        assert number["met"] == PUBLISHED[name.replace("-", "_")]

    checked = (await outcomes.http.get(f"/publications/{made['name']}/verification")).json()
    assert (checked["holds"], checked["differs"], checked["redefined"]) == (True, [], [])
    (folder / "csv" / "parents-started.csv").write_text("area\r\n")
    checked = (await outcomes.http.get(f"/publications/{made['name']}/verification")).json()
    assert (checked["holds"], checked["differs"]) == (True, ["csv/parents-started.csv"])


async def test_what_is_small_in_a_return_is_not_in_it_and_rounding_is_stated(
    outcomes: Outcomes, tmp_path: Path
) -> None:
    stories = [Story(children=0).screened().agreed() for _ in range(12)]
    for each in stories[:2]:
        each.session(1, ("yes", "yes"))
    await outcomes.take([event for each in stories for event in each.events])
    state = await published(outcomes, mode="rounding")
    assert state["progress"]["error"] is None
    (made,) = state["items"]
    assert (made["mode"], made["base"]) == ("rounding", 5)
    text = (tmp_path / "publications" / made["name"] / "return" / "dwp-style.return.csv").read_text()
    # Four came, of twenty-four.
    assert text.splitlines()[1].startswith(f"{AREA},25,suppressed,suppressed")


async def test_what_cannot_be_published_is_refused_by_field_and_rule(outcomes: Outcomes) -> None:
    for changes, field, rule in (
        ({"name": "absent"}, "return", "there is no absent; there are dwp-style, supporting-families"),
        ({"first": "2025-04-02"}, "from", "must be the first day of a month"),
        ({"last": "2025-06-29"}, "until", "must be the last day of a month"),
        ({"first": "2025-07-01"}, "until", "must not be before from"),
        ({"first": "2010-04-01"}, "from", "dwp-style: no version is valid from 2010-04-01 to 2025-06-30"),
    ):
        response = await outcomes.http.post("/publications", json=ASKED | changes)
        assert response.status_code == 422, changes
        assert response.json()["errors"] == [{"field": field, "rule": rule}]
    administrator = bearer(Role.AREA_ADMINISTRATOR, areas=[AREA])
    refused = await outcomes.http.post("/publications", json=ASKED, headers=administrator)
    assert refused.status_code == 403
    state = await published(outcomes)
    assert state["progress"]["error"] == "the star is empty: nothing is known yet"
    assert state["items"] == []
