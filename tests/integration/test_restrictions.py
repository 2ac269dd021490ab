"""What is held of somebody may be kept and not used: nothing about them goes out, and what protects somebody works."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.families.domain.links import NotAllowedError
from services.families.handlers.restrictions import Restrictions
from services.families.handlers.retention import HumanRetention
from services.referral.domain.deciders.commands import ConflictError, Resume
from services.referral.handlers.commands import Instruction, carry_out
from shared.contracts.families import ErasureReason, RestrictionReason
from shared.messaging.timers.clock import Clock
from shared.service.definition import Context
from shared.service.settings import ServiceSettings
from tests.support.screening_records import disclosing
from tests.support.whole_families import AGENCIES, MarkedFamily, WholeFamilies, whole_families

BY = "staff-" + "0" * 32
CONTESTED = RestrictionReason.ACCURACY_CONTESTED


@pytest.fixture
async def whole(databases: Any) -> AsyncIterator[WholeFamilies]:
    async with whole_families(databases) as pathway:
        yield pathway


class Restricting:
    """One family, and what becomes of it while its mother is restricted."""

    def __init__(self, whole: WholeFamilies, seed: int) -> None:
        self.whole = whole
        self.family = MarkedFamily(seed, Random(seed))
        self.restrictions = Restrictions(whole.context)
        referral = whole.databases["referral"]
        self.referral = Context("referral", ServiceSettings(), referral.pool, referral.keyring, Clock("events"))

    async def mother(self) -> UUID:
        return min(await self.whole.ids_of(self.family.words["mother"]))

    async def restrict(self) -> None:
        await self.restrictions.restrict(await self.mother(), (), CONTESTED, BY)
        await self.follow()

    async def lift(self) -> None:
        await self.restrictions.lift(await self.mother(), BY)
        await self.follow()

    async def follow(self) -> None:
        await self.whole.relay("families")
        await self.whole.run()

    async def case(self) -> tuple[UUID, str, str | None]:
        row = await self.referral.pool.fetchrow(
            "SELECT case_id, state, waiting_reason FROM referral_case ORDER BY submitted_at DESC NULLS LAST LIMIT 1"
        )
        return row["case_id"], row["state"], row["waiting_reason"]

    async def resume(self) -> None:
        case_id, _, _ = await self.case()
        await carry_out(self.referral, Instruction(case_id, Resume(), BY))
        await self.whole.relay("referral")
        await self.whole.run()

    def sent(self) -> list[str]:
        return [kind for kind, _ in self.whole.sent_to_providers()]


async def test_a_case_with_a_provider_is_held_and_goes_on_when_it_is_lifted_and_resumed(whole: WholeFamilies) -> None:
    restricting = Restricting(whole, 1)
    await whole.send(restricting.family.record(AGENCIES[0], "F-held", 4))
    before = restricting.sent()
    assert "parley.referral-offered.v1" in before

    await restricting.restrict()
    assert (await restricting.case())[1:] == ("on-hold", "restricted")
    assert restricting.sent()[len(before) :] == ["parley.referral-stopped.v1"], "nothing but the word to stop"
    with pytest.raises(ConflictError, match="restricted to being kept"):
        await restricting.resume()
    await restricting.restrict()
    assert len(restricting.sent()) == len(before) + 1, "again changes nothing"

    await restricting.lift()
    assert (await restricting.case())[1:] == ("on-hold", "on-hold"), "a person lets it go on"
    assert len(restricting.sent()) == len(before) + 1
    await restricting.resume()
    assert (await restricting.case())[1] == "offered"
    assert "parley.referral-offered.v1" in restricting.sent()[len(before) + 1 :]
    with pytest.raises(NotAllowedError, match="Nothing is restricted"):
        await restricting.lift()


async def test_no_referral_leaves_while_somebody_is_restricted(whole: WholeFamilies) -> None:
    restricting = Restricting(whole, 2)
    record = {**restricting.family.record(AGENCIES[0], "F-later", 4), "level_of_need": "universal"}
    await whole.send(record)
    await restricting.restrict()
    corrected = {**record, "submission_id": str(uuid4()), "supersedes": record["submission_id"]}
    await whole.send({**corrected, "level_of_need": "targeted"})
    case_id, state, waits_for = await restricting.case()
    assert (state, waits_for) == ("awaiting-coordinator", "restricted")
    assert restricting.sent() == []
    with pytest.raises(asyncpg.RaiseError, match="no referral leaves while somebody of its case is restricted"):
        await _agreed_by_other_code(restricting.referral.pool, case_id)
    await restricting.lift()
    assert (await restricting.case())[1] == "offered", "as if it came now"
    assert "parley.referral-offered.v1" in restricting.sent()


async def _agreed_by_other_code(pool: Any, case_id: UUID) -> None:
    """Writes the event with every other rule of the database out of the way."""
    async with pool.acquire() as connection, connection.transaction():
        others = await connection.fetch(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'outbox'::regclass AND NOT tgisinternal AND tgname <> $1",
            "no_agreement_while_restricted",
        )
        for each in others:
            await connection.execute(f'ALTER TABLE outbox DISABLE TRIGGER "{each["tgname"]}"')
        await connection.execute(
            "INSERT INTO outbox (topic, key, value, headers) VALUES ('referral-agreed', $1, $2, '[]')",
            str(case_id).encode(),
            f'{{"case_id": "{case_id}", "parents": []}}'.encode(),
        )


async def test_a_sign_of_abuse_halts_a_restricted_case(whole: WholeFamilies) -> None:
    restricting = Restricting(whole, 3)
    record = restricting.family.record(AGENCIES[0], "F-sign", 4)
    await whole.send(record)
    await restricting.restrict()
    mother, father = record["parents"]
    later = {**record, "submission_id": str(uuid4()), "submitted_at": "2026-05-06T09:00:00Z"}
    await whole.send({**later, "parents": [mother, disclosing(father)]})
    assert (await restricting.case())[1] == "halted"
    await restricting.lift()
    assert (await restricting.case())[1] == "halted"


async def test_an_id_that_is_found_later_is_restricted_too_and_nobody_restricted_is_erased(
    whole: WholeFamilies,
) -> None:
    restricting = Restricting(whole, 4)
    first = {**restricting.family.record(AGENCIES[0], "F-first", 4), "level_of_need": "universal"}
    await whole.send(first)
    await restricting.restrict()
    second = restricting.family.record(AGENCIES[1], "F-second", 5)
    for parent, before in zip(second["parents"], first["parents"], strict=True):
        parent["name"] = before["name"]
    await whole.send({**second, "level_of_need": "universal"})
    ids = await whole.ids_of(restricting.family.words["mother"])
    assert len(ids) == 2
    assert await restricting.restrictions.keep_up() == 1
    assert await restricting.restrictions.keep_up() == 0
    await restricting.follow()
    rows = await restricting.referral.pool.fetch("SELECT person_id FROM restriction WHERE lifted_at IS NULL")
    assert {row["person_id"] for row in rows} == ids
    with pytest.raises(NotAllowedError, match="restricted to being kept"):
        await whole.erasures.erase(min(ids), (), ErasureReason.RETENTION_ENDED, BY)
    of_people = HumanRetention(whole.context)
    cases = await whole.cases_with(ids)
    people = len(restricting.family.words)
    assert sum((await of_people.due_with(cases)).values()) == people - 1, "the others of the family may go"
    await restricting.lift()
    assert sum((await of_people.due_with(cases)).values()) == people
