"""What validated instruments mean, as data: which answers signal a risk of harm, which scores there can be, and which
change is more than error.

A risk item that is answered at its threshold or above is a sign of abuse like any other: a person looks at it before
anybody works with both parents together. A total score says nothing of the kind, and is never looked at for it.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Risk(StrEnum):
    """What an instrument's answers say of a risk of harm. `not-judged` is never read as `none`: a person looks."""

    SIGNALS = "signals"
    NONE = "none"
    NOT_JUDGED = "not-judged"


@dataclass(frozen=True, slots=True)
class Instrument:
    """A validated instrument: how many items it has, how each is answered, what it can score, which items signal risk.

    `risk` holds an item's number and the lowest answer that signals. `source` is where all of this is from.
    """

    items: int
    answers: tuple[float, float]
    scores: tuple[float, float]
    source: str
    risk: Mapping[int, float] = field(default_factory=dict)


_CORE = "CORE System Trust: each item 0 to 4; scored as a sum, or as a mean of items, which is smaller"

INSTRUMENTS: Mapping[str, Instrument] = {
    # "I made plans to end my life".
    "core10": Instrument(10, (0, 4), (0, 40), _CORE, {6: 1}),
    # The risk domain: harm to others (6, 22), harm to self (9, 16, 24, 34).
    "coreom": Instrument(34, (0, 4), (0, 136), _CORE, {6: 1, 9: 1, 16: 1, 22: 1, 24: 1, 34: 1}),
    "core34": Instrument(34, (0, 4), (0, 136), _CORE, {6: 1, 9: 1, 16: 1, 22: 1, 24: 1, 34: 1}),
    # Thoughts of being better off dead, or of hurting oneself.
    "phq9": Instrument(9, (0, 3), (0, 27), "Kroenke and others, 2001", {9: 1}),
    "gad7": Instrument(7, (0, 3), (0, 21), "Spitzer and others, 2006"),
    # "The thought of harming myself has occurred to me".
    "epds": Instrument(10, (0, 3), (0, 30), "Cox and others, 1987", {10: 1}),
    # Hurt, Insult, Threaten, Scream: physically hurt, threatened with harm.
    "hits": Instrument(4, (1, 5), (4, 20), "Sherin and others, 1998: each from 1 (never) to 5", {1: 2, 3: 2}),
}
"""By the letters and digits of the instrument's code, so that `phq9`, `phq-9` and `PHQ 9` are one."""

_NUMBER = re.compile(r"\D*?0*(\d+)\D*")


def _letters_and_digits(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def instrument(code: str) -> Instrument | None:
    """The instrument of this code, however it is written; None for one that is not registered."""
    return INSTRUMENTS.get(_letters_and_digits(code))


def judge_items(code: str, items: Mapping[str, float] | None) -> Risk:
    """What these answers say of a risk of harm; `Risk.NONE` where no answers are given.

    An item is named by its number, however that is written: `6`, `item-6`, `q06`, `phq9_6`. Answers to an instrument
    that is not registered, under a name that has no one number of its items, or out of the item's range, can't be
    judged.
    """
    if not items:
        return Risk.NONE
    known = instrument(code)
    if known is None:
        return Risk.NOT_JUDGED
    judged = [_judge_item(known, _item_number(code, name), answer) for name, answer in items.items()]
    return next((each for each in (Risk.SIGNALS, Risk.NOT_JUDGED) if each in judged), Risk.NONE)


def _judge_item(known: Instrument, number: int | None, answer: float) -> Risk:
    if number is None or not 1 <= number <= known.items:
        return Risk.NOT_JUDGED
    if answer >= known.risk.get(number, float("inf")):
        return Risk.SIGNALS
    return Risk.NONE if known.answers[0] <= answer <= known.answers[1] else Risk.NOT_JUDGED


def _item_number(code: str, name: str) -> int | None:
    plain = _letters_and_digits(name)
    rest = plain.removeprefix(_letters_and_digits(code)) or plain
    match = _NUMBER.fullmatch(rest)
    return int(match[1]) if match else None


def score_finding(code: str, score: float) -> str | None:
    """The rule that a score breaks, which no scoring of a registered instrument can give; None where there is none."""
    known = instrument(code)
    if known is None or known.scores[0] <= score <= known.scores[1]:
        return None
    lowest, highest = known.scores
    return f"must be a score that this instrument can have, {lowest:g} to {highest:g}"


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
