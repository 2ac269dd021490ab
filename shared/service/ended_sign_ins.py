"""Sign-ins that the identity provider has ended: no token of theirs is taken any more, and no page's session is left.

A token says by itself until when it is good. Without this whoever was signed out, disabled or removed could go on for
the five minutes of their last token (docs/decisions/0076-back-channel-logout.md).
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from shared.access.principal import Caller, Principal
from shared.access.tokens import SignedOut
from shared.contracts.administration import SignInEnded
from shared.postgres.connection import Connection

KEPT = timedelta(hours=10)
"""A sign-in lasts no longer, so no token of one that ended before is good."""


class EndedSignIns:
    """What has ended, as one service knows it."""

    def __init__(self, pool: "asyncpg.Pool[Any]") -> None:
        self._pool = pool

    async def include(self, caller: Caller) -> bool:
        """Whether the sign-in that a caller's token belongs to has ended since it was issued."""
        if not isinstance(caller, Principal) or caller.session is None:
            return False
        found: bool = await self._pool.fetchval(
            "SELECT EXISTS (SELECT FROM web.ended_sign_in WHERE digest = $1 OR (digest = $2 AND ended_at >= $3))",
            digest_of_session(caller.session),
            digest_of_person(caller.subject),
            caller.issued_at,
        )
        return found


def event_of(ended: SignedOut, now: datetime) -> SignInEnded:
    """The event that says so to every service: of one sign-in where the provider names it, else of a person's all."""
    if ended.session is not None:
        return SignInEnded(session=digest_of_session(ended.session).hex(), occurred_at=now)
    return SignInEnded(person=digest_of_person(ended.subject or "").hex(), occurred_at=now)


async def end(connection: Connection, events: Iterable[SignInEnded]) -> None:
    """Ends the sessions of pages that belong to these, and remembers the sign-ins. Never commits."""
    ended = [(bytes.fromhex(each.subject()), each.occurred_at) for each in events]
    if not ended:
        return
    await connection.executemany(
        "INSERT INTO web.ended_sign_in VALUES ($1, $2) ON CONFLICT (digest) DO UPDATE"
        " SET ended_at = greatest(ended_sign_in.ended_at, excluded.ended_at)",
        ended,
    )
    digests = [digest for digest, _ in ended]
    await connection.execute("DELETE FROM web.page_session WHERE session = ANY($1) OR person = ANY($1)", digests)
    await forget(connection, datetime.now(UTC))


async def forget(connection: "Connection | asyncpg.Pool[Any]", now: datetime) -> None:
    """Removes what no token can belong to any more."""
    await connection.execute("DELETE FROM web.ended_sign_in WHERE ended_at < $1", now - KEPT)


def digest_of_session(session: str) -> bytes:
    """By what a sign-in is known here."""
    return hashlib.sha256(b"parley/sign-in/" + session.encode()).digest()


def digest_of_person(subject: str) -> bytes:
    """By what whoever signed in is known here."""
    return hashlib.sha256(b"parley/person/" + subject.encode()).digest()
