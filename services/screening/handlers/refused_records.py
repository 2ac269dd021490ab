"""What follows from a front door's record that cannot be used: it is told, and what is certain in it stops the case.

All of it happens in the transaction that stores the dead letter. The same record again has no second effect.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.screening.domain.people import Known, describe_parent, who_is_who
from services.screening.domain.readable_people import ToldFamily
from services.screening.domain.salvage import Salvaged, salvage
from services.screening.handlers.known_people import known_people
from services.screening.handlers.reading import SubmissionReader
from services.screening.repository import directory, families, refused, submissions
from services.screening.repository.directory import Agency
from services.screening.repository.families import FamilyKey
from services.screening.repository.submissions import Earlier
from shared.contracts.base import Reference
from shared.contracts.dead_letters import FindingMade
from shared.contracts.ids import id_beside
from shared.contracts.screening import ParentIdentitySealed, StopReported, SubmissionRefused
from shared.messaging.consuming.subscription import by_position
from shared.messaging.core.envelope import new_id
from shared.messaging.core.records import Received, Record, Rejected
from shared.messaging.publishing.transaction import Transaction
from shared.service.definition import Context

# One record that names more families than this names none in particular.
_MOST_FAMILIES = 8
_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)


class UnknownAreaError(Exception):
    """Nobody knows yet in which area a stop is to be shown: the agency is not registered. A retry tries again."""


@dataclass(frozen=True)
class _Stop:
    """What is certain in one record about one family."""

    rejected: Rejected
    fingerprint: bytes
    agency: str
    area: str
    family_ref: str
    salvaged: Salvaged
    corrected: UUID | None

    @property
    def key(self) -> FamilyKey:
        return self.agency, self.family_ref


class RefusedHandlers:
    """Acts on records of front doors that cannot be used."""

    def __init__(self, context: Context, reader: SubmissionReader) -> None:
        self._keyring = context.keyring
        self._clock = context.clock
        self._reader = reader

    async def refused(self, tx: Transaction, records: Sequence[Rejected]) -> None:
        """Tells each record's front door what is wrong, and reports what in it is certain enough to stop a case.

        The record is the topic's agency's, whatever it says. Raises UnknownAreaError for a stop that no area is known
        for; the dead letter then says that its effects are to come.
        """
        agencies = await directory.agencies(tx.connection, {_agency_of(each.record) for each in records})
        # A record as large as the broker takes is some seconds of work: the event loop goes on meanwhile.
        found = await asyncio.to_thread(lambda: [salvage(each.record.value) for each in records])
        stops: list[_Stop] = []
        for rejected, parts in zip(records, found, strict=True):
            name = _agency_of(rejected.record)
            agency = agencies.get(name)
            if agency is None and not any(part.stops for part in parts):
                continue
            fingerprint = self._keyring.fingerprint(_identity(rejected.record))
            is_new, is_news = await refused.note(
                tx.connection, name, fingerprint, [finding.as_json() for finding in rejected.findings]
            )
            if is_news and agency is not None:
                self._tell(tx, rejected, name, parts)
            if is_new:
                stops += await self._stops(tx, rejected, fingerprint, agency, [part for part in parts if part.stops])
        if stops:
            await self._report(tx, stops)

    def _tell(self, tx: Transaction, rejected: Rejected, agency: str, parts: Sequence[Salvaged]) -> None:
        only = parts[0] if len(parts) == 1 else Salvaged()
        refused = SubmissionRefused(
            agency=agency,
            occurred_at=self._clock.now(),
            submission_id=only.submission_id,
            family_ref=only.family_refs[0] if len(only.family_refs) == 1 else None,
            findings=tuple(FindingMade(**finding.as_json()) for finding in rejected.findings),
        )
        tx.emit(refused, cause=_cause(rejected))

    async def _stops(
        self,
        tx: Transaction,
        rejected: Rejected,
        fingerprint: bytes,
        agency: Agency | None,
        parts: Sequence[Salvaged],
    ) -> list[_Stop]:
        """Which families, in which area, these parts of one record stop."""
        name = _agency_of(rejected.record)
        named = {(name, each) for part in parts for each in (part.supersedes, part.submission_id) if each}
        earlier = await submissions.earlier_submissions(tx.connection, named) if named else {}
        stops = []
        for number, part in enumerate(parts):
            corrected = earlier.get((name, part.supersedes)) if part.supersedes else None
            again = earlier.get((name, part.submission_id)) if part.submission_id else None
            own = f"unreadable-{fingerprint[:8].hex()}" + (f"-{number}" if number else "")
            for family_ref in _families(part, corrected or again, rejected.record) or (own,):
                same = corrected is not None and corrected.family_ref == family_ref
                stops.append(
                    _Stop(
                        rejected,
                        fingerprint,
                        name,
                        await self._area(tx, part, agency),
                        family_ref,
                        part,
                        corrected.case_id if corrected and same else None,
                    )
                )
        return stops

    async def _area(self, tx: Transaction, part: Salvaged, agency: Agency | None) -> str:
        """The area that the record names, if the agency is registered there, else the agency's first."""
        if agency is not None:
            return part.area if part.area in agency.areas else agency.areas[0]
        if part.area and await directory.rules_of_areas(tx.connection, {part.area}):
            return part.area
        raise UnknownAreaError

    async def _report(self, tx: Transaction, stops: Sequence[_Stop]) -> None:
        fresh = {each.key: new_id() for each in stops}
        cases = await families.lock_cases(tx.connection, fresh)
        for each in stops:
            # A correction of a case that has ended is one of that case, and opens none.
            if each.corrected and cases[each.key] == fresh[each.key]:
                cases[each.key] = each.corrected
        await families.open_anew(
            tx.connection, {key: case_id for key, case_id in cases.items() if case_id == fresh[key]}
        )
        known = await known_people(tx, self._keyring, set(cases.values()))
        for stop in stops:
            case_id = cases[stop.key]
            if not known[case_id]:
                await self._identify(tx, stop, case_id)
            who = _not_agreeing(case_id, known[case_id], stop.salvaged)
            tx.emit(self._stop_of(stop, case_id, who), cause=_cause(stop.rejected))

    def _submitted_at(self, stop: _Stop) -> datetime:
        """When the front door sent it, where that could be read and can be so; else now."""
        said = stop.salvaged.submitted_at
        return self._clock.now() if said is None or self._reader.is_ahead(said) else said

    def _stop_of(self, stop: _Stop, case_id: UUID, who: Iterable[UUID]) -> StopReported:
        submitted_at = self._submitted_at(stop)
        return StopReported(
            case_id=case_id,
            occurred_at=self._clock.beside(submitted_at),
            agency=stop.agency,
            area=stop.area,
            family_ref=stop.family_ref,
            submitted_at=submitted_at,
            sign_of_abuse=stop.salvaged.sign_of_abuse,
            parent_does_not_agree=stop.salvaged.parent_does_not_agree,
            parents=tuple(who),
        )

    async def _identify(self, tx: Transaction, stop: _Stop, case_id: UUID) -> None:
        """Lets the families service look for a family that no screening has told it of: another front door may have it.

        Under an id of its own: the record's is not used up by a record that was refused.
        """
        family = stop.salvaged.family
        if not family.parents:
            return
        submitted_at = self._submitted_at(stop)
        submission_id = id_beside(case_id, stop.fingerprint.hex())
        parents = dict(zip(_person_ids(case_id, family), family.parents, strict=True))
        children = [id_beside(submission_id, f"child {number}") for number in range(len(family.births))]
        keys = await self._keyring.for_sealing([*parents, *children], "person")
        births = tuple(
            keys.seal(person, "birth", born.isoformat()) for person, born in zip(children, family.births, strict=True)
        )
        for person, parent in parents.items():
            value = {
                "given": parent.given,
                "family": parent.family,
                "date_of_birth": parent.date_of_birth.isoformat(),
                "postcode": parent.postcode,
                "phone": parent.phone,
                "email": parent.email,
            }
            identity = ParentIdentitySealed(
                case_id=case_id,
                occurred_at=self._clock.beside(submitted_at),
                submission_id=submission_id,
                submitted_at=submitted_at,
                agency=stop.agency,
                area=stop.area,
                family_ref=stop.family_ref,
                person_id=person,
                parents=len(parents),
                sealed=keys.seal(person, "identity", value),
                children=births,
            )
            tx.emit(identity, cause=_cause(stop.rejected))


def _agency_of(record: Record) -> str:
    return record.topic.split(".")[1]


def _identity(record: Record) -> bytes:
    parts = (record.topic.encode(), record.key or b"", record.value or b"")
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _cause(rejected: Rejected) -> Received[Any]:
    return Received(by_position(rejected.record, rejected.envelope), None, rejected.record, rejected.envelope)


def _families(part: Salvaged, known: Earlier | None, record: Record) -> tuple[str, ...]:
    """The families that a record is of: as it says, else that of the submission it names, else the record's key."""
    if 0 < len(part.family_refs) <= _MOST_FAMILIES:
        return part.family_refs
    if known is not None:
        return (known.family_ref,)
    try:
        return (_REFERENCE.validate_python((record.key or b"").decode()),)
    except (ValidationError, UnicodeDecodeError):
        return ()


def _person_ids(case_id: UUID, family: ToldFamily) -> Iterator[UUID]:
    """The ids of who can be read, as a screening would give them; somebody under a ref that is taken has another."""
    taken: set[str] = set()
    for number, parent in enumerate(family.parents):
        yield id_beside(case_id, f"{parent.ref} ({number})" if parent.ref in taken else parent.ref)
        taken.add(parent.ref)


def _not_agreeing(case_id: UUID, known: Sequence[Known], salvaged: Salvaged) -> list[UUID]:
    """Who of the case's people does not agree, where that can be said: by who they are, else by their ref alone.

    A case that is new has them under the ids that the mended record will give them.
    """
    if not known:
        return [id_beside(case_id, ref) for ref in salvaged.not_agreeing]
    told = [describe_parent(each.ref, each.given, each.family, each.date_of_birth) for each in salvaged.family.parents]
    same = who_is_who(known, told).same
    found = []
    for ref in salvaged.not_agreeing:
        by_ref = [each.person_id for each in known if each.described and each.described.ref == ref]
        if ref in same:
            found.append(same[ref])
        elif len(by_ref) == 1 and not any(each.ref == ref for each in told):
            found += by_ref
    return found
