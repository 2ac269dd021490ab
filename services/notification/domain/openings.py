"""Why somebody of a provider opens a parent's details, and what they see: what the provider's own record holds."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict


class OpeningReason(StrEnum):
    """What a parent's details are opened for: a code of a closed list, since words could say anything of anybody."""

    FIRST_CONTACT = "first-contact"
    ARRANGE = "arrange-an-appointment"
    MISSED = "missed-an-appointment"
    CHECK = "check-what-has-changed"
    ASKED_BY_THE_PARENT = "asked-by-the-parent"
    SAFETY_CONCERN = "safety-concern"


class OpenDetails(BaseModel):
    """Opens one parent's details, once. Other fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: OpeningReason


_WAYS = ("phone", "email", "address", "safe_methods", "safe_times", "confidential_from_other_parent")


def as_opened(details: Mapping[str, Any]) -> dict[str, Any]:
    """What is shown of one parent: their name, date of birth and contact, and how to reach them safely.

    A contact that does not say whether the other parent may know it counts as one that they may not.
    """
    contact = details.get("contact") or {}
    return {
        "name": details.get("name"),
        "date_of_birth": details.get("date_of_birth"),
        "contact": {
            **{way: contact.get(way) for way in _WAYS},
            "confidential_from_other_parent": contact.get("confidential_from_other_parent") is not False,
        },
    }
