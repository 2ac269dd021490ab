"""What a parent answers on their own page has the effect of a coordinator's command, and of no other rule."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.contracts.notification import ParentAnswered, ParentMeasured
from shared.contracts.vocabulary import Occasion
from shared.messaging.core.envelope import new_id, write_headers
from tests.support.referral_families import (
    AGENCY,
    LATER,
    P1,
    P2,
    START,
    STRANGER,
    screening,
    update_json,
    who_agree_later,
)
from tests.support.referral_service import CASE, DIRECTORY, Referral, running


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        yield service


async def answers(referral: Referral, purpose: str, gives: bool, parent: UUID = P1, case_id: UUID = CASE) -> None:
    of = screening()
    event = ParentAnswered(
        case_id=case_id,
        occurred_at=START + timedelta(days=1),
        area=of.area,
        agency=AGENCY,
        family_ref=of.family_ref,
        answer_id=uuid4(),
        person_id=parent,
        purpose=purpose,  # type: ignore[arg-type]
        gives=gives,
        notice_version="2026-11",
    )
    await arrives(referral, event)


async def arrives(referral: Referral, event: ParentAnswered | ParentMeasured) -> None:
    headers = write_headers(
        event_id=new_id(),
        event_type=event.ce_type(),
        source="notification",
        time=event.occurred_at,
        subject=event.subject(),
    )
    record = referral._record("parent-answered", event.subject(), event.model_dump_json().encode(), headers)
    await referral.consumers["parents"].process([record])


async def stored(referral: Referral) -> Any:
    """The case, its consents and what went out, without who did it, when, and ids that are made."""
    case = await referral.pool.fetchrow("SELECT state, sequence FROM referral_case WHERE case_id = $1", CASE)
    history = await referral.pool.fetch(
        "SELECT trigger, from_state, to_state, why, detail, by FROM case_history WHERE case_id = $1 ORDER BY number",
        CASE,
    )
    consents = (await referral.http.get(f"/cases/{CASE}/consents")).json()["items"]
    kept = ("person_id", "purpose", "status", "basis")
    sent = [
        (topic, value.get("reason"), value.get("stopped_provider"))
        for topic, value in await referral.published()
        if not topic.endswith(".dead-letters")
    ]
    return dict(case or {}), [dict(row) for row in history], [[each[name] for name in kept] for each in consents], sent


@pytest.mark.parametrize("purpose", ["referral", "evaluation"])
async def test_taking_a_consent_back_ends_as_a_coordinators_command_does(databases: Any, purpose: str) -> None:
    found = []
    for by_the_parent in (True, False):
        async with running(databases, *DIRECTORY) as referral:
            await referral.screened(screening())
            assert await referral.state() == "offered"
            if by_the_parent:
                await answers(referral, purpose, gives=False)
            else:
                status, _ = await referral.post("consents/withdraw", {"parent": str(P1), "purpose": purpose})
                assert status == 200
            found.append(await stored(referral))
            assert await referral.state() == ("closed" if purpose == "referral" else "offered")
    assert found[0] == found[1]


async def test_a_consent_that_is_given_is_recorded_with_its_notice_and_by_whom(referral: Referral) -> None:
    await referral.screened(screening())
    await answers(referral, "evaluation", gives=True)
    row = await referral.pool.fetchrow("SELECT * FROM consent WHERE purpose = 'evaluation'")
    assert row is not None
    assert (row["person_id"], row["basis"], row["notice_version"]) == (P1, "consent", "2026-11")
    assert row["recorded_by"] == str(P1)


async def test_a_withdrawal_before_the_screening_is_kept_until_it_comes(referral: Referral) -> None:
    await answers(referral, "referral", gives=False)
    await referral.screened(screening())
    assert "referral-agreed" not in await referral.topics()
    assert await referral.dead() == 0


async def test_what_the_case_cannot_take_has_no_effect_and_a_withdrawal_never_vanishes(referral: Referral) -> None:
    await referral.screened(screening())
    await referral.post("halt")
    before = await stored(referral)
    await answers(referral, "evaluation", gives=True)
    assert await stored(referral) == before
    assert await referral.dead() == 0
    await answers(referral, "referral", gives=False, parent=STRANGER)
    assert await stored(referral) == before
    assert await referral.dead() == 1


async def measured(
    referral: Referral,
    score: float,
    last: int,
    provider: str = "north",
    *,
    parent: UUID = P1,
    day: float = 0,
    **fields: Any,
) -> None:
    of = screening()
    keys = await referral.keyring.for_sealing([parent], "person")
    event = ParentMeasured(
        case_id=CASE,
        occurred_at=START + timedelta(days=day),
        area=of.area,
        agency=AGENCY,
        family_ref=of.family_ref,
        answer_id=uuid4(),
        provider=provider,
        person_id=parent,
        instrument="phq-9",
        version="1",
        occasion=Occasion.BASELINE,
        score=score,
        items=keys.seal(parent, "measure-items", {"1": score, "9": last}),
        **fields,
    )
    await arrives(referral, event)


async def test_a_parents_own_measure_is_recorded_and_its_risk_item_halts_as_the_providers_would(
    databases: Any,
) -> None:
    found = []
    for by_the_parent in (True, False):
        async with running(databases, *DIRECTORY) as referral:
            await referral.screened(screening())
            await referral.updated(update_json("referral-accepted"))
            if by_the_parent:
                await measured(referral, 3, 0)
            else:
                await referral.updated(update_json("measure", number=2, measure=phq(3, 0)))
            (course,) = await referral.pool.fetch("SELECT course -> 'measures' AS measures FROM course")
            assert [(each["instrument"], each["score"]) for each in course["measures"]] == [("phq-9", 3)]
            if by_the_parent:
                await measured(referral, 1, 1)
            else:
                await referral.updated(update_json("measure", number=3, measure=phq(1, 1)))
            found.append(await stored(referral))
            assert await referral.state() == "halted"
            if by_the_parent:
                await measured(referral, 2, 0)
                await measured(referral, 1, 1, provider="south")
                assert (await stored(referral))[:2] == found[0][:2], "what comes later changes nothing"
    assert found[0] == found[1]


async def test_what_a_parent_answers_to_an_earlier_provider_is_no_view_of_a_later_ones_work(referral: Referral) -> None:
    # A coordinator opens the case again on the calendar's day, when the parents' consents must be in force.
    await referral.screened(screening(day=LATER, parents=who_agree_later()))
    await referral.updated(update_json("referral-accepted", number=1, day=LATER))
    await measured(referral, 3, 0, day=LATER + 1, change="worse")
    await referral.updated(
        update_json("case-closed", number=2, day=LATER + 2, reason="ended-early", views=[], measures=[])
    )
    assert (await referral.post("reopen"))[0] == 200
    await referral.updated(update_json("referral-declined", number=3, day=LATER + 3, reason="other"))
    await referral.updated(update_json("referral-accepted", number=4, day=LATER + 4), provider="south")
    await measured(referral, 3, 0, "south", parent=P2, day=LATER + 5, change="same")
    views = [{"person": P1, "change": "better"}, {"person": P2, "change": "better"}]
    closing = update_json("case-closed", number=5, day=LATER + 6, reason="completed", views=views, measures=[])
    await referral.updated(closing, provider="south")
    closed = [event for topic, event in await referral.published() if topic == "case-closed"][-1]
    assert closed["provider"] == "south"
    found = {each["person_id"]: each["change"] for each in closed["views"]}
    assert found == {str(P1): "better", str(P2): "same"}, "their own of this work, and no other"
    # A sign of abuse counts whoever asked, and what is said with it stays with who did.
    await measured(referral, 1, 1, day=LATER + 7, change="worse")
    assert await referral.state() == "halted"
    kept = await referral.pool.fetch("SELECT provider FROM parent_view ORDER BY at")
    assert [row["provider"] for row in kept] == ["north", "south", "north"]


def phq(score: float, last: int) -> dict[str, Any]:
    items = {"1": score, "9": last}
    of = {"person": str(P1), "instrument": "phq-9", "version": "1", "occasion": "baseline"}
    return {**of, "score": score, "items": items}
