"""Cases, their referrals, and the parents' sealed details."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notification.domain.case import NEVER, Case, ChangedFamily, Participation, Referral, TakenBack, Terms
from services.notification.domain.published_progress import BEFORE_THE_ORDER, Notice, PublishedProgress
from shared.contracts.base import Sealed
from shared.postgres.connection import Connection
from shared.postgres.locks import AdvisoryLock

# The columns of a referral but for `waits_since`, with their types.
_REFERRAL = {
    "referral_id": "uuid",
    "case_id": "uuid",
    "provider": "text",
    "agreed_sequence": "integer",
    "terms": "jsonb",
    "changed": "jsonb",
    "family_told": "integer",
    "ended_sequence": "integer",
    "offers": "integer",
    "stops": "integer",
    "children_sequence": "integer",
    "waits_for": "text",
}
_COLUMNS = ", ".join(_REFERRAL)
_ARRAYS = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(_REFERRAL.values(), 1))
_UPDATES = ", ".join(
    f"{column} = excluded.{column}" for column in _REFERRAL if column not in ("referral_id", "case_id")
)


@dataclass(frozen=True)
class SealedDetails:
    """One parent's details from one screening, as they arrived. `revision` 0 is from before there was one."""

    person_id: UUID
    submission_id: UUID
    case_id: UUID
    sealed: Sealed
    as_of: datetime
    revision: int = 0
    stands: bool = True
    look_first: bool = False
    # None where they came before roles were stored.
    role: str | None = None


async def share_directory(connection: Connection) -> None:
    """Locks the directory as it is until the transaction ends. Before any case is locked.

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
    await connection.execute(
        "INSERT INTO pathway_case (case_id, progress) SELECT unnest($1::uuid[]), '{}' ON CONFLICT DO NOTHING", ids
    )
    rows = await connection.fetch(
        "SELECT * FROM pathway_case WHERE case_id = ANY($1::uuid[]) ORDER BY case_id FOR UPDATE", ids
    )
    cases = {row["case_id"]: _case(row) for row in rows}
    for row in await connection.fetch("SELECT * FROM referral WHERE case_id = ANY($1::uuid[])", ids):
        cases[row["case_id"]].referrals[row["referral_id"]] = Referral(
            referral_id=row["referral_id"],
            terms=Terms.model_validate(row["terms"]) if row["terms"] else None,
            changed=ChangedFamily.model_validate(row["changed"]) if row["changed"] else None,
            family_published=NEVER if row["family_told"] is None else row["family_told"],
            ended_sequence=row["ended_sequence"],
            offers=row["offers"],
            stops=row["stops"],
            children_sequence=row["children_sequence"],
            waits_for=row["waits_for"],
        )
    for row in await connection.fetch("SELECT * FROM child_participation WHERE case_id = ANY($1::uuid[])", ids):
        cases[row["case_id"]].children[row["person_id"]] = Participation(row["sequence"], row["takes_part"])
    for row in await connection.fetch("SELECT * FROM taken_back WHERE case_id = ANY($1::uuid[])", ids):
        cases[row["case_id"]].taken_back[row["submission_id"]] = TakenBack(row["stands"], row["revision"])
    return cases


async def save_cases(
    connection: Connection, cases: Collection[Case], referrals: Collection[tuple[UUID, Referral]]
) -> None:
    """Saves what is known of cases that are locked, and of those of their referrals that have changed."""
    await connection.execute(
        """
        UPDATE pathway_case SET abuse = new.abuse, stop_sequence = new.stop_sequence,
            hold_sequence = new.hold_sequence, resume_sequence = new.resume_sequence, progress = new.progress
        FROM unnest($1::uuid[], $2::boolean[], $3::integer[], $4::integer[], $5::integer[], $6::jsonb[])
            AS new (case_id, abuse, stop_sequence, hold_sequence, resume_sequence, progress)
        WHERE pathway_case.case_id = new.case_id
        """,
        [each.case_id for each in cases],
        [each.abuse for each in cases],
        [each.stop_sequence for each in cases],
        [each.hold_sequence for each in cases],
        [each.resume_sequence for each in cases],
        [each.progress.model_dump(mode="json", exclude_defaults=True) for each in cases],
    )
    await _save_referrals(connection, referrals)
    await _save_children(connection, cases)
    await _save_taken_back(connection, cases)


async def _save_referrals(connection: Connection, referrals: Collection[tuple[UUID, Referral]]) -> None:
    if not referrals:
        return
    rows = [_referral_row(case_id, each) for case_id, each in referrals]
    await connection.execute(
        f"""
        INSERT INTO referral ({_COLUMNS}, waits_since)
        SELECT *, CASE WHEN new.waits_for IS NOT NULL THEN now() END FROM unnest({_ARRAYS}) AS new ({_COLUMNS})
        ON CONFLICT (referral_id) DO UPDATE SET {_UPDATES},
            waits_since = CASE WHEN excluded.waits_for IS NOT NULL
                THEN coalesce(referral.waits_since, excluded.waits_since) END
        """,  # noqa: S608 - constants
        *([row[column] for row in rows] for column in _REFERRAL),
    )


def _referral_row(case_id: UUID, referral: Referral) -> dict[str, Any]:
    terms, changed = referral.terms, referral.changed
    return {
        "referral_id": referral.referral_id,
        "case_id": case_id,
        "provider": terms.provider if terms else None,
        "agreed_sequence": terms.sequence if terms else None,
        "terms": terms.model_dump(mode="json") if terms else None,
        "changed": changed.model_dump(mode="json") if changed else None,
        "family_told": referral.family_published,
        "ended_sequence": referral.ended_sequence,
        "offers": referral.offers,
        "stops": referral.stops,
        "children_sequence": referral.children_sequence,
        "waits_for": referral.waits_for,
    }


async def _save_children(connection: Connection, cases: Collection[Case]) -> None:
    rows = [(case.case_id, person, *each) for case in cases for person, each in case.children.items()]
    if not rows:
        return
    await connection.execute(
        """
        INSERT INTO child_participation
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::boolean[])
        ON CONFLICT (case_id, person_id) DO UPDATE SET sequence = excluded.sequence, takes_part = excluded.takes_part
        """,
        [case_id for case_id, _, _, _ in rows],
        [person for _, person, _, _ in rows],
        [sequence for _, _, sequence, _ in rows],
        [takes_part for _, _, _, takes_part in rows],
    )


async def _save_taken_back(connection: Connection, cases: Collection[Case]) -> None:
    rows = [(case.case_id, submission, *each) for case in cases for submission, each in case.taken_back.items()]
    if not rows:
        return
    await connection.execute(
        """
        INSERT INTO taken_back (case_id, submission_id, stands, revision)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::integer[])
        ON CONFLICT (case_id, submission_id) DO UPDATE SET stands = excluded.stands, revision = excluded.revision
        """,
        [case_id for case_id, _, _, _ in rows],
        [submission for _, submission, _, _ in rows],
        [stands for _, _, stands, _ in rows],
        [revision for _, _, _, revision in rows],
    )


async def save_details(connection: Connection, details: Collection[SealedDetails]) -> None:
    """Saves parents' details. Each is one parent's of one screening; whether it is in force may change.

    The cases must be locked.
    """
    if not details:
        return
    # Of one that comes twice in a batch, the newest revision.
    newest = {(each.person_id, each.submission_id): each for each in sorted(details, key=lambda each: each.revision)}
    ordered = [newest[key] for key in sorted(newest)]
    await connection.execute(
        """
        INSERT INTO parent_details (person_id, submission_id, case_id, sealed, as_of, revision, stands, look_first,
            role)
        SELECT * FROM unnest(
            $1::uuid[], $2::uuid[], $3::uuid[], $4::jsonb[], $5::timestamptz[], $6::integer[], $7::boolean[],
            $8::boolean[], $9::text[]
        )
        ON CONFLICT (person_id, submission_id) DO UPDATE SET revision = excluded.revision, stands = excluded.stands,
            look_first = excluded.look_first, role = excluded.role
        WHERE coalesce(parent_details.revision, 0) < excluded.revision
        """,
        [each.person_id for each in ordered],
        [each.submission_id for each in ordered],
        [each.case_id for each in ordered],
        [each.sealed.model_dump(mode="json") for each in ordered],
        [each.as_of for each in ordered],
        [each.revision for each in ordered],
        [each.stands for each in ordered],
        [each.look_first for each in ordered],
        [each.role for each in ordered],
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
            # Rows from before have none of these.
            revision=row["revision"] or 0,
            stands=row["stands"] is not False,
            look_first=row["look_first"] is True,
        )
        for row in rows
    ]


async def remove_details(connection: Connection, case_ids: Collection[UUID]) -> None:
    """Removes the parents' details of cases that can never go to a provider again."""
    await connection.execute("DELETE FROM parent_details WHERE case_id = ANY($1::uuid[])", list(case_ids))


async def remove_details_of(connection: Connection, taken_back: Collection[tuple[UUID, UUID]]) -> None:
    """Removes the details that came with screenings that were taken back, as (case id, submission id)."""
    await connection.execute(
        """
        DELETE FROM parent_details USING unnest($1::uuid[], $2::uuid[]) AS gone (case_id, submission_id)
        WHERE parent_details.case_id = gone.case_id AND parent_details.submission_id = gone.submission_id
        """,
        [case_id for case_id, _ in taken_back],
        [submission for _, submission in taken_back],
    )


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


async def notices_of(connection: Connection, case_id: UUID) -> list[Notice]:
    """What the front door of a case was told, in order."""
    found = await connection.fetchval("SELECT progress -> 'notices' FROM pathway_case WHERE case_id = $1", case_id)
    return [Notice.model_validate(each) for each in found or ()]


def _case(row: Mapping[str, Any]) -> Case:
    # The records of a case from before the order was stored here are unknown, but below this.
    progress = (
        PublishedProgress(sequence=BEFORE_THE_ORDER)
        if row["progress"] is None
        else PublishedProgress.model_validate(row["progress"])
    )
    return Case(
        case_id=row["case_id"],
        abuse=row["abuse"],
        stop_sequence=row["stop_sequence"],
        hold_sequence=row["hold_sequence"],
        resume_sequence=row["resume_sequence"],
        progress=progress,
    )
