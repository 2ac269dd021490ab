"""Which screening of a case is current, when a front door sends several of it, in whatever order they arrive.

A correction takes precedence over what it supersedes, whatever the clocks showed, and takes its place: it is current
where what it supersedes would be. Between screenings that do not correct each other the newer one is current; of equal
stamps, the one that arrived later. A screening that was taken back is never current.

A screening whose people plainly are others than the case's is in question: every one that is not takes precedence over
it, until a coordinator has looked. If they are the family's it has the place that it would have had; else it counts as
taken back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FiledScreening:
    """One screening of a case. `ranked_at` is its stamp, or its arrival where the stamp was ahead of that."""

    submission_id: UUID
    supersedes: UUID | None
    ranked_at: datetime
    taken_back: bool = False
    in_question: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """Whether a screening is current, with the case's revision.

    `promoted` is another that becomes current by its arrival: it corrects what has only now arrived, and lacked that
    link alone to take precedence over everything.
    `in_question` is the screening whose people a person has to look at now; `asks_again` where that is another one, by
    this arrival.
    """

    is_current: bool
    revision: int
    promoted: UUID | None = None
    in_question: UUID | None = None
    asks_again: bool = False


@dataclass
class CaseScreenings:
    """The screenings of one case in the order of their arrival, and how often the current one of them has changed."""

    filed: list[FiledScreening] = field(default_factory=list)
    revision: int = 0
    current: UUID | None = None

    def add(self, filed: FiledScreening) -> Placement:
        """Adds a screening that arrives."""
        before, asked_before = self.revision, self.in_question
        self.filed.append(filed)
        changed, in_question = self._update(), self.in_question
        asks_again = in_question not in (None, asked_before, filed.submission_id)
        is_current = changed and self.current == filed.submission_id
        return Placement(
            is_current=is_current,
            revision=self.revision if is_current else before,
            promoted=self.current if changed and not is_current else None,
            in_question=in_question,
            asks_again=asks_again,
        )

    def take_back(self, submission_id: UUID) -> bool:
        """Takes a screening back. Whether another one, or none, is current by that."""
        self.filed = [
            replace(each, taken_back=True) if each.submission_id == submission_id else each for each in self.filed
        ]
        return self._update()

    def record_review(self, submission_id: UUID, *, theirs: bool) -> bool:
        """Records that a coordinator has looked at a screening's people, and whether they are the family's.

        Whether another screening, or none, is current by that; or one takes precedence over theirs, which whoever heard
        of the coordinator first has to learn: it is published again, with a revision of its own.
        """
        was_in_question = any(each.in_question and each.submission_id == submission_id for each in self.filed)
        self.filed = [
            replace(each, in_question=False, taken_back=each.taken_back or not theirs)
            if each.submission_id == submission_id
            else each
            for each in self.filed
        ]
        if self._update():
            return True
        if was_in_question and theirs and self.current != submission_id:
            self.revision += 1
            return True
        return False

    def is_in_question(self, submission_id: UUID | None) -> bool:
        """Whether a screening counts, and nobody has looked at its people."""
        return any(
            each.in_question and not each.taken_back for each in self.filed if each.submission_id == submission_id
        )

    @property
    def in_question(self) -> UUID | None:
        """The screening in question that would be current if its people were the family's: a person has to look."""
        first = _first(self.filed, lambda each: not each.taken_back)
        return first if any(each.in_question and each.submission_id == first for each in self.filed) else None

    def _update(self) -> bool:
        now = current_screening(self.filed)
        if now == self.current:
            return False
        self.current = now
        self.revision += 1
        return True


def current_screening(filed: Sequence[FiledScreening]) -> UUID | None:
    """Which of these screenings is current; None where there is none that was not taken back. Given by arrival."""
    beyond_question = _first(filed, lambda each: not each.taken_back and not each.in_question)
    return beyond_question or _first(filed, lambda each: not each.taken_back)


def _first(filed: Sequence[FiledScreening], counts: Callable[[FiledScreening], bool]) -> UUID | None:
    """Of those that count, the one that takes precedence over all others."""
    by_id = {each.submission_id: (arrival, each) for arrival, each in enumerate(filed)}
    links = _links(filed)
    corrected: set[UUID] = set()
    for each in filed:
        if counts(each):
            for superseded in _superseded(each.submission_id, links):
                if superseded in corrected:
                    break
                corrected.add(superseded)

    def rank(correction: UUID) -> list[tuple[datetime, int]]:
        chain = (by_id[each] for each in (correction, *_superseded(correction, links)))
        return sorted(((each.ranked_at, arrival) for arrival, each in chain if not each.taken_back), reverse=True)

    uncorrected = (each.submission_id for each in filed if counts(each) and each.submission_id not in corrected)
    return max(uncorrected, key=rank, default=None)


def _links(filed: Iterable[FiledScreening]) -> Mapping[UUID, UUID]:
    """What each supersedes, among these. A link that would close a circle is none."""
    known = {each.submission_id for each in filed}
    links: dict[UUID, UUID] = {}
    targets: set[UUID] = set()
    for each in filed:
        superseded = each.supersedes
        if superseded is None or superseded not in known or superseded == each.submission_id:
            continue
        # Only what was superseded before it arrived can be at the end of a way that leads back to it.
        if each.submission_id in targets and each.submission_id in (superseded, *_superseded(superseded, links)):
            continue
        links[each.submission_id] = superseded
        targets.add(superseded)
    return links


def _superseded(submission_id: UUID, links: Mapping[UUID, UUID]) -> Iterator[UUID]:
    """All that it supersedes, link by link."""
    superseded = links.get(submission_id)
    while superseded is not None:
        yield superseded
        superseded = links.get(superseded)
