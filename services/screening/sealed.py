"""Takes a submission apart: what identifies a person goes under that person's key, the rest is codes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from shared.contracts import practitioners as identity
from shared.contracts.front_door import Practitioner, Submission
from shared.contracts.ids import id_beside


def person_id(case_id: UUID, ref: str) -> UUID:
    """The opaque id of a person who is new in a case. Whoever the case has already keeps the id that they have."""
    return id_beside(case_id, ref)


def practitioner_id(agency: str, practitioner: Practitioner) -> UUID:
    """The opaque id of a practitioner of an agency."""
    return identity.practitioner_id(agency, practitioner.id)


def refs(submission: Submission) -> Iterator[str]:
    """The refs of everybody in the family."""
    for parent in submission.parents:
        yield parent.ref
    for child in submission.children:
        yield child.ref


@dataclass(frozen=True)
class Secret:
    """A value to seal under a subject's key."""

    subject: UUID
    field: str
    value: Any


def practitioner_secret(agency: str, practitioner: Practitioner) -> Secret:
    """A practitioner's name and address."""
    value = {"name": practitioner.name, "email": practitioner.email}
    return Secret(practitioner_id(agency, practitioner), "practitioner", value)


def practitioners(submission: Submission) -> Iterator[Practitioner]:
    """Everybody who works with the family, as the submission names them."""
    yield submission.practitioner
    for entry in submission.wrap_around:
        yield entry.practitioner


def parent_secrets(ids: Mapping[str, UUID], submission: Submission) -> dict[str, tuple[Secret, Secret]]:
    """By parent's ref: the details that a provider may get, and the conversation that nobody else gets.

    `ids` are the people's, by ref.
    """
    secrets = {}
    for parent in submission.parents:
        subject = ids[parent.ref]
        dumped = parent.model_dump(mode="json", include={"name", "date_of_birth", "contact", "conversation"})
        conversation = dumped.pop("conversation")
        secrets[parent.ref] = (Secret(subject, "details", dumped), Secret(subject, "conversation", conversation))
    return secrets


def child_secrets(ids: Mapping[str, UUID], submission: Submission) -> dict[str, Secret]:
    """By child's ref: date of birth and the child's own words. `ids` are the people's, by ref."""
    return {
        child.ref: Secret(
            ids[child.ref],
            "child",
            child.model_dump(mode="json", include={"date_of_birth", "views"}),
        )
        for child in submission.children
    }


def identity_secrets(ids: Mapping[str, UUID], submission: Submission) -> dict[str, Secret]:
    """By ref: what recognises each person again. A parent's name, birth and where to reach them; a child's birth.

    `ids` are the people's, by ref.
    """
    secrets = {}
    for parent in submission.parents:
        contact = parent.contact
        value = {
            **parent.name.model_dump(),
            "date_of_birth": parent.date_of_birth.isoformat(),
            "postcode": contact.address.postcode if contact.address else None,
            "phone": contact.phone,
            "email": contact.email,
        }
        secrets[parent.ref] = Secret(ids[parent.ref], "identity", value)
    for child in submission.children:
        born = child.date_of_birth.isoformat() if child.date_of_birth else None
        secrets[child.ref] = Secret(ids[child.ref], "birth", born)
    return secrets
