"""Scores and views that a provider would collect: real instruments, invented people.

CORE-10 is a parent's own distress (0 to 40, lower is better); CORS, the Child Outcome Rating Scale that the good
practice guide names, is a child's own view of how life goes (0 to 40, higher is better).
"""

from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from shared.contracts.vocabulary import Occasion


@dataclass(frozen=True)
class Instrument:
    """A validated instrument, and the distribution and change of its scores in this demo."""

    name: str
    version: str
    lowest: int
    highest: int
    baseline: tuple[float, float]
    gain_when_completed: tuple[float, float]
    gain_when_not: tuple[float, float]
    later_drift: tuple[float, float]


FOR_PARENTS = Instrument("core-10", "1", 0, 40, (17.5, 6.0), (-5.5, 4.5), (-1.0, 4.5), (0.3, 3.0))
FOR_CHILDREN = Instrument("cors", "1", 0, 40, (23.5, 6.5), (5.0, 5.0), (0.5, 5.0), (0.0, 3.5))

_PARENTS_WORDS = {
    "better": (
        "We can talk about the school run without it turning into a row.",
        "I stop and think before I answer now.",
        "We agreed on weekends and have kept to it.",
    ),
    "same": ("It is about the same as before.", "We still find money hard to talk about."),
    "worse": ("We hardly speak at all now.",),
    "not-said": (None,),
}
_CHILDRENS_WORDS = {
    "better": ("There is less shouting at home.", "They both came to my match.", "I don't worry at night so much."),
    "same": ("Nothing much changed.",),
    "worse": ("They still argue when I'm there.",),
    "not-said": (None,),
}
_CHANGES = ("better", "same", "worse", "not-said")
_WHEN_COMPLETED = (68, 18, 5, 9)
_WHEN_NOT = (25, 40, 17, 18)


class Scores:
    """The scores of everybody in one case; each score develops from the person's last one."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._last: dict[UUID, float] = {}

    def baseline(self, person: UUID, instrument: Instrument) -> dict[str, Any]:
        """The score before the first session."""
        self._last[person] = self._whole(self._rng.gauss(*instrument.baseline), instrument)
        return self._measure(person, instrument, Occasion.BASELINE)

    def closure(self, person: UUID, instrument: Instrument, *, completed: bool) -> dict[str, Any]:
        """The score at closure: better on average, and more so for people who stayed to the end."""
        gain = instrument.gain_when_completed if completed else instrument.gain_when_not
        return self._moved(person, instrument, gain, Occasion.CLOSURE)

    def follow_up(self, person: UUID, instrument: Instrument, occasion: Occasion) -> dict[str, Any]:
        """The score months later; most of the gain remains."""
        return self._moved(person, instrument, instrument.later_drift, occasion)

    def _moved(
        self, person: UUID, instrument: Instrument, gain: tuple[float, float], occasion: Occasion
    ) -> dict[str, Any]:
        self._last[person] = self._whole(self._last[person] + self._rng.gauss(*gain), instrument)
        return self._measure(person, instrument, occasion)

    def _measure(self, person: UUID, instrument: Instrument, occasion: Occasion) -> dict[str, Any]:
        return {
            "person": str(person),
            "instrument": instrument.name,
            "version": instrument.version,
            "occasion": occasion.value,
            "score": self._last[person],
        }

    def _whole(self, score: float, instrument: Instrument) -> float:
        return float(min(max(round(score), instrument.lowest), instrument.highest))


def view(rng: Random, person: UUID, *, completed: bool, child: bool) -> dict[str, Any]:
    """What one person says has changed, as a code and in their own words."""
    change = rng.choices(_CHANGES, _WHEN_COMPLETED if completed else _WHEN_NOT)[0]
    text = rng.choice((_CHILDRENS_WORDS if child else _PARENTS_WORDS)[change])
    return {"person": str(person), "change": change, "words": text}
