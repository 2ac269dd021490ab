"""The same family by another agency: recognised on sealed data, a person asked where it is doubtful, with an audit."""

import asyncio
from typing import Any

import asyncpg
import pytest

from services.families.repository.identities import sharing_a_token
from tests.support.families_service import (
    ANNA,
    BEN,
    NAME,
    OTHER_AREA,
    SECRETS,
    case_of,
    running,
)
from tests.support.identity import recorded

CARL = {"given": "Carl", "family": "Lacey", "date_of_birth": "1990-01-05", "postcode": None, "phone": None}


async def test_a_family_is_recognised_by_another_agency_whatever_the_order(databases: Any) -> None:
    async with running(databases) as families:
        first = await families.sealed("hants-schools", ANNA, BEN)
        second = await families.sealed("hants-police", BEN, {**ANNA, "postcode": "ZZ9 9ZZ"}, family_ref="7")
        await families.receives(first[0], *second)
        assert await families.outcomes() == [("hants-police", "alone")], "a parent of the other is still to come"
        await families.receives(first[1])
        assert await families.outcomes() == [("hants-police", "alone"), ("hants-schools", "linked")]
        linked = [event for topic, event in await families.published() if topic == "family-linked"]
        assert [(event["confirmed_by"], len(event["members"])) for event in linked] == [("automatic", 2)]
        members = {(member["agency"], member["family_ref"]) for member in linked[0]["members"]}
        assert members == {("hants-schools", "F1"), ("hants-police", "7")}
        assert linked[0]["members"][0]["cases"] == [str(case_of("hants-police", "7"))]


async def test_two_that_arrive_at_once_do_not_miss_each_other(databases: Any) -> None:
    async with running(databases) as families:
        one, other = await families.sealed("hants-schools", ANNA, BEN), await families.sealed("hants-mash", ANNA, BEN)
        await asyncio.gather(families.receives(*one), families.receives(*other))
        assert sorted(outcome for _, outcome in await families.outcomes()) == ["alone", "linked"]


async def test_nothing_that_identifies_a_person_is_stored_or_sent_here(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-mash", {**ANNA, "given": "Ana"}, {**CARL, "email": None})
        text = await families.everything_at_rest()
        assert "identity" in text
        assert [secret for secret in SECRETS if secret in text] == []


async def test_a_person_confirms_what_is_doubtful_and_sees_no_identifier(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-mash", ANNA)
        assert await families.outcomes() == [("hants-schools", "alone"), ("hants-mash", "doubtful")]
        (shown,) = await families.doubtful()
        assert shown["fields"]["parents"] == [dict.fromkeys(shown["fields"]["parents"][0], "same")]
        assert [side["agency"] for side in shown["sides"]] == ["hants-mash", "hants-schools"]
        assert "F1" not in str(shown)
        assert [secret for secret in SECRETS if secret in str(shown).casefold()] == []
        assert await families.post(f"/likenesses/{shown['id']}/confirm") == 200
        assert await families.doubtful() == []
        topics = [topic for topic, _ in await families.published()][2:]
        assert topics == ["family-linked", "family-recognised"], "whom the doubt held up goes on"
        assert (await families.outcomes())[-1] == ("hants-mash", "linked")
        assert await families.post(f"/likenesses/{shown['id']}/confirm") == 409
        found = (await families.http.get(f"/likenesses/{shown['id']}")).json()
        assert [(line["what"], line["by"]) for line in found["history"]] == [("confirmed", recorded(NAME))]


async def test_a_rejected_likeness_lets_the_screening_go_on_alone(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-mash", ANNA)
        (shown,) = await families.doubtful()
        assert await families.post(f"/likenesses/{shown['id']}/reject") == 200
        assert (await families.outcomes())[-1] == ("hants-mash", "alone")
        await families.screened("hants-mash", ANNA, number=2)
        assert (await families.outcomes())[-1] == ("hants-mash", "alone"), "the same evidence is not asked about twice"


async def test_families_of_two_areas_are_shown_to_a_person_and_never_linked(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("surrey-police", ANNA, BEN, area=OTHER_AREA)
        (shown,) = await families.doubtful()
        assert (shown["across_areas"], shown["evidence"]) == (True, "certain")
        assert await families.post(f"/likenesses/{shown['id']}/confirm") == 409
        path = f"/families/{case_of('hants-schools')}/link"
        assert await families.post(path, with_case=str(case_of("surrey-police"))) == 409
        assert await families.post(f"/likenesses/{shown['id']}/note") == 200
        assert (await families.outcomes())[-1] == ("surrey-police", "alone")
        assert "family-linked" not in {topic for topic, _ in await families.published()}
        with pytest.raises(asyncpg.CheckViolationError):
            await families.pool.execute("UPDATE likeness SET status = 'linked'")


async def test_a_person_links_and_separates_with_an_audit_that_lasts(databases: Any) -> None:
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-mash", {**CARL, "email": None})
        one, other = case_of("hants-schools"), case_of("hants-mash")
        assert await families.post(f"/families/{one}/separate") == 409
        assert await families.post(f"/families/{one}/link", with_case=str(other)) == 200
        assert await families.post(f"/families/{other}/separate", reason=" ") == 422
        assert await families.post(f"/families/{other}/separate") == 200
        await families.screened("hants-mash", ANNA, BEN, number=2)
        assert (await families.outcomes())[-1] == ("hants-mash", "alone"), "a person's word stands above the evidence"
        linked, unlinked = [event for topic, event in await families.published() if topic != "family-recognised"]
        assert (linked["confirmed_by"], linked["weight"]) == ("person", None)
        assert linked["revision"] < unlinked["revision"]
        assert {unlinked["family_id"], unlinked["separated"][0]["family_id"]} >= {linked["family_id"]}
        history = (await families.http.get(f"/families/{other}")).json()["history"]
        assert [(line["what"], line["by"], line["reason"]) for line in history] == [
            ("confirmed", recorded(NAME), "other"),
            ("separated", recorded(NAME), "other"),
        ]
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await families.pool.execute("DELETE FROM link_history")


async def test_a_childs_number_and_one_that_is_expected_are_read_from_the_sealed_box(databases: Any) -> None:
    number = {"kind": "upn", "value": "A823432109823"}
    typed = {"date_of_birth": "2015-06-01", "expected_on": None, "identifiers": [number]}
    expected = {"date_of_birth": None, "expected_on": "2026-02-01", "identifiers": []}
    async with running(databases) as families:
        await families.screened("hants-schools", ANNA, BEN, children=(typed, expected))
        # Who brings the child up has nothing in common with its parents, and its birth was typed wrong.
        await families.screened("hants-mash", CARL, children=({**typed, "date_of_birth": "2014-03-03"},))
        assert await families.outcomes() == [("hants-schools", "alone"), ("hants-mash", "doubtful")]
        assert "a823432109823" not in await families.everything_at_rest()


async def test_an_erased_person_is_recognised_no_more_and_leaves_no_token(databases: Any) -> None:
    async with running(databases) as families:
        events = await families.sealed("hants-schools", ANNA, BEN, family_ref="to-be-forgotten")
        await families.receives(*events)
        tokens = "SELECT count(*) FROM token WHERE person_id = $1"
        assert await families.pool.fetchval(tokens, events[0].person_id) > 0
        for event in events:
            await families.keyring.erase(event.person_id)
        await families.screened("hants-mash", ANNA, BEN)
        assert (await families.outcomes())[-1] == ("hants-mash", "alone")
        assert await families.erasures.once() == 2
        assert await families.pool.fetchval(tokens, events[0].person_id) == 0
        assert await families.pool.fetchval("SELECT count(*) FROM parent") == 2
        assert await families.erasures.once() == 0


async def test_what_a_screening_costs_is_the_same_however_many_there_were_before(databases: Any) -> None:
    async with running(databases) as families, families.pool.acquire() as connection:
        await families.screened("hants-schools", ANNA, BEN)
        await families.screened("hants-mash", ANNA, BEN)
        rows = await connection.fetch("SELECT token, agency, submission_id, person_id FROM token")
        tokens = [(row["token"], (row["agency"], row["submission_id"]), row["person_id"]) for row in rows]
        await connection.execute(
            """
            INSERT INTO submission SELECT 'many', gen_random_uuid(), n, gen_random_uuid(), 'area', now(), 1, '{}'
            FROM generate_series(1, 20000) AS n
            """
        )
        await connection.execute(
            """
            INSERT INTO token SELECT uuid_send(gen_random_uuid()), agency, submission_id, gen_random_uuid()
            FROM submission, generate_series(1, 7) WHERE agency = 'many'
            """
        )
        # So many share one that it tells nothing.
        await connection.execute(
            """
            INSERT INTO token SELECT $1, agency, submission_id, gen_random_uuid() FROM submission WHERE agency = 'many'
            """,
            tokens[0][0],
        )
        await connection.execute("ANALYZE")
        before = await _blocks_read(connection)
        found = await sharing_a_token(connection, tokens, 200)
        read = await _blocks_read(connection) - before
        (one, other) = {key for _, key, _ in tokens}
        assert found == {one: {other}, other: {one}}
        # All of them have some 4,000; each token is a few blocks deep.
        assert read < 600, f"{read} blocks were read"


async def _blocks_read(connection: Any) -> int:
    """Blocks that this database's tables and indexes were asked for so far."""
    await connection.execute("SELECT pg_stat_force_next_flush()")
    blocks: int = await connection.fetchval(
        """
        SELECT sum(heap_blks_hit + heap_blks_read + coalesce(idx_blks_hit + idx_blks_read, 0))::bigint
        FROM pg_statio_user_tables
        """
    )
    return blocks


async def test_one_parents_box_under_the_others_id_is_refused(databases: Any) -> None:
    async with running(databases) as families:
        one, other = await families.sealed("hants-schools", ANNA, BEN)
        await families.receives(one.model_copy(update={"sealed": other.sealed}))
        assert await families.pool.fetchval("SELECT findings->0->>'field' FROM dead_letter") == "sealed.subject"


async def test_the_service_makes_no_key_of_a_person(databases: Any) -> None:
    async with running(databases) as families:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await families.keyring.for_sealing([case_of("nobody")], "person")
