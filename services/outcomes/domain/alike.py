"""Which facts analysts may get: those of a family of which as many others look alike as its area asks.

Cases of which the same was said in every batch are a cohort. A case is published together with others of which the same
can be said, the area's smallest group at least, and so is every change: what a cohort leaves and what it becomes are
both large enough. So a case shares its whole history on the topic with that many, its days and corrections among it,
and whoever knows everything about one family can but guess which of them it is. What would make somebody stand out
waits.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from services.outcomes.domain.detail import DAY, FIELDS, LEVELS, Content, Key, Level, Row, contents_of

_AREA, _DETAIL = FIELDS.index("area"), FIELDS.index("detail")
_LEVEL_OF = {level.detail: level for level in LEVELS}
Now = tuple[Content | None, ...]
"""What is said of a case: of the fact at each place, None where it was retracted."""


@dataclass(frozen=True, slots=True)
class Published:
    """A case as analysts have it: the names of its facts by place, and what was last said of each."""

    cohort: int
    keys: tuple[Key, ...]
    now: Now


@dataclass(frozen=True, slots=True)
class Change:
    """What a case becomes, for analysts. Its first facts keep their places."""

    case_id: UUID
    before: Published | None
    after: Published


@dataclass(slots=True)
class Plan:
    """The changes of one batch in one area, and what waits."""

    changes: list[Change] = field(default_factory=list)
    by_detail: Counter[str] = field(default_factory=Counter)
    cases_held_back: int = 0
    facts_held_back: int = 0
    changes_waiting: int = 0


class _Cases:
    """What could be said of the cases of an area, by case and level."""

    def __init__(self, rows: Mapping[UUID, Sequence[Row]], published: Mapping[UUID, Published], today: date) -> None:
        self.rows = rows
        self.published = published
        self._today = today
        self._known: dict[tuple[UUID, Level, bool], tuple[tuple[Key, ...], Now]] = {}

    def at(self, case: UUID, level: Level, *, at_once: bool) -> tuple[tuple[Key, ...], Now]:
        """The names of its facts by place, and what is said of each."""
        if (known := self._known.get((case, level, at_once))) is None:
            before = self.published.get(case)
            keys = before.keys if before else ()
            content = contents_of(self.rows.get(case, ()), level, self._today, at_once=at_once, known=keys)
            old = [content.pop(key, None) for key in keys]
            new = sorted(content.items(), key=lambda each: [*map(str, each[1]), *each[0]])
            known = (*keys, *(key for key, _ in new)), (*old, *(each for _, each in new))
            self._known[case, level, at_once] = known
        return known

    def is_unchanged(self, case: UUID, *, at_once: bool) -> bool:
        """Whether what analysts have of it is what would be said now, as exactly as it was."""
        now = self.published[case].now
        detail = next((content[_DETAIL] for content in now if content is not None), DAY.detail)
        return self.at(case, _LEVEL_OF[detail], at_once=at_once)[1] == now


def plan(
    rows: Mapping[UUID, Sequence[Row]],
    published: Mapping[UUID, Published],
    smallest_of: Callable[[str], int],
    area: str,
    today: date,
    cohorts: Iterator[int],
) -> Plan:
    """What is published of an area's cases today.

    `rows` are the facts that hold, `published` what analysts have; a case may be in one alone. `smallest_of` gives an
    area's smallest group, and `cohorts` numbers that no cohort has.
    """
    found = Plan()
    cases = _Cases(rows, published, today)
    members: dict[int | None, list[UUID]] = defaultdict(list)
    for case in sorted({*rows, *published}):
        members[published[case].cohort if case in published else None].append(case)
    at_once = smallest_of(area) == 1
    for cohort, those in members.items():
        moving = _moving(cases, those, cohort, smallest_of, area, at_once=at_once)
        for level, group in moving:
            number = next(cohorts)
            for case in group:
                keys, now = cases.at(case, level, at_once=at_once)
                found.changes.append(Change(case, published.get(case), Published(number, keys, now)))
    _count(found, cases, at_once=at_once)
    return found


_Groups = list[tuple[Level, list[UUID]]]


def _moving(
    cases: _Cases,
    members: Sequence[UUID],
    cohort: int | None,
    smallest_of: Callable[[str], int],
    area: str,
    *,
    at_once: bool,
) -> _Groups:
    """The groups of a cohort that change, each of as many as need be: told as exactly as it can be.

    Where exactness would leave more of them behind, all are told with less of it.
    """
    levels = (DAY,) if at_once else LEVELS
    if cohort is None:
        # Nobody sees who is left behind.
        return _groups(cases, members, levels, smallest_of, area, at_once=at_once)
    unchanged = {case for case in members if cases.is_unchanged(case, at_once=at_once)}
    best, most = [], len(unchanged)
    for start in range(len(levels)):
        groups = _groups(cases, members, levels[start:], smallest_of, area, at_once=at_once)
        groups = _leaving_enough(groups, cases, members, smallest_of(area), at_once=at_once)
        current = len(unchanged.union(*(group for _, group in groups)))
        if current > most:
            best, most = groups, current
    return best


def _groups(
    cases: _Cases,
    members: Sequence[UUID],
    levels: Sequence[Level],
    smallest_of: Callable[[str], int],
    area: str,
    *,
    at_once: bool,
) -> _Groups:
    left, groups = list(members), []
    for level in levels:
        alike: dict[Now, list[UUID]] = defaultdict(list)
        for case in left:
            now = cases.at(case, level, at_once=at_once)[1]
            # Of who is not known to analysts, nothing is said.
            if now:
                alike[now].append(case)
        found = [
            (level, group)
            for now, group in alike.items()
            if len(group) >= max(smallest_of(each) for each in {area, *(content[_AREA] for content in now if content)})
        ]
        groups += found
        placed = {case for _, group in found for case in group}
        left = [case for case in left if case not in placed]
    return groups


def _leaving_enough(
    groups: _Groups, cases: _Cases, members: Sequence[UUID], smallest: int, *, at_once: bool
) -> _Groups:
    """The groups that may leave their cohort: whoever stays, because nothing changes or because it has to wait, must be
    nobody or enough.
    """
    changing = sorted(
        (
            (level, group)
            for level, group in groups
            if cases.at(group[0], level, at_once=at_once)[1] != cases.published[group[0]].now
        ),
        key=lambda each: len(each[1]),
    )
    staying = len(members) - sum(len(group) for _, group in changing)
    while changing and 0 < staying < smallest:
        staying += len(changing.pop(0)[1])
    return changing


def _count(found: Plan, cases: _Cases, *, at_once: bool) -> None:
    after = {case: each.now for case, each in cases.published.items()}
    after |= {change.case_id: change.after.now for change in found.changes}
    moved = {change.case_id for change in found.changes}
    for case, rows in cases.rows.items():
        content = [each for each in after.get(case, ()) if each is not None]
        found.facts_held_back += len(rows) - len(content)
        if case not in after:
            found.cases_held_back += 1
        elif content:
            found.by_detail[content[0][_DETAIL]] += 1
    found.changes_waiting = sum(
        case not in moved and not cases.is_unchanged(case, at_once=at_once) for case in cases.published
    )
