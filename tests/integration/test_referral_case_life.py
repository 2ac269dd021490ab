"""What the database keeps of the life of a case: no history but the table's, and no case but where its history says."""

from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import asyncpg
import pytest

from services.referral.domain.case.reasons import OF_TRIGGER
from services.referral.domain.case.states import Actor, State, Trigger
from services.referral.domain.case.transitions import TABLE
from shared.access.roles import Role
from tests.support.identity import recorded, signed_in
from tests.support.referral_families import ASKING_AREA, screening
from tests.support.referral_service import CASE, DIRECTORY, NAME, Referral, running

_ADD = """
    INSERT INTO case_history (case_id, number, at, by, trigger, from_state, to_state, why)
    VALUES ($1, $2, now(), $3, $4, $5, $6, $7)
    """


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        await service.screened(screening(area=ASKING_AREA))
        yield service


async def _refusal(connection: Any, number: int, *line: str) -> str:
    """What the database says of a line; nothing of it is kept."""
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute(_ADD, CASE, number, *line)
    except asyncpg.RaiseError as refused:
        return str(refused)
    finally:
        await transaction.rollback()
    return ""


async def test_the_database_allows_exactly_the_tables_lines(referral: Referral) -> None:
    allowed = {(row.by, row.trigger, row.source): row for row in TABLE}
    async with referral.pool.acquire() as connection:
        for by, trigger, source in product(Actor, Trigger, State):
            row = allowed.get((by, trigger, source))
            why = min(OF_TRIGGER.get(trigger, frozenset()), default="")
            target = min(row.targets) if row else source
            refusal = await _refusal(connection, 2, by, trigger, source, target, why)
            assert ("no row of the table allows" in refusal) == (row is None), (by, trigger, source, refusal)
        for row in TABLE:
            line = (row.by, row.trigger, row.source)
            elsewhere = min(set(State) - row.targets)
            why = min(row.reasons, default="")
            assert "no row" in await _refusal(connection, 2, *line, elsewhere, why)
            assert "no row" in await _refusal(connection, 2, *line, min(row.targets), "not-a-reason")
            if row.reasons:
                assert "no row" in await _refusal(connection, 2, *line, min(row.targets), "")


async def test_a_line_follows_on_and_a_case_is_in_the_state_of_its_history(referral: Referral) -> None:
    async with referral.pool.acquire() as connection:
        held = ("coordinator", "hold", "awaiting-coordinator", "on-hold", "")
        assert await _refusal(connection, 2, *held) == ""
        assert "follows on" in await _refusal(connection, 3, *held)
        assert "follows on" in await _refusal(connection, 2, "coordinator", "hold", "at-panel", "on-hold", "")
    for statement in (
        "UPDATE referral_case SET state = 'refused'",
        "UPDATE referral_case SET changes = changes + 1",
        "INSERT INTO referral_case (case_id, area, agency, family_ref, state) "
        "SELECT gen_random_uuid(), area, agency, family_ref, 'closed' FROM referral_case",
    ):
        with pytest.raises(asyncpg.RaiseError, match="stands where its history says"):
            await referral.pool.execute(statement)
    with pytest.raises(asyncpg.PostgresError, match="cannot insert into view"):
        await referral.pool.execute("INSERT INTO transition VALUES ('closed', 'refer', 'panel', 'offered', '{}')")


async def test_the_history_names_who_acted_and_what_the_reason_is_about(referral: Referral) -> None:
    await referral.post("return", {"missing": ["tool", "contact-details"]})
    await referral.post("answer")
    referral.http.headers.update(signed_in("c.okafor", Role.COORDINATOR, areas=[ASKING_AREA]))
    await referral.post("agree", {"offer": "south-mediation"})
    history = (await referral.http.get(f"/cases/{CASE}")).json()["history"]
    lines = [(line["by"], line["trigger"], line["to"], line["why"], line["detail"]) for line in history]
    assert lines == [
        ("screening", "refer", "awaiting-coordinator", "refer", ""),
        ("coordinator", "return", "returned", "tool, contact-details", ""),
        ("referrer", "answer", "awaiting-coordinator", "information-given", ""),
        ("coordinator", "agree", "offered", "", "south-mediation"),
    ]
    assert [line["who"] for line in history][1:] == [recorded(NAME), recorded(NAME), recorded("c.okafor")]
    assert history[0]["who"] == str(screening().practitioner.practitioner_id)
