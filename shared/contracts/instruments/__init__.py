"""What validated instruments mean, as data: one file each, with its source; read, checked, scored and compared here.

A risk item that is answered at its threshold or above is a sign of abuse like any other: a person looks at it before
anybody works with both parents together. A total score says nothing of the kind, and is never looked at for it.
"""

from shared.contracts.instruments.change import (
    Change,
    Norms,
    change_of,
    cut_off_between,
    reliable_change,
    reliable_change_index,
)
from shared.contracts.instruments.entry import Band, Instrument, ReliableChange
from shared.contracts.instruments.registry import instrument, instruments, listed
from shared.contracts.instruments.risk import Risk, judge_items
from shared.contracts.instruments.scoring import NotScoredError, band_of, score, score_finding, subscale_score

__all__ = [
    "Band",
    "Change",
    "Instrument",
    "Norms",
    "NotScoredError",
    "ReliableChange",
    "Risk",
    "band_of",
    "change_of",
    "cut_off_between",
    "instrument",
    "instruments",
    "judge_items",
    "listed",
    "reliable_change",
    "reliable_change_index",
    "score",
    "score_finding",
    "subscale_score",
]
