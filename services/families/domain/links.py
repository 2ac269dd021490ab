"""What is known of likenesses, and what is made of them: by the evidence where it is beyond doubt, else by a person.

What a person rejected or separated is never linked again by evidence alone. Families of two areas are never linked at
all: areas share no case data. A person notes that the coordinators have spoken, and nothing more is stored of it.
What is based on a screening that was taken back is weighed again by what is left.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from services.families.domain.groups import MemberKey, Pair, joined, pair_of
from services.families.domain.matching import Verdict

Outcome = Literal["alone", "linked", "doubtful"]
AUTOMATIC, BY_EVIDENCE, TAKEN_BACK = "matching", "evidence", "taken-back"


class Status(StrEnum):
    """What was made of a likeness."""

    OPEN = "open"
    LINKED = "linked"
    REJECTED = "rejected"
    NOTED = "noted"
    CUT = "cut"


class NotAllowedError(Exception):
    """It is not possible as things are. Nothing was changed; the message gives the reason."""


@dataclass(frozen=True)
class Known:
    """One likeness as it is stored. `weight`, `verdict` and `fields` are None where a person linked without one.

    `based_on` are the screenings of the two that it is strongest in; None where that is not known. `decided`: a person
    has decided it at some time, by the history. `look_again`: a person linked the two, and the evidence of it
    was taken back.
    """

    pair: Pair
    status: Status
    across_areas: bool
    found_at: datetime
    verdict: Verdict | None = None
    weight: float | None = None
    fields: Mapping[str, Any] | None = None
    based_on: tuple[UUID, UUID] | None = None
    decided: bool = False
    look_again: bool = False

    def is_stronger_than(self, other: "Known") -> bool:
        """Whether its evidence allows more: first of all a link, then the more bits."""
        return self._strength() > other._strength()

    def _strength(self) -> tuple[bool, bool, float]:
        certain = self.verdict is Verdict.CERTAIN
        return certain and not self.across_areas, certain, self.weight if self.weight is not None else 0.0


@dataclass(frozen=True)
class Line:
    """One line of the history of links: who, when, what, of whom, with which evidence, and why by a code."""

    at: datetime
    by: str
    what: Literal["linked", "confirmed", "rejected", "noted", "separated"]
    pair: Pair
    weight: float | None
    reason: str


@dataclass(frozen=True)
class Attribution:
    """Who decided, when, and why: a `LinkReason`, or the evidence. People are named as they name themselves."""

    person: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Joined:
    """Families that became one, and by what."""

    members: frozenset[MemberKey]
    automatic: bool
    weight: float | None


class Links:
    """The likenesses and links of some families and of everybody who is linked with them.

    Of `members` every likeness and link is known; whoever else is like one of them is known by that alone.
    """

    def __init__(self, members: Collection[MemberKey], known: Mapping[Pair, Known]) -> None:
        self.members = frozenset(members)
        self.known = dict(known)
        self.changed: set[Pair] = set()
        self.dropped: set[Pair] = set()
        self.history: list[Line] = []
        self.joined: list[Joined] = []
        self.separated: list[tuple[frozenset[MemberKey], ...]] = []
        self._family_of: dict[MemberKey, frozenset[MemberKey]] = {}
        self._in_doubt: set[MemberKey] | None = None

    def family_of(self, member: MemberKey) -> frozenset[MemberKey]:
        """Everybody who is one family with this member, itself included."""
        if not self._family_of:
            links = (pair for pair, known in self.known.items() if known.status is Status.LINKED)
            everybody = self.members | {side for pair in self.known for side in pair}
            self._family_of = {each: family for family in joined(everybody, links) for each in family}
        return self._family_of[member]

    def outcome(self, member: MemberKey) -> Outcome:
        """The outcome for a screening of this member's family: a doubt goes before a link."""
        if self._in_doubt is None:
            doubtful = (pair for pair, known in self.known.items() if known.status is Status.OPEN)
            apart = (pair for pair in doubtful if not self._is_one_family(pair))
            self._in_doubt = {member for pair in apart for side in pair for member in self.family_of(side)}
        if member in self._in_doubt:
            return "doubtful"
        return "linked" if len(self.family_of(member)) > 1 else "alone"

    def record(self, found: Known) -> None:
        """A likeness was found. Certain ones of one area are linked; the rest waits for a person."""
        known = self.known.get(found.pair)
        if known and (known.weight is not None and not found.is_stronger_than(known)):
            return
        status = known.status if known else Status.OPEN
        if status is Status.REJECTED and found.verdict is Verdict.CERTAIN:
            # What was rejected on weaker evidence is shown again: once rejected, it is for a person to decide.
            status = Status.OPEN
        links = found.verdict is Verdict.CERTAIN and not found.across_areas
        decided = known is not None and known.decided
        self._put(
            replace(
                found,
                status=status,
                across_areas=found.across_areas and status is not Status.LINKED,
                decided=decided,
                look_again=known is not None and known.look_again and not links,
            )
        )
        if links and status is Status.OPEN and (known is None or (known.status is Status.OPEN and not decided)):
            self._link(found.pair, Attribution(AUTOMATIC, found.found_at, BY_EVIDENCE), "linked")

    def confirm(self, pair: Pair, by: Attribution) -> None:
        """They are one family, a person decides. Raises NotAllowedError across areas, and where they are already."""
        self._confirm(self.known[pair], by)

    def reject(self, pair: Pair, by: Attribution) -> None:
        """They are two families, a person decides. Raises NotAllowedError where they are linked."""
        self._close(pair, by, Status.REJECTED, "rejected")

    def note(self, pair: Pair, by: Attribution) -> None:
        """A person notes that the coordinators of two areas have spoken. Raises NotAllowedError within one area."""
        if not self.known[pair].across_areas:
            raise NotAllowedError("Both families are of one area: confirm or reject that they are one.")
        self._close(pair, by, Status.NOTED, "noted")

    def link(self, pair: Pair, by: Attribution, *, across_areas: bool) -> None:
        """A person links two families, whether a likeness was found or not. Raises NotAllowedError as confirming does.

        `across_areas`: the newest screenings of the two are of different areas.
        """
        known = self.known.get(pair) or Known(pair, Status.OPEN, across_areas=across_areas, found_at=by.at)
        self._confirm(replace(known, across_areas=across_areas), by)

    def separate(self, member: MemberKey, by: Attribution) -> None:
        """A person decides that this member is not of the family it was linked with. Raises NotAllowedError if alone.

        Whom it alone held together falls apart too. Nothing that was halted is released by it.
        """
        family = self.family_of(member)
        if len(family) == 1:
            raise NotAllowedError("This family is not linked with any other.")
        for other in sorted(family - {member}):
            pair = pair_of(member, other)
            known = self.known.get(pair) or Known(pair, Status.CUT, across_areas=False, found_at=by.at)
            self._put(replace(known, status=Status.CUT, decided=True, look_again=False))
            self.history.append(Line(by.at, by.person, "separated", pair, known.weight, by.reason))
        self.separated.append(tuple(sorted({self.family_of(each) for each in family}, key=min)))

    def weigh_again(self, left: Mapping[Pair, Known | None], at: datetime) -> None:
        """What these likenesses are based on was taken back: `left` is what is left of each, None where nothing is.

        What evidence alone had linked falls apart unless it is certain still. What a person decided stays, and a link
        of theirs is shown to a person again. Of everybody in `left` every likeness has to be known.
        """
        before = {self.family_of(member) for member in self.members}
        for pair in sorted(left):
            self._weigh_again(self.known[pair], left[pair], at)
        for family in sorted(before, key=min):
            parts = {self.family_of(each) for each in family}
            if len(parts) > 1:
                self.separated.append(tuple(sorted(parts, key=min)))

    def _weigh_again(self, known: Known, found: Known | None, at: datetime) -> None:
        certain = found is not None and found.verdict is Verdict.CERTAIN
        linked = known.status is Status.LINKED
        now = replace(
            known,
            across_areas=known.across_areas if linked or found is None else found.across_areas,
            verdict=found.verdict if found else None,
            weight=found.weight if found else None,
            fields=found.fields if found else None,
            based_on=found.based_on if found else None,
        )
        if linked and found is not None and certain and not found.across_areas:
            self._put(now)
        elif linked and known.decided:
            self._put(replace(now, look_again=True))
        elif known.status is Status.OPEN and known.decided and not certain:
            # It was rejected once, and shown again for evidence that is no more.
            self._put(replace(now, status=Status.REJECTED))
        elif linked or known.status is Status.OPEN:
            if linked:
                self.history.append(Line(at, AUTOMATIC, "separated", known.pair, known.weight, TAKEN_BACK))
            if found is None:
                self._drop(known.pair)
            else:
                self._put(replace(now, status=Status.OPEN, across_areas=found.across_areas))
        else:
            self._put(now)

    def _is_one_family(self, pair: Pair) -> bool:
        return pair.other in self.family_of(pair.one)

    def _confirm(self, known: Known, by: Attribution) -> None:
        if known.across_areas:
            raise NotAllowedError(
                "The two families are of different areas, which share no case data: they are not linked. "
                "Speak with the other area's coordinator, then note that you have."
            )
        if known.status is Status.LINKED and not known.look_again:
            raise NotAllowedError("The two are linked already.")
        self._put(replace(known, decided=True, look_again=False))
        self._link(known.pair, by, "confirmed")

    def _link(self, pair: Pair, by: Attribution, what: Literal["linked", "confirmed"]) -> None:
        together = self._is_one_family(pair)
        known = replace(self.known[pair], status=Status.LINKED)
        self._put(known)
        self.history.append(Line(by.at, by.person, what, pair, known.weight, by.reason))
        if not together:
            self.joined.append(Joined(self.family_of(pair.one), what == "linked", known.weight))

    def _close(self, pair: Pair, by: Attribution, status: Status, what: Literal["rejected", "noted"]) -> None:
        known = self.known[pair]
        if known.status is Status.LINKED:
            raise NotAllowedError("The two are linked. Separate them with `parley families separate`.")
        self._put(replace(known, status=status, decided=True))
        self.history.append(Line(by.at, by.person, what, pair, known.weight, by.reason))

    def _drop(self, pair: Pair) -> None:
        del self.known[pair]
        self.changed.discard(pair)
        self.dropped.add(pair)
        self._family_of, self._in_doubt = {}, None

    def _put(self, known: Known) -> None:
        self.known[known.pair] = known
        self.changed.add(known.pair)
        self._family_of, self._in_doubt = {}, None
