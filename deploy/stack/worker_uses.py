"""In how many rows of which service somebody stands who worked with families: by their id alone, for whoever owns the
databases.
"""

from collections.abc import Mapping
from uuid import UUID

import asyncpg

from deploy.stack.home import Stack
from deploy.stack.services import SERVICE_NAMES
from shared.access.staff_ids import staff_id
from shared.privacy.register.classified import service_columns


async def uses_of(stack: Stack, subject: UUID, kind: str) -> Mapping[str, int]:
    """By service, in how many rows the columns of this kind of the register hold this id."""
    found = {}
    for service in SERVICE_NAMES:
        connection = await asyncpg.connect(stack.admin_database_url(service))
        try:
            columns = sorted(name for name, of in service_columns(service).items() if of.name == kind)
            found[service] = sum([await _rows(connection, each, subject, kind) for each in columns])
        finally:
            await connection.close()
    return found


async def _rows(connection: "asyncpg.Connection[asyncpg.Record]", column: str, subject: UUID, kind: str) -> int:
    table, _, field = column.partition(".")
    value = staff_id(subject) if kind == "staff-id" else str(subject)
    # Some columns hold several ids.
    statement = f'SELECT count(*) FROM "{table}" WHERE strpos("{field}"::text, $1) > 0'  # noqa: S608 - from the register
    return int(await connection.fetchval(statement, value))
