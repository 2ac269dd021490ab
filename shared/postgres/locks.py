"""Every advisory lock, with the reason for it. They are here and nowhere else, because two loops that share a number
keep each other out without a word.

PostgreSQL's advisory locks belong to a database, and each service has one of its own: services never meet in them.
"""

from enum import Enum, unique


@unique
class AdvisoryLock(Enum):
    """A lock's number, and who must not meet whom without it."""

    MIGRATIONS = (7_234_501, "two processes that start together must not apply the same migration twice")
    RELAY = (7_234_502, "two relays that send the outbox beside each other would reorder a case's events")
    CHANGELOG = (7_234_503, "a round of the changelog is one state of the database, so one process writes them in turn")
    INBOX_RETENTION = (7_234_504, "two turns of the tables of claimed ids at once would empty the newer one too")
    TELLING_FACTS = (7_234_511, "facts leave in the order in which they were committed, so one transaction tells")
    DIRECTORY = (
        7_234_601,
        "handlers share it and a change of the directory takes it alone: a case could otherwise be decided with what a "
        "commit is just replacing, find nothing that fits, and wait for ever",
    )
    IDENTITIES = (7_234_602, "two families that are alike and come at once must not miss each other")

    reason: str

    def __new__(cls, number: int, reason: str) -> "AdvisoryLock":
        """The value is the number alone, so that `unique` finds two locks that share one."""
        member = object.__new__(cls)
        member._value_ = number
        member.reason = reason
        return member

    @property
    def number(self) -> int:
        """What PostgreSQL knows it by."""
        return int(self.value)
