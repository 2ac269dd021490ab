"""Who acts through a service's pages stands in its tables by an id; their name is sealed, and shown to who may look."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from deploy.stack.home import Stack
from shared.access.roles import Role
from shared.access.scopes import NOWHERE
from shared.postgres.row_reach import reading_within
from shared.privacy.register.classified import service_columns
from shared.service.staff import FORMER, Staff
from tests.support.erased_keys import erase_key
from tests.support.identity import recorded, signed_in
from tests.support.referral_families import ASKING_AREA, screening
from tests.support.referral_service import AGENCY, CASE, DIRECTORY, Referral, running

NAME = "Winifred Marksworthy"
EARLIER = "Ebenezer Oldname"


@pytest.fixture
async def referral(databases: Any) -> AsyncIterator[Referral]:
    async with running(databases, *DIRECTORY) as service:
        await service.screened(screening(area=ASKING_AREA))
        service.http.headers.update(_header(NAME))
        yield service


def _header(name: str) -> dict[str, str]:
    return signed_in(name, Role.COORDINATOR, areas=[ASKING_AREA])


async def _at_rest(pool: Any) -> str:
    """All that is in the database's tables."""
    tables = await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [
        row["row"]
        for table in tables
        for row in await pool.fetch(f'SELECT to_jsonb(t) AS row FROM "{table["tablename"]}" AS t')  # noqa: S608 - from the catalogue
    ]
    return "\n".join(map(repr, rows))


async def test_whoever_acts_is_an_id_at_rest_and_a_name_to_who_looks(referral: Referral) -> None:
    assert (await referral.post("claim", {}))[1]["coordinator"] == recorded(NAME)
    await referral.post("notes", {"text": "spoken with the school"})
    await referral.post("hold", {})
    shown = (await referral.http.get(f"/cases/{CASE}")).json()
    assert (shown["coordinator"], shown["history"][-1]["who"]) == (recorded(NAME), recorded(NAME))
    [note] = (await referral.http.get(f"/cases/{CASE}/notes")).json()["items"]
    assert note["who"] == recorded(NAME)
    refused = await referral.http.post(f"/cases/{CASE}/claim", headers=_header("somebody else"))
    assert f"{recorded(NAME)} has this case in hand" in refused.json()["detail"]
    everything = await _at_rest(referral.pool)
    staff = Staff(referral.pool, referral.keyring)
    assert staff.id_of(recorded(NAME)) in everything
    assert staff.id_of("stack:machinery") == "stack:machinery"
    assert staff.id_of(recorded("stack:machinery")).startswith("staff-"), "a person by the name of a program"
    assert "Marksworthy" not in everything


async def test_who_was_erased_is_a_former_member_with_an_id_to_everybody(stack: Stack, referral: Referral) -> None:
    # Nobody else's: an erased key is never made again.
    name = f"Erasmus {uuid4()}"
    referral.http.headers.update(_header(name))
    await referral.post("claim", {})
    who = Staff(referral.pool, referral.keyring).id_of(recorded(name))
    await erase_key(stack, UUID(hex=who.removeprefix("staff-")))
    # A process remembers keys for a minute.
    referral.keyring._remembered.clear()
    assert (await referral.http.get(f"/cases/{CASE}")).json()["coordinator"] == f"{FORMER} ({who})"
    assert await Staff(referral.pool, referral.keyring).acts(recorded(name)) == who


async def test_names_of_an_earlier_release_give_way_to_ids_and_nothing_else_of_a_history_changes(
    referral: Referral,
) -> None:
    pool = referral.pool
    await referral.post("claim", {})
    await referral.post("notes", {"text": "of before"})
    await referral.post("hold", {})
    # As they stood before names were sealed; the history's trigger lets no name come back.
    for table, column in (("case_history", "who"), ("case_note", "who"), ("assignment", "coordinator")):
        await pool.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        await pool.execute(f'UPDATE {table} SET "{column}" = $1 WHERE "{column}" LIKE $2', EARLIER, "staff-%")  # noqa: S608 - above
        await pool.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    sign = "INSERT INTO unmatched_sign VALUES ($1, $2, 'F9', now(), now(), $2, NULL, now(), $3)"
    await pool.execute(sign, AGENCY, CASE, EARLIER)
    staff = Staff(pool, referral.keyring)
    agencies = {"case_history.who": "who NOT IN (SELECT agency FROM agency)"}
    await pool.execute("DELETE FROM changed_row")
    assert await staff.seal_names("referral", agencies) == 1
    assert EARLIER not in await _at_rest(pool)
    noted = {row["of_table"] for row in await pool.fetch("SELECT DISTINCT of_table FROM changed_row")}
    assert noted >= {"case_history", "case_note", "assignment", "staff"}, "the changelog has to get the new images"
    shown = (await referral.http.get(f"/cases/{CASE}")).json()
    assert (shown["coordinator"], shown["history"][-1]["who"]) == (EARLIER, EARLIER)
    assert await staff.seal_names("referral", agencies) == 0
    for change in ("who = 'x'", f"who = '{staff.id_of(recorded(NAME))}'", "why = 'other'"):
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await pool.execute(f"UPDATE case_history SET {change}")  # noqa: S608 - above
    with pytest.raises(asyncpg.RaiseError, match="only added to"):
        await pool.execute("DELETE FROM case_note")


@pytest.mark.parametrize("service", ["referral", "families", "workforce", "screening"])
def test_every_column_for_who_acts_is_one_that_is_sealed(service: str) -> None:
    columns = {name for name, kind in service_columns(service).items() if kind.name == "staff-id"}
    assert columns >= {"dead_letter_audit.actor", "outbox_set_aside.settled_by"}
    own = {"referral": "case_note.who", "families": "link_history.by", "workforce": "champion.named_by"}
    assert service not in own or own[service] in columns


async def test_a_name_is_stored_and_found_whatever_the_reach_of_whoever_asks(referral: Referral) -> None:
    staff, name = Staff(referral.pool, referral.keyring), f"Nowhere {uuid4()}"
    with reading_within(NOWHERE):
        who = await staff.acts(name)
        assert await staff.names_of([who]) == {who: name}
