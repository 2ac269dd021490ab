"""What stands of a case, when a front door sends several screenings of it, in whatever order they arrive.

A correction stands above what it supersedes, whatever the clocks said, and takes its place: it stands where what it
supersedes would. Between screenings that do not correct each other the newer one stands; of equal stamps, the one that
arrived later. What was taken back stands never.

A screening whose people plainly are others than the case's is in question: it is below every one that is not, until a
coordinator has looked. If they are the family's it has the place that it would have had; else it counts as taken back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Filed:
    """One screening of a case. `ranked_at` is its stamp, or its arrival where the stamp was ahead of that."""

    submission_id: UUID
    supersedes: UUID | None
    ranked_at: datetime
    taken_back: bool = False
    in_question: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Whether a screening stands, with the case's revision; `instead` is another that comes to stand by its arrival.

    That one was above everything but for a link that was missing: it corrects what has only now arrived. `asked` is
    whose people a person has to look at now; `asked_anew` where that is another one, by this arrival.
    """

    stands: bool
    revision: int
    instead: UUID | None = None
    asked: UUID | None = None
    asked_anew: bool = False


@dataclass
class Standing:
    """The screenings of one case in the order of their arrival, and how often what stands of them has changed."""

    filed: list[Filed] = field(default_factory=list)
    revision: int = 0
    stands: UUID | None = None

    def arrives(self, filed: Filed) -> Place:
        """Takes one more screening up."""
        before, asked_before = self.revision, self.asked
        self.filed.append(filed)
        changes, asked = self._changes(), self.asked
        anew = asked not in (None, asked_before, filed.submission_id)
        if changes and self.stands == filed.submission_id:
            return Place(stands=True, revision=self.revision, asked=asked, asked_anew=anew)
        instead = self.stands if changes else None
        return Place(stands=False, revision=before, instead=instead, asked=asked, asked_anew=anew)

    def take_back(self, submission_id: UUID) -> bool:
        """Counts a screening no longer. Whether something else stands by that, or nothing any more."""
        self.filed = [
            replace(each, taken_back=True) if each.submission_id == submission_id else each for each in self.filed
        ]
        return self._changes()

    def looked_at(self, submission_id: UUID, *, theirs: bool) -> bool:
        """A coordinator has looked at the people of a screening. Whether something else stands by that, or nothing."""
        self.filed = [
            replace(each, in_question=False, taken_back=each.taken_back or not theirs)
            if each.submission_id == submission_id
            else each
            for each in self.filed
        ]
        return self._changes()

    @property
    def asked(self) -> UUID | None:
        """The screening in question that would stand if its people were the family's: a person has to look at them."""
        head = _head(self.filed, lambda each: not each.taken_back)
        in_question = {each.submission_id for each in self.filed if each.in_question}
        return head if head in in_question else None

    def _changes(self) -> bool:
        now = what_stands(self.filed)
        if now == self.stands:
            return False
        self.stands = now
        self.revision += 1
        return True


def what_stands(filed: Sequence[Filed]) -> UUID | None:
    """Which of these screenings stands; None where there is none that was not taken back. Given by arrival."""
    beyond_question = _head(filed, lambda each: not each.taken_back and not each.in_question)
    return beyond_question or _head(filed, lambda each: not each.taken_back)


def _head(filed: Sequence[Filed], counts: Callable[[Filed], bool]) -> UUID | None:
    by_id = {each.submission_id: (arrival, each) for arrival, each in enumerate(filed)}
    links = _links(filed)
    corrected: set[UUID] = set()
    for each in filed:
        if counts(each):
            for below in _below(each.submission_id, links):
                if below in corrected:
                    break
                corrected.add(below)

    def rank(head: UUID) -> list[tuple[datetime, int]]:
        chain = (by_id[each] for each in (head, *_below(head, links)))
        return sorted(((each.ranked_at, arrival) for arrival, each in chain if not each.taken_back), reverse=True)

    heads = (each.submission_id for each in filed if counts(each) and each.submission_id not in corrected)
    return max(heads, key=rank, default=None)


def _links(filed: Iterable[Filed]) -> Mapping[UUID, UUID]:
    """What each supersedes, among these. A link that would close a circle is none."""
    known = {each.submission_id for each in filed}
    links: dict[UUID, UUID] = {}
    targets: set[UUID] = set()
    for each in filed:
        below = each.supersedes
        if below is None or below not in known or below == each.submission_id:
            continue
        # Only what was superseded before it arrived can be at the end of a way that leads back to it.
        if each.submission_id in targets and each.submission_id in (below, *_below(below, links)):
            continue
        links[each.submission_id] = below
        targets.add(below)
    return links


def _below(submission_id: UUID, links: Mapping[UUID, UUID]) -> Iterator[UUID]:
    """All that it supersedes, link by link."""
    below = links.get(submission_id)
    while below is not None:
        yield below
        below = links.get(below)
