"""Whether a service's chain of entries is as it was written. Pure: entries and anchors are passed in.

A chain alone shows a change, a gap, an insertion and a changed order. It does not show that its end was cut off, nor
that all of it was written again with new hashes: the anchors do, which are kept where a service may add and not change.
What came after the last anchor is bound by the chain alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.audit.entry import NOTHING_BEFORE, Entry


class Flaw(StrEnum):
    """What is wrong at a place of the chain."""

    CHANGED = "changed"
    """The content does not have the hash that is stored beside it."""
    NOT_NEXT = "not-next"
    """It does not continue the entry before it: one of the two was replaced, put in, or put elsewhere."""
    GAP = "gap"
    """Entries are missing before it."""
    OUT_OF_ORDER = "out-of-order"
    """It comes after one of its own or a higher number."""
    ANOTHER_SERVICES = "another-services"
    NOT_AS_ANCHORED = "not-as-anchored"
    """An anchor has another hash for this number: it was written again, or something before it was."""
    CUT_OFF = "cut-off"
    """An anchor names an entry after the last one that is there."""
    UNGUARDED = "unguarded"
    """The service could change the table, or a trigger is off that should refuse it. Of the table, not of an entry."""
    ANCHORS_DISAGREE = "anchors-disagree"
    """Two anchors have different hashes for this number: one of them is false."""


@dataclass(frozen=True)
class Anchor:
    """The head of a service's chain at a time, as it was published outside the service's database."""

    service: str
    sequence: int
    hash: str
    at: datetime


@dataclass(frozen=True)
class Found:
    """A flaw, the number of the entry that has it (0: the table), and a sentence that names numbers alone."""

    service: str
    flaw: Flaw
    sequence: int
    detail: str


@dataclass(frozen=True)
class Verified:
    """What was looked at, and what was found. `anchored`: the number up to which anchors vouch for the chain."""

    service: str
    entries: int
    head: tuple[int, str] | None
    anchored: int
    found: tuple[Found, ...]


class ChainCheck:
    """Looks at the entries of one service as they come, in the order in which they are kept."""

    def __init__(self, service: str, anchors: Iterable[Anchor], after: tuple[int, str] = (0, NOTHING_BEFORE)) -> None:
        """`after`: the number and hash of the entry after which it begins; by default it begins with the first."""
        self._service = service
        self._found: list[Found] = []
        self._last = after
        self._entries = 0
        self._anchored = 0
        # Those that have not been met yet.
        self._anchors: dict[int, set[str]] = {}
        for anchor in anchors:
            if anchor.service == service:
                self._anchors.setdefault(anchor.sequence, set()).add(anchor.hash)
        for sequence, hashes in sorted(self._anchors.items()):
            if len(hashes) > 1:
                self._note(Flaw.ANCHORS_DISAGREE, sequence, f"{len(hashes)} anchors of it have different hashes")

    def add(self, entry: Entry) -> None:
        """Looks at the next entry. It goes on from what is stored, so that each flaw is found once."""
        number, before = self._last
        self._entries += 1
        if entry.service != self._service:
            self._note(Flaw.ANOTHER_SERVICES, entry.sequence, f"it is an entry of {entry.service}")
        if entry.sequence <= number:
            self._note(Flaw.OUT_OF_ORDER, entry.sequence, f"it stands after entry {number}")
        elif entry.sequence > number + 1:
            missing = entry.sequence - number - 1
            self._note(Flaw.GAP, entry.sequence, f"{missing} missing, from {number + 1} to {entry.sequence - 1}")
        elif entry.previous != before:
            self._note(Flaw.NOT_NEXT, entry.sequence, f"it names another entry before it than {number}")
        if entry.computed_hash() != entry.hash:
            self._note(Flaw.CHANGED, entry.sequence, "its content is not what its hash was made of")
        if hashes := self._anchors.pop(entry.sequence, None):
            if entry.hash in hashes:
                self._anchored = entry.sequence
            else:
                self._note(Flaw.NOT_AS_ANCHORED, entry.sequence, "its anchor has another hash")
        self._last = (entry.sequence, entry.hash)

    def end(self) -> Verified:
        """What was found, now that there are no more entries."""
        number, head = self._last
        if later := sorted(sequence for sequence in self._anchors if sequence > number):
            self._note(Flaw.CUT_OFF, number + 1, f"the chain ends at {number}, and was anchored at {later[-1]}")
        # An anchored entry that is missing on the way is a gap, which is found already.
        return Verified(
            self._service, self._entries, (number, head) if self._entries else None, self._anchored, tuple(self._found)
        )

    def _note(self, flaw: Flaw, sequence: int, detail: str) -> None:
        self._found.append(Found(self._service, flaw, sequence, detail))


def verify(service: str, entries: Iterable[Entry], anchors: Sequence[Anchor]) -> Verified:
    """Everything that is wrong with these entries of a service, which come in the order in which they are kept."""
    check = ChainCheck(service, anchors)
    for entry in entries:
        check.add(entry)
    return check.end()
