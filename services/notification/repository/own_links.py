"""One-time links of parents, and the sessions that they opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.notification.domain.own_links import OwnLink
from shared.postgres.connection import Connection

IDLE = timedelta(minutes=20)
"""A session that nobody uses ends after this long: a telephone is put down with the page open."""
LONGEST = timedelta(hours=1)
ANSWER_LOST = timedelta(minutes=1)
"""For so long whoever opened a link is let in again by the same form."""


@dataclass(frozen=True)
class ParentOfCase:
    """A parent of a case whose details there are. `role` is None where they came before roles were stored."""

    person_id: UUID
    role: str | None


@dataclass(frozen=True)
class OwnSession:
    """Whoever came in by a link: one parent of one case."""

    link_id: UUID
    case_id: UUID
    person_id: UUID


@dataclass(frozen=True)
class AskedQuestions:
    """What a link asks a parent to answer: which instrument, of which occasion, and which provider asked."""

    instrument: str
    occasion: str
    provider: str


_LINK = "link_id, case_id, person_id, made_at, expires_at, wrong_codes, opened_at, revoked_at"


async def parents_of(connection: Connection, case_id: UUID) -> list[ParentOfCase]:
    """The parents of a case whose details there are, with the role of the newest, in a stable order."""
    rows = await connection.fetch(
        """
        SELECT DISTINCT ON (person_id) person_id, role FROM parent_details WHERE case_id = $1
        ORDER BY person_id, (role IS NULL), as_of DESC
        """,
        case_id,
    )
    return [ParentOfCase(**row) for row in rows]


async def was_stopped(connection: Connection, case_id: UUID) -> bool:
    """Whether a case was ever stopped, returned or ended, whatever for."""
    found: bool | None = await connection.fetchval(
        "SELECT abuse OR stop_sequence > -1 FROM pathway_case WHERE case_id = $1", case_id
    )
    return found is not False


async def is_restricted(connection: Connection, case_id: UUID, person_id: UUID) -> bool:
    """Whether what is held of this person may be kept and not used."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM restriction WHERE case_id = $1 AND person_id = $2 AND restricted)",
        case_id,
        person_id,
    )
    return found


async def add(
    connection: Connection,
    link: OwnLink,
    digests: tuple[bytes, bytes],
    who: str,
    asked: AskedQuestions | None = None,
) -> None:
    """Stores a link by the digests of its secret and its numbers, and what it asks.

    Raises CheckViolationError where none may go to this person: the database has the last word.
    """
    await connection.execute(
        """
        INSERT INTO parent_link (link_id, case_id, person_id, digest, code_digest, made_at, expires_at, who,
            instrument, occasion, provider)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        *(link.link_id, link.case_id, link.person_id, *digests, link.made_at, link.expires_at, who),
        *((asked.instrument, asked.occasion, asked.provider) if asked else (None, None, None)),
    )


async def asked_by(connection: Connection, link_id: UUID) -> AskedQuestions | None:
    """What a link asks and nobody has answered; None where there is nothing."""
    row = await connection.fetchrow(
        """
        SELECT instrument, occasion, provider FROM parent_link
        WHERE link_id = $1 AND instrument IS NOT NULL AND answered_at IS NULL
        """,
        link_id,
    )
    return AskedQuestions(**row) if row else None


async def mark_answered(connection: Connection, link_id: UUID, now: datetime) -> bool:
    """Marks a link's questions as answered; false where they were, or there are none."""
    found = await connection.fetchval(
        """
        UPDATE parent_link SET answered_at = $2
        WHERE link_id = $1 AND instrument IS NOT NULL AND answered_at IS NULL RETURNING link_id
        """,
        link_id,
        now,
    )
    return found is not None


async def end_earlier(connection: Connection, case_id: UUID, person_id: UUID, now: datetime) -> None:
    """Takes back every link of a person that is there, with the sessions and the mails of it."""
    rows = await connection.fetch(
        """
        UPDATE parent_link SET revoked_at = $3 WHERE case_id = $1 AND person_id = $2 AND revoked_at IS NULL
        RETURNING link_id
        """,
        case_id,
        person_id,
        now,
    )
    await _end_what_follows(connection, [row["link_id"] for row in rows])


async def revoke(connection: Connection, case_id: UUID, link_id: UUID, now: datetime) -> bool:
    """Takes a link of a case back, with the session and the mail of it; false where there is none of this id."""
    found = await connection.fetchval(
        """
        UPDATE parent_link SET revoked_at = coalesce(revoked_at, $3) WHERE link_id = $2 AND case_id = $1
        RETURNING link_id
        """,
        case_id,
        link_id,
        now,
    )
    await _end_what_follows(connection, [link_id] if found else [])
    return found is not None


async def _end_what_follows(connection: Connection, links: list[UUID]) -> None:
    await connection.execute("DELETE FROM web.own_session WHERE link_id = ANY($1::uuid[])", links)
    # One that is in flight is passed over: its link opens nothing any more.
    await connection.execute(
        """
        DELETE FROM email WHERE id IN (
            SELECT id FROM email WHERE id = ANY($1::uuid[]) AND status = 'queued' FOR UPDATE SKIP LOCKED
        )
        """,
        links,
    )


async def links_of(connection: Connection, case_id: UUID) -> list[OwnLink]:
    """The newest link of each parent of a case, as far as the caller reaches."""
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT ON (person_id) {_LINK} FROM parent_link WHERE case_id = $1 ORDER BY person_id, made_at DESC
        """,  # noqa: S608 - our own names
        case_id,
    )
    return [OwnLink(**row) for row in rows]


async def mail_states(connection: Connection, links: list[UUID]) -> Mapping[UUID, str]:
    """By link, what became of its mail: `queued`, `sent` or `failed`."""
    rows = await connection.fetch("SELECT id, status FROM email WHERE id = ANY($1::uuid[])", links)
    return {row["id"]: row["status"] for row in rows}


async def locked(connection: Connection, digest: bytes) -> tuple[OwnLink, bytes] | None:
    """The link of a secret's digest, with that of its numbers, locked; None where there is none."""
    row = await connection.fetchrow(
        f"SELECT {_LINK}, code_digest FROM parent_link WHERE digest = $1 FOR UPDATE",  # noqa: S608 - our own names
        digest,
    )
    if row is None:
        return None
    found: dict[str, Any] = dict(row)
    code_digest = found.pop("code_digest")
    return OwnLink(**found), code_digest


async def count_wrong(connection: Connection, link_id: UUID) -> None:
    """Counts wrong numbers. The link must be locked."""
    await connection.execute("UPDATE parent_link SET wrong_codes = wrong_codes + 1 WHERE link_id = $1", link_id)


async def open_once(connection: Connection, link_id: UUID, browser: tuple[bytes, bytes], now: datetime) -> None:
    """Marks a link as opened and begins the session of a browser. The link must be locked, and not opened yet.

    `browser`: its digest before it came in, and the session's. Sessions that are over are deleted.
    """
    entry, session = browser
    await connection.execute("UPDATE parent_link SET opened_at = $2 WHERE link_id = $1", link_id, now)
    await delete_over(connection, now)
    await connection.execute("INSERT INTO web.own_session VALUES ($1, $2, $3, $4, $4)", session, entry, link_id, now)


async def open_again(connection: Connection, link_id: UUID, browser: tuple[bytes, bytes], now: datetime) -> bool:
    """Gives the session of a link to the same browser again, whose answer was lost: within a minute, and where nobody
    has used it. False where it is not so."""
    entry, session = browser
    done: str = await connection.execute(
        """
        UPDATE web.own_session SET id = $3
        WHERE link_id = $1 AND entry = $2 AND seen_at = started_at AND started_at >= $4
        """,
        link_id,
        entry,
        session,
        now - ANSWER_LOST,
    )
    return done == "UPDATE 1"


async def session_of(connection: Connection, session: bytes, now: datetime) -> OwnSession | None:
    """Whose a browser's session is, which is used now; None where it has none, or it is over or was taken back."""
    row = await connection.fetchrow(
        """
        UPDATE web.own_session AS open SET seen_at = $2 FROM parent_link AS link
        WHERE open.id = $1 AND link.link_id = open.link_id AND link.revoked_at IS NULL
            AND open.seen_at >= $3 AND open.started_at >= $4
        RETURNING link.link_id, link.case_id, link.person_id
        """,
        session,
        now,
        now - IDLE,
        now - LONGEST,
    )
    return OwnSession(**row) if row else None


async def sessions_over(connection: Connection, now: datetime) -> int:
    """How many sessions are over."""
    number: int = await connection.fetchval(
        "SELECT count(*) FROM web.own_session WHERE seen_at < $1 OR started_at < $2", now - IDLE, now - LONGEST
    )
    return number


async def delete_over(connection: Connection, now: datetime) -> int:
    """Deletes the sessions that are over; returns how many."""
    done: str = await connection.execute(
        "DELETE FROM web.own_session WHERE seen_at < $1 OR started_at < $2", now - IDLE, now - LONGEST
    )
    return int(done.rpartition(" ")[2])


async def end_session(connection: Connection, session: bytes) -> None:
    """Ends a browser's session for good."""
    await connection.execute("DELETE FROM web.own_session WHERE id = $1", session)


async def end_of_person(connection: Connection, people: list[UUID]) -> None:
    """Ends whatever links of people who were erased opened, or could open."""
    await connection.execute(
        """
        DELETE FROM web.own_session
        WHERE link_id IN (SELECT link_id FROM parent_link WHERE person_id = ANY($1::uuid[]))
        """,
        people,
    )
    await connection.execute(
        "UPDATE parent_link SET revoked_at = now() WHERE person_id = ANY($1::uuid[]) AND revoked_at IS NULL", people
    )
