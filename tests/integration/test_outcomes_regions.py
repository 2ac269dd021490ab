"""The summary of a region, an area or everything: of the published report, or an administrator's own counts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from services.outcomes.handlers.board_report import BoardReport
from services.outcomes.handlers.own_counts import OwnCounts
from shared.access.roles import Role
from tests.support.case_stories import AREA, Story
from tests.support.identity import signed_in
from tests.support.outcomes_service import Outcomes, running

NEXT, EMPTY, ELSEWHERE = "E06000045", "E06000044", "E10000018"
REGION = {"kind": "region", "id": "south-coast", "name": "South coast", "areas": [AREA, NEXT, EMPTY]}
ADMINISTRATOR, ANALYST = [Role.AREA_ADMINISTRATOR], [Role.ANALYST]
_SECONDS = 240


@pytest.fixture
async def outcomes(databases: Any, tmp_path: Path) -> AsyncIterator[Outcomes]:
    async with running(databases, tmp_path / "star", tmp_path / "publications") as service:
        runs = [
            asyncio.create_task(run())  # type: ignore[arg-type]  # they are coroutines
            for run in service.background
            if isinstance(getattr(run, "__self__", None), BoardReport | OwnCounts)
        ]
        yield service
        for each in runs:
            each.cancel()
            with suppress(asyncio.CancelledError):
                await each


def area(code: str, name: str, smallest: int = 5) -> dict[str, Any]:
    signpost = {"name": "Somewhere"}
    entry = {"kind": "area", "id": code, "name": name, "universal_offer": signpost, "specialist_support": signpost}
    return {**entry, "smallest_group": smallest}


def supported(code: str, *, starts: bool = True, ends: bool = True) -> Story:
    story = Story(area=code).screened().pass_days(2).agreed().accepted().pass_days(1).assessed().pass_days(4)
    if starts:
        story.session(1, ("yes", "yes"))
    return story.pass_days(9).closed() if ends else story


async def asked(outcomes: Outcomes, roles: list[Role], areas: list[str], **of: str) -> dict[str, Any]:
    """The summary, once all that is due is in it."""
    for _ in range(_SECONDS):
        answer = await outcomes.http.get("/summary", params=of, headers=signed_in("a.board", *roles, areas=areas))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        if not found["is_due"]:
            return found
        await asyncio.sleep(1)
    raise AssertionError("the report was never made")


def people(found: dict[str, Any], step: str = "referred") -> Any:
    return next(each["parents"]["people"] for each in found["funnel"] if each["step"] == step)


async def test_everybody_reads_what_is_published_and_an_administrator_the_own_area_as_it_is(
    outcomes: Outcomes,
) -> None:
    await outcomes.register(
        area(AREA, "Hampshire"), area(NEXT, "Southampton"), area(EMPTY, "Portsmouth"), area(ELSEWHERE, "Leics"), REGION
    )
    # As many who completed as who stay or never came: else nearly everything is held back with the noughts.
    steps: tuple[dict[str, bool], ...] = ({}, {"ends": False}, {"starts": False, "ends": False})
    stories = [supported(AREA, **each) for each in steps for _ in range(12)]
    stories += [supported(NEXT), *(supported(ELSEWHERE, **each) for each in steps for _ in range(8))]
    await outcomes.receive([event for story in stories for event in story.events])

    whole = await asked(outcomes, ANALYST, [])
    assert (whole["every_count"], whole["smallest"], people(whole)) == (False, 5, 122)
    by_area = {row["area_name"]: row["referred"] for row in whole["areas"]}
    assert {*by_area} == {"Hampshire", "Southampton", "Portsmouth", "Leics"}
    # Two parents of one family, and what is left of a sum without them.
    assert by_area["Southampton"] is None
    assert list(by_area.values()).count(None) > 1
    region = await asked(outcomes, ANALYST, [], region="SOUTH Coast")
    assert region["region"] == {"id": "south-coast", "name": "South coast", "areas": [AREA, NEXT, EMPTY]}
    assert {row["area_name"] for row in region["areas"]} == {"Hampshire", "Southampton", "Portsmouth"}
    alone = await asked(outcomes, ANALYST, [], area="southampton")
    assert (people(alone), alone["quarter"], alone["known_until"]) == (None, whole["quarter"], whole["known_until"])
    assert people(alone) == by_area["Southampton"]

    own = await asked(outcomes, ADMINISTRATOR, [NEXT], area=NEXT)
    assert (own["every_count"], own["quarter"], people(own), people(own, "completed")) == (True, None, 2, 2)
    assert people(await asked(outcomes, [*ADMINISTRATOR, *ANALYST], [AREA], area=NEXT)) is None
    assert people(await asked(outcomes, [*ADMINISTRATOR, *ANALYST], [NEXT], area=NEXT)) == 2
    assert people(await asked(outcomes, ADMINISTRATOR, [AREA, NEXT, EMPTY], region="south-coast")) == 74
    headers = signed_in("an.administrator", Role.AREA_ADMINISTRATOR, areas=[NEXT])
    for of in ({"area": AREA}, {"region": "south-coast"}):
        assert (await outcomes.http.get("/summary", params=of, headers=headers)).status_code == 403
    assert (await outcomes.http.get("/summary", headers=headers)).status_code == 422

    # What comes within the quarter changes nobody's numbers but the administrator's, the day after.
    await outcomes.receive([event for _ in range(3) for event in supported(NEXT).events])
    assert await asked(outcomes, ANALYST, []) == whole
    await outcomes.a_day_ends()
    assert people(await asked(outcomes, ADMINISTRATOR, [NEXT], area=NEXT)) == 8
    assert await asked(outcomes, ANALYST, [], area=NEXT) == {**alone, "is_due": False}

    # Their counts are of what the region was when it was counted, with an area that is none of theirs.
    await outcomes.register({**REGION, "areas": [AREA, NEXT]})
    changed = await asked(outcomes, ADMINISTRATOR, [AREA, NEXT], region="south-coast")
    assert (changed["every_count"], changed["quarter"]) == (False, whole["quarter"])


async def test_an_unknown_area_or_region_is_answered_with_those_there_are(outcomes: Outcomes) -> None:
    none = await outcomes.http.get("/summary", params={"region": "south-coast"})
    assert none.status_code == 404
    assert none.json()["detail"] == "There is no region 'south-coast': the directory has none."
    await outcomes.register(area(AREA, "Hampshire"), area(NEXT, "Southampton"), REGION)
    unknown = await outcomes.http.get("/summary", params={"region": ""})
    assert unknown.status_code == 404
    assert unknown.json()["detail"] == "There is no region ''. Registered: South coast (south-coast)."
    unknown = await outcomes.http.get("/summary", params={"area": "south-coast"})
    assert unknown.status_code == 404
    known = f"Hampshire ({AREA}), Southampton ({NEXT})"
    assert unknown.json()["detail"] == f"There is no area 'south-coast'. Registered: {known}."
    both = await outcomes.http.get("/summary", params={"area": AREA, "region": "south-coast"})
    assert both.status_code == 422


async def test_a_region_that_gains_an_area_has_it_and_an_older_entry_takes_nothing_back(outcomes: Outcomes) -> None:
    await outcomes.register({**REGION, "areas": [AREA]})
    await outcomes.receive(supported(NEXT).events)
    assert await outcomes.counted("cases-screened", "region") == []
    await outcomes.register(REGION)
    outcomes.offset = -1
    await outcomes.register({**REGION, "areas": [AREA]})
    (row,) = await outcomes.counted("cases-screened", "region")
    assert (row["region"], row["units"]) == ("south-coast", 1)
