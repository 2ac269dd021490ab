"""Sessions of people in a browser: kept by the server, readable with the browser's cookie alone.

The cookie is a random secret. What a session holds (tokens of the identity provider) is sealed under a key that is made
of it, and the row is found by a digest of it: whoever has the database can read no session and be nobody.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.access.principal import Principal
from shared.access.scopes import EVERYWHERE
from shared.postgres.connection import Connection
from shared.postgres.row_reach import reading_within
from shared.service import ended_sign_ins
from shared.service.ended_sign_ins import digest_of_person, digest_of_session

IDLE = timedelta(minutes=30)
"""A session that nobody uses ends after this long, as it does at the identity provider."""
LONGEST = timedelta(hours=10)
_SEEN_EVERY = timedelta(minutes=1)
_NONCE_BYTES = 12
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Tokens:
    """What the identity provider gave for a sign-in, and the name of whose it is."""

    access: str
    refresh: str
    name: str


@dataclass(frozen=True)
class Held:
    """A session as it is stored, opened."""

    secret: str
    tokens: Tokens

    @property
    def csrf(self) -> str:
        """What each form of this session carries: nobody has it who does not have the cookie."""
        return _derived(self.secret, b"csrf").hex()


class SessionRetention:
    """The schedule of sessions that are over, for where nobody signs in any more."""

    schedule = "page-session"

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def due(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """How many are over. A session is of no area."""
        number = await self._pool.fetchval(f"SELECT count(*) FROM web.page_session WHERE {_OVER}", *_over(now))  # noqa: S608
        return {"": number} if number else {}

    async def apply(self, now: datetime, areas: Collection[str] | None = None) -> Mapping[str, int]:  # noqa: ARG002
        """Deletes them."""
        await ended_sign_ins.forget(self._pool, now)
        done: str = await self._pool.execute(f"DELETE FROM web.page_session WHERE {_OVER}", *_over(now))  # noqa: S608
        number = int(done.rpartition(" ")[2])
        return {"": number} if number else {}


_OVER = "seen_at < $1 OR started_at < $2"


def _over(now: datetime) -> tuple[datetime, datetime]:
    return now - IDLE, now - LONGEST


class Sessions:
    """One service's sessions, in its own database."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def begin(self, tokens: Tokens, now: datetime, whose: Principal | None = None) -> str:
        """Stores a new session and returns its secret, for the cookie. Those that are over are deleted.

        `whose`: by what the identity provider says that the sign-in has ended.
        """
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        async with self._connection() as connection:
            await connection.execute(f"DELETE FROM web.page_session WHERE {_OVER}", *_over(now))  # noqa: S608
            await connection.execute(
                "INSERT INTO web.page_session (id, sealed, started_at, seen_at, session, person)"
                " VALUES ($1, $2, $3, $3, $4, $5)",
                _id(secret),
                _sealed(secret, tokens),
                now,
                digest_of_session(whose.session) if whose and whose.session else None,
                digest_of_person(whose.subject) if whose else None,
            )
        return secret

    async def find(self, secret: str, now: datetime, *, used: bool = True) -> Held | None:
        """The session of a cookie; None where there is none, or it is over. `used`: somebody is at work in it."""
        async with self._connection() as connection:
            row = await connection.fetchrow(
                "SELECT sealed, seen_at FROM web.page_session WHERE id = $1 AND seen_at >= $2 AND started_at >= $3",
                _id(secret),
                now - IDLE,
                now - LONGEST,
            )
            if row is None:
                return None
            if used and now - row["seen_at"] >= _SEEN_EVERY:
                await connection.execute("UPDATE web.page_session SET seen_at = $2 WHERE id = $1", _id(secret), now)
        return _opened(secret, row["sealed"])

    @asynccontextmanager
    async def locked(self, secret: str) -> AsyncIterator["Renewal | None"]:
        """The session, with nobody else renewing it: a refresh token is good for one use. None where it has ended."""
        async with self._connection() as connection, connection.transaction():
            row = await connection.fetchrow("SELECT sealed FROM web.page_session WHERE id = $1 FOR UPDATE", _id(secret))
            held = _opened(secret, row["sealed"]) if row else None
            yield Renewal(connection, held) if held else None

    async def end(self, secret: str) -> Held | None:
        """Ends a session for good, and returns what it held."""
        async with self._connection() as connection:
            row = await connection.fetchrow("DELETE FROM web.page_session WHERE id = $1 RETURNING sealed", _id(secret))
        return _opened(secret, row["sealed"]) if row else None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        """One that reads sessions: whose they are is asked before anybody is let in."""
        with reading_within(EVERYWHERE):
            connection = await self._pool.acquire()
        try:
            yield connection
        finally:
            await self._pool.release(connection)


@dataclass(frozen=True)
class Renewal:
    """A session that is locked."""

    connection: Connection
    held: Held

    async def replace(self, tokens: Tokens) -> Held:
        """Stores new tokens in place of the old ones."""
        secret = self.held.secret
        await self.connection.execute(
            "UPDATE web.page_session SET sealed = $2 WHERE id = $1", _id(secret), _sealed(secret, tokens)
        )
        return Held(secret, tokens)

    async def end(self) -> None:
        """The identity provider has ended it."""
        await self.connection.execute("DELETE FROM web.page_session WHERE id = $1", _id(self.held.secret))


def _derived(secret: str, label: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"parley/session/" + label, "sha256")


def _id(secret: str) -> bytes:
    return hashlib.sha256(_derived(secret, b"id")).digest()


def _sealed(secret: str, tokens: Tokens) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    content = orjson.dumps([tokens.access, tokens.refresh, tokens.name])
    return nonce + AESGCM(_derived(secret, b"seal")).encrypt(nonce, content, _id(secret))


def _opened(secret: str, sealed: bytes) -> Held | None:
    try:
        content = AESGCM(_derived(secret, b"seal")).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _id(secret))
    except InvalidTag:
        return None
    return Held(secret, Tokens(*orjson.loads(content)))
