"""An earlier release's families: tokens in a form that is no more, and words about people where a code stands now."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from deploy.stack.home import Stack
from services.families.handlers.recognition import Recognition
from services.families.handlers.token_forms import TokenRenewal
from shared.postgres.migrations import migrate, service_schema
from tests.support.families_service import ANNA, BEN, Families, running

WORDS = "his sister told me that Ben hit her"


async def _as_of_before(families: Families) -> None:
    """What is kept becomes what the release before kept: tokens that nobody makes any more."""
    await families.pool.execute("UPDATE submission SET form = NULL")
    await families.pool.execute("DELETE FROM token WHERE with_person IS NOT NULL")
    await families.pool.execute("UPDATE token SET person_id = person_id, with_person = NULL")
    await families.pool.execute(
        """
        WITH old AS (DELETE FROM token RETURNING agency, submission_id, person_id)
        INSERT INTO token SELECT uuid_send(gen_random_uuid()), agency, submission_id, person_id, NULL FROM old
        """
    )


async def test_tokens_of_an_earlier_form_are_made_again_and_what_came_meanwhile_is_not_missed(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-police", {**ANNA, "family": "Naylor"}, {**BEN, "phone": None}, children=())
        await families.screened("hants-court", {**ANNA, "given": "Ola", "phone": None, "email": None}, family_ref="9")
        assert [outcome for _, outcome in await families.outcomes()] == ["alone", "linked", "doubtful"]
        await _as_of_before(families)
        old = {row["token"] for row in await families.pool.fetch("SELECT token FROM token")}
        # Two of the same family come before anybody was brought up: both wait.
        await families.screened("hants-mash", ANNA, BEN)
        await families.screened("hants-gp", BEN, ANNA)
        assert len(await families.outcomes()) == 3, "nobody is told to be alone while others can't be found"
        await families.pool.execute("DELETE FROM likeness")
        await families.pool.execute("UPDATE member SET family_id = gen_random_uuid()")
        recognition = Recognition(families.keyring, families.settings)
        renewal = TokenRenewal(families.context, recognition, page=1)
        assert await renewal.once() == 5
        outcomes = (await families.outcomes())[3:]
        assert dict(outcomes)["hants-mash"] == dict(outcomes)["hants-gp"] == "doubtful", "one of them is still doubtful"
        linked = [event for topic, event in await families.published() if topic == "family-linked"]
        assert {member["agency"] for member in linked[-1]["members"]} == {
            *("hants-schools", "hants-police", "hants-mash", "hants-gp")
        }
        new = {row["token"] for row in await families.pool.fetch("SELECT token FROM token")}
        assert new.isdisjoint(old)
        assert await families.pool.fetchval("SELECT count(*) FROM submission WHERE form IS DISTINCT FROM 2") == 0
        assert await renewal.once() == 0
        await families.screened("hants-early-help", ANNA, BEN)
        assert (await families.outcomes())[-1][0] == "hants-early-help", "in use nobody waits"


async def test_the_key_of_a_child_takes_the_tokens_of_its_birth_with_it(databases: Any) -> None:
    async with running(databases) as families:
        born = ("2015-06-01", "2017-03-09")
        events = await families.sealed("hants-schools", ANNA, BEN, children=born, family_ref="a-child-to-forget")
        await families.receives(*events)
        child = events[0].children[0].subject
        of_the_child = "SELECT count(*) FROM token WHERE $1 IN (person_id, with_person)"
        assert await families.pool.fetchval(of_the_child, child) >= 3, "with each parent, and with the other child"
        before = await families.pool.fetchval("SELECT count(*) FROM token")
        await families.keyring.erase(child)
        assert await families.erasures.once() == 1
        assert await families.pool.fetchval(of_the_child, child) == 0
        assert 0 < await families.pool.fetchval("SELECT count(*) FROM token") < before
        assert await families.erasures.once() == 0


async def test_words_are_refused_and_the_reason_fits_what_is_done(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-mash", ANNA)
        (shown,) = await families.doubtful()
        path = f"/likenesses/{shown['id']}/reject"
        answers = [
            await families.http.post(path, json=body)
            for body in (
                {"why": WORDS},
                {"reason": WORDS},
                {"reason": "other", "why": WORDS},
                {"reason": "same-people"},
            )
        ]
        assert [answer.status_code for answer in answers] == [422] * 4
        assert all(WORDS not in answer.text for answer in answers)
        assert "new-partner" in answers[-1].text
        assert await families.post(path, reason="new-partner") == 200
        assert WORDS not in await families.everything_at_rest()
        found = (await families.http.get(f"/likenesses/{shown['id']}")).json()
        assert [line["reason"] for line in found["history"]] == ["new-partner"]


@asynccontextmanager
async def _scratch(stack: Stack, name: str) -> AsyncIterator["asyncpg.Connection[Any]"]:
    admin = await asyncpg.connect(stack.admin_database_url("families"))
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        connection = await asyncpg.connect(stack.admin_database_url(name))
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await admin.execute(f"DROP DATABASE {name}")
        await admin.close()


async def test_words_that_were_kept_are_gone_and_every_row_is_written_to_the_changelog_again(
    stack: Stack, tmp_path: Path
) -> None:
    schema = service_schema("families")
    core, (room, folder) = schema.folders
    before = tmp_path / "before"
    before.mkdir()
    shutil.copy(folder / "0001_families.sql", before)
    async with _scratch(stack, "families_of_before") as connection:
        await migrate(connection, replace(schema, folders=[core, (room, before)]))
        await connection.executemany(
            """
            INSERT INTO link_history (at, by, what, one_agency, one_ref, other_agency, other_ref, weight, why)
            VALUES (now(), $1, $2, 'a', '1', 'b', '2', NULL, $3)
            """,
            [("matching", "linked", ""), ("ivo", "separated", WORDS), ("matching", "rejected", WORDS)],
        )
        await connection.execute("DELETE FROM changed_row")
        await migrate(connection, schema)
        rows = await connection.fetch("SELECT number, by, reason, link_history::text AS row FROM link_history")
        assert [(row["by"], row["reason"]) for row in sorted(rows, key=lambda row: row["number"])] == [
            *(("matching", "evidence"), ("ivo", "other"), ("matching", "other"))
        ]
        assert not any(WORDS in row["row"] for row in rows)
        changed = await connection.fetch("SELECT of_table, key->>'number' AS number FROM changed_row")
        assert {int(row["number"]) for row in changed if row["of_table"] == "link_history"} == {1, 2, 3}
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await connection.execute("UPDATE link_history SET reason = 'other'")
