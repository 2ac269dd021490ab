"""An erased key is in no file of PostgreSQL or Kafka, and nobody who runs a service can bring it back."""

import base64
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from confluent_kafka import Producer

from deploy.stack.erased_keys import clear_erased_keys
from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE
from services import MANIFESTS
from shared.contracts.manifest import Manifest
from tests.support.at_rest import pieces


def kinds_with(stack: Stack, key: bytes) -> set[str]:
    """In what kinds of files of the stack these bytes are: as they are, or as anybody writes bytes."""
    forms = [key, key.hex().encode(), *(encode(key)[:-4] for encode in (base64.b64encode, base64.urlsafe_b64encode))]
    return {kind for kind, _, content in pieces(stack) if any(form in content for form in forms)}


async def _wrapped(admin: Any, subject: Any) -> bytes:
    await admin.execute("CHECKPOINT")
    found: bytes = await admin.fetchval("SELECT wrapped FROM data_key WHERE subject = $1", subject)
    return found


@pytest.fixture
async def admin(stack: Stack) -> Any:
    connection = await asyncpg.connect(stack.admin_database_url(KEYRING_DATABASE))
    yield connection
    await connection.close()


async def test_an_erased_key_is_in_no_page_no_log_and_no_topic(stack: Stack, databases: Any, admin: Any) -> None:
    screening, families = await databases("screening"), await databases("families")
    erased, stays = uuid4(), uuid4()
    await screening.keyring.for_sealing([erased, stays], "person")
    key, other = await _wrapped(admin, erased), await _wrapped(admin, stays)
    assert kinds_with(stack, key) >= {"heap", "wal"}, "the search finds a key that is there"
    await families.keyring.erase(erased)
    assert kinds_with(stack, key) >= {"heap", "wal"}, "what PostgreSQL keeps of a row that was changed"
    done = await clear_erased_keys(stack.admin_database_url(KEYRING_DATABASE))
    assert (done.keys >= 1, done.log) == (True, True)
    assert not kinds_with(stack, key)
    assert "heap" in kinds_with(stack, other)
    assert (await clear_erased_keys(stack.admin_database_url(KEYRING_DATABASE))).keys == 0
    assert await admin.fetchval("SHOW wal_recycle") == "on"
    assert set(_leaks(stack, key)) == {"kafka", "file"}, "the search finds what leaks there"
    opened = await screening.keyring.for_sealing([stays], "person")
    assert opened.open(opened.seal(stays, "name", "who stays")) == "who stays"


def _leaks(stack: Stack, key: bytes) -> Iterator[str]:
    """The kinds of places in which the search finds the key, once it is planted there."""
    producer = Producer(stack.admin_properties())
    producer.produce("person-erased.dead-letters", key.hex())
    producer.flush(20)
    leak = stack.home.run / "leak"
    leak.write_bytes(b"..." + base64.b64encode(key))
    try:
        yield from kinds_with(stack, key) - {"kafka-batch"}
    finally:
        leak.unlink()


async def _changes(connection: Any, statement: str, subject: Any) -> bool:
    try:
        done: str = await connection.execute(statement, subject)
    except (asyncpg.InsufficientPrivilegeError, asyncpg.UniqueViolationError, asyncpg.RaiseError):
        return False
    return not done.endswith(" 0")


@pytest.mark.parametrize("service", MANIFESTS, ids=lambda each: each.name)
async def test_no_login_of_a_service_brings_an_erased_key_back(stack: Stack, admin: Any, service: Manifest) -> None:
    erased, live = uuid4(), uuid4()
    for subject in (erased, live):
        await admin.execute("INSERT INTO data_key (subject, kind, wrapped) VALUES ($1, 'person', 'wrapped')", subject)
    await admin.execute("UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1", erased)
    connection = await asyncpg.connect(stack.database_url(service.name, KEYRING_DATABASE))
    attempts = (
        "UPDATE data_key SET wrapped = 'again', erased_at = NULL WHERE subject = $1",
        "UPDATE data_key SET wrapped = 'again' WHERE subject = $1",
        "INSERT INTO data_key (subject, kind, wrapped) VALUES ($1, 'person', 'again')",
        "INSERT INTO data_key (subject, kind, wrapped) VALUES ($1, 'person', 'again') "
        "ON CONFLICT (subject) DO UPDATE SET wrapped = 'again', erased_at = NULL",
        "DELETE FROM data_key WHERE subject = $1",
    )
    try:
        for attempt in attempts:
            assert not await _changes(connection, attempt, erased)
        # Another key in the place of one that is there would lose what is sealed.
        assert not await _changes(connection, "UPDATE data_key SET wrapped = 'another' WHERE subject = $1", live)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("TRUNCATE data_key")
    finally:
        await connection.close()
    assert await admin.fetchval("SELECT wrapped IS NULL FROM data_key WHERE subject = $1", erased)
    assert await admin.fetchval("SELECT wrapped FROM data_key WHERE subject = $1", live) == b"wrapped"
    for statement in (
        "DELETE FROM data_key WHERE subject = $1",
        "UPDATE data_key SET erased_at = now() WHERE subject = $1",
    ):
        with pytest.raises(asyncpg.RaiseError):
            await admin.execute(statement, erased)
