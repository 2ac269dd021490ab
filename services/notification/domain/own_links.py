"""To which address a parent's one-time link may go, and what became of one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.notification.domain.details import LookFirst, ParentDetails
from shared.contracts.vocabulary import ContactMethod
from shared.people.contact import email_addresses

MOST_WRONG_CODES = 5
"""So many wrong numbers end a link: whoever guesses has one chance in two hundred thousand."""


class Unsafe(StrEnum):
    """Why no link goes to a parent by e-mail."""

    NO_DETAILS = "no-details"
    LOOK_FIRST = "look-first"
    NO_ADDRESS = "no-address"
    SEVERAL_ADDRESSES = "several-addresses"
    NOT_A_SAFE_WAY = "not-a-safe-way"
    SHARED = "shared"
    RESTRICTED = "restricted"
    NOT_OF_THE_FAMILY = "not-of-the-family"


class LinkState(StrEnum):
    """What became of a link."""

    SENT = "sent"
    OPENED = "opened"
    EXPIRED = "expired"
    TAKEN_BACK = "taken-back"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class OwnLink:
    """A link as it was made for one parent. Neither its secret nor its numbers are known any more."""

    link_id: UUID
    case_id: UUID
    person_id: UUID
    made_at: datetime
    expires_at: datetime
    wrong_codes: int = 0
    opened_at: datetime | None = None
    revoked_at: datetime | None = None

    def state(self, now: datetime) -> LinkState:
        """What became of it."""
        if self.revoked_at is not None:
            return LinkState.TAKEN_BACK
        if self.opened_at is not None:
            return LinkState.OPENED
        if self.wrong_codes >= MOST_WRONG_CODES:
            return LinkState.BLOCKED
        return LinkState.EXPIRED if self.expires_at <= now else LinkState.SENT

    def may_open(self, now: datetime) -> bool:
        """Whether right numbers open it."""
        return self.state(now) is LinkState.SENT


def is_of_the_family(own: ParentDetails, in_force: Iterable[ParentDetails | LookFirst | None]) -> bool:
    """Whether a parent is among those of the newest screening: somebody who was filed there by mistake is not.

    `in_force` are the details in force of every parent of the case. A screening brings those of all its parents.
    """
    known = [each for each in in_force if isinstance(each, ParentDetails)]
    newest = max(known, key=lambda each: (each.revision, each.as_of), default=own)
    return own.submission_id == newest.submission_id


def safe_address(own: ParentDetails | LookFirst | None, others: Iterable[ParentDetails]) -> str | Unsafe:
    """The one address to which a parent's link may go, or why there is none.

    `own` are the details in force; `others` all that there are of every other parent of the case, from whichever
    screening: an address that the other parent had once may still be open on their telephone. What cannot be read of
    them counts as shared (an unknown is never read as a no).
    """
    if isinstance(own, LookFirst):
        return Unsafe.LOOK_FIRST
    if own is None or own.content is None:
        return Unsafe.NO_DETAILS
    contact = own.content.get("contact") or {}
    given = (contact.get("email") or "").strip()
    if not given:
        return Unsafe.NO_ADDRESS
    if ContactMethod.EMAIL not in (contact.get("safe_methods") or ()):
        return Unsafe.NOT_A_SAFE_WAY
    found = email_addresses(given)
    # A field may hold a name beside the address, or two: whom the second reaches nobody has said.
    if len(found) != 1 or any(sign.isspace() or sign in ",;<>" for sign in given):
        return Unsafe.SEVERAL_ADDRESSES
    for other in others:
        theirs = (other.content or {}).get("contact")
        if theirs is None or found & email_addresses(theirs.get("email") or ""):
            return Unsafe.SHARED
    return given
