"""The catalogue on real PostgreSQL: what a coordinator sees of it, and areas that share offers in a region."""

from typing import Any

from tests.support.referral_families import AREA, ASKING_AREA, screening, some_id
from tests.support.referral_service import CASE, DIRECTORY, area, family, offered, provider, running
from tests.support.refusals import members

ELSEWHERE = "E10000018"
REGION = {"kind": "region", "id": "east-midlands", "name": "East Midlands", "areas": [ASKING_AREA, ELSEWHERE]}


async def test_a_coordinator_sees_for_each_offer_why_not(databases: Any) -> None:
    rows = (
        area(ASKING_AREA, automatic=False) | {"assured_within_days": 3650},
        offered("a-couples", "north", eligibility={"relationship": ["together"]}, assured_on="2026-01-31"),
        offered("b-paid", "north", cost_to_family={"amount_pence": 3000}, assured_on="2026-01-31"),
        offered("b-words", "north", cost_in_words="By what you earn", assured_on="2026-01-31"),
        offered("c-app", "south", service="digital-course", access="open", assured_on="2026-01-31"),
        offered("d-full", "south", capacity=0, assured_on="2026-01-31"),
        offered("e-contact", "south", service="supported-contact", assured_on="2026-01-31"),
        offered("f-good", "south", capacity=3, priority=900, assured_on="2026-01-31"),
    )
    async with running(databases, *DIRECTORY, *rows) as referral:
        await referral.screened(screening(area=ASKING_AREA))
        page = (await referral.http.get(f"/cases/{CASE}/offers")).json()
        assert page["service"] == "mediation"
        seen = [(each["offer"], each["why_not"], each["person_may_choose"]) for each in page["items"]]
        assert seen == [
            ("f-good", [], True),
            ("a-couples", ["relationship"], True),
            ("b-paid", ["costs-the-family"], True),
            ("b-words", ["costs-the-family"], True),
            ("e-contact", ["another-service"], True),
            ("north-mediation", ["not-assured"], True),
            ("south-mediation", ["not-assured"], True),
            ("c-app", ["open-to-everybody", "another-service"], False),
            ("d-full", ["full"], False),
        ]
        assert page["items"][0]["free_places"] == 3
        # What the rules would not choose, a person may: a contact centre is nobody's first choice but theirs.
        status, answer = await referral.post("agree", {"offer": "c-app"})
        assert (status, members(answer)) == (
            422,
            {
                "errors": [
                    {
                        "field": "offer",
                        "rule": "is open to everybody: the family uses it itself, and nobody is referred",
                    }
                ]
            },
        )
        assert (await referral.post("agree", {"offer": "e-contact"}))[0] == 200
        assert (await referral.post("halt"))[0] == 200
        after = (await referral.http.get(f"/cases/{CASE}/offers")).json()["items"]
        assert {reason for each in after for reason in each["why_not"]} == {"case-halted"}
        assert not any(each["person_may_choose"] for each in after)
        assert (await referral.http.get(f"/cases/{some_id('nobody')}/offers")).status_code == 404


async def test_an_offer_of_a_region_is_open_in_its_areas_and_no_others(databases: Any) -> None:
    rows = (
        area(AREA),
        area(ASKING_AREA),
        area(ELSEWHERE),
        REGION,
        DIRECTORY[2],
        provider("north"),
        offered("regional", "north", areas=[], regions=["east-midlands"]),
    )
    async with running(databases, *rows) as referral:
        await referral.screened(family("F1", area=ASKING_AREA), family("F2", area=ELSEWHERE), family("F3", area=AREA))
        assert [await referral.state(some_id(f"case-{name}")) for name in ("F1", "F2", "F3")] == [
            "offered",
            "offered",
            "awaiting-coordinator",
        ]
        await referral.register({**REGION, "areas": [ASKING_AREA, ELSEWHERE, AREA]})
        assert await referral.state(some_id("case-F3")) == "offered"
