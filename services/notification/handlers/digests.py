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
from shared.contracts.overdue import DraftsExpiring, WorkOverdue
from shared.messaging.core.records import Received
from shared.messaging.publishing.transaction import Transaction
from shared.privacy.keyring import Keyring


class Digests:
    """A batch of what is overdue at a time."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    async def overdue(self, tx: Transaction, batch: Sequence[Received[WorkOverdue]]) -> None:
        """Collects what is overdue for everybody who wants it."""
        await self._collect(
            tx,
            [
                _Counted(
                    (each.event.who, each.event.provider, each.event.agency),
                    *(each.event.week, each.event.area),
                    {count.kind: count.number for count in each.event.counts},
                )
                for each in batch
            ],
        )

    async def drafts(self, tx: Transaction, batch: Sequence[Received[DraftsExpiring]]) -> None:
        """Collects whose drafts are deleted soon, for those who want it."""
        await self._collect(
            tx,
            [
                _Counted((each.event.who, None, None), each.event.week, "drafts", {"drafts": each.event.number})
                for each in batch
            ],
        )

    async def _collect(self, tx: Transaction, batch: Sequence["_Counted"]) -> None:
        """Saves what was counted, and queues the mail of the week to each, once.

        What comes in another week than it is of is left: what is overdue then comes by itself.
        """
        now = datetime.now(UTC)
        counted = [each for each in batch if due_at(each.week, now) is not None]
        found = await mail_choices.who_want_what_is_overdue(tx.connection, now - LASTS, [each.whom for each in counted])
        lines: dict[DigestKey, int] = {}
        mails: dict[UUID, QueuedEmail] = {}
        for place, chosen in await without_erased(tx, self._keyring, found):
            of = counted[place]
            # Counted again, the newer number is in force: choices come in the order of the events.
            new = {
                DigestKey(chosen.staff_id, of.week, of.source, kind): number
                for kind, number in of.counts.items()
                if kind in KINDS and number > 0
            }
            lines |= new
            if new:
                mail = _mail(chosen.staff_id, chosen.sealed, of.week, due_at(of.week, now) or now)
                mails[mail.id] = mail
        await digests.save(tx.connection, lines)
        await emails.queue(tx.connection, mails.values())


@dataclass(frozen=True)
class _Counted:
    """How much there is of which kinds in a week, by who counted it: for one person, one provider or one agency."""

    whom: tuple[str | None, str | None, str | None]
    week: date
    source: str
    counts: Mapping[str, int]


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
