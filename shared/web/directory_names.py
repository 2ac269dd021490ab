"""What the directory calls areas, agencies, providers and offers: pages show nobody an id where there is a name.

Each service with pages has a table or view `directory_name` of what it knows of the directory.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from shared.postgres.connection import Connection

log = structlog.get_logger()
# Nearly every page asks for them, and they hardly ever change.
_READ_EVERY_S = 2.0


@dataclass(frozen=True)
class Names:
    """The names by kind and id."""

    known: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def of(self, kind: str, name: Any) -> str:
        """What this area, agency, provider or offer is called; its id where the directory has no name for it."""
        return self.known.get((kind, str(name))) or ("" if name is None else str(name))


async def names_of(connection: "Connection | asyncpg.Pool[Any]") -> Names:
    """The names that a service's database has."""
    rows = await connection.fetch("SELECT kind, id, name FROM directory_name WHERE name IS NOT NULL")
    return Names({(row["kind"], row["id"]): row["name"] for row in rows})


class DirectoryNames:
    """What one service's pages call what is registered, read at most every two seconds."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool
        self._names = Names()
        self._read_at: float | None = None

    async def read(self) -> Names:
        """The names as they are now. Without a database those that were known last."""
        now = time.monotonic()
        if self._read_at is not None and now - self._read_at < _READ_EVERY_S:
            return self._names
        self._read_at = now
        try:
            self._names = await names_of(self._pool)
        except Exception as error:  # whatever it is, an id in place of a name must keep nobody from a page
            log.warning("names of the directory could not be read", fault=type(error).__name__)
        return self._names

    def called(self, name: Any, kind: str) -> str:
        """As a template asks: `{{ case.area | called("area") }}`, of the names that were read for its page."""
        return self._names.of(kind, name)
