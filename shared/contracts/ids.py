"""Ids that follow from another one."""

from uuid import UUID, uuid5

_TIME_BYTES = 6


def id_beside(near: UUID, name: str) -> UUID:
    """The id of what `name` means beside `near`: always the same, and nobody finds the name by it.

    It begins with the 48 bits that `near` begins with, which in version 7 are its time, and the rest is a hash of both
    (RFC 9562, version 8). An index of such ids grows at one end, as one of times does. Scattered ids would touch a page
    of their own each, and have it read, and after each checkpoint written to the log whole.
    """
    hashed = uuid5(near, name).bytes
    version = bytes([0x80 | hashed[_TIME_BYTES] & 0x0F])
    return UUID(bytes=near.bytes[:_TIME_BYTES] + version + hashed[_TIME_BYTES + 1 :])
