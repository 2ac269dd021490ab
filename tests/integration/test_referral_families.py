"""One family through several front doors: one open case, one halt for all, whatever order the topics race in."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.referral.domain.case.states import OPEN
from shared.contracts.screening import ScreeningCompleted
from tests.support.joined_families import ENTRIES, linked, members, published_about, sent, unlinked, waits_for
from tests.support.referral_families import LATER, some_id, update_json, who_agree_later
from tests.support.referral_service import Referral, recognition, running


async def test_nothing_is_agreed_before_the_family_was_looked_for(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school = sent("F1")
        await service.screened(school, recognised=None)
        assert await waits_for(service, school.case_id) == "family-to-recognise"
        status, answer = await service.post("agree", case_id=school.case_id)
        assert (status, "still being looked for" in answer["detail"]) == (409, True)
        await service.families(recognition(school, "doubtful", revision=1))
        assert await waits_for(service, school.case_id) == "likeness-to-confirm"
        assert (await service.post("agree", case_id=school.case_id))[0] == 409
        await service.families(recognition(school, "alone", revision=3), recognition(school, "doubtful", revision=2))
        assert await service.state(school.case_id) == "offered", "the newest finding counts, whenever it comes"


async def test_a_second_front_doors_referral_joins_the_open_case(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        assert await service.state(school.case_id) == "offered"
        assert await service.state(police.case_id) == "joined"
        assert await waits_for(service, police.case_id) == "joined-to-open-case"
        ((topic, content),) = await published_about(service, police.case_id)
        assert (topic, content["joined_to"], content["stopped_provider"]) == ("case-joined", str(school.case_id), None)
        assert (await service.post("agree", case_id=police.case_id))[0] == 409


async def test_of_two_cases_that_providers_have_the_one_agreed_first_stays(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1", day=5), sent("7", "police", day=3)
        await service.screened(police)
        await service.screened(school)
        await service.families(linked(school, police))
        assert [await service.state(each.case_id) for each in (police, school)] == ["offered", "joined"]
        (_, joined) = (await published_about(service, school.case_id))[-1]
        assert joined["stopped_provider"] in ("north", "south"), "whose provider had begun is told to stop"
        assert await service.pool.fetchval("SELECT count(*) FROM referral WHERE status = 'out'") == 1
        # Once that case is over, the family's next referral by the other front door is a case of its own again.
        await service.post("withdraw", case_id=police.case_id)
        await service.screened(sent("F1", day=LATER, number=2, parents=who_agree_later()))
        assert await service.state(school.case_id) == "offered"


@pytest.mark.parametrize("first", ["sign", "link"])
async def test_a_sign_through_one_front_door_halts_the_case_of_the_other(databases: Any, first: str) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", "domestic-abuse-pathway", day=3)
        await service.screened(school)
        if first == "sign":
            await service.screened(police)
            await service.families(linked(school, police))
        else:
            await service.families(linked(school, police))
            await service.screened(police)
        assert await service.state(school.case_id) == "halted"
        topic, content = (await published_about(service, school.case_id))[-1]
        assert (topic, content["known_elsewhere"], content["stopped_provider"] is None) == ("case-halted", True, False)
        headers = dict(await service.pool.fetchval("SELECT headers FROM outbox WHERE topic = 'case-halted'"))
        assert headers["ce_causationid"] == headers["ce_id"], "nothing ties it to the other front door's record"
        # A new case of the same family goes nowhere either, and separating the two releases nothing.
        again = sent("F1", day=9, number=2, case_id=some_id("another"))
        await service.screened(again)
        assert await waits_for(service, again.case_id) == "sign-of-abuse"
        await service.families(unlinked(school, police))
        assert await service.state(school.case_id) == "halted"
        assert await waits_for(service, again.case_id) == "sign-of-abuse"
        assert (await service.post("agree", case_id=again.case_id))[0] == 409


async def test_a_concern_of_a_provider_halts_the_joined_case_too(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        await service.updated(
            update_json("safety-concern", number=77).replace(
                str(some_id("case")).encode(), str(school.case_id).encode()
            )
        )
        assert [await service.state(each.case_id) for each in (school, police)] == ["halted", "halted"]
        halted = (await published_about(service, police.case_id))[-1][1]
        assert (halted["known_elsewhere"], halted["told_already"]) == (True, True)


async def test_separating_gives_the_joined_case_back_to_a_person(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        await service.families(unlinked(school, police), linked(school, police, revision=9))
        assert await service.state(school.case_id) == "offered"
        assert await service.state(police.case_id) == "awaiting-coordinator"
        assert await waits_for(service, police.case_id) == "separated-from-family"
        await service.families(recognition(police, "alone", revision=21))
        assert await service.state(police.case_id) == "awaiting-coordinator", "an area's setting does not release it"
        assert (await service.post("agree", case_id=police.case_id))[0] == 200
        history = (await service.http.get(f"/cases/{police.case_id}")).json()["history"]
        assert [line["trigger"] for line in history][-3:] == ["join", "separate", "agree"]


async def test_the_database_refuses_a_referral_beside_a_linked_one(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        with pytest.raises(asyncpg.RaiseError, match="linked with"):
            await service.pool.execute(
                """
                INSERT INTO referral (referral_id, case_id, number, offer, provider, service, agreed_by, agreed_at,
                    status, stopped)
                VALUES ($1, $2, 1, 'south-mediation', 'south', 'mediation', 'coordinator', now(), 'out', false)
                """,
                some_id("by-hand"),
                police.case_id,
            )


@pytest.mark.parametrize("known_first", [True, False])
async def test_a_re_referral_at_month_seven_by_another_front_door_is_published_once(
    databases: Any, known_first: bool
) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=240)
        await service.screened(school)
        for number, kind in enumerate(("referral-accepted", "case-closed")):
            fields = {"reason": "completed"} if kind == "case-closed" else {}
            sent_by_provider = update_json(kind, number=number, day=20 + number, **fields)
            of_case = sent_by_provider.replace(str(some_id("case")).encode(), str(school.case_id).encode())
            await service.updated(of_case, provider=await first_provider(service, school.case_id))
        assert await service.state(school.case_id) == "closed"
        both = linked(school, police)
        events = [both, recognition(police, "linked", revision=11, members=members(school, police))]
        if known_first:
            await service.families(*events)
        await service.screened(police, recognised=None)
        if not known_first:
            await service.families(*events)
        await service.families(both)
        again = [
            content
            for topic, content in await published_about(service, police.case_id)
            if topic == "family-referred-again"
        ]
        assert [(content["previous_case_id"], content["months"], content["same_reason"]) for content in again] == [
            (str(school.case_id), 12, True)
        ]
        assert await service.state(police.case_id) == "offered"


async def first_provider(service: Referral, case_id: UUID) -> str:
    name: str = await service.pool.fetchval("SELECT provider FROM referral WHERE case_id = $1", case_id)
    return name


async def test_who_has_spoken_with_the_front_door_takes_the_joined_case_off_the_worklist(databases: Any) -> None:
    async with running(databases, *ENTRIES) as service:
        school, police = sent("F1"), sent("7", "police", day=3)
        await service.screened(school)
        await service.families(linked(school, police))
        await service.screened(police, recognised="linked")
        assert (await service.post("seen-to", case_id=police.case_id))[0] == 200
        assert await waits_for(service, police.case_id) is None
        assert await service.state(police.case_id) == "joined"


_DECISIONS = ("refer", "refer", "refer", "not-ready", "domestic-abuse-pathway")
_examples = count()


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[list[Any]], bool, int]:
    """Topics of one family through three front doors, each in its order; whether one leaves; a number of its own."""
    number = next(_examples)
    agencies = ("hants-schools", "police", "mash")
    topics = [
        [
            sent(f"S{number}", agency, draw(st.sampled_from(_DECISIONS)), day=draw(st.integers(0, 9)), number=at)
            for at in range(draw(st.integers(1, 2)))
        ]
        for agency in agencies
    ]
    school, police, mash = (topic[0] for topic in topics)
    leaves = draw(st.sampled_from([False, False, False, True]))
    links = [linked(school, police, revision=10), linked(school, police, mash, revision=11)]
    cut = [unlinked(school, mash, revision=12)] if leaves else []
    published = [recognition(each, "alone", revision=at) for at, topic in enumerate(topics) for each in topic]
    return [*topics, links, cut, published], leaves, number


@pytest.fixture
async def service(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *ENTRIES) as found:
        yield found


@given(story=stories(), chance=st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_never_two_open_cases_nor_a_way_past_a_sign_in_whatever_order(
    service: Referral, story: tuple[list[list[Any]], bool, int], chance: Any
) -> None:
    topics, leaves, number = story
    # What is told of families comes by topics that race among themselves too: each event is a topic of its own here.
    left = [list(topic) for topic in topics[:3]] + [[each] for topic in topics[3:] for each in topic]
    while left:
        topic = chance.choice(left)
        event = topic.pop(0)
        left = [each for each in left if each]
        if isinstance(event, ScreeningCompleted):
            await service.screened(event, recognised=None)
        else:
            await service.families(event)
    assert await service.dead() == 0
    rows = await service.pool.fetch(
        """
        SELECT agency, state, abuse_sign_at, EXISTS (
            SELECT FROM referral WHERE referral.case_id = referral_case.case_id AND status = 'out'
        ) AS out FROM referral_case WHERE family_ref = $1
        """,
        f"S{number}",
    )
    together = {"hants-schools", "police"} | (set() if leaves else {"mash"})
    family = [row for row in rows if row["agency"] in together]
    assert len(family) == len(together)
    assert sum(row["state"] in OPEN for row in family) <= 1
    if any(row["abuse_sign_at"] for row in family):
        assert {row["state"] for row in family} <= {"halted", "closed"}
        assert not any(row["out"] for row in family)
