"""The timers: of sessions, certificates and follow-ups, whoever has an address is written to."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.workforce.repository import certificates, follow_ups, notices
from services.workforce.repository.notices import Participant
from services.workforce.repository.practitioners import Recipient
from shared.contracts.base import Sealed
from shared.contracts.workforce import (
    CertificateIssued,
    CertificateLapses,
    TrainingCalledOff,
    TrainingComesUp,
    TrainingFollowUpOpened,
    TrainingMoved,
    TrainingPlaceConfirmed,
)
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import ScheduledTimer
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context


class _Reminder(NamedTuple):
    """The fields that every reminder of somebody has, and the day that it is about."""

    fields: dict[str, Any]
    day: date


class Reminders:
    """A batch of timers of one kind at a time; the key of each is a training's id."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock
        self._home = f"/{context.service}/pages/my-training"
        self._keyring = context.keyring

    async def follow_ups_open(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """Six months are over: these are to be asked, and whoever has an address is written to."""
        await follow_ups.move(tx.connection, _trainings(batch), "to-come", "open")
        for reminder in await self._reachable(await follow_ups.to_ask(tx.connection, _trainings(batch)), batch):
            tx.emit(TrainingFollowUpOpened(**reminder.fields, closes_on=reminder.day))

    async def certificates_lapse(self, tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        """These certificates are about to lapse: their holders are reminded, unless a later one covers the modules."""
        lapsing = await certificates.lapsing(tx.connection, _trainings(batch), now.date())
        for reminder in await self._reachable(lapsing, batch):
            tx.emit(CertificateLapses(**reminder.fields, valid_until=reminder.day))

    async def follow_ups_close(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """Twelve months are over: whoever has not answered is not asked any more."""
        await follow_ups.move(tx.connection, _trainings(batch), "to-come", "unanswered")
        await follow_ups.move(tx.connection, _trainings(batch), "open", "unanswered")

    async def places_confirmed(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """These have a place: since they booked it, or since one became free."""
        for fields, each in await self._participants(await notices.booked(tx.connection, _trainings(batch)), batch):
            page = f"{self._home}/{each.recipient.training_id}/give-up"
            tx.emit(TrainingPlaceConfirmed(**fields, page=page, delivery=each.delivery, venue=each.venue))

    async def sessions_come_up(self, tx: Transaction, batch: Sequence[ScheduledTimer], now: datetime) -> None:
        """These have a place in a session that begins tomorrow. A late timer reminds nobody of what has begun."""
        for fields, each in await self._participants(await notices.booked(tx.connection, _trainings(batch)), batch):
            if each.recipient.day < now.date():
                continue
            page = f"{self._home}/{each.recipient.training_id}/give-up"
            tx.emit(TrainingComesUp(**fields, page=page, delivery=each.delivery, venue=each.venue))

    async def sessions_called_off(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """These had a place in a session that does not take place, or waited for one."""
        for fields, each in await self._participants(await notices.called_off(tx.connection, _trainings(batch)), batch):
            tx.emit(TrainingCalledOff(**fields, page=self._home, venue=each.venue))

    async def sessions_moved(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """These have a place in a session that is held on another day or elsewhere, or wait for one."""
        for fields, each in await self._participants(await notices.signed_up(tx.connection, _trainings(batch)), batch):
            page = f"{self._home}/{each.recipient.training_id}/give-up"
            tx.emit(TrainingMoved(**fields, page=page, delivery=each.delivery, venue=each.venue))

    async def certificates_issued(self, tx: Transaction, batch: Sequence[ScheduledTimer], _now: datetime) -> None:
        """These have a certificate, which they find on a page of their own."""
        for fields, each in await self._participants(await notices.certified(tx.connection, _trainings(batch)), batch):
            page = f"{self._home}/{each.recipient.training_id}/certificate"
            tx.emit(CertificateIssued(**fields, page=page))

    async def _participants(
        self, people: Sequence[Participant], batch: Sequence[ScheduledTimer]
    ) -> Iterator[tuple[dict[str, Any], Participant]]:
        """Those who have an address, each with the fields that every notice has."""
        of = {each.recipient.training_id: each for each in people}
        reminders = await self._reachable([each.recipient for each in people], batch)
        return ((each.fields | {"day": each.day}, of[each.fields["training_id"]]) for each in reminders)

    async def _reachable(self, people: Sequence[Recipient], batch: Sequence[ScheduledTimer]) -> list[_Reminder]:
        """Those who have an address, with the box that holds it: nothing is published in clear."""
        times = {UUID(each.key): self._clock.now(each.at) for each in batch}
        keys = await self._keyring.for_opening([box for each in people for box in each.boxes])
        found = []
        for each in people:
            sealed = next((box for box in each.boxes if _has_address(keys, box)), None)
            if sealed:
                fields = {
                    "practitioner_id": each.practitioner_id,
                    "agency": each.agency,
                    "occurred_at": times[each.training_id],
                    "training_id": each.training_id,
                    "sealed": sealed,
                }
                found.append(_Reminder(fields, each.day))
        return found


def _has_address(keys: Keys, box: Sealed) -> bool:
    try:
        return bool(keys.open(box).get("email"))
    except CannotOpenError:
        return False


def _trainings(batch: Sequence[ScheduledTimer]) -> list[UUID]:
    return [UUID(each.key) for each in batch]
