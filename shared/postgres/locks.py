"""Every advisory lock, with its reason. They are defined only here, because two loops that share a number would
silently exclude each other.

Advisory locks belong to a database, and each service has a database of its own, so services never share a lock.
"""

from enum import Enum, unique


@unique
class AdvisoryLock(Enum):
    """A lock's number and the conflict that it prevents."""

    MIGRATIONS = (7_234_501, "two processes that start together must not apply the same migration twice")
    RELAY = (7_234_502, "two relays that send the outbox concurrently would reorder a case's events")
    CHANGELOG = (
        7_234_503,
        "each changelog round is one state of the database, so one process writes them in turn",
    )
    INBOX_RETENTION = (7_234_504, "swapping the two inbox tables twice at once would also empty the newer one")
    RETENTION = (7_234_506, "one process of a service at a time looks for what is past its retention")
    PUBLISHING_FACTS = (7_234_511, "facts are published in commit order, so one transaction at a time publishes them")
    WRITING_STAR = (7_234_513, "two processes that write the star at once would each remove what the other has begun")
    DIRECTORY = (
        7_234_601,
        "handlers hold it shared and a change of the directory holds it exclusively: otherwise a case could be decided "
        "with entries that a commit is just replacing, find no offer that fits, and wait for ever",
    )
    AUDIT = (7_234_505, "two requests that continue the same entry of the audit would fork its chain")
    IDENTITIES = (7_234_602, "two similar families that arrive at the same time must be compared with each other")

    reason: str

    def __new__(cls, number: int, reason: str) -> "AdvisoryLock":
        """The value is the number alone, so that `unique` finds two locks that share one."""
        member = object.__new__(cls)
        member._value_ = number
        member.reason = reason
        return member

    @property
    def number(self) -> int:
        """The number that PostgreSQL knows the lock by."""
        return int(self.value)
