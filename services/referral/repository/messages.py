"""Messages about a case, sealed, by threads: each is of the area's team and one other party."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.contracts.base import Sealed
from shared.contracts.ids import id_beside
from shared.postgres.connection import Connection


class Parties(NamedTuple):
    """With whom a thread of a case is: its front door, or the provider of one referral."""

    case_id: UUID
    agency: str | None = None
    referral_id: UUID | None = None
    provider: str | None = None

    @property
    def thread_id(self) -> UUID:
        """The one thread with these."""
        return id_beside(self.referral_id or self.case_id, f"messages/{self.agency or self.provider}")


class Counts(NamedTuple):
    """How a thread stands: its changes, its messages, and how many each side has not read."""

    sequence: int = 0
    written: int = 0
    area_unread: int = 0
    party_unread: int = 0


class NewMessage(NamedTuple):
    """A message as it is stored. `by_area`: the area's team wrote it, otherwise the other party."""

    message_id: UUID
    by_area: bool
    about: UUID | None
    who: str
    at: datetime
    sealed: Sealed


async def lock(connection: Connection, parties: Parties) -> Counts:
    """The thread with these parties, locked until the transaction ends; it begins now where there is none yet."""
    await connection.execute(
        """
        INSERT INTO message_thread (thread_id, case_id, agency, referral_id, provider) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        *(parties.thread_id, *parties),
    )
    row = await connection.fetchrow(
        """
        SELECT sequence, written, area_unread, party_unread FROM message_thread WHERE thread_id = $1 FOR NO KEY UPDATE
        """,
        parties.thread_id,
    )
    return Counts(*row) if row else Counts()


async def add(connection: Connection, parties: Parties, new: NewMessage, number: int) -> None:
    """Adds a message to a thread that is locked. The database refuses one that is not safe."""
    await connection.execute(
        """
        INSERT INTO message (message_id, thread_id, number, by_area, about, who, at, sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        *(new.message_id, parties.thread_id, number, new.by_area, new.about, new.who, new.at),
        new.sealed.model_dump(mode="json"),
    )


async def unread(connection: Connection, parties: Parties, *, by_area: bool, beyond: int) -> int:
    """How many messages of a thread the area's team wrote, or the other party, after the one of this number."""
    found: int = await connection.fetchval(
        "SELECT count(*) FROM message WHERE thread_id = $1 AND by_area = $2 AND number > $3",
        *(parties.thread_id, by_area, beyond),
    )
    return found


async def save(connection: Connection, parties: Parties, counts: Counts) -> None:
    """Saves how a thread that is locked stands."""
    await connection.execute(
        """
        UPDATE message_thread SET sequence = $2, written = $3, area_unread = $4, party_unread = $5 WHERE thread_id = $1
        """,
        *(parties.thread_id, *counts),
    )


async def of_thread(connection: Connection, thread_id: UUID) -> list[Mapping[str, Any]]:
    """A thread's messages that are within reach, the oldest first, as they are stored."""
    rows = await connection.fetch(
        "SELECT number, by_area, about, who, at, sealed AS text FROM message WHERE thread_id = $1 ORDER BY number",
        thread_id,
    )
    return [{**row, "text": Sealed.model_validate(row["text"])} for row in rows]


async def counts_of(connection: Connection, thread_id: UUID) -> Counts:
    """How a thread stands; one that nothing was written to, or that is out of reach, has no messages."""
    row = await connection.fetchrow(
        "SELECT sequence, written, area_unread, party_unread FROM message_thread WHERE thread_id = $1", thread_id
    )
    return Counts(*row) if row else Counts()


async def threads_of(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """The threads of a case that are within reach, with when each message was written and by whom, and no words."""
    rows = await connection.fetch(
        """
        SELECT thread_id, agency, referral_id, provider, written, area_unread,
            ARRAY(SELECT jsonb_build_object('at', at, 'by_area', by_area, 'who', who, 'about', about)
                FROM message WHERE message.thread_id = message_thread.thread_id ORDER BY number) AS messages
        FROM message_thread WHERE case_id = $1 AND written > 0 ORDER BY provider NULLS FIRST, thread_id
        """,
        case_id,
    )
    return [dict(row) for row in rows]


async def waiting(connection: Connection, areas: Collection[str], limit: int) -> list[dict[str, Any]]:
    """The threads of these areas with something that the area's team has not read, what has waited longest first."""
    rows = await connection.fetch(
        """
        SELECT case_id, family_ref, area, message_thread.agency, provider, referral_id, area_unread,
            (SELECT max(at) FROM message WHERE message.thread_id = message_thread.thread_id AND NOT by_area) AS at
        FROM message_thread JOIN referral_case USING (case_id)
        WHERE area_unread > 0 AND area = ANY($1::text[]) ORDER BY at, case_id LIMIT $2
        """,
        *(list(areas), limit),
    )
    return [dict(row) for row in rows]


async def number_waiting(connection: Connection, areas: Collection[str]) -> int:
    """How many threads of these areas have something that the area's team has not read."""
    found: int = await connection.fetchval(
        """
        SELECT count(*) FROM message_thread JOIN referral_case USING (case_id)
        WHERE area_unread > 0 AND area = ANY($1::text[])
        """,
        list(areas),
    )
    return found


async def unread_of_cases(connection: Connection, case_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many messages of these cases the area's team has not read; those without any are left out."""
    rows = await connection.fetch(
        """
        SELECT case_id, sum(area_unread)::integer AS unread FROM message_thread
        WHERE case_id = ANY($1::uuid[]) AND area_unread > 0 GROUP BY case_id
        """,
        list(case_ids),
    )
    return {row["case_id"]: row["unread"] for row in rows}


async def unread_of_referrals(connection: Connection, referral_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many messages under these referrals their provider has not read; those without any are left out."""
    rows = await connection.fetch(
        "SELECT referral_id, party_unread FROM message_thread WHERE referral_id = ANY($1::uuid[]) AND party_unread > 0",
        list(referral_ids),
    )
    return {row["referral_id"]: row["party_unread"] for row in rows}
