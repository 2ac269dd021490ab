"""One start of real Kafka and PostgreSQL for all tests that touch them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import settings

from deploy.stack.databases import migrate
from deploy.stack.harness import start_backing_services
from deploy.stack.home import Home, Stack
from shared.postgres.pool import open_pool
from shared.privacy.keyring import Keyring, read_key_encryption_key

# A busy machine is not a fault of the code: no example is timed. Runs repeat, so a failure can be looked at.
settings.register_profile("parley", deadline=None, derandomize=True)
settings.load_profile("parley")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and PostgreSQL with migrated databases, topics, users and ACLs, but without the services."""
    home = Home(tmp_path_factory.mktemp("parley") / "home")
    with start_backing_services(home) as running:
        asyncio.run(migrate(running))
        yield running


class Database:
    """One service's own database, with the service's own login, emptied before each test."""

    def __init__(self, stack: Stack, service: str, pool: "asyncpg.Pool[Any]", keyring: Keyring) -> None:
        self.stack = stack
        self.service = service
        self.pool = pool
        self.keyring = keyring


async def _open(stack: Stack, service: str, resources: AsyncExitStack) -> Database:
    pool = await open_pool(stack.database_url(service), connections=8, name=f"test-{service}")
    resources.push_async_callback(pool.close)
    keyring_pool = await open_pool(stack.database_url(service, "keyring"), connections=4, name="test-keyring")
    resources.push_async_callback(keyring_pool.close)
    tables = await pool.fetch(
        """
        SELECT tablename FROM pg_tables
        WHERE schemaname = 'public' AND tablename NOT IN ('schema_migration', 'changed_row')
        """
    )
    names = ", ".join(f'"{row["tablename"]}"' for row in tables)
    await pool.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
    kek = read_key_encryption_key(Path(stack.service_environment(service)["PARLEY_KEK_FILE"]))
    return Database(stack, service, pool, Keyring(keyring_pool, kek))


@pytest.fixture
async def databases(stack: Stack) -> AsyncIterator[Any]:
    """`await databases("referral")` opens that service's emptied database."""
    async with AsyncExitStack() as resources:

        async def opened(service: str) -> Database:
            return await _open(stack, service, resources)

        yield opened
