"""What front doors were sent of their families, for their people to read, and who holds which parent in mind."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.notification.domain.case import Case, Referral
from services.notification.domain.tracker import Turn, turn_of
from shared.access.scopes import Belonging
from shared.contracts.notification import CaseProgressed
from shared.postgres.connection import Connection
from shared.postgres.row_reach import guard_lifted


@dataclass(frozen=True)
class TrackedFamily:
    """A family and the newest record of it. `practitioner_id` sent the screening in force, None where none is known."""

    case_id: UUID
    agency: str
    area: str
    family_ref: str
    practitioner_id: UUID | None
    from_self: bool
    at: datetime
    turn: Turn
    record: CaseProgressed


@dataclass(frozen=True)
class Sought:
    """Which of an agency's families are sought. `of`: everybody's, one's own, or those that were handed over to one.

    Of families that refer themselves a `manager` sees all, others their own.
    """

    agency: str
    of: str
    practitioner_id: UUID
    manager: bool
    turn: str | None = None
    family_ref: str = ""


@dataclass(frozen=True)
class HeldInMind:
    """A parent whom a practitioner holds in mind. `is_on`: sessions are, or may be, held with them."""

    case_id: UUID
    family_ref: str | None
    role: str
    is_on: bool
    next_session: date | None


async def save(connection: Connection, cases: Collection[Case]) -> None:
    """Saves the records that front doors were sent now. The cases must be locked."""
    sent = [(case.case_id, each.record) for case in cases for each in case.sent]
    if not sent:
        return
    await connection.execute(
        """
        INSERT INTO progress_record
        SELECT * FROM unnest($1::uuid[], $2::integer[], $3::timestamptz[], $4::jsonb[]) ON CONFLICT DO NOTHING
        """,
        [case_id for case_id, _ in sent],
        [record.sequence for _, record in sent],
        [record.occurred_at for _, record in sent],
        [_document(record) for _, record in sent],
    )
    newest = [(case, case.sent[-1]) for case in cases if case.sent]
    await connection.execute(
        """
        INSERT INTO tracked_family AS known
        SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::timestamptz[],
            $7::boolean[], $8::integer[], $9::timestamptz[], $10::text[], $11::jsonb[])
        ON CONFLICT (case_id) DO UPDATE SET agency = excluded.agency, area = excluded.area,
            family_ref = excluded.family_ref,
            practitioner_id = coalesce(excluded.practitioner_id, known.practitioner_id),
            submitted_at = coalesce(excluded.submitted_at, known.submitted_at), from_self = excluded.from_self,
            sequence = excluded.sequence, at = excluded.at, turn = excluded.turn, record = excluded.record
        """,
        [case.case_id for case, _ in newest],
        [sent.agency for _, sent in newest],
        [sent.record.area for _, sent in newest],
        [sent.record.family_ref for _, sent in newest],
        [case.sender.practitioner_id if case.sender else None for case, _ in newest],
        [case.sender.submitted_at if case.sender else None for case, _ in newest],
        [sent.from_self for _, sent in newest],
        [sent.record.sequence for _, sent in newest],
        [sent.record.occurred_at for _, sent in newest],
        [turn_of(sent.record) for _, sent in newest],
        [_document(sent.record) for _, sent in newest],
    )


async def save_wrap_around(connection: Connection, referrals: Sequence[Referral]) -> None:
    """Saves who holds which parent of these referrals in mind. They must be saved before."""
    of = [(each.referral_id, parent) for each in referrals if each.family for parent in each.family.parents]
    if not of:
        return
    held = [(referral_id, parent) for referral_id, parent in of if parent.wrap_around]
    await connection.execute(
        """
        DELETE FROM wrap_around WHERE referral_id = ANY($1::uuid[])
            AND (referral_id, person_id) NOT IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
        """,
        list({referral_id for referral_id, _ in of}),
        [referral_id for referral_id, _ in held],
        [parent.person_id for _, parent in held],
    )
    await connection.execute(
        """
        INSERT INTO wrap_around SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[])
        ON CONFLICT (referral_id, person_id) DO UPDATE SET practitioner_id = excluded.practitioner_id,
            role = excluded.role
        WHERE (wrap_around.practitioner_id, wrap_around.role) <> (excluded.practitioner_id, excluded.role)
        """,
        [referral_id for referral_id, _ in held],
        [parent.person_id for _, parent in held],
        [parent.wrap_around for _, parent in held],
        [parent.role.value for _, parent in held],
    )


_FAMILY = "case_id, agency, area, family_ref, practitioner_id, from_self, at, turn, record"
_SEEN = "agency = $1 AND ($2 OR NOT from_self OR practitioner_id = $3)"
# Whose cases are somebody's by handover: of screenings that are no newer than it, over as many as there were.
_HANDED_OVER = """
WITH RECURSIVE given AS (
    SELECT practitioner_id, handed_over_at FROM handover WHERE to_id = $1
    UNION
    SELECT handover.practitioner_id, handover.handed_over_at FROM handover
    JOIN given ON handover.to_id = given.practitioner_id AND handover.handed_over_at <= given.handed_over_at
)
SELECT practitioner_id, max(handed_over_at) AS until FROM given WHERE practitioner_id <> $1 GROUP BY practitioner_id
"""


async def families(connection: Connection, sought: Sought, *, limit: int, offset: int = 0) -> list[TrackedFamily]:
    """Families within the caller's reach, what is newest first. Within a transaction."""
    given: list[Any] = [sought.agency, sought.manager, sought.practitioner_id]
    conditions = [_SEEN]

    def add(condition: str, *values: object) -> None:
        numbers = range(len(given) + 1, len(given) + len(values) + 1)
        conditions.append(condition.format(*(f"${number}" for number in numbers)))
        given.extend(values)

    if sought.of == "mine":
        add("practitioner_id = $3")
        if (until := await _handed_over_at(connection, sought.practitioner_id)) is not None:
            add("submitted_at > {}", until)
    elif sought.of == "shared":
        add(*await _handed_over_to(connection, sought.practitioner_id))
    if sought.turn:
        add("turn = {}", sought.turn)
    if sought.family_ref:
        add("strpos(lower(family_ref), lower({})) > 0", sought.family_ref)
    rows = await connection.fetch(
        f"""
        SELECT {_FAMILY} FROM tracked_family WHERE {" AND ".join(conditions)}
        ORDER BY at DESC, case_id LIMIT ${len(given) + 1} OFFSET ${len(given) + 2}
        """,  # noqa: S608 - constants
        *given,
        limit,
        offset,
    )
    return [_tracked(row) for row in rows]


async def _handed_over_at(connection: Connection, practitioner_id: UUID) -> datetime | None:
    async with guard_lifted(connection):
        found: datetime | None = await connection.fetchval(
            "SELECT handed_over_at FROM handover WHERE practitioner_id = $1", practitioner_id
        )
    return found


async def _handed_over_to(connection: Connection, practitioner_id: UUID) -> tuple[str, list[UUID], list[datetime]]:
    async with guard_lifted(connection):
        rows = await connection.fetch(_HANDED_OVER, practitioner_id)
    condition = """
        practitioner_id = ANY({0}::uuid[]) AND EXISTS (
            SELECT FROM unnest({0}::uuid[], {1}::timestamptz[]) AS given (who, until)
            WHERE practitioner_id = given.who AND submitted_at <= given.until
        )
    """
    return condition, [row["practitioner_id"] for row in rows], [row["until"] for row in rows]


async def belonging(connection: Connection, case_id: UUID) -> Belonging | None:
    """Where a family belongs; None where nothing was sent of it."""
    row = await connection.fetchrow("SELECT area, agency FROM tracked_family WHERE case_id = $1", case_id)
    return Belonging.of([row["area"]], row["agency"]) if row else None


async def is_from_self(connection: Connection, case_id: UUID) -> bool:
    """Whether the family referred itself, so that its front door may be one of its parents."""
    found: bool | None = await connection.fetchval("SELECT from_self FROM tracked_family WHERE case_id = $1", case_id)
    return found is not False


async def family(
    connection: Connection, case_id: UUID, sought: Sought
) -> tuple[TrackedFamily, list[CaseProgressed]] | None:
    """One family with all that was sent of it, the newest first; None where whoever asks does not see it."""
    row = await connection.fetchrow(
        f"SELECT {_FAMILY} FROM tracked_family WHERE {_SEEN} AND case_id = $4",  # noqa: S608 - constants
        sought.agency,
        sought.manager,
        sought.practitioner_id,
        case_id,
    )
    if row is None:
        return None
    records = await connection.fetch(
        "SELECT record FROM progress_record WHERE case_id = $1 ORDER BY sequence DESC", case_id
    )
    return _tracked(row), [CaseProgressed.model_validate(each["record"]) for each in records]


async def held_in_mind(connection: Connection, practitioner_id: UUID) -> list[HeldInMind]:
    """The parents whom somebody holds in mind, of referrals that go on. Within a transaction.

    Nothing of it says why one goes on no longer, and nothing is of the other parent.
    """
    async with guard_lifted(connection):
        rows = await connection.fetch(
            """
            SELECT referral.case_id, tracked_family.family_ref, wrap_around.role,
                NOT abuse AND stop_sequence < agreed_sequence AND ended_sequence = -1
                    AND hold_sequence <= greatest(resume_sequence, agreed_sequence) AS is_on,
                (SELECT min(on_day) FROM email WHERE email.case_id = referral.case_id AND about = 'reminder'
                    AND email.person_id = wrap_around.person_id AND on_day >= current_date) AS next_session
            FROM wrap_around JOIN referral USING (referral_id) JOIN pathway_case USING (case_id)
                LEFT JOIN tracked_family USING (case_id)
            WHERE wrap_around.practitioner_id = $1 AND offers > 0
            ORDER BY is_on DESC, referral.agreed_sequence DESC, referral.case_id LIMIT 50
            """,
            practitioner_id,
        )
    return [HeldInMind(**row) for row in rows]


def _tracked(row: Any) -> TrackedFamily:
    return TrackedFamily(**{**row, "record": CaseProgressed.model_validate(row["record"])})


def _document(record: CaseProgressed) -> dict[str, Any]:
    return record.model_dump(mode="json", exclude_defaults=True)
