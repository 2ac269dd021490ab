"""Data keys are unwrapped on the record and within a limit, which no login of a service can leave out or change."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from deploy.cli import keys as commands
from deploy.stack import key_uses
from deploy.stack.errors import ParleyError
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from services import MANIFESTS
from shared.contracts.manifest import Manifest
from shared.messaging.core.transient_errors import is_transient
from shared.privacy import unwrapping
from shared.privacy.key_encryption import KeyEncryptionUnavailableError
from shared.privacy.keyring import Keyring
from shared.privacy.transit import TransitKeys
from shared.privacy.unwrapping import KeysRefusedError, unwrapping_for
from shared.telemetry.metrics import REGISTRY
from tests.support.databases import connected

KEYS = "SELECT subject FROM recorded_keys($1)"
RECORD = "SELECT record, wait_s FROM record_unwrapping($1, 'trial', NULL)"


@pytest.fixture
async def admin(stack: Stack) -> AsyncIterator[Any]:
    async with connected(stack.admin_database_url(KEYRING_DATABASE)) as connection:
        yield connection


@pytest.fixture
async def families(databases: Any, stack: Stack, admin: Any) -> AsyncIterator[Keyring]:
    """The keyring of a service that opens people's keys. What it may unwrap is put back afterwards."""
    before = await admin.fetchval("SELECT per_minute FROM key_allowance WHERE service = 'families'")
    yield (await databases("families")).keyring
    await key_uses.limit(stack, "families", before)


async def _people(databases: Any, many: int) -> tuple[list[UUID], list[Any]]:
    """People whom another service has made keys for, each with a box."""
    people = [uuid4() for _ in range(many)]
    keys = await (await databases("screening")).keyring.for_sealing(people, "person")
    return people, [keys.seal(person, "name", str(person)) for person in people]


async def test_whose_keys_were_unwrapped_by_whom_and_what_for_can_be_asked(
    databases: Any, stack: Stack, families: Keyring
) -> None:
    (one, other, erased), boxes = await _people(databases, 3)
    assert await key_uses.unwraps(stack, one) == [], "whoever makes a key knows it"
    with unwrapping_for("people.erase", "staff-0123456789abcdef0123456789abcdef"):
        await families.for_opening(boxes[:2])
    await families.for_opening(boxes[:2])
    families.forget()
    await families.erase(erased)
    with unwrapping_for("parent-identity-sealed"):
        assert (await families.for_opening(boxes[:1] + boxes[2:])).open(boxes[0]) == str(one)
    found = await key_uses.unwraps(stack, one)
    assert [(each.service, each.purpose, each.actor, each.together) for each in found] == [
        ("families", "people.erase", "staff-0123456789abcdef0123456789abcdef", 2),
        ("families", "parent-identity-sealed", None, 1),
    ]
    assert [each.purpose for each in await key_uses.unwraps(stack, other)] == ["people.erase"]
    assert await key_uses.unwraps(stack, erased) == [], "there was no key to unwrap"
    counted = REGISTRY.get_sample_value("parley_keys_unwrapped_total", {"purpose": "people.erase"})
    assert counted is not None
    assert counted >= 2


async def test_the_command_line_shows_who_unwrapped_whose_key_and_sets_the_limit(
    databases: Any, stack: Stack, families: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "load_stack", lambda _home: stack)
    (person,), boxes = await _people(databases, 1)

    async def run(*arguments: str) -> str:
        return (await asyncio.to_thread(CliRunner().invoke, commands.commands, arguments)).output

    assert await run("unwraps", str(person)) == "Nobody has.\n"
    with unwrapping_for("likenesses.read", "staff-00"):
        await families.for_opening(boxes)
    (line,) = (await run("unwraps", str(person), "--json")).splitlines()
    found = json.loads(line)
    assert (found["service"], found["purpose"], found["actor"], found["together"]) == (
        "families",
        "likenesses.read",
        "staff-00",
        1,
    )
    assert "likenesses.read" in await run("unwraps", str(person))
    assert await run("limit", "families", "4321") == "families may unwrap 4321 keys in a minute.\n"
    (use,) = [each for each in await key_uses.uses(stack) if each.service == "families"]
    assert use.per_minute == 4321
    assert use.last_hour >= 1


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
async def test_no_login_takes_a_wrapped_key_off_the_record(
    databases: Any, stack: Stack, admin: Any, service: Manifest
) -> None:
    (person,), _ = await _people(databases, 1)
    opens = "person" in service.keys.opens
    async with connected(stack.database_url(service.name, KEYRING_DATABASE)) as login:
        for statement in (
            "SELECT wrapped FROM data_key",
            "SELECT * FROM data_key",
            "UPDATE data_key SET wrapped = NULL, erased_at = now() RETURNING wrapped",
            "COPY data_key (wrapped) TO STDOUT",
            "SELECT * FROM unwrapping",
            "INSERT INTO unwrapping (purpose, subjects) VALUES ('trial', '{}')",
            "DELETE FROM unwrapping",
            "TRUNCATE unwrapping",
            "SELECT * FROM key_allowance",
            "UPDATE key_allowance SET per_minute = 1000000",
            "CREATE OR REPLACE FUNCTION recorded_keys(record bigint) RETURNS TABLE (subject uuid, wrapped bytea, "
            "kek text) LANGUAGE sql AS 'SELECT subject, wrapped, kek FROM data_key'",
            "ALTER TABLE unwrapping DISABLE TRIGGER USER",
            "CREATE TEMP TABLE key_allowance (service name, opens text[])",
            "ALTER FUNCTION record_unwrapping OWNER TO CURRENT_USER",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await login.execute(statement)
        # The record of a transaction that can still be rolled back gives nothing, nor does one of a part of it.
        trying = login.transaction()
        await trying.start()
        nested = login.transaction()
        await nested.start()
        record = (await login.fetchrow(RECORD, [person]))["record"]
        assert (record is not None) == opens
        await nested.commit()
        if opens:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="committed"):
                await login.fetch(KEYS, record)
        await trying.rollback()
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="recorded first"):
            await login.fetch(KEYS, record or 0)
        # Nor does another's, or one of an earlier time.
        for of, earlier in (("another", 0), (service.name, 2)):
            record = await admin.fetchval(
                "INSERT INTO unwrapping (service, purpose, subjects, at) "
                "VALUES ($1, 'trial', $2, now() - make_interval(mins => $3)) RETURNING id",
                of,
                [person],
                earlier,
            )
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await login.fetch(KEYS, record)
        record = (await login.fetchrow(RECORD, [person]))["record"]
        assert (record is not None) == opens
        assert [row["subject"] for row in await login.fetch(KEYS, record)] == [person] if opens else True
    assert bool([each for each in await key_uses.unwraps(stack, person) if each.service == service.name][1:]) == opens


async def test_what_was_recorded_stays_for_whoever_owns_the_keyring_too(stack: Stack, admin: Any) -> None:
    await admin.execute("INSERT INTO unwrapping (purpose, subjects) VALUES ('trial', '{}')")
    for statement in ("DELETE FROM unwrapping", "UPDATE unwrapping SET actor = NULL", "TRUNCATE unwrapping"):
        with pytest.raises(asyncpg.RaiseError, match="only added to"):
            await admin.execute(statement)
    # Its time is over after two years, and nobody takes one out within the first of them.
    old = "INSERT INTO unwrapping (purpose, subjects, at) VALUES ('trial', '{}', now() - make_interval(months => $1))"
    for months in (11, 13, 23, 25):
        await admin.execute(old, months)
    with pytest.raises(asyncpg.RaiseError, match="until its time is over"):
        await admin.execute("DELETE FROM unwrapping WHERE at < now() - interval '10 months'")
    now = datetime.now(UTC)
    assert await key_uses.past_term(stack, now) == 1
    assert await key_uses.remove_past_term(stack, now) == 1
    assert await key_uses.past_term(stack, now) == 0
    left = "SELECT count(*) FROM unwrapping WHERE at < now() - interval '10 months'"
    assert await admin.fetchval(left) == 3
    await admin.execute("DELETE FROM unwrapping WHERE at < now() - interval '12 months'")
    with pytest.raises(asyncpg.CheckViolationError):
        await admin.execute("INSERT INTO unwrapping (purpose, subjects) VALUES ('because Anna asked', '{}')")


async def test_a_service_that_unwraps_too_much_waits_and_is_then_refused_with_an_alarm(
    databases: Any, stack: Stack, families: Keyring, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, boxes = await _people(databases, 60)
    with pytest.raises(ParleyError, match="no service"):
        await key_uses.limit(stack, "nobody", 10)
    # Forty in a minute are one in one and a half seconds.
    await key_uses.limit(stack, "families", 40)
    first = await families.for_opening(boxes[:41])
    assert first.open(boxes[40]) == str(people[40]), "a batch may overdraw a minute"
    assert not families.unwrapping.is_refused()
    slept: list[float] = []

    async def slept_for(seconds: float) -> None:
        slept.append(seconds)
        await key_uses.limit(stack, "families", 6000)

    with monkeypatch.context() as patch:
        patch.setattr(unwrapping, "_PATIENCE_S", 60.0)
        patch.setattr(unwrapping.asyncio, "sleep", slept_for)
        assert (await families.for_opening(boxes[41:42])).open(boxes[41]) == str(people[41])
    assert slept, "it waited"
    assert 0 < slept[0] <= 3
    await key_uses.limit(stack, "families", 1)
    await families.for_opening(boxes[42:50])
    with pytest.raises(KeysRefusedError) as refused:
        await families.for_opening(boxes[50:])
    assert is_transient(refused.value), "no record becomes a dead letter for it"
    assert families.unwrapping.is_refused(), "what an alarm is raised for"
    assert (await families.for_opening(boxes[42:50])).open(boxes[42]), "what it remembers it goes on using"
    (use,) = [each for each in await key_uses.uses(stack) if each.service == "families"]
    assert use.per_minute == 1
    assert use.refused >= 10
    assert use.refused_at is not None
    assert await key_uses.unwraps(stack, people[55]) == [], "what was refused was not unwrapped"
    await key_uses.limit(stack, "families", 6000)
    assert (await families.for_opening(boxes[50:])).open(boxes[55]) == str(people[55])


async def test_a_vault_that_cannot_be_asked_makes_no_dead_letter(tmp_path: Any) -> None:
    token = tmp_path / "token"
    token.write_text("of nobody")
    keys = TransitKeys("http://127.0.0.1:9", "parley", token)
    with pytest.raises(KeyEncryptionUnavailableError) as error:
        await keys.wrap([(uuid4(), bytes(32))])
    assert is_transient(error.value)
    await keys.aclose()
