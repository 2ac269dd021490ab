"""What a refused record stops: the families that it is of, and who of them does not agree."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from services.screening.domain.people import Known, describe_parent, who_is_who
from services.screening.domain.personal_data import Seal
from services.screening.domain.readable_people import ReadableFamily, ReadableParent
from services.screening.domain.salvage import Salvaged
from shared.contracts.base import Reference
from shared.contracts.ids import id_beside
from shared.contracts.screening import ParentIdentitySealed, StopReported

# One record that names more families than this names none in particular.
_MOST_FAMILIES = 8
_REFERENCE: TypeAdapter[str] = TypeAdapter(Reference)


@dataclass(frozen=True)
class Stop:
    """What is certain in one record about one family. `fingerprint` is the record's."""

    fingerprint: bytes
    agency: str
    area: str
    family_ref: str
    salvaged: Salvaged
    # The case that the record corrects a screening of.
    corrected: UUID | None

    @property
    def family(self) -> tuple[str, str]:
        """The family, as its front door knows it."""
        return self.agency, self.family_ref


@dataclass(frozen=True)
class StopContext:
    """What is published of a stop beyond the record: its case with the people, and when it was sent and reported."""

    case_id: UUID
    known: Sequence[Known]
    submitted_at: datetime
    occurred_at: datetime


def families_of(part: Salvaged, named: str | None, key: bytes) -> tuple[str, ...]:
    """The references of the families that a record is of: its own, else `named`, that of the submission it names, else
    the record's key. None where none of these can be one."""
    if 0 < len(part.family_refs) <= _MOST_FAMILIES:
        return part.family_refs
    if named is not None:
        return (named,)
    try:
        return (_REFERENCE.validate_python(key.decode()),)
    except (ValidationError, UnicodeDecodeError):
        return ()


def stop_reported(stop: Stop, context: StopContext) -> StopReported:
    """The event by which a case is stopped."""
    return StopReported(
        case_id=context.case_id,
        occurred_at=context.occurred_at,
        agency=stop.agency,
        area=stop.area,
        family_ref=stop.family_ref,
        submitted_at=context.submitted_at,
        sign_of_abuse=stop.salvaged.sign_of_abuse,
        parent_does_not_agree=stop.salvaged.parent_does_not_agree,
        parents=tuple(_not_agreeing(context, stop.salvaged)),
    )


def _not_agreeing(context: StopContext, salvaged: Salvaged) -> Iterator[UUID]:
    """Who of the case's people does not agree, where that is certain: by who they are, else by their ref alone.

    A case that is new has them under the ids that the mended record will give them.
    """
    if not context.known:
        yield from (id_beside(context.case_id, ref) for ref in salvaged.not_agreeing)
        return
    named = [describe_parent(each.ref, each.given, each.family, each.date_of_birth) for each in salvaged.family.parents]
    same = who_is_who(context.known, named).same
    for ref in salvaged.not_agreeing:
        by_ref = [each.person_id for each in context.known if each.described and each.described.ref == ref]
        if ref in same:
            yield same[ref]
        elif len(by_ref) == 1 and not any(each.ref == ref for each in named):
            yield from by_ref


@dataclass(frozen=True)
class UnscreenedFamily:
    """The people of a refused record by their ids, under an id of its own: the record's is not used up by it."""

    submission_id: UUID
    parents: Mapping[UUID, ReadableParent]
    births: Mapping[UUID, str]

    def under(self, ids: Mapping[UUID, UUID]) -> "UnscreenedFamily":
        """The same people under other ids, by those that they have."""
        parents = {ids[each]: parent for each, parent in self.parents.items()}
        return replace(self, parents=parents, births={ids[each]: born for each, born in self.births.items()})


def unscreened_family(stop: Stop, case_id: UUID) -> UnscreenedFamily:
    """Who can be read of a family that no screening has published."""
    family = stop.salvaged.family
    submission_id = id_beside(case_id, stop.fingerprint.hex())
    return UnscreenedFamily(
        submission_id,
        dict(zip(_person_ids(case_id, family), family.parents, strict=True)),
        {id_beside(submission_id, f"child {number}"): born.isoformat() for number, born in enumerate(family.births)},
    )


def _person_ids(case_id: UUID, family: ReadableFamily) -> Iterator[UUID]:
    """The ids of who can be read, as a screening would give them; somebody under a ref that is taken has another."""
    taken: set[str] = set()
    for number, parent in enumerate(family.parents):
        yield id_beside(case_id, f"{parent.ref} ({number})" if parent.ref in taken else parent.ref)
        taken.add(parent.ref)


def identities(
    stop: Stop, context: StopContext, family: UnscreenedFamily, seal: Seal
) -> Iterator[ParentIdentitySealed]:
    """What recognises each parent who can be read, each in an event of its own."""
    births = tuple(seal(person, "birth", born) for person, born in family.births.items())
    for person, parent in family.parents.items():
        yield ParentIdentitySealed(
            case_id=context.case_id,
            occurred_at=context.occurred_at,
            submission_id=family.submission_id,
            submitted_at=context.submitted_at,
            agency=stop.agency,
            area=stop.area,
            family_ref=stop.family_ref,
            person_id=person,
            parents=len(family.parents),
            sealed=seal(person, "identity", parent.identity()),
            children=births,
        )
