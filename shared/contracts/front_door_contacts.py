"""What a front door sends on `front-door.<agency>.contacts`: its wrap-around practitioners' contacts with parents."""

from typing import Literal
from uuid import UUID

from shared.contracts.base import Record, Reference
from shared.contracts.written import Timestamp


class WrapAroundContact(Record):
    """A wrap-around practitioner touched base with one parent, alone, before a session.

    `family_ref` and `parent_ref` are those of the agency's own screening. A `contact_id` already seen from the agency
    has no second effect. `sign_of_abuse` halts the case at once, whatever else is said; nothing more is asked here.
    """

    contact_id: UUID
    family_ref: Reference
    parent_ref: Reference
    held_at: Timestamp
    outcome: Literal["spoken", "not-reached"]
    sign_of_abuse: bool = False
