"""Messages about a case: written and marked as read, with what notification needs to know of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.referral.domain.case.case import Case
from services.referral.domain.case.shown_to_provider import shown_to_provider
from services.referral.domain.deciders.messages import (
    Message,
    ThreadClosedError,
    check_message,
    goes_on,
    has_referrer,
)
from services.referral.handlers.errors import NotThereError
from services.referral.handlers.worklist import lock_case_row
from services.referral.repository import messages, provider_referrals
from services.referral.repository.messages import Counts, NewMessage, Parties
from shared.contracts.messages import MessagesWaiting
from shared.messaging.core.envelope import new_id
from shared.messaging.publishing.transaction import Transaction, in_transaction
from shared.privacy.case_words import seal_words
from shared.service.definition import Context
from shared.service.form_keys import claim_once


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes or reads, for the area's team or for the other party, and the key of the form that they sent."""

    who: str
    for_area: bool
    key: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Open:
    """A thread that may be written to: its case, locked, and the parents whom a message may be about."""

    case: Case
    parties: Parties
    parents: Collection[UUID]


async def write(context: Context, case_id: UUID, message: Message, by: Writer, referral_id: UUID | None = None) -> None:
    """Writes to the front door's thread of a case, or to that of a referral. Who writes has read what they saw.

    Raises UnknownCaseError, NotThereError, ThreadClosedError, InvalidCommandError or AlreadySentError.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, by.key)
        thread = await _open(tx, case_id, referral_id)
        check_message(message, thread.parents)
        before = await messages.lock(tx.connection, thread.parties)
        unread = await _unread(tx, thread, by, message.seen)
        now = context.clock.now()
        sealed = await seal_words(context.keyring, case_id, "message", message.text)
        new = NewMessage(new_id(), by.for_area, message.about, by.who, now, sealed)
        after = _counted(before, by, unread, written=True)
        await messages.add(tx.connection, thread.parties, new, after.written)
        await _save(tx, thread, before, after, now)


async def mark_read(context: Context, case_id: UUID, seen: int, by: Writer, referral_id: UUID | None = None) -> None:
    """Marks what the other side wrote up to a message as read.

    Raises UnknownCaseError, NotThereError, ThreadClosedError or AlreadySentError.
    """
    async with in_transaction(context.pool, context.service) as tx:
        await claim_once(tx, by.key)
        # What was written before a thread was closed stays the area's to read.
        thread = await _open(tx, case_id, referral_id, also_closed=by.for_area)
        before = await messages.lock(tx.connection, thread.parties)
        unread = await _unread(tx, thread, by, seen)
        await _save(tx, thread, before, _counted(before, by, unread, written=False), context.clock.now())


async def _open(tx: Transaction, case_id: UUID, referral_id: UUID | None, *, also_closed: bool = False) -> _Open:
    await lock_case_row(tx.connection, case_id)
    case = (await provider_referrals.cases_of(tx.connection, [case_id]))[case_id]
    if referral_id is None:
        if not has_referrer(case):
            raise ThreadClosedError
        parents = [parent.person_id for parent in case.family.parents] if case.family else []
        return _Open(case, Parties(case_id, case.agency), parents)
    referral = next((each for each in case.referrals if each.referral_id == referral_id), None)
    if referral is None:
        raise NotThereError("This case has no such referral.")
    shown = shown_to_provider(case, referral)
    if not goes_on(shown) and not also_closed:
        raise ThreadClosedError
    parties = Parties(case_id, None, referral_id, referral.provider)
    return _Open(case, parties, [parent.person_id for parent in shown.parents])


async def _unread(tx: Transaction, thread: _Open, by: Writer, seen: int) -> int:
    """How much of what the other side wrote somebody has not seen."""
    return await messages.unread(tx.connection, thread.parties, by_area=not by.for_area, beyond=seen)


def _counted(known: Counts, by: Writer, own_unread: int, *, written: bool) -> Counts:
    """How a thread stands after somebody of one side wrote, or read."""
    if by.for_area:
        now = known._replace(area_unread=own_unread, party_unread=known.party_unread + written)
    else:
        now = known._replace(party_unread=own_unread, area_unread=known.area_unread + written)
    now = now._replace(written=known.written + written)
    return now if now == known else now._replace(sequence=known.sequence + 1)


async def _save(tx: Transaction, thread: _Open, before: Counts, now: Counts, at: datetime) -> None:
    """Saves how a thread stands, and publishes it where the other party has more to read, or less."""
    parties, family = thread.parties, thread.case.family
    if now == before:
        return
    await messages.save(tx.connection, parties, now)
    if now.party_unread != before.party_unread:
        tx.emit(
            MessagesWaiting(
                case_id=parties.case_id,
                occurred_at=at,
                thread_id=parties.thread_id,
                sequence=now.sequence,
                area=thread.case.area,
                agency=parties.agency,
                provider=parties.provider,
                referral_id=parties.referral_id,
                waiting=now.party_unread,
                written=now.party_unread > before.party_unread,
                practitioner=family.practitioner if family and parties.agency else None,
            )
        )
