"""What follows from a front door's record that cannot be used: its front door is notified of the findings, and what is
certain in it stops the case.

All of it happens in the transaction that stores the dead letter. The same record again has no second effect.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.screening.domain.personal_data import Sealing
from services.screening.domain.refused import (
    Stop,
    StopContext,
    families_of,
    identities,
    stop_reported,
    unscreened_family,
)
from services.screening.domain.salvage import Salvaged, salvage
from services.screening.handlers.known_people import known_people
from services.screening.handlers.reading import SubmissionReader
from services.screening.repository import directory, families, refused, submissions
from services.screening.repository.directory import Agency
from shared.contracts.dead_letters import FindingMade
from shared.contracts.ids import id_beside
from shared.contracts.screening import SubmissionRefused
from shared.messaging.consuming.subscription import by_position
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received, Record, Rejected
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context


class UnknownAreaError(Exception):
    """Nobody knows yet in which area a stop is to be shown: the agency is not registered. A retry tries again."""


@dataclass(frozen=True)
class _RefusedRecord:
    """A record that was refused, with what is known of its agency and what was read in it."""

    rejected: Rejected
    # A keyed fingerprint of topic, key and value.
    fingerprint: bytes
    name: str
    agency: Agency | None
    parts: Sequence[Salvaged]

    @property
    def cause(self) -> Received[Any]:
        record, envelope = self.rejected.record, self.rejected.envelope
        return Received(by_position(record, envelope), None, record, envelope)


class RefusedRecordHandlers:
    """Acts on records of front doors that cannot be used."""

    def __init__(self, context: Context, reader: SubmissionReader) -> None:
        self._keyring = context.keyring
        self._clock = context.clock
        self._reader = reader

    async def refused_records(self, tx: Transaction, records: Sequence[Rejected]) -> None:
        """Publishes what is wrong with each record, and reports what in it is certain enough to stop a case.

        The record is the topic's agency's, whatever it names. Raises UnknownAreaError for a stop that no area is known
        for; the dead letter then has a finding that its effects are to come.
        """
        agencies = await directory.agencies(tx.connection, {_agency_of(each.record) for each in records})
        # A record as large as the broker takes is some seconds of work: the event loop goes on meanwhile.
        found = await asyncio.to_thread(lambda: [salvage(each.record.value) for each in records])
        stops: list[tuple[_RefusedRecord, Stop]] = []
        for rejected, parts in zip(records, found, strict=True):
            name = _agency_of(rejected.record)
            agency = agencies.get(name)
            if agency is None and not any(part.stops for part in parts):
                continue
            fingerprint = self._keyring.fingerprint(_identity(rejected.record))
            record = _RefusedRecord(rejected, fingerprint, name, agency, parts)
            is_new, is_news = await refused.record(
                tx.connection, name, fingerprint, [finding.as_json() for finding in rejected.findings]
            )
            if is_news and agency is not None:
                tx.emit(self._refused(record, _area_of(record.parts, agency)), cause=record.cause)
            if is_new:
                stops += [(record, stop) for stop in await _stops(tx, record)]
        if stops:
            await self._report(tx, stops)

    def _refused(self, record: _RefusedRecord, area: str) -> SubmissionRefused:
        only = record.parts[0] if len(record.parts) == 1 else Salvaged()
        return SubmissionRefused(
            agency=record.name,
            area=area,
            occurred_at=self._clock.now(),
            submission_id=only.submission_id,
            family_ref=only.family_refs[0] if len(only.family_refs) == 1 else None,
            findings=tuple(FindingMade(**finding.as_json()) for finding in record.rejected.findings),
        )

    async def _report(self, tx: Transaction, stops: Sequence[tuple[_RefusedRecord, Stop]]) -> None:
        fresh = {stop.family: new_id() for _, stop in stops}
        cases = await families.lock_cases(tx.connection, fresh)
        for _, stop in stops:
            # A correction of a case that has ended is one of that case, and opens none.
            if stop.corrected and cases[stop.family] == fresh[stop.family]:
                cases[stop.family] = stop.corrected
        await families.open_new_cases(
            tx.connection, {key: case_id for key, case_id in cases.items() if case_id == fresh[key]}
        )
        known = await known_people(tx, self._keyring, set(cases.values()))
        for record, stop in stops:
            case_id = cases[stop.family]
            sent = stop.salvaged.submitted_at
            # When the front door sent it, where that could be read and can be so.
            submitted_at = self._clock.now() if sent is None or self._reader.is_in_future(sent) else sent
            context = StopContext(case_id, known[case_id], submitted_at, self._clock.beside(submitted_at))
            if not context.known:
                await self._identify(tx, record, stop, context)
            tx.emit(stop_reported(stop, context), cause=record.cause)

    async def _identify(self, tx: Transaction, record: _RefusedRecord, stop: Stop, context: StopContext) -> None:
        """Lets the families service look for a family that no screening has published: another agency may have it."""
        family = unscreened_family(stop, context.case_id)
        if family.parents:
            family = family.under(await self._never_erased([*family.parents, *family.births]))
            keys = await self._keyring.for_sealing([*family.parents, *family.births], "person")
            sealing = Sealing(keys.seal, keys.seal)
            for identity in identities(stop, context, family, sealing.person_of(family.submission_id)):
                tx.emit(identity, cause=record.cause)

    async def _never_erased(self, people: Collection[UUID]) -> dict[UUID, UUID]:
        """An id for each of these: another one for somebody who was erased, and is somebody new by this."""
        ids = {each: each for each in people}
        while erased := await self._keyring.erased(ids.values()):
            ids = {each: id_beside(now, "after-erasure") if now in erased else now for each, now in ids.items()}
        return ids


async def _stops(tx: Transaction, record: _RefusedRecord) -> Sequence[Stop]:
    """Which families, in which area, a record stops."""
    parts = [part for part in record.parts if part.stops]
    named = {(record.name, each) for part in parts for each in (part.supersedes, part.submission_id) if each}
    earlier = await submissions.earlier_submissions(tx.connection, named) if named else {}
    stops = []
    for number, part in enumerate(parts):
        corrected = earlier.get((record.name, part.supersedes)) if part.supersedes else None
        again = earlier.get((record.name, part.submission_id)) if part.submission_id else None
        known = corrected or again
        own = f"unreadable-{record.fingerprint[:8].hex()}" + (f"-{number}" if number else "")
        refs = families_of(part, known.family_ref if known else None, record.rejected.record.key or b"") or (own,)
        for family_ref in refs:
            same = corrected is not None and corrected.family_ref == family_ref
            stops.append(
                Stop(
                    fingerprint=record.fingerprint,
                    agency=record.name,
                    area=await _area(tx, part, record.agency),
                    family_ref=family_ref,
                    salvaged=part,
                    corrected=corrected.case_id if corrected and same else None,
                )
            )
    return stops


def _area_of(parts: Sequence[Salvaged], agency: Agency) -> str:
    """The area whose coordinators see that the record is not in."""
    named = next((part.area for part in parts if part.area in agency.areas), None)
    return named or agency.areas[0]


async def _area(tx: Transaction, part: Salvaged, agency: Agency | None) -> str:
    """The area that the record names, if the agency is registered there, else the agency's first."""
    if agency is not None:
        return part.area if part.area in agency.areas else agency.areas[0]
    if part.area and await directory.rules_of_areas(tx.connection, {part.area}):
        return part.area
    raise UnknownAreaError


def _agency_of(record: Record) -> str:
    return record.topic.split(".")[1]


def _identity(record: Record) -> bytes:
    parts = (record.topic.encode(), record.key or b"", record.value or b"")
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)
