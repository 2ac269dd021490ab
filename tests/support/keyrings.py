"""A keyring of a test's own, where what others have sealed stays under their key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg

from deploy.stack.home import Stack
from services import MANIFESTS
from shared.privacy import migrations
from shared.privacy.rights import rights_sql


@asynccontextmanager
async def trial_keyring(stack: Stack) -> AsyncIterator[str]:
    """Makes one; its URL is that of whoever owns it, who may unwrap people's keys there as a service may."""
    admin = await asyncpg.connect(stack.admin_database_url("postgres"))
    name = f"trial_{uuid4().hex}"
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        url = stack.admin_database_url(name)
        connection = await asyncpg.connect(url)
        for file in sorted((Path(migrations.__file__).parent / "sql").glob("*.sql")):
            await connection.execute(file.read_text())
        await connection.execute(rights_sql(MANIFESTS))
        await connection.execute("INSERT INTO key_allowance (service, opens) VALUES (session_user, '{person}')")
        await connection.close()
        yield url
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
