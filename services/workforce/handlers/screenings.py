"""Workforce's subscribers and its calendar: who screened, what areas ask for, and who is to be asked again."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.workforce.domain.rule import judge
from services.workforce.repository import directory, practitioners, records
from services.workforce.repository.directory import Entry
from services.workforce.repository.practitioners import Screened
from services.workforce.repository.records import Concerned
from shared.contracts.base import Sealed
from shared.contracts.screening import ScreeningCompleted
from shared.contracts.workforce import CertificateLapses, PractitionerUntrained, TrainingFollowUpOpened
from shared.messaging.core.records import Finding, Received
from shared.messaging.publishing.transaction import Transaction
from shared.messaging.timers.scheduled import Due
from shared.privacy.keyring import Keys
from shared.privacy.sealing import CannotOpenError
from shared.service.definition import Context


class _Reminded(NamedTuple):
    """What a reminder says of somebody, and the day that it is about."""

    said: dict[str, Any]
    day: date


class Handlers:
    """The workforce service's handlers."""

    def __init__(self, context: Context) -> None:
        self._clock = context.clock
        self._keyring = context.keyring

    async def screenings(self, tx: Transaction, batch: Sequence[Received[ScreeningCompleted]]) -> None:
        """Keeps who screened, and flags whoever lacks training that the area asks for. Nothing is held up by it."""
        usable = []
        for received in batch:
            practitioner = received.event.practitioner
            if practitioner.sealed.subject == practitioner.practitioner_id:
                usable.append(received)
            else:
                # Somebody's name under another's id would put the one's training to the other's name.
                tx.reject(received, Finding("practitioner.sealed.subject", "must be the practitioner themselves"))
        # The calendar follows every event, also where nothing else comes of it.
        times = {each.id: self._clock.now(each.event.occurred_at) for each in usable}
        await practitioners.keep_screened(tx.connection, [_screened(each.event) for each in usable])
        rules = await directory.rules(tx.connection, {each.event.area for each in usable})
        concerned = [each for each in usable if each.event.area in rules]
        if not concerned:
            return
        people = {each.event.practitioner.practitioner_id for each in concerned}
        held = await practitioners.certificates(tx.connection, people)
        first = await practitioners.first_screened(tx.connection, people, rules)
        for received in concerned:
            event = received.event
            person = event.practitioner.practitioner_id
            day = event.submitted_at.date()
            judged = judge(rules[event.area], held.get(person, ()), day, first[person, event.area])
            if judged.grace_ended_on is not None and judged.standing in ("in-grace", "untrained"):
                flag = PractitionerUntrained(
                    practitioner_id=person,
                    agency=event.agency,
                    occurred_at=times[received.id],
                    case_id=event.case_id,
                    submission_id=event.submission_id,
                    family_ref=event.family_ref,
                    area=event.area,
                    missing=judged.missing,
                    standing="in-grace" if judged.standing == "in-grace" else "untrained",
                    grace_ended_on=judged.grace_ended_on,
                )
                tx.emit(flag, cause=received)

    async def directory(self, tx: Transaction, batch: Sequence[Received[Entry]]) -> None:
        """Keeps what areas ask for, and where agencies work."""
        await directory.save(tx.connection, [(each.event, each.record.offset) for each in batch])

    async def follow_ups_open(self, tx: Transaction, batch: Sequence[Due], _now: datetime) -> None:
        """Six months are over: these are to be asked, and whoever has an address is written to."""
        await records.move_follow_ups(tx.connection, _trainings(batch), "to-come", "open")
        for reminded in await self._reachable(await records.to_ask(tx.connection, _trainings(batch)), batch):
            tx.emit(TrainingFollowUpOpened(**reminded.said, closes_on=reminded.day))

    async def certificates_lapse(self, tx: Transaction, batch: Sequence[Due], now: datetime) -> None:
        """These certificates are about to lapse: their holders are reminded, unless a later one covers the modules."""
        lapsing = await records.lapsing(tx.connection, _trainings(batch), now.date())
        for reminded in await self._reachable(lapsing, batch):
            tx.emit(CertificateLapses(**reminded.said, valid_until=reminded.day))

    async def follow_ups_close(self, tx: Transaction, batch: Sequence[Due], _now: datetime) -> None:
        """Twelve months are over: whoever has not answered is not asked any more."""
        await records.move_follow_ups(tx.connection, _trainings(batch), "to-come", "unanswered")
        await records.move_follow_ups(tx.connection, _trainings(batch), "open", "unanswered")

    async def _reachable(self, people: Sequence[Concerned], batch: Sequence[Due]) -> list[_Reminded]:
        """Those who have an address, with the box that holds it: nothing is told in clear."""
        times = {UUID(each.key): self._clock.now(each.at) for each in batch}
        keys = await self._keyring.for_opening([box for each in people for box in each.boxes])
        found = []
        for each in people:
            sealed = next((box for box in each.boxes if _has_address(keys, box)), None)
            if sealed:
                said = {
                    "practitioner_id": each.practitioner_id,
                    "agency": each.agency,
                    "occurred_at": times[each.training_id],
                    "training_id": each.training_id,
                    "sealed": sealed,
                }
                found.append(_Reminded(said, each.day))
        return found


def _has_address(keys: Keys, box: Sealed) -> bool:
    try:
        return bool(keys.open(box).get("email"))
    except CannotOpenError:
        return False


def _trainings(batch: Sequence[Due]) -> list[UUID]:
    return [UUID(each.key) for each in batch]


def _screened(event: ScreeningCompleted) -> Screened:
    return Screened(
        submission_id=event.submission_id,
        practitioner_id=event.practitioner.practitioner_id,
        agency=event.agency,
        area=event.area,
        submitted_at=event.submitted_at,
        sealed=event.practitioner.sealed,
    )
