"""Takes a submission apart: what identifies a person goes under that person's key, the rest is codes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from services.screening.domain.contact import contact_to_share
from services.screening.domain.people import Described, describe_child, describe_parent
from shared.contracts import practitioners as identity
from shared.contracts.base import Sealed
from shared.contracts.front_door import Child, Parent, Practitioner, Submission
from shared.contracts.vocabulary import IdentifierKind


def practitioner_id(agency: str, practitioner: Practitioner) -> UUID:
    """The opaque id of a practitioner of an agency."""
    return identity.practitioner_id(agency, practitioner.id)


@dataclass(frozen=True)
class Secret:
    """A value to seal under a subject's key."""

    subject: UUID
    field: str
    value: Any


Seal = Callable[[UUID, str, Any], Sealed]
"""Seals a value as a field of a subject."""

SealOfEvent = Callable[[UUID, str, Any, UUID], Sealed]
"""Seals a value as a field of a subject, as one submission has it."""


@dataclass(frozen=True)
class Sealing:
    """How the people of some submissions are sealed, and how their practitioners."""

    person: SealOfEvent
    practitioner: Seal

    def person_of(self, submission_id: UUID) -> Seal:
        """How the people of one submission are sealed."""
        return lambda subject, field, value: self.person(subject, field, value, submission_id)


@dataclass(frozen=True)
class SealedPerson:
    """What a screening gives of one person, sealed."""

    person_id: UUID
    case_id: UUID
    ref: str
    kind: str
    sealed: Sequence[Sealed]
    submitted_at: datetime
    # Their details are not to be shared until somebody has looked.
    look_first: bool = False


def practitioner_secret(agency: str, practitioner: Practitioner) -> Secret:
    """A practitioner's name and address."""
    value = {"name": practitioner.name, "email": practitioner.email}
    return Secret(practitioner_id(agency, practitioner), "practitioner", value)


def practitioners(submission: Submission) -> Iterator[Practitioner]:
    """Everybody who works with the family, as the submission names them."""
    yield submission.practitioner
    for entry in submission.wrap_around:
        yield entry.practitioner


RECOGNISED_BY = frozenset({"details", "child", "identifiers"})
"""The fields of what is stored of a person by which they are recognised."""

# Numbers that a person has for life. Those of case systems are not compared: two may give the same one.
_FOR_LIFE = frozenset({IdentifierKind.NHS_NUMBER, IdentifierKind.UPN})


def described(submission: Submission) -> tuple[Described, ...]:
    """Everybody of the family as the submission describes them, by which they are recognised."""
    return (
        *(
            describe_parent(each.ref, each.name.given, each.name.family, each.date_of_birth, _for_life(each))
            for each in submission.parents
        ),
        *(
            describe_child(each.ref, each.date_of_birth, each.expected_on, _for_life(each))
            for each in submission.children
        ),
    )


def described_as_stored(ref: str, kind: str, opened: Mapping[str, Any]) -> Described:
    """Somebody as they are stored: by field, what was sealed of them. What an older release did not seal is missing."""
    numbers = [
        f"{each['kind']}/{each['value']}" for each in opened.get("identifiers") or () if each["kind"] in _FOR_LIFE
    ]
    if kind == "parent":
        details = opened["details"]
        name = details["name"]
        return describe_parent(ref, name["given"], name["family"], _day(details["date_of_birth"]), numbers)
    child = opened["child"]
    return describe_child(ref, _day(child.get("date_of_birth")), _day(child.get("expected_on")), numbers)


def _for_life(person: Parent | Child) -> list[str]:
    return [f"{each.kind}/{each.compact()}" for each in person.identifiers if each.kind in _FOR_LIFE]


def _day(written: str | None) -> date | None:
    return date.fromisoformat(written) if written else None


def parent_secrets(ids: Mapping[str, UUID], submission: Submission) -> dict[str, tuple[Secret, ...]]:
    """By parent's ref: the details that a provider may get, then the conversation and the numbers that none gets.

    `ids` are the people's, by ref.
    """
    secrets = {}
    for parent in submission.parents:
        subject = ids[parent.ref]
        dumped = parent.model_dump(mode="json", include={"name", "date_of_birth", "conversation"})
        dumped["contact"] = contact_to_share(parent, submission.parents).model_dump(mode="json")
        conversation = dumped.pop("conversation")
        secrets[parent.ref] = (
            Secret(subject, "details", dumped),
            Secret(subject, "conversation", conversation),
            *_identifiers(subject, parent),
        )
    return secrets


def child_secrets(ids: Mapping[str, UUID], submission: Submission) -> dict[str, tuple[Secret, ...]]:
    """By child's ref: the birth and the child's own views, then the numbers. `ids` are the people's, by ref."""
    return {
        child.ref: (
            Secret(
                ids[child.ref],
                "child",
                child.model_dump(mode="json", include={"date_of_birth", "expected_on", "views"}),
            ),
            *_identifiers(ids[child.ref], child),
        )
        for child in submission.children
    }


def _identifiers(subject: UUID, person: Parent | Child) -> tuple[Secret, ...]:
    numbers = _numbers(person)
    return (Secret(subject, "identifiers", numbers),) if numbers else ()


def _numbers(person: Parent | Child) -> list[dict[str, str]]:
    return [{"kind": each.kind.value, "value": each.compact()} for each in person.identifiers]


def identity_secrets(ids: Mapping[str, UUID], submission: Submission) -> dict[str, Secret]:
    """By ref: what recognises each person again. A parent's name, birth, numbers and where to reach them; a child's
    birth, alone where there is nothing more.

    `ids` are the people's, by ref.
    """
    secrets = {}
    for parent in submission.parents:
        contact = parent.contact
        value: dict[str, Any] = {
            **parent.name.model_dump(),
            "date_of_birth": parent.date_of_birth.isoformat(),
            "postcode": contact.address.postcode if contact.address else None,
            "phone": contact.phone,
            "email": contact.email,
        }
        if parent.identifiers:
            value["identifiers"] = _numbers(parent)
        secrets[parent.ref] = Secret(ids[parent.ref], "identity", value)
    for child in submission.children:
        secrets[child.ref] = Secret(ids[child.ref], "birth", _birth(child))
    return secrets


def _birth(child: Child) -> str | dict[str, Any]:
    born = child.date_of_birth.isoformat() if child.date_of_birth else None
    if born and not child.identifiers:
        return born
    more: dict[str, Any] = {"date_of_birth": born}
    if child.expected_on:
        more["expected_on"] = child.expected_on.isoformat()
    if child.identifiers:
        more["identifiers"] = _numbers(child)
    return more
