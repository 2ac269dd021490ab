"""Erases a single key, as whoever owns the keyring does: one that no service may, or without all that follows."""

from uuid import UUID

import asyncpg

from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE


async def erase_key(stack: Stack, subject: UUID) -> None:
    """Erases the key of this subject alone. A process that remembers it goes on doing so for a minute."""
    connection = await asyncpg.connect(stack.admin_database_url(KEYRING_DATABASE))
    try:
        statement = "UPDATE data_key SET wrapped = NULL, erased_at = now() WHERE subject = $1"
        assert await connection.execute(statement, subject) == "UPDATE 1"
    finally:
        await connection.close()
