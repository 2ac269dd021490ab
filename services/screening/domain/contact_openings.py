"""Why a contact is opened that is to be kept confidential."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class OpeningReason(StrEnum):
    """What it is opened for: a code, beside which the words say more."""

    ARRANGE_SAFE_CONTACT = "arrange-safe-contact"
    CHECK_SAFE_CONTACT = "check-safe-contact"
    PROVIDER_CANNOT_REACH = "provider-cannot-reach"
    SAFETY_CONCERN = "safety-concern"
    LEGAL_DUTY = "legal-duty"
    ASKED_BY_THE_PARENT = "asked-by-the-parent"


class OpenContact(BaseModel):
    """Opens one parent's contact, once. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: OpeningReason
    words: Annotated[str, Field(min_length=1, max_length=2000)]


def as_closed(person_id: UUID, role: str | None, details: dict[str, object] | None) -> dict[str, object]:
    """One parent's contact as it is shown before anybody opens it: where it is to be kept confidential, not at all.

    `details` are what their screening gives: name and contact; None where their key was erased.
    """
    shown: dict[str, object] = {"person_id": person_id, "role": role, "erased": details is None}
    if details is None:
        return {**shown, "confidential": None, "name": None, "contact": None}
    if is_confidential(details):
        return {**shown, "confidential": True, "name": None, "contact": None}
    return {**shown, "confidential": False, **_open(details)}


def as_opened(person_id: UUID, role: str | None, details: dict[str, object]) -> dict[str, object]:
    """The same once it is opened."""
    return {
        "person_id": person_id,
        "role": role,
        "erased": False,
        "confidential": is_confidential(details),
        **_open(details),
    }


def is_confidential(details: dict[str, object]) -> bool:
    """Whether it is to be kept from the other parent. What does not say so counts as if it did."""
    contact = details.get("contact")
    return not isinstance(contact, dict) or contact.get("confidential_from_other_parent") is not False


def _open(details: dict[str, object]) -> dict[str, object]:
    contact = details.get("contact")
    ways = ("phone", "email", "address", "safe_methods", "safe_times")
    return {
        "name": details.get("name"),
        "contact": {way: contact.get(way) for way in ways} if isinstance(contact, dict) else None,
    }
