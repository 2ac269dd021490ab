"""One start of Kafka and PostgreSQL for all tests of a process that touch them, and how many processes there are."""

import asyncio
import inspect
import os
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import settings

from deploy.stack.databases import migrate
from deploy.stack.harness import start_backing_services, start_sign_in
from deploy.stack.home import Home, Stack
from shared.postgres.pool import open_pool
from shared.privacy.key_encryption import KeyFile
from shared.privacy.keyring import Keyring
from tests.support.databases import empty, tables_of, unhurried
from tests.support.workers import PiecesInOrder, longest_first, worth_starting

# A busy machine is not a fault of the code: no example is timed. Runs repeat, so a failure can be looked at.
settings.register_profile("parley", deadline=None, derandomize=True)
settings.load_profile("parley")
# A stack of tests lives a minute or some: what Java's better compiler costs does not pay in it. `setdefault`, so that
# another choice can be tried.
os.environ.setdefault("PARLEY_KAFKA_JAVA", "-XX:TieredStopAtLevel=1")
# Stacks of tests start Python a few hundred times; without bytecode each compiles all of our modules again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
# Most tests sign people in by a password; those of the second factor ask for one.
os.environ.setdefault("PARLEY_SECOND_FACTOR", "none")
# pytest-xdist gives its processes a terminal of 80 columns, which Rich would keep over the width that a test asks for.
for _size in ("COLUMNS", "LINES"):
    os.environ.pop(_size, None)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    return worth_starting(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> PiecesInOrder:
    return PiecesInOrder(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if hasattr(config, "workerinput"):
        longest_first(items)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka and PostgreSQL with migrated databases, topics, users and ACLs, but without the services."""
    home = Home(tmp_path_factory.mktemp("parley") / "home")
    with start_backing_services(home) as running:
        asyncio.run(migrate(running))
        yield running


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Keycloak behind the entrance, with a PostgreSQL of its own and without Kafka."""
    with start_sign_in(Home(tmp_path_factory.mktemp("sign-in") / "home")) as running:
        yield running


class Database:
    """One service's own database, with the service's own login, emptied before each test."""

    def __init__(self, stack: Stack, service: str, pool: "asyncpg.Pool[Any]", keyring: Keyring) -> None:
        self.stack = stack
        self.service = service
        self.pool = pool
        self.keyring = keyring


# What tests that say so do is not for connections that others have after them: they change what is in the catalogue, or
# end connections.
_CHANGES_MORE_THAN_ROWS = re.compile(
    r"\b(?:ALTER|CREATE|DROP|GRANT|REVOKE|migrate\w*|pg_terminate_backend|pg_stat_\w+|session_replication_role)\b"
)


class Pools:
    """Connections that stay open from one test to the next: two pools cost a tenth of a second, and start with nothing
    in their caches.
    """

    def __init__(self, resources: AsyncExitStack) -> None:
        self._resources = resources
        self._open: dict[tuple[str, int], asyncpg.Pool[Any]] = {}

    async def pool(self, url: str, number: int, *, connections: int, name: str) -> "asyncpg.Pool[Any]":
        """The pool of a URL; a `number` of its own for whoever has several at once."""
        found = self._open.get((url, number))
        if found is None or found.is_closing():
            found = self._open[url, number] = await open_pool(unhurried(url), connections=connections, name=name)
            self._resources.push_async_callback(found.close)
        return found


async def _opened(stack: Stack, service: str, pools: Pools, number: int) -> Database:
    url, keyring_url = stack.database_url(service), stack.database_url(service, "keyring")
    pool = await pools.pool(url, number, connections=8, name=f"test-{service}")
    keyring_pool = await pools.pool(keyring_url, number, connections=4, name="test-keyring")
    await empty(pool, await tables_of(pool))
    kek = KeyFile(Path(stack.service_environment(service)["PARLEY_KEK_FILE"]))
    return Database(stack, service, pool, Keyring(keyring_pool, kek))


@pytest.fixture(scope="module")
async def pools_of_file(request: pytest.FixtureRequest) -> AsyncIterator[Pools | None]:
    """Those that a file's tests share; None where each has its own."""
    if _CHANGES_MORE_THAN_ROWS.search(inspect.getsource(request.module)):
        yield None
        return
    async with AsyncExitStack() as resources:
        yield Pools(resources)


@pytest.fixture
async def databases(stack: Stack, pools_of_file: Pools | None) -> AsyncIterator[Any]:
    """`await databases("referral")` opens that service's emptied database."""
    asked = Counter[str]()
    async with AsyncExitStack() as resources:
        pools = pools_of_file or Pools(resources)

        async def opened(service: str) -> Database:
            asked[service] += 1
            return await _opened(stack, service, pools, asked[service])

        yield opened
