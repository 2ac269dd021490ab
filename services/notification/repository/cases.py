"""Cases, their referrals, and the parents' sealed details."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case, Participation, Referral, Terms
from shared.contracts.base import Sealed
from shared.database.connection import Connection
from shared.database.locks import AdvisoryLock


@dataclass(frozen=True)
class SealedDetails:
    """One parent's details from one screening, as they arrived."""

    person_id: UUID
    submission_id: UUID
    case_id: UUID
    sealed: Sealed
    as_of: datetime


async def share_directory(connection: Connection) -> None:
    """Keeps the directory as it is until the transaction ends. Before any case is locked.

    Without it a referral could look for its provider's key just before the key is there, and the key for waiting
    referrals just before this one waits.
    """
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", AdvisoryLock.DIRECTORY.number)


async def own_directory(connection: Connection) -> None:
    """Waits for everybody who relies on the directory, and keeps them out until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", AdvisoryLock.DIRECTORY.number)


async def lock_cases(connection: Connection, case_ids: Iterable[UUID]) -> dict[UUID, Case]:
    """The cases with their referrals, each case's row locked; an unknown case starts empty."""
    ids = sorted(set(case_ids))
    await connection.execute("INSERT INTO pathway_case (case_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING", ids)
    rows = await connection.fetch(
        "SELECT * FROM pathway_case WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE", ids
    )
    cases = {row["case_id"]: Case(**row) for row in rows}
    for row in await connection.fetch("SELECT * FROM referral WHERE case_id = ANY($1::uuid[])", ids):
        cases[row["case_id"]].referrals[row["referral_id"]] = Referral(
            referral_id=row["referral_id"],
            terms=Terms.model_validate(row["terms"]) if row["terms"] else None,
            ended_sequence=row["ended_sequence"],
            offers=row["offers"],
            stops=row["stops"],
            children_sequence=row["children_sequence"],
            waits_for=row["waits_for"],
        )
    for row in await connection.fetch("SELECT * FROM child_participation WHERE case_id = ANY($1::uuid[])", ids):
        cases[row["case_id"]].children[row["person_id"]] = Participation(row["sequence"], row["takes_part"])
    return cases


async def save_cases(connection: Connection, cases: Collection[Case]) -> None:
    """Saves what is known of cases that are locked."""
    await connection.execute(
        """
        UPDATE pathway_case SET abuse = new.abuse, stop_sequence = new.stop_sequence,
            hold_sequence = new.hold_sequence, resume_sequence = new.resume_sequence
        FROM unnest($1::uuid[], $2::boolean[], $3::integer[], $4::integer[], $5::integer[])
            AS new (case_id, abuse, stop_sequence, hold_sequence, resume_sequence)
        WHERE pathway_case.case_id = new.case_id
        """,
        [each.case_id for each in cases],
        [each.abuse for each in cases],
        [each.stop_sequence for each in cases],
        [each.hold_sequence for each in cases],
        [each.resume_sequence for each in cases],
    )
    referrals = [(case.case_id, each) for case in cases for each in case.referrals.values()]
    await connection.execute(
        """
        INSERT INTO referral (referral_id, case_id, provider, agreed_sequence, terms, ended_sequence, offers, stops,
            children_sequence, waits_for, waits_since)
        SELECT *, CASE WHEN new.waits_for IS NOT NULL THEN now() END
        FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::integer[], $5::jsonb[], $6::integer[], $7::integer[],
            $8::integer[], $9::integer[], $10::text[])
            AS new (referral_id, case_id, provider, agreed_sequence, terms, ended_sequence, offers, stops,
                children_sequence, waits_for)
        ON CONFLICT (referral_id) DO UPDATE SET provider = excluded.provider,
            agreed_sequence = excluded.agreed_sequence, terms = excluded.terms,
            ended_sequence = excluded.ended_sequence, offers = excluded.offers, stops = excluded.stops,
            children_sequence = excluded.children_sequence, waits_for = excluded.waits_for,
            waits_since = CASE WHEN excluded.waits_for IS NOT NULL
                THEN coalesce(referral.waits_since, excluded.waits_since) END
        """,
        [each.referral_id for _, each in referrals],
        [case_id for case_id, _ in referrals],
        [each.terms.provider if each.terms else None for _, each in referrals],
        [each.terms.sequence if each.terms else None for _, each in referrals],
        [each.terms.model_dump(mode="json") if each.terms else None for _, each in referrals],
        [each.ended_sequence for _, each in referrals],
        [each.offers for _, each in referrals],
        [each.stops for _, each in referrals],
        [each.children_sequence for _, each in referrals],
        [each.waits_for for _, each in referrals],
    )
    await _save_children(connection, cases)


async def _save_children(connection: Connection, cases: Collection[Case]) -> None:
    said = [(case.case_id, person, *each) for case in cases for person, each in case.children.items()]
    if not said:
        return
    await connection.execute(
        """
        INSERT INTO child_participation
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::boolean[])
        ON CONFLICT (case_id, person_id) DO UPDATE SET sequence = excluded.sequence, takes_part = excluded.takes_part
        """,
        [case_id for case_id, _, _, _ in said],
        [person for _, person, _, _ in said],
        [sequence for _, _, sequence, _ in said],
        [takes_part for _, _, _, takes_part in said],
    )


async def save_details(connection: Connection, details: Collection[SealedDetails]) -> None:
    """Keeps parents' details. Each is one parent's of one screening and never changes."""
    ordered = sorted(details, key=lambda each: (each.person_id, each.submission_id))
    await connection.execute(
        """
        INSERT INTO parent_details (person_id, submission_id, case_id, sealed, as_of)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::timestamptz[])
        ON CONFLICT DO NOTHING
        """,
        [each.person_id for each in ordered],
        [each.submission_id for each in ordered],
        [each.case_id for each in ordered],
        [each.sealed.model_dump(mode="json") for each in ordered],
        [each.as_of for each in ordered],
    )


async def details_of(connection: Connection, people: Mapping[UUID, UUID]) -> list[SealedDetails]:
    """The details that are there of these people, each with the case in which they take part."""
    rows = await connection.fetch(
        """
        SELECT parent_details.* FROM parent_details
        JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (person_id, case_id) USING (person_id, case_id)
        """,
        list(people),
        list(people.values()),
    )
    return [
        SealedDetails(
            person_id=row["person_id"],
            submission_id=row["submission_id"],
            case_id=row["case_id"],
            sealed=Sealed.model_validate(row["sealed"]),
            as_of=row["as_of"],
        )
        for row in rows
    ]


async def forget_details(connection: Connection, case_ids: Collection[UUID]) -> None:
    """Removes the parents' details of cases that can never go to a provider again."""
    await connection.execute("DELETE FROM parent_details WHERE case_id = ANY($1::uuid[])", list(case_ids))


async def cases_waiting_for(connection: Connection, providers: Collection[str]) -> list[UUID]:
    """Cases with a referral that waits and is for one of these providers."""
    rows = await connection.fetch(
        "SELECT DISTINCT case_id FROM referral WHERE waits_for IS NOT NULL AND provider = ANY($1::text[])",
        list(providers),
    )
    return [row["case_id"] for row in rows]


async def waiting(connection: Connection) -> list[dict[str, Any]]:
    """Referrals that wait, and why, the longest first."""
    rows = await connection.fetch(
        """
        SELECT referral_id, case_id, provider, 'waiting' AS status, waits_for AS reason, waits_since AS since
        FROM referral WHERE waits_for IS NOT NULL ORDER BY waits_since, referral_id
        """
    )
    return [dict(row) for row in rows]
