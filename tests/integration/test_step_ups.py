"""Step-up to children's social care on real PostgreSQL: the case rests meanwhile, and goes on where it was."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from services.referral.domain.case.states import State
from services.referral.domain.safety.step_up import StepUpOutcome, UnderWay, holds, resumes
from tests.support.referral_service import CASE, DIRECTORY, Referral, family, running


@pytest_asyncio.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        await service.screened(family("F1", case_id=CASE))
        yield service


async def stepped_up(referral: Referral, reason: str = "support-not-enough") -> str:
    status, answer = await referral.post("step-ups", {"reason": reason})
    assert status == 200, answer
    return answer["step_up_id"]


async def listed(referral: Referral) -> list[dict[str, Any]]:
    return (await referral.http.get(f"/cases/{CASE}/step-ups")).json()["items"]


@pytest.mark.parametrize(("outcome", "state"), [("support-goes-on", "offered"), ("taken-on", "on-hold")])
async def test_the_case_is_on_hold_while_it_is_there_and_goes_on_unless_it_is_taken_on(
    referral: Referral, outcome: str, state: str
) -> None:
    assert await referral.state() == "offered"
    step_up = await stepped_up(referral)
    assert await referral.state() == "on-hold"
    assert "case-held" in await referral.topics(), "a provider that has the family hears that it waits, and not why"
    assert (await referral.post("step-ups", {"reason": "they-ask"}))[0] == 409
    assert (await referral.post(f"step-ups/{step_up}/acknowledge"))[0] == 200
    assert (await referral.post(f"step-ups/{step_up}/acknowledge"))[0] == 409
    assert (await referral.post(f"step-ups/{step_up}/back", {"outcome": outcome}))[0] == 200
    assert await referral.state() == state
    assert (await referral.post(f"step-ups/{step_up}/back", {"outcome": "not-accepted"}))[0] == 404
    (item,) = await listed(referral)
    assert (item["reason"], item["held"], item["outcome"]) == ("support-not-enough", True, outcome)
    assert item["acknowledged_at"] <= item["back_at"]
    # It says nothing of children's social care to anybody outside.
    assert "support-not-enough" not in str(await referral.published())


async def test_a_case_that_has_stopped_is_stepped_up_and_stays_stopped(referral: Referral) -> None:
    assert (await referral.post("halt", {"source": "told-by-a-child"}))[0] == 200
    step_up = await stepped_up(referral, "child-at-risk-of-harm")
    assert await referral.state() == "halted"
    assert (await referral.post(f"step-ups/{step_up}/back", {"outcome": "no-further-action"}))[0] == 200
    assert await referral.state() == "halted"
    (item,) = await listed(referral)
    assert item["acknowledged_at"], "what came back was acknowledged by that"


async def test_a_case_that_is_resumed_or_stopped_meanwhile_is_not_resumed_again(referral: Referral) -> None:
    step_up = await stepped_up(referral)
    assert (await referral.post("halt", {"source": "told-by-a-parent"}))[0] == 200
    assert (await referral.post(f"step-ups/{step_up}/back", {"outcome": "support-goes-on"}))[0] == 200
    assert await referral.state() == "halted"


async def test_what_is_not_so_is_refused_and_what_was_recorded_stays(referral: Referral) -> None:
    assert (await referral.post("step-ups", {"reason": "a-feeling"}))[0] == 422
    assert (await referral.post(f"step-ups/{uuid4()}/acknowledge"))[0] == 404
    await stepped_up(referral)
    for statement in ("UPDATE step_up SET reason = 'they-ask'", "DELETE FROM step_up"):
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await referral.pool.execute(statement)


def test_only_a_case_that_goes_on_is_held_and_only_what_was_held_for_it_resumes() -> None:
    assert {state for state in State if holds(state)} >= {State.AWAITING_COORDINATOR, State.AT_PANEL, State.IN_SESSIONS}
    assert not any(map(holds, (State.ON_HOLD, State.HALTED, State.CLOSED, State.REFUSED, State.JOINED)))
    held, alone = UnderWay(uuid4(), held=True, acknowledged=True), UnderWay(uuid4(), held=False, acknowledged=True)
    assert resumes(held, StepUpOutcome.NOT_ACCEPTED, State.ON_HOLD)
    assert not resumes(held, StepUpOutcome.TAKEN_ON, State.ON_HOLD)
    assert not resumes(held, StepUpOutcome.SUPPORT_GOES_ON, State.OFFERED)
    assert not resumes(alone, StepUpOutcome.SUPPORT_GOES_ON, State.ON_HOLD), "a coordinator held it for another reason"
