"""Whether somebody changed, and by more than the instrument's own error. Source: Jacobson and Truax, 1991, Journal of
Consulting and Clinical Psychology 59(1), 12-19: the reliable change index, and the cut-off between two populations.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from shared.contracts.instruments.entry import ReliableChange
from shared.contracts.instruments.registry import instrument


@dataclass(frozen=True, slots=True)
class Norms:
    """Mean and standard deviation of a population."""

    mean: float
    sd: float


class Change(StrEnum):
    """What became of somebody. `recovered` is improved, and across the cut-off from those who seek help."""

    RECOVERED = "recovered"
    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    DETERIORATED = "deteriorated"


def reliable_change_index(before: float, after: float, *, sd: float, reliability: float) -> float:
    """The change in standard errors of a difference between two scores; 1.96 is by chance in fewer than 5 of 100."""
    return (after - before) / (sqrt(2) * sd * sqrt(1 - reliability))


def cut_off_between(clinical: Norms, functional: Norms) -> float:
    """Their cut-off `c`: as many standard deviations from the one mean as from the other."""
    return (functional.sd * clinical.mean + clinical.sd * functional.mean) / (functional.sd + clinical.sd)


def reliable_change(code: str, version: str | None = None) -> ReliableChange | None:
    """What is a reliable change on this instrument, however its code is written; None where none was published: then no
    change is called reliable.
    """
    known = instrument(code, version)
    return known.change if known else None


def change_of(code: str, before: float, after: float, version: str | None = None) -> Change | None:
    """What became of somebody with these scores. Where no cut-off was published, nobody is called recovered.

    None where no reliable change was published for the instrument.
    """
    known = instrument(code, version)
    if known is None or known.change is None:
        return None
    lower = known.change.lower_is_better
    better = before - after if lower else after - before
    if abs(better) < known.change.points:
        return Change.UNCHANGED
    if better < 0:
        return Change.DETERIORATED
    cut_off = known.cut_off_of(version)
    if cut_off is None:
        return Change.IMPROVED
    above = (before >= cut_off.score, after >= cut_off.score)
    return Change.RECOVERED if above == (lower, not lower) else Change.IMPROVED
