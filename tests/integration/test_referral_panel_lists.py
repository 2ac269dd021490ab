"""A waiting list beside a panel on real PostgreSQL: no place is offered over a member's sign, and nobody is held up."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.referral.domain.case.family import FamilyKey
from services.referral.repository import cases
from tests.support.referral_families import AGENCY, AREA, ASKING_AREA, some_id, update_json
from tests.support.referral_service import DIRECTORY, Referral, area, family, offered, running

ONE_PLACE = offered("north-mediation", "north", capacity=1, priority=1)
WAITS = area(AREA) | {"when_full": "waiting-list"}
MEMBER = {"area": ASKING_AREA, "agency": "safe-lives", "role": "domestic-abuse", "name": "A. Member"}
NAMES = ("alder", "birch", "cedar")


def case_of(name: str) -> UUID:
    return some_id(f"case-{name}")


async def ask(referral: Referral, path: str, **body: Any) -> Any:
    answer = await referral.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def with_a_list(referral: Referral) -> tuple[str, str]:
    """One family has the place and two wait; the panel met the first who waits. Returns its member and its meeting."""
    member = (await ask(referral, "/panel/members", **MEMBER))["member_id"]
    planned = await ask(referral, "/panel/meetings", area=ASKING_AREA, first="2025-04-08", meetings=1)
    await referral.screened(family("alder", number=20))
    await referral.screened(family("birch", area=ASKING_AREA, number=21))
    for command in ("to-panel", "from-panel"):
        assert (await referral.post(command, None, case_of("birch")))[0] == 200
    wait = {"offer": "north-mediation", "wait": True}
    assert (await referral.post("agree", wait, case_of("birch")))[0] == 200
    await referral.screened(family("cedar", number=22))
    assert await states(referral) == ["offered", "waiting-list", "waiting-list"]
    return member, planned["items"][0]["meeting_id"]


async def states(referral: Referral) -> list[str]:
    return [await referral.state(case_of(name)) for name in NAMES]


async def test_a_members_late_sign_of_abuse_passes_the_case_over_and_holds_nobody_up(databases: Any) -> None:
    async with running(databases, *DIRECTORY, WAITS, ONE_PLACE) as referral:
        member, meeting = await with_a_list(referral)
        # By hand, as no page lets it: the view comes when the case is on the list already.
        await referral.pool.execute(
            """
            INSERT INTO panel_view (meeting_id, case_id, member_id, recommendation, at)
            VALUES ($1, $2, $3, 'specialist-pathway', now())
            """,
            UUID(meeting),
            case_of("birch"),
            UUID(member),
        )
        await referral.updated(
            update_json("referral-accepted", number=1, day=1, case_id=case_of("alder")),
            update_json("case-closed", number=2, day=9, case_id=case_of("alder"), reason="no-contact"),
        )
        await referral.timers.fire()
        assert await states(referral) == ["closed", "waiting-list", "offered"]
        assert await referral.pool.fetchval("SELECT count(*) FROM due WHERE attempts > 0") == 0
        lines = (await referral.http.get("/worklist")).json()["items"]
        [line] = [each for each in lines if each["state"] != "closed"]
        shown = (line["case_id"], line["state"], line["waiting_reason"], line["urgency"])
        assert shown == (str(case_of("birch")), "waiting-list", "sign-of-abuse", "immediate")
        # However often the list is looked after, and whatever the front door sends, nothing goes out.
        await referral.screened(family("birch", area=ASKING_AREA, number=40, day=1))
        for _ in range(2):
            await referral.register({**ONE_PLACE, "capacity": 9})
            await referral.timers.fire()
        assert await states(referral) == ["closed", "waiting-list", "offered"]
        published = [topic for topic, event in await referral.published() if event["family_ref"] == "birch"]
        assert "referral-agreed" not in published
        with pytest.raises(asyncpg.RaiseError, match="recommends the specialist pathway"):
            await referral.pool.execute(
                """
                INSERT INTO referral VALUES (gen_random_uuid(), $1, 1, 'north-mediation', 'north', 'mediation',
                    'area-setting', now(), 'out', false)
                """,
                case_of("birch"),
            )
        # A person decides: who halts it ends it, and the place in the line with it.
        assert (await referral.post("halt", {"source": "told-at-the-panel"}, case_of("birch")))[0] == 200
        assert await referral.pool.fetchval("SELECT count(*) FROM waiting_place") == 0


async def test_a_view_and_whatever_is_decided_of_the_case_wait_for_each_other(databases: Any) -> None:
    async with running(databases, *DIRECTORY, ONE_PLACE) as referral:
        member = (await ask(referral, "/panel/members", **MEMBER))["member_id"]
        planned = await ask(referral, "/panel/meetings", area=ASKING_AREA, first="2025-04-08", meetings=1)
        await referral.screened(family("birch", area=ASKING_AREA))
        await referral.post("to-panel", None, case_of("birch"))
        path = f"/panel/meetings/{planned['items'][0]['meeting_id']}/cases/{case_of('birch')}/views"
        view = {"member": member, "recommendation": "specialist-pathway"}
        async with referral.pool.acquire() as decides, decides.transaction():
            await cases.lock_families(decides, {FamilyKey(AGENCY, "birch")})
            recorded = asyncio.create_task(referral.http.post(path, json=view))
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(recorded), 0.5)
        assert (await recorded).status_code == 200
        await referral.post("from-panel", None, case_of("birch"))
        assert (await referral.http.post(path, json=view)).status_code == 404, "the case has left the panel"
        wait = {"offer": "north-mediation", "wait": True}
        assert (await referral.post("agree", wait, case_of("birch")))[0] == 409
