"""Consents: each is a row, added when it is given and ended when it is withdrawn or its time is over."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.referral.domain.case.history import ConsentGiven, ConsentWithdrawn
from shared.messaging.timers import scheduled
from shared.messaging.timers.scheduled import ScheduledTimer
from shared.postgres.connection import Connection

EXPIRY = "consent-expiry"


class ConsentKey(NamedTuple):
    """Whose consent for what in which case; `child` for a child's participation."""

    case_id: UUID
    person_id: UUID
    purpose: str
    child_id: UUID | None

    def text(self) -> str:
        """The key of its timer."""
        return "/".join(str(each) for each in self if each)

    @classmethod
    def parse(cls, text: str) -> "ConsentKey":
        """Reads the key of a timer."""
        case, person, purpose, *child = text.split("/")
        return cls(UUID(case), UUID(person), purpose, UUID(child[0]) if child else None)


def _key(change: ConsentGiven | ConsentWithdrawn) -> ConsentKey:
    return ConsentKey(change.case_id, change.person_id, change.purpose, change.child_id)


async def record(connection: Connection, changes: Sequence[ConsentGiven | ConsentWithdrawn]) -> None:
    """Gives and ends consents, as if one after the other in this order: a withdrawal ends all that was in force before
    it.

    Each consent that is given sets the timer of its expiry.
    """
    ended_first: dict[ConsentKey, datetime] = {}
    ended_next: dict[ConsentKey, datetime] = {}
    given: list[tuple[ConsentGiven, datetime | None]] = []
    for change in reversed(changes):
        key = _key(change)
        if isinstance(change, ConsentWithdrawn):
            ended_first[key] = ended_next[key] = change.at
        else:
            given.append((change, ended_next.get(key)))
    await _end(connection, ended_first)
    await _give(connection, given[::-1])
    await scheduled.schedule(
        connection,
        [
            ScheduledTimer(EXPIRY, _key(change).text(), change.expires_at)
            for change in changes
            if isinstance(change, ConsentGiven) and change.expires_at
        ],
    )


async def _give(connection: Connection, given: Sequence[tuple[ConsentGiven, datetime | None]]) -> None:
    """Adds consents, each with when it was withdrawn."""
    if not given:
        return
    # COPY is refused on a table whose rows are guarded.
    await connection.execute(
        """
        INSERT INTO consent (case_id, person_id, purpose, child_id, given_on, source_event, basis, notice_version,
            expires_at, recorded_by, withdrawn_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::date[], $6::uuid[], $7::text[],
            $8::text[], $9::timestamptz[], $10::text[], $11::timestamptz[])
        """,
        *_columns([_key(each) for each, _ in given]),
        [each.given_on for each, _ in given],
        [each.source_event for each, _ in given],
        [each.basis for each, _ in given],
        [each.notice_version for each, _ in given],
        [each.expires_at for each, _ in given],
        [each.recorded_by for each, _ in given],
        [withdrawn_at for _, withdrawn_at in given],
    )


async def _end(connection: Connection, ended: dict[ConsentKey, datetime]) -> None:
    await connection.execute(
        """
        UPDATE consent SET withdrawn_at = ended.at
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[])
            AS ended (case_id, person_id, purpose, child_id, at)
        WHERE consent.case_id = ended.case_id AND consent.person_id = ended.person_id
            AND consent.purpose = ended.purpose AND consent.child_id IS NOT DISTINCT FROM ended.child_id
            AND consent.withdrawn_at IS NULL
        """,
        *_columns(ended),
        list(ended.values()),
    )


async def expire(connection: Connection, times: dict[ConsentKey, datetime]) -> set[ConsentKey]:
    """Ends what is in force of these consents and whose time is over, and returns those of which nothing is any more.

    A consent that was given again in the meantime stays in force; one that was withdrawn has ended already.
    """
    rows = await connection.fetch(
        """
        WITH over AS (
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::timestamptz[])
                AS over (case_id, person_id, purpose, child_id, at)
        ), expired AS (
            UPDATE consent SET expired_at = over.at FROM over
            WHERE consent.case_id = over.case_id AND consent.person_id = over.person_id
                AND consent.purpose = over.purpose AND consent.child_id IS NOT DISTINCT FROM over.child_id
                AND withdrawn_at IS NULL AND expired_at IS NULL AND expires_at <= over.at
            RETURNING consent.case_id, consent.person_id, consent.purpose, consent.child_id
        )
        SELECT DISTINCT * FROM expired WHERE NOT EXISTS (
            SELECT FROM consent JOIN over USING (case_id, person_id, purpose)
            WHERE consent.case_id = expired.case_id AND consent.person_id = expired.person_id
                AND consent.purpose = expired.purpose AND consent.child_id IS NOT DISTINCT FROM expired.child_id
                AND withdrawn_at IS NULL AND expired_at IS NULL AND expires_at > over.at
        )
        """,
        *_columns(times),
        list(times.values()),
    )
    return {ConsentKey(row["case_id"], row["person_id"], row["purpose"], row["child_id"]) for row in rows}


def _columns(keys: Collection[ConsentKey]) -> tuple[list[Any], ...]:
    return (
        [key.case_id for key in keys],
        [key.person_id for key in keys],
        [key.purpose for key in keys],
        [key.child_id for key in keys],
    )


async def of_case(connection: Connection, case_id: UUID) -> list[dict[str, Any]]:
    """Every consent of a case, the oldest first, with what became of it.

    One that was given again while it was in force is one consent, as it was given last. One that was taken back without
    ever having been recorded, as that to the evaluation may be, is there with what is known of it: when, and by whom.
    """
    rows = await connection.fetch(
        """
        WITH recorded AS (
            SELECT DISTINCT ON (person_id, purpose, child_id, withdrawn_at, expired_at) *
            FROM consent WHERE case_id = $1
            ORDER BY person_id, purpose, child_id, withdrawn_at, expired_at, id DESC
        ), taken_back AS (
            SELECT split_part(detail, '/', 1)::uuid AS person_id, why AS purpose,
                nullif(split_part(detail, '/', 2), '')::uuid AS child_id, at, who, number
            FROM case_history WHERE case_id = $1 AND trigger = 'consent-withdrawn'
        )
        SELECT person_id, purpose, child_id, basis, given_on, notice_version, expires_at, withdrawn_at, expired_at,
            recorded_by, CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn'
                WHEN expired_at IS NOT NULL THEN 'expired' ELSE 'given' END AS status
        FROM (
            SELECT person_id, purpose, child_id, basis, given_on, notice_version, expires_at, withdrawn_at, expired_at,
                recorded_by, 0 AS later, id AS place
            FROM recorded
            UNION ALL
            SELECT person_id, purpose, child_id, NULL, NULL, NULL, NULL, at, NULL, who, 1, number
            FROM taken_back WHERE NOT EXISTS (
                SELECT FROM consent
                WHERE consent.case_id = $1 AND consent.person_id = taken_back.person_id
                    AND consent.purpose = taken_back.purpose
                    AND consent.child_id IS NOT DISTINCT FROM taken_back.child_id
                    AND consent.withdrawn_at = taken_back.at
            )
        ) AS known
        ORDER BY later, place
        """,
        case_id,
    )
    return [dict(row) for row in rows]
