"""What is overdue, and what somebody wants to read once a week alone: collected for the mail of the week."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from services.notification.domain.digest import KINDS, digest_id, due_at, next_week
from services.notification.domain.mail_choices import Choices, When
from services.notification.handlers.mail_choices import LASTS
from services.notification.repository import digests, emails, mail_choices
from services.notification.repository.digests import DigestLine
from services.notification.repository.emails import QueuedEmail
from shared.contracts.base import Sealed
from shared.contracts.overdue import WorkOverdue
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction


async def overdue(tx: Transaction, batch: Sequence[Received[WorkOverdue]]) -> None:
    """Collects what is overdue for everybody who wants it, and queues the mail of the week to each, once.

    What comes in another week than it is of is left: what is overdue then comes by itself.
    """
    now = datetime.now(UTC)
    for received in batch:
        event, at = received.event, due_at(received.event.week, now)
        counts = [each for each in event.counts if each.kind in KINDS and each.number > 0]
        if at is None or not counts:
            continue
        wanted = await mail_choices.who_want_what_is_overdue(
            tx.connection, now - LASTS, who=event.who, provider=event.provider, agency=event.agency
        )
        await digests.save(
            tx.connection,
            [
                DigestLine(staff_id, event.week, event.area, each.kind, each.number)
                for staff_id in wanted
                for each in counts
            ],
        )
        mails = [_mail(staff_id, sealed, event.week, at) for staff_id, sealed in wanted.items()]
        await emails.queue(tx.connection, mails)


@dataclass(frozen=True)
class Wishes:
    """How practitioners want to be written to, as far as they have chosen."""

    of: Mapping[UUID, tuple[str, Choices, Sealed]]
    now: datetime

    @classmethod
    async def of_practitioners(cls, tx: Transaction, ids: Collection[UUID]) -> "Wishes":
        """What these practitioners chose."""
        now = datetime.now(UTC)
        return cls(await mail_choices.of_practitioners(tx.connection, ids, now - LASTS) if ids else {}, now)

    async def training_at_once(self, tx: Transaction, practitioner: UUID) -> bool:
        """Whether a mail about their training is written now; once a week, it is collected for that."""
        return await self._at_once(tx, practitioner, "training", "training")

    async def message_at_once(self, tx: Transaction, practitioner: UUID) -> bool:
        """Whether a mail that there is a message is written now; once a week, it is collected for that."""
        return await self._at_once(tx, practitioner, "messages", "new-messages")

    async def _at_once(self, tx: Transaction, practitioner: UUID, about: str, kind: str) -> bool:
        if practitioner not in self.of:
            return True
        staff_id, choices, sealed = self.of[practitioner]
        when: When = getattr(choices, about)
        if when is When.DIGEST:
            week = next_week(self.now)
            await digests.add(tx.connection, DigestLine(staff_id, week, about, kind, 1))
            await emails.queue(tx.connection, [_mail(staff_id, sealed, week, due_at(week, self.now) or self.now)])
        return when is When.AT_ONCE


def _mail(staff_id: str, sealed: Sealed, week: date, at: datetime) -> QueuedEmail:
    mail = digest_id(staff_id, week)
    return QueuedEmail(mail, "digest", practitioner=sealed, on_day=week, staff=staff_id, due_at=at)
