"""An entry of the audit, its canonical bytes, and the hash by which the next entry is bound to it.

The canonical bytes are JSON by RFC 8785 of every field but the hash itself: the same on every machine and in every
language. The hash is their SHA-256 in hexadecimal. `previous` is the hash of the entry before, so that whoever changes
one has to change all that follow, and those whose hashes are anchored elsewhere cannot be changed unseen.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

import rfc8785

T = TypeVar("T")

NOTHING_BEFORE = "0" * 64
"""What the first entry of a service has for `previous`."""

FORM = 1
"""The form of canonical bytes that is written now. Entries keep theirs, so that a later form leaves them valid."""


class Outcome(StrEnum):
    """What became of a request."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    """The right is missing, or does not reach there."""
    NOT_FOUND = "not-found"
    """There is no such record, or none within reach: the answer does not say which, and the entry neither."""
    INVALID = "invalid"
    NOT_POSSIBLE = "not-possible"
    """A rule of the pathway stands against it, or somebody else was first."""
    FAILED = "failed"


@dataclass(frozen=True)
class Subjects:
    """Whose records were concerned, by ids alone. `records`: others than people and their cases, as `noun/id`.

    They are compared and hashed as they are stored, each once and in order: `of` puts them so.
    """

    cases: tuple[UUID, ...] = ()
    families: tuple[UUID, ...] = ()
    persons: tuple[UUID, ...] = ()
    practitioners: tuple[UUID, ...] = ()
    records: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        cases: Iterable[UUID] = (),
        families: Iterable[UUID] = (),
        persons: Iterable[UUID] = (),
        practitioners: Iterable[UUID] = (),
        records: Iterable[str] = (),
    ) -> "Subjects":
        """Each once, in order."""
        return cls(ordered(cases), ordered(families), ordered(persons), ordered(practitioners), ordered(records))

    def __or__(self, other: "Subjects") -> "Subjects":
        """Both together."""
        return Subjects.of(
            (*self.cases, *other.cases),
            (*self.families, *other.families),
            (*self.persons, *other.persons),
            (*self.practitioners, *other.practitioners),
            (*self.records, *other.records),
        )


@dataclass(frozen=True)
class Access:
    """One request, as it is to be recorded. Nothing in it is free text; `areas` are those that may read the entry."""

    who: str
    """Whose token it was: the id of a member of staff, or `stack:` and the purpose of a token of the stack's own."""
    action: str
    request: str
    """Method and route, without what was put into the route's parameters."""
    outcome: str
    """An `Outcome`. Text, because an entry that somebody changed has to be read too."""
    correlation_id: UUID
    roles: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    subjects: Subjects = Subjects()
    reason: str | None = None
    """A code, where the request gives one."""
    address: str | None = None
    """The network address that the request came from."""


@dataclass(frozen=True)
class Entry:
    """An access with its place in a service's chain. `sequence` counts from 1 without a gap; `at` is in UTC."""

    service: str
    sequence: int
    at: datetime
    access: Access
    previous: str
    hash: str = ""
    form: int = FORM

    def canonical(self) -> bytes:
        """The bytes that are hashed."""
        access, subjects = self.access, self.access.subjects
        return rfc8785.dumps(
            {
                "form": self.form,
                "service": self.service,
                "sequence": self.sequence,
                "at": self.at.isoformat(timespec="microseconds"),
                "who": access.who,
                "roles": list(access.roles),
                "areas": list(access.areas),
                "action": access.action,
                "request": access.request,
                "outcome": str(access.outcome),
                "cases": _texts(subjects.cases),
                "families": _texts(subjects.families),
                "persons": _texts(subjects.persons),
                "practitioners": _texts(subjects.practitioners),
                "records": list(subjects.records),
                "reason": access.reason,
                "address": access.address,
                "correlation_id": str(access.correlation_id),
                "previous": self.previous,
            }
        )

    def computed_hash(self) -> str:
        """The hash that an entry with this content has; empty where no entry can have it."""
        try:
            return hashlib.sha256(self.canonical()).hexdigest()
        except (rfc8785.CanonicalizationError, ValueError):
            return ""


def chained(service: str, access: Access, at: datetime, last: tuple[int, str] | None) -> Entry:
    """The entry of an access after `last`, the sequence and hash of the one before; None where it is the first."""
    sequence, previous = last or (0, NOTHING_BEFORE)
    entry = Entry(service, sequence + 1, at, access, previous)
    return Entry(service, entry.sequence, at, access, previous, entry.computed_hash())


def ordered(values: Iterable[T]) -> tuple[T, ...]:
    """Each value once, in the order of their texts."""
    return tuple(sorted(set(values), key=str))


def _texts(ids: Iterable[UUID]) -> list[str]:
    return [str(each) for each in ids]
