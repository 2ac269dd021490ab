"""Clears what PostgreSQL keeps of erased data keys: dead rows in the keyring's pages, and the write-ahead log.

A row that is updated stays in its page until something needs the room, and what was written to the log stays in
segments that are used again. So the table is written anew, every segment that is to be used again is written over, and
those of before are removed instead of being kept. Needs the rights of a superuser; on a server of somebody else's the
table is written anew, and the log goes as that server lets it.
"""

import asyncio
import logging
import time
from dataclasses import dataclass

import asyncpg

from deploy.stack.home import Stack
from deploy.stack.services import KEYRING_DATABASE

_log = logging.getLogger("parley.supervisor")

BETWEEN_ROUNDS_S = 60 * 60.0
"""An erased key is in no page and no segment of the log after this long, and the minutes that a round takes."""
_MOST_SEGMENTS = 1_000
_PATIENCE_S = 30.0
_WAITING = "SELECT count(*) FROM data_key WHERE erased_at IS NOT NULL AND cleared_at IS NULL"
# Whoever looks at the table as it was before this transaction keeps its dead rows.
_LOOKED_AT = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_xmin IS NOT NULL AND age(backend_xmin) > age($1::text::xid)
    )
"""
_TO_BE_USED = """
    SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$' AND name > pg_walfile_name(pg_current_wal_lsn())
"""


@dataclass(frozen=True)
class Cleared:
    """How many erased keys are in no page any more, and whether in no segment of the log either."""

    keys: int
    log: bool


async def clear_erased_keys(url: str) -> Cleared:
    """One round on the keyring at `url`, as whoever owns it; nothing where nothing was erased. Safe to cut off.

    Raises asyncpg's errors, and TimeoutError where somebody has looked at the table for too long.
    """
    connection = await asyncpg.connect(url, timeout=10)
    try:
        before = await connection.fetchval("SELECT clock_timestamp()")
        if not await connection.fetchval(_WAITING):
            return Cleared(0, log=False)
        await _nobody_looks(connection)
        await connection.execute("SET lock_timeout = '10s'")
        await connection.execute("VACUUM (FULL) data_key")
        log = await _clear_log(connection)
        done = await connection.execute(
            "UPDATE data_key SET cleared_at = now() WHERE erased_at <= $1 AND cleared_at IS NULL", before
        )
        return Cleared(int(done.rpartition(" ")[2]), log)
    finally:
        await connection.close()


async def _nobody_looks(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    now = str(await connection.fetchval("SELECT (pg_current_xact_id()::text::numeric % 4294967296)::text"))
    deadline = time.monotonic() + _PATIENCE_S
    while await connection.fetchval(_LOOKED_AT, now):
        if time.monotonic() > deadline:
            raise TimeoutError("a transaction has been open in the keyring's database for too long")
        await asyncio.sleep(0.2)


async def _clear_log(connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
    """Whether this server's log is ours to clear, and is cleared."""
    try:
        await connection.execute("ALTER SYSTEM SET wal_recycle = off")
    except asyncpg.InsufficientPrivilegeError:
        return False
    try:
        await connection.execute("SELECT pg_reload_conf()")
        # The checkpointer takes the setting up by itself.
        await asyncio.sleep(1)
        for _ in range(_MOST_SEGMENTS):
            # A segment that is left is filled up with zeros, whatever it held.
            await connection.execute("SELECT pg_logical_emit_message(false, 'parley', ''), pg_switch_wal()")
            if not await connection.fetchval(_TO_BE_USED):
                break
        await connection.execute("SELECT pg_logical_emit_message(false, 'parley', ''), pg_switch_wal()")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.execute("ALTER SYSTEM RESET wal_recycle")
        await connection.execute("SELECT pg_reload_conf()")
    return True


async def keep_erased_keys_cleared(stack: Stack) -> None:
    """A round from time to time, for as long as the stack runs."""
    while True:
        await asyncio.sleep(BETWEEN_ROUNDS_S)
        try:
            done = await clear_erased_keys(stack.admin_database_url(KEYRING_DATABASE))
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _log.warning("Erased keys were not cleared: %s. It is tried again.", type(error).__name__)
            continue
        if done.keys:
            where = "pages and log" if done.log else "pages; the log is its server's to clear"
            _log.info("Cleared %d erased keys from the keyring's %s", done.keys, where)
