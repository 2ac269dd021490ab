"""A provider's work in figures, beside that of all providers of the area together, of whom no single one can be read.

Of the others counts are never shown, only shares in whole percent and medians, and these only where nobody else stands
out. Source: `docs/decisions/0081-performance-beside-the-area.md`; the threshold is the area's (0068).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from statistics import quantiles
from uuid import UUID

from services.referral.domain.case.course import Course, Measured
from services.referral.domain.case.shown_to_provider import Stage
from shared.contracts.instruments import Change, change_of
from shared.contracts.vocabulary import Occasion

_OCCASIONS = list(Occasion)
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Work:
    """What came of one referral. Times are in days after it; None where it has not come so far."""

    stage: Stage
    completed: bool = False
    to_contact: float | None = None
    to_session: float | None = None
    came: int = 0
    missed: int = 0
    verdicts: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many; of the area only in percent, and None where it is held back."""

    name: str
    own: tuple[int, int]
    area: float | None
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Wait:
    """A number of days: a quarter within the first, half within the second, three quarters within the third."""

    name: str
    own: tuple[float, float, float] | None
    counted: int
    area: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Performance:
    """All of it. `beside`: whether anything of the area may be shown at all."""

    referrals: int
    shares: tuple[Share, ...]
    waits: tuple[Wait, ...]
    beside: bool = field(default=False)


def verdicts_of(measures: Iterable[Measured]) -> tuple[Change, ...]:
    """For each person and questionnaire with a score at the start and a later one: what the newest says has changed."""
    by_key: dict[tuple[UUID, str, str], dict[Occasion, float]] = {}
    for each in measures:
        by_key.setdefault((each.person_id, each.instrument, each.version), {})[each.occasion] = each.score
    found = []
    for (_, code, version), scores in by_key.items():
        later = [
            scores[occasion] for occasion in _OCCASIONS if occasion in scores and occasion is not Occasion.BASELINE
        ]
        if Occasion.BASELINE in scores and later:
            verdict = change_of(code, scores[Occasion.BASELINE], later[-1], version)
            found += [verdict] if verdict else []
    return tuple(found)


def attendance_of(course: Course) -> tuple[int, int]:
    """How often somebody came who was expected, and how often not, in sessions of which both were kept."""
    known = [each for each in course.sessions if each.absent is not None]
    return sum(len(each.came) for each in known), sum(len(each.absent or ()) for each in known)


_AT_WORK = (Stage.ACCEPTED, Stage.ASSESSED, Stage.IN_SESSIONS)
_PARTS: Mapping[str, Callable[[Work], bool]] = {
    "new": lambda each: each.stage is Stage.NEW,
    "at-work": lambda each: each.stage in _AT_WORK,
    "completed": lambda each: each.stage is Stage.CLOSED and each.completed,
    "ended-early": lambda each: each.stage is Stage.CLOSED and not each.completed,
    "stopped": lambda each: each.stage is Stage.STOPPED,
    "declined": lambda each: each.stage is Stage.DECLINED,
}
"""Each referral is in one of these. What is shown of referrals is made of them: nothing smaller can be worked out."""

_ANSWERED = ("at-work", "completed", "ended-early", "declined")
_SHARES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    **{name: ((name,), tuple(_PARTS)) for name in _PARTS},
    "accepted": (("at-work", "completed", "ended-early"), _ANSWERED),
    "of-ended-completed": (("completed",), ("completed", "ended-early")),
}


def performance(own: Sequence[Work], others: Mapping[str, Sequence[Work]], smallest: int) -> Performance:
    """The figures of one provider's referrals, beside the area's where those of the other providers may be shown."""
    theirs = {provider: works for provider, works in others.items() if works}
    counted = {provider: _counted(works) for provider, works in theirs.items()}
    beside = _nobody_is_recognised([sum(each.values()) for each in counted.values()], smallest) and all(
        count == 0 or count >= smallest for count in (sum(each[name] for each in counted.values()) for name in _PARTS)
    )
    mine = _counted(own)
    shares = []
    for name, (some, all_of) in _SHARES.items():
        part, whole = sum(mine[each] for each in some), sum(mine[each] for each in all_of)
        area = None
        if beside:
            area_part, area_whole = (
                sum(each[one] for each in (mine, *counted.values()) for one in names) for names in (some, all_of)
            )
            area = round(100 * area_part / area_whole) if area_whole else None
        shares.append(Share(name, (part, whole), area, None))
    shares.append(_apart("attended", own, theirs, smallest, lambda each: (each.came, each.came + each.missed)))
    shares.append(_apart("improved", own, theirs, smallest, _improved, interval=True))
    waits = tuple(
        _wait(name, own, theirs, smallest, days)
        for name, days in (("to-contact", lambda each: each.to_contact), ("to-session", lambda each: each.to_session))
    )
    found = any(each.area is not None for each in shares) or any(each.area is not None for each in waits)
    return Performance(len(own), tuple(shares), waits, found)


def wilson(some: int, of: int) -> tuple[float, float] | None:
    """The interval that holds the true share 95 times of 100 (Wilson, 1927); None of nobody."""
    if not of:
        return None
    share, width = some / of, _Z * _Z / of
    middle = (share + width / 2) / (1 + width)
    half = _Z * sqrt(share * (1 - share) / of + width / (4 * of)) / (1 + width)
    return max(0.0, middle - half), min(1.0, middle + half)


def _counted(works: Iterable[Work]) -> dict[str, int]:
    found = dict.fromkeys(_PARTS, 0)
    for each in works:
        found[next(name for name, holds in _PARTS.items() if holds(each))] += 1
    return found


def _nobody_is_recognised(sizes: Sequence[int], smallest: int) -> bool:
    """Whether two others or more are there, of whom all without the largest are as many as may be shown."""
    known = [each for each in sizes if each]
    return len(known) > 1 and sum(known) - max(known) >= smallest


def _improved(each: Work) -> tuple[int, int]:
    return sum(verdict in (Change.RECOVERED, Change.IMPROVED) for verdict in each.verdicts), len(each.verdicts)


def _apart(
    name: str,
    own: Sequence[Work],
    others: Mapping[str, Sequence[Work]],
    smallest: int,
    of: Callable[[Work], tuple[int, int]],
    *,
    interval: bool = False,
) -> Share:
    """A share of something else than referrals: of the area where both sides of it are many, and nobody stands out."""

    def counted(works: Iterable[Work]) -> tuple[int, int]:
        pairs = [of(each) for each in works]
        return sum(some for some, _ in pairs), sum(whole for _, whole in pairs)

    mine, theirs = counted(own), [counted(works) for works in others.values()]
    some, whole = sum(each[0] for each in theirs), sum(each[1] for each in theirs)
    area = None
    if _nobody_is_recognised([each[1] for each in theirs], smallest) and smallest <= some <= whole - smallest:
        area = round(100 * (some + mine[0]) / (whole + mine[1]))
    return Share(name, mine, area, wilson(*mine) if interval else None)


def _wait(
    name: str,
    own: Sequence[Work],
    others: Mapping[str, Sequence[Work]],
    smallest: int,
    of: Callable[[Work], float | None],
) -> Wait:
    mine = [days for each in own if (days := of(each)) is not None]
    theirs = [[days for each in works if (days := of(each)) is not None] for works in others.values()]
    shown = _nobody_is_recognised([len(each) for each in theirs], smallest)
    together = [*mine, *(days for each in theirs for days in each)] if shown else []
    area = _quarters(together)
    return Wait(name, _quarters(mine), len(mine), tuple(map(round, area)) if area else None)  # type: ignore[arg-type]


def _quarters(days: Sequence[float]) -> tuple[float, float, float] | None:
    if len(days) < 2:
        return (days[0], days[0], days[0]) if days else None
    first, middle, third = quantiles(days, n=4, method="inclusive")
    return first, middle, third
