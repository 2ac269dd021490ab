"""What validated instruments mean, as data: which answers signal a risk of harm, and which change is more than error.

A risk item that is answered at its threshold or above is a sign of abuse like any other: a person looks at it before
anybody works with both parents together. A total score says nothing of the kind, and is never looked at for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NUMBER = re.compile(r"(?:\D*\D)?0*(\d+)")

# Instrument, item's number, the lowest answer that signals risk.
RISK_ITEMS: Mapping[str, Mapping[int, float]] = {
    # CORE System Trust: "I made plans to end my life".
    "core-10": {6: 1},
    # CORE-OM's risk domain: harm to others (6, 22), harm to self (9, 16, 24, 34).
    "core-om": {6: 1, 9: 1, 16: 1, 22: 1, 24: 1, 34: 1},
    "core-34": {6: 1, 9: 1, 16: 1, 22: 1, 24: 1, 34: 1},
    # Thoughts of being better off dead, or of hurting oneself.
    "phq-9": {9: 1},
    # Edinburgh Postnatal Depression Scale: "the thought of harming myself has occurred to me".
    "epds": {10: 1},
    # Hurt, Insult, Threaten, Scream, each from 1 (never) to 5: physically hurt, threatened with harm.
    "hits": {1: 2, 3: 2},
}


def signals_risk(instrument: str, items: Mapping[str, float] | None) -> bool:
    """Whether any answer is a risk item's at its threshold or above.

    An item is named by its number, however that is written: `6`, `item-6`, `q06`.
    """
    risks = RISK_ITEMS.get(instrument, {})
    for name, answer in (items or {}).items():
        number = _NUMBER.fullmatch(name.strip())
        if number and answer >= risks.get(int(number[1]), float("inf")):
            return True
    return False


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """So many points, or more, are a change that the instrument's own error does not explain."""

    points: float
    lower_is_better: bool
    source: str


RELIABLE_CHANGE: Mapping[str, ReliableChange] = {
    "core-10": ReliableChange(6, True, "Barkham and others, 2013: the reliable change index, at 90%"),
    "phq-9": ReliableChange(6, True, "NHS Talking Therapies manual"),
    "gad-7": ReliableChange(4, True, "NHS Talking Therapies manual"),
}
"""By instrument, where one was published for it. Of any other instrument no change is called reliable."""
