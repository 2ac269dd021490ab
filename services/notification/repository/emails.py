"""E-mails: queued with the effect that they announce, sent in the background."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.notification.domain.email import About
from shared.contracts.base import Sealed
from shared.contracts.workforce import TrainingDelivery
from shared.postgres.connection import Connection


@dataclass(frozen=True)
class QueuedEmail:
    """A mail to be sent: to a practitioner, whose `{name, email}` is sealed, to a provider, to an area's lead, or to a
    parent, whose `{email, link}` is sealed for this mail.

    It is about a case, or about a practitioner's own training.
    """

    id: UUID
    about: About
    case_id: UUID | None = None
    practitioner: Sealed | None = None
    provider: str | None = None
    on_day: date | None = None
    training_id: UUID | None = None
    # The parent whom a reminder is about; nobody reads it from the mail.
    person_id: UUID | None = None
    # The area whose lead it is for.
    area: str | None = None
    parent: Sealed | None = None
    # The path of the page that it calls its reader to; how and where a training is held.
    page: str | None = None
    delivery: TrainingDelivery | None = None
    venue: str | None = None
    # The front door whose team it is for.
    agency: str | None = None
    # Whose mail of a week it is, and when it goes out.
    staff: str | None = None
    due_at: datetime | None = None

    @property
    def about_id(self) -> UUID:
        """The case or the training; of neither, the mail itself."""
        return self.case_id or self.training_id or self.id


@dataclass(frozen=True)
class ClaimedEmail(QueuedEmail):
    """A mail whose time has come, locked by the sender that claimed it. `address` is the directory's."""

    attempts: int = 0
    address: str | None = None


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt. `wait_s` is how long a mail that stays queued waits for the next."""

    id: UUID
    status: Literal["queued", "sent", "failed"]
    error: str | None = None
    wait_s: float = 0.0


async def queue(connection: Connection, emails: Collection[QueuedEmail]) -> None:
    """Queues mails; one that was queued before stays as it is."""
    if not emails:
        return
    ordered = sorted(emails, key=lambda each: each.id)
    await connection.execute(
        """
        INSERT INTO email (id, about, case_id, practitioner, provider, on_day, training_id, person_id, area, parent,
            page, delivery, agency, staff, due_at, venue)
        SELECT id, about, case_id, practitioner, provider, on_day, training_id, person_id, area, parent, page, delivery,
            agency, staff, coalesce(due_at, now()), venue
        FROM unnest(
            $1::uuid[], $2::text[], $3::uuid[], $4::jsonb[], $5::text[], $6::date[], $7::uuid[], $8::uuid[], $9::text[],
            $10::jsonb[], $11::text[], $12::text[], $13::text[], $14::text[], $15::timestamptz[],
            $16::text[]
        ) AS new (id, about, case_id, practitioner, provider, on_day, training_id, person_id, area, parent, page,
            delivery, agency, staff, due_at, venue)
        ON CONFLICT DO NOTHING
        """,
        [each.id for each in ordered],
        [each.about for each in ordered],
        [each.case_id for each in ordered],
        [each.practitioner.model_dump(mode="json") if each.practitioner else None for each in ordered],
        [each.provider for each in ordered],
        [each.on_day for each in ordered],
        [each.training_id for each in ordered],
        [each.person_id for each in ordered],
        [each.area for each in ordered],
        [each.parent.model_dump(mode="json") if each.parent else None for each in ordered],
        [each.page for each in ordered],
        [each.delivery for each in ordered],
        [each.agency for each in ordered],
        [each.staff for each in ordered],
        [each.due_at for each in ordered],
        [each.venue for each in ordered],
    )


async def queue_to_provider(connection: Connection, email: UUID, about: About, provider: str) -> None:
    """Queues a mail to a provider's own address that no case is the cause of; none where it has no address."""
    await connection.execute(
        """
        INSERT INTO email (id, about, provider) SELECT $1::uuid, $2::text, provider FROM provider
        WHERE provider = $3 AND email IS NOT NULL
        """,
        email,
        about,
        provider,
    )


async def withdraw(connection: Connection, stopped: Collection[tuple[UUID, str]]) -> None:
    """Removes mails that would call a provider to a case that was stopped for it, as (case id, provider).

    One that is in flight is passed over: no event waits for a mail server.
    """
    if not stopped:
        return
    await connection.execute(
        """
        DELETE FROM email WHERE id IN (
            SELECT email.id FROM email
            JOIN unnest($1::uuid[], $2::text[]) AS stopped (case_id, provider) USING (case_id, provider)
            WHERE email.status = 'queued' FOR UPDATE OF email SKIP LOCKED
        )
        """,
        [case_id for case_id, _ in stopped],
        [provider for _, provider in stopped],
    )


async def withdraw_reminders(connection: Connection, taking_part: Mapping[UUID, Collection[UUID]]) -> None:
    """Removes queued reminders about parents who are not among those who take part in a case, by case id.

    One that is in flight is passed over, as above.
    """
    if not taking_part:
        return
    pairs = [(case_id, person) for case_id, people in taking_part.items() for person in people]
    await connection.execute(
        """
        DELETE FROM email WHERE id IN (
            SELECT id FROM email
            WHERE case_id = ANY($1::uuid[]) AND about = 'reminder' AND status = 'queued' AND person_id IS NOT NULL
                AND (case_id, person_id) NOT IN (SELECT * FROM unnest($2::uuid[], $3::uuid[]))
            FOR UPDATE SKIP LOCKED
        )
        """,
        list(taking_part),
        [case_id for case_id, _ in pairs],
        [person for _, person in pairs],
    )


async def claim(connection: Connection, limit: int) -> list[ClaimedEmail]:
    """Mails whose time has come, locked until the transaction ends. What another sender holds is passed over."""
    rows = await connection.fetch(
        """
        SELECT email.id, email.about, email.case_id, email.practitioner, email.provider, email.on_day,
            email.training_id, email.attempts, email.area, email.parent, email.person_id, email.page, email.delivery,
            email.agency, email.staff, email.venue, coalesce(provider.email, area.lead_email, agency.email) AS address
        FROM email LEFT JOIN provider ON provider.provider = email.provider LEFT JOIN area ON area.area = email.area
            LEFT JOIN agency ON agency.agency = email.agency
        WHERE email.status = 'queued' AND email.due_at <= now()
        ORDER BY email.due_at LIMIT $1 FOR UPDATE OF email SKIP LOCKED
        """,
        limit,
    )
    claimed = []
    for row in rows:
        practitioner = Sealed.model_validate(row["practitioner"]) if row["practitioner"] else None
        parent = Sealed.model_validate(row["parent"]) if row["parent"] else None
        delivery = TrainingDelivery(row["delivery"]) if row["delivery"] else None
        claimed.append(ClaimedEmail(**{**row, "practitioner": practitioner, "parent": parent, "delivery": delivery}))
    return claimed


async def record(connection: Connection, attempts: Sequence[Attempt]) -> None:
    """Records what came of attempts. The recipient goes once a mail is sent; a parent's also where it never is."""
    await connection.execute(
        """
        UPDATE email SET status = done.status, last_error = done.error, attempts = email.attempts + 1,
            due_at = now() + make_interval(secs => done.wait_s),
            ended_at = CASE WHEN done.status <> 'queued' THEN now() END,
            practitioner = CASE WHEN done.status <> 'sent' THEN email.practitioner END,
            parent = CASE WHEN done.status = 'queued' THEN email.parent END
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::float8[]) AS done (id, status, error, wait_s)
        WHERE email.id = done.id
        """,
        [each.id for each in attempts],
        [each.status for each in attempts],
        [each.error for each in attempts],
        [each.wait_s for each in attempts],
    )


async def counts(connection: Connection) -> dict[str, int]:
    """How many mails are queued, sent and failed."""
    row = await connection.fetchrow(
        """
        SELECT count(*) FILTER (WHERE status = 'queued') AS queued, count(*) FILTER (WHERE status = 'sent') AS sent,
            count(*) FILTER (WHERE status = 'failed') AS failed
        FROM email
        """
    )
    return dict(row) if row else {}
