"""What is overdue, and what somebody wants to read once a week alone: collected for the mail of the week."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID

from services.notification.domain.digest import KINDS, digest_id, due_at, next_week
from services.notification.domain.mail_choices import When
from services.notification.handlers.mail_choices import LASTS, without_erased
from services.notification.repository import digests, emails, mail_choices
from services.notification.repository.digests import DigestKey
from services.notification.repository.emails import QueuedEmail
from services.notification.repository.mail_choices import Chosen
from shared.contracts.base import Sealed
from shared.contracts.overdue import WorkOverdue
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keyring


class Digests:
    """A batch of what is overdue at a time."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def overdue(self, tx: Transaction, batch: Sequence[Received[WorkOverdue]]) -> None:
        """Collects what is overdue for everybody who wants it, and queues the mail of the week to each, once.

        What comes in another week than it is of is left: what is overdue then comes by itself.
        """
        now = datetime.now(UTC)
        events = [each.event for each in batch if due_at(each.event.week, now) is not None]
        asked = [(each.who, each.provider, each.agency) for each in events]
        found = await mail_choices.who_want_what_is_overdue(tx.connection, now - LASTS, asked)
        wanted = await without_erased(tx, self._keyring, found)
        lines: dict[DigestKey, int] = {}
        mails: dict[UUID, QueuedEmail] = {}
        for place, chosen in wanted:
            event = events[place]
            counts = [each for each in event.counts if each.kind in KINDS and each.number > 0]
            # Counted again, the newer number is in force: choices come in the order of the events.
            lines |= {DigestKey(chosen.staff_id, event.week, event.area, each.kind): each.number for each in counts}
            if counts:
                mail = _mail(chosen.staff_id, chosen.sealed, event.week, due_at(event.week, now) or now)
                mails[mail.id] = mail
        await digests.save(tx.connection, lines)
        await emails.queue(tx.connection, mails.values())


@dataclass(frozen=True)
class Wishes:
    """How practitioners want to be written to, as far as they have chosen; what is for the mail of the week, until it
    is saved.
    """

    of: Mapping[UUID, Chosen]
    now: datetime
    collected: Counter[DigestKey] = field(default_factory=Counter)
    mails: dict[UUID, QueuedEmail] = field(default_factory=dict)

    @classmethod
    async def of_practitioners(cls, tx: Transaction, keyring: Keyring, ids: Collection[UUID]) -> "Wishes":
        """What these practitioners chose."""
        now = datetime.now(UTC)
        found = await mail_choices.of_practitioners(tx.connection, ids, now - LASTS) if ids else []
        chosen = [each for _, each in await without_erased(tx, keyring, list(enumerate(found)))]
        return cls({each.practitioner_id: each for each in chosen if each.practitioner_id}, now)

    def training_at_once(self, practitioner: UUID) -> bool:
        """Whether a mail about their training is written now; once a week, it is collected for that."""
        return self._at_once(practitioner, "training", "training")

    def message_at_once(self, practitioner: UUID) -> bool:
        """Whether a mail that there is a message is written now; once a week, it is collected for that."""
        return self._at_once(practitioner, "messages", "new-messages")

    async def save(self, tx: Transaction) -> None:
        """Saves what was collected, and queues the mails of the week."""
        await digests.add(tx.connection, self.collected)
        await emails.queue(tx.connection, self.mails.values())

    def _at_once(self, practitioner: UUID, about: str, kind: str) -> bool:
        chosen = self.of.get(practitioner)
        if chosen is None:
            return True
        when: When = getattr(chosen.choices, about)
        if when is When.DIGEST:
            week = next_week(self.now)
            self.collected[DigestKey(chosen.staff_id, week, about, kind)] += 1
            mail = _mail(chosen.staff_id, chosen.sealed, week, due_at(week, self.now) or self.now)
            self.mails[mail.id] = mail
        return when is When.AT_ONCE


def _mail(staff_id: str, sealed: Sealed, week: date, at: datetime) -> QueuedEmail:
    mail = digest_id(staff_id, week)
    return QueuedEmail(mail, "digest", practitioner=sealed, on_day=week, staff=staff_id, due_at=at)
