"""The id of whoever of the staff acted: it stands in tables, topics and logs, in place of their name."""

import re
from uuid import UUID

PREFIX = "staff-"
STAFF_ID = re.compile(rf"{PREFIX}[0-9a-f]{{32}}")


def staff_id(subject: UUID) -> str:
    """The id of the person under whose key the name is sealed."""
    return f"{PREFIX}{subject.hex}"


def is_staff_id(who: str) -> bool:
    """Whether this is a person's id, and no name of a program or of a party."""
    return who.startswith(PREFIX)


def subject_of(who: str) -> UUID:
    """The person under whose key the name is sealed."""
    return UUID(hex=who.removeprefix(PREFIX))
