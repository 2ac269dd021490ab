"""The summary of a region, its areas together and each beside the others, or of one area; and nothing of any other."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.outcomes.handlers.summary import read_parts
from services.outcomes.repository.summary import PARTS
from shared.access.roles import Role
from shared.access.scopes import Reach, Scope
from shared.contracts import workforce
from shared.postgres.row_reach import reading_within
from tests.support.case_stories import AREA, START, Story
from tests.support.identity import signed_in
from tests.support.outcomes_service import Outcomes, running

NEXT, EMPTY, ELSEWHERE = "E06000045", "E06000044", "E10000018"
REGION = {"kind": "region", "id": "south-coast", "name": "South coast", "areas": [AREA, NEXT, EMPTY]}


@pytest.fixture
async def outcomes(databases: Any) -> AsyncIterator[Outcomes]:
    async with running(databases) as service:
        for code in (NEXT, ELSEWHERE):
            await service.holds_back(1, code)
        yield service


def area(code: str, name: str) -> dict[str, Any]:
    signpost = {"name": "Somewhere"}
    return {"kind": "area", "id": code, "name": name, "universal_offer": signpost, "specialist_support": signpost}


def supported(code: str) -> Story:
    story = Story(area=code).screened().pass_days(2).agreed().accepted().pass_days(1).assessed().pass_days(4)
    story.scheduled(1).session(1, ("yes", "no", "yes")).measured("baseline", 0).measured("closure", 0).concern()
    return story.pass_days(9).closed()


async def of_region(outcomes: Outcomes, region: str) -> dict[str, Any]:
    response = await outcomes.http.get("/summary", params={"region": region})
    assert response.status_code == 200, response.text
    return response.json()


async def test_a_region_is_the_sum_of_its_areas_and_of_no_other(outcomes: Outcomes) -> None:
    await outcomes.register(area(AREA, "Hampshire"), area(NEXT, "Southampton"), area(EMPTY, "Portsmouth"), REGION)
    inside = [supported(AREA), supported(NEXT), Story(area=NEXT).screened("domestic-abuse-pathway").halted()]
    outside = [supported(ELSEWHERE), Story(area=ELSEWHERE).screened("not-ready")]
    for story in inside:
        await outcomes.receive(story.events)
    alone = await outcomes.summary()
    for story in outside:
        await outcomes.receive(story.events)
    found = await of_region(outcomes, "south-coast")
    assert found["region"] == {"id": "south-coast", "name": "South coast", "areas": [AREA, NEXT, EMPTY]}
    # What it would be if there were no other area, but for the region's area that nobody came from.
    assert {**found, "region": None, "areas": found["areas"][:-1]} == alone
    rows = {row["area_name"]: (row["cases"], row["referred"], row["started"]) for row in found["areas"]}
    assert rows == {"Southampton": (2, 2, 1), "Hampshire": (1, 2, 1), "Portsmouth": (0, 0, 0)}
    whole = await outcomes.summary()
    assert whole["screenings"]["cases"] == 5
    assert {row["area"] for row in whole["areas"]} == {AREA, NEXT, ELSEWHERE}


async def test_a_region_is_found_by_its_name_and_an_unknown_one_is_answered_with_those_there_are(
    outcomes: Outcomes,
) -> None:
    none = await outcomes.http.get("/summary", params={"region": "south-coast"})
    assert none.status_code == 404
    assert none.json()["detail"] == "There is no region 'south-coast': the directory has none."
    await outcomes.register(REGION)
    assert (await of_region(outcomes, "SOUTH Coast"))["screenings"]["cases"] == 0
    unknown = await outcomes.http.get("/summary", params={"region": ""})
    assert unknown.status_code == 404
    assert unknown.json()["detail"] == "There is no region ''. Registered: South coast (south-coast)."


async def test_an_areas_summary_is_that_of_its_cases_alone(outcomes: Outcomes) -> None:
    unregistered = await outcomes.http.get("/summary", params={"area": "Hampshire"})
    assert unregistered.status_code == 404
    await outcomes.register(area(AREA, "Hampshire"), area(NEXT, "Southampton"), REGION)
    await outcomes.receive(supported(AREA).events)
    alone = await outcomes.summary()
    await outcomes.receive([*supported(NEXT).events, *Story(area=NEXT).screened("not-ready").events])
    for wanted in ("hampshire", AREA):
        found = (await outcomes.http.get("/summary", params={"area": wanted})).json()
        assert found["area"] == {"id": AREA, "name": "Hampshire"}
        assert {**found, "area": None} == alone
    unknown = await outcomes.http.get("/summary", params={"area": "south-coast"})
    assert unknown.status_code == 404
    known = f"Hampshire ({AREA}), Southampton ({NEXT})"
    assert unknown.json()["detail"] == f"There is no area 'south-coast'. Registered: {known}."
    both = await outcomes.http.get("/summary", params={"area": AREA, "region": "south-coast"})
    assert both.status_code == 422


async def test_a_region_that_gains_an_area_has_it_and_an_older_entry_takes_nothing_back(outcomes: Outcomes) -> None:
    await outcomes.register({**REGION, "areas": [AREA]})
    await outcomes.receive(supported(NEXT).events)
    assert (await of_region(outcomes, "south-coast"))["screenings"]["cases"] == 0
    await outcomes.register(REGION)
    outcomes.offset = -1
    await outcomes.register({**REGION, "areas": [AREA]})
    assert (await of_region(outcomes, "south-coast"))["screenings"]["cases"] == 1


async def test_who_asks_for_a_region_leaves_nothing_behind_for_the_next(outcomes: Outcomes) -> None:
    await outcomes.receive(supported(ELSEWHERE).events)
    assert (await read_parts(outcomes.pool, [AREA]))["funnel"][0]["referred"] == 0
    # The pool lends the connection that came back last.
    assert await outcomes.pool.fetchval("SELECT chosen_areas()") is None
    assert (await read_parts(outcomes.pool))["funnel"][0]["referred"] == 2


async def test_no_part_counts_another_area(outcomes: Outcomes) -> None:
    """Every view must look at the areas that were chosen: one that forgets would show a region its neighbours."""
    avoidable = {"outcome": "A case of social care", "pence": 100, "source": "An example"}
    population = {"as_of": "2025-01-01", "source": "An example", "of": "adults", "sex": {"female": 1, "male": 1}}
    figures = {"avoidable_costs": [avoidable], "population": population}
    await outcomes.register({**area(ELSEWHERE, "Leicestershire"), **figures})
    await hear_of_training(outcomes, ELSEWHERE)
    nothing = await read_parts(outcomes.pool, [AREA])
    first, refused = supported(ELSEWHERE).pass_days(183).asked(), Story(area=ELSEWHERE).screened("not-ready")
    again = Story(area=ELSEWHERE).pass_days(300).screened().again(first.case_id)
    await outcomes.receive([*first.events, *refused.events, *again.events])
    scoped, whole = await read_parts(outcomes.pool, [AREA]), await read_parts(outcomes.pool)
    assert [part for part in PARTS if scoped[part] != nothing[part]] == []
    assert [part for part in PARTS if whole[part] == nothing[part]] == []


async def test_the_database_counts_no_other_area_for_an_administrator_whatever_the_parts_ask(
    outcomes: Outcomes,
) -> None:
    nothing = await read_parts(outcomes.pool)
    await hear_of_training(outcomes, ELSEWHERE)
    first = supported(ELSEWHERE).pass_days(183).asked()
    again = Story(area=ELSEWHERE).pass_days(300).screened().again(first.case_id)
    await outcomes.receive([*first.events, *again.events])
    with reading_within(Reach(frozenset({Scope.AREA}), frozenset({AREA}))):
        assert await read_parts(outcomes.pool) == nothing
    with reading_within(Reach(frozenset({Scope.AREA}), frozenset({ELSEWHERE}))):
        assert await read_parts(outcomes.pool) == await read_parts(outcomes.pool, [ELSEWHERE])


async def test_an_administrators_summary_is_what_an_analyst_gets_of_that_area(outcomes: Outcomes) -> None:
    """The rows of cases that moved between areas, came again elsewhere or follow a training elsewhere all count."""
    await outcomes.register(area(AREA, "Hampshire"), area(NEXT, "Southampton"), REGION)
    first, moved, elsewhere = supported(AREA).pass_days(183).asked(), supported(AREA), supported(ELSEWHERE)
    moved.area = NEXT
    moved.pass_days(2).screened(corrects=True)
    again = Story(area=NEXT).pass_days(300).screened().again(first.case_id)
    left = Story(area=NEXT).screened()
    left.taken_back(left.submission, None, 2)
    for code, worker in ((NEXT, first.worker), (ELSEWHERE, again.worker)):
        await hear_of_training(outcomes, code, worker)
    for story in (first, moved, elsewhere, again, left):
        await outcomes.receive(story.events)
    for code in (AREA, NEXT, ELSEWHERE):
        headers = signed_in("an.administrator", Role.AREA_ADMINISTRATOR, areas=[code])
        asked = {"area": code}
        if code == ELSEWHERE:
            await outcomes.register(area(code, "Leicestershire"))
        own = await outcomes.http.get("/summary", params=asked, headers=headers)
        assert own.status_code == 200, own.text
        assert own.json() == (await outcomes.http.get("/summary", params=asked)).json()
        assert own.json()["screenings"]["cases"] > 0


async def test_small_counts_are_for_who_administers_the_area_alone(outcomes: Outcomes) -> None:
    await outcomes.register(
        area(AREA, "Hampshire") | {"smallest_group": 5}, area(NEXT, "Southampton") | {"smallest_group": 1}, REGION
    )
    for story in (supported(AREA), supported(NEXT)):
        await outcomes.receive(story.events)

    async def asked(roles: list[Role], areas: list[str], **of: str) -> dict[str, Any]:
        answer = await outcomes.http.get("/summary", params=of, headers=signed_in("a.board", *roles, areas=areas))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    administrator, analyst = [Role.AREA_ADMINISTRATOR], [Role.ANALYST]
    own = await asked(administrator, [AREA], area=AREA)
    assert own["held_back"] is None
    assert own["areas"][0]["cases"] == 1
    # The larger of the two areas' settings is the region's.
    for of in ({"area": AREA}, {"region": "south-coast"}, {}):
        shown = await asked(analyst, [], **of)
        assert shown["held_back"]["fewer_than"] == 5
        assert {row["cases"] for row in shown["areas"]} <= {None, 0}
    assert (await asked(analyst, [], area=NEXT))["held_back"] is None
    assert (await asked([*administrator, *analyst], [NEXT], area=AREA))["areas"][0]["cases"] is None
    assert (await asked([*administrator, *analyst], [AREA], area=AREA))["areas"][0]["cases"] == 1
    both = await asked(administrator, [AREA, NEXT, EMPTY], region="south-coast")
    assert both["held_back"] is None


async def hear_of_training(outcomes: Outcomes, code: str, who: UUID | None = None) -> None:
    """Somebody was trained for an area, and is their agency's champion."""
    who, noon = who or uuid4(), datetime(2025, 3, 1, 12, tzinfo=UTC)
    module = workforce.TrainingModule.ENGAGING_PARENTS
    common = {"practitioner_id": who, "agency": "schools", "occurred_at": noon}
    events = [
        workforce.TrainingCompleted(
            **common,
            training_id=uuid4(),
            session_id=uuid4(),
            areas=(code,),
            modules=(module,),
            profession=workforce.Profession.TEACHER,
            delivery=workforce.TrainingDelivery.ONLINE,
            delivered_by="amity",
            completed_on=date(2025, 3, 1),
            valid_until=None,
        ),
        workforce.ChampionNamed(**common, named_on=date(2025, 3, 1), modules_held=(module,)),
    ]
    await outcomes.consumers["training"].process(
        [outcomes.record("training", event.subject(), event, START) for event in events]
    )
