"""The funnel in parents, beside the national one. Parents, because that is what the national programme counted."""

from collections.abc import Mapping
from dataclasses import dataclass

# The Department for Work and Pensions' Reducing Parental Conflict programme, in parents.
NATIONAL: Mapping[str, int] = {
    "referred": 6110,
    "started": 4802,
    "completed": 2694,
    "answered-6-months": 878,
    "answered-12-months": 374,
}
# Finishing is a share of those who started; answering is a share of those who were referred, started or not.
SHARE_OF: Mapping[str, str] = {
    "started": "referred",
    "completed": "started",
    "answered-6-months": "referred",
    "answered-12-months": "referred",
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many people reached a step; None where that is held back, and then there is no share of it either.

    `share` is of the step that `Step.share_of` names; None where nobody could.
    """

    people: int | None
    share: float | None
    share_of_referred: float | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: all parents, fathers among them, and the national programme."""

    step: str
    share_of: str | None
    parents: Count
    fathers: Count
    national: Count


def share(part: int | None, whole: int | None) -> float | None:
    """A share from 0 to 1; None of nobody, which is not the same as none, and of what is held back."""
    return part / whole if whole and part is not None else None


def funnel(parents: Mapping[str, int | None], fathers: Mapping[str, int | None]) -> tuple[Step, ...]:
    """All steps in order, from counts by step."""
    return tuple(
        Step(name, SHARE_OF.get(name), _count(parents, name), _count(fathers, name), _count(NATIONAL, name))
        for name in NATIONAL
    )


def _count(people: Mapping[str, int | None], step: str) -> Count:
    base = SHARE_OF.get(step)
    return Count(
        people=people[step],
        share=share(people[step], people[base]) if base else None,
        share_of_referred=share(people[step], people["referred"]),
    )
