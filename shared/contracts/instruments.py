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

    `risk` holds an item's number and the lowest answer that signals; `look` likewise the items at which somebody has to
    look when they are answered so, because what they say depends on more than the answer. `named` are words by which an
    item goes where it has no number: the first that is part of its name counts. `source` is where all of this is from.
    """

    items: int
    answers: tuple[float, float]
    scores: tuple[float, float]
    source: str
    risk: Mapping[int, float] = field(default_factory=dict)
    look: Mapping[int, float] = field(default_factory=dict)
    named: Mapping[str, int] = field(default_factory=dict)


# A sum, a mean of the items, or ten times that mean, whichever the record's own scoring gives.
_CORE = "CORE System Trust: each item 0 (not at all) to 4; "
_CORE_OM = Instrument(
    34,
    (0, 4),
    (0, 136),
    _CORE + "the risk domain is harm to others (6, 22) and to oneself (9, 16, 24, 34)",
    {6: 1, 9: 1, 16: 1, 22: 1, 24: 1, 34: 1},
)
_PHQ = "Kroenke, Spitzer and Williams; each item 0 (not at all) to 3"
_PHQ_9 = Instrument(9, (0, 3), (0, 27), f"{_PHQ}; 9 is being better off dead, or hurting oneself", {9: 1})
_SRS_ORS = "Miller and Duncan: four lines of 10 cm, each 0 to 10; none is about harm"
_CPIC_NAMES = {"push": 43, "shov": 43, "broken": 38, "thrown": 38, "threw": 38}
_CPIC_48 = Instrument(
    49,
    (0, 2),
    (0, 98),
    "Grych, Seid and Fincham, 1992: false 0, sort of true 1, true 2; 38 is that things were broken or thrown, 43 that "
    "the parents pushed or shoved each other; that one of them will get hurt (33) is a fear, which the Early "
    "Intervention Foundation names beside them. Forms with two more items number these 35, 40 and 45",
    {38: 1, 43: 1},
    {33: 1, 35: 1, 40: 1, 45: 1},
    _CPIC_NAMES,
)
_HITS_NAMES = {"hurt": 1, "insult": 2, "threat": 3, "scream": 4, "curse": 4, "sex": 5, "force": 5}
_HITS = "each from 1 (never) to 5; hurt, insult, threaten, scream"

INSTRUMENTS: Mapping[str, Instrument] = {
    "core10": Instrument(10, (0, 4), (0, 40), _CORE + "6 is plans to end one's life", {6: 1}),
    "core5": Instrument(5, (0, 4), (0, 40), _CORE + "none of the five is of the risk domain"),
    "ypcore": Instrument(10, (0, 4), (0, 40), _CORE + "for 11 to 16; 4 is thoughts of hurting oneself", {4: 1}),
    "coreom": _CORE_OM,
    "core34": _CORE_OM,
    "phq9": _PHQ_9,
    "phq9a": _PHQ_9,
    "phqa": _PHQ_9,
    "phq8": Instrument(8, (0, 3), (0, 24), f"{_PHQ}; the ninth is left out"),
    "phq4": Instrument(4, (0, 3), (0, 12), f"{_PHQ}; two of the PHQ-9's first and two of the GAD-7's"),
    "phq2": Instrument(2, (0, 3), (0, 6), f"{_PHQ}; the PHQ-9's first two"),
    "gad7": Instrument(7, (0, 3), (0, 21), "Spitzer and others, 2006: anxiety alone, each 0 to 3"),
    "gad2": Instrument(2, (0, 3), (0, 6), "Kroenke and others, 2007: the GAD-7's first two"),
    # Scored as printed: the answers of 1, 2 and 4 rise, those of the others fall, and each is 0 to 3 once scored.
    "epds": Instrument(
        10,
        (0, 3),
        (0, 30),
        "Cox, Holden and Sagovsky, 1987: 10 is the thought of harming oneself",
        {10: 1},
    ),
    # Violence, or a threat of it, by the partner: a rare one is one.
    "hits": Instrument(4, (1, 5), (4, 20), f"Sherin and others, 1998: {_HITS}", {1: 2, 3: 2}, named=_HITS_NAMES),
    "ehits": Instrument(
        5, (1, 5), (5, 25), f"Iverson and others, 2015: {_HITS}, force", {1: 2, 3: 2, 5: 2}, named=_HITS_NAMES
    ),
    "cpic48": _CPIC_48,
    "cpic49": _CPIC_48,
    "cors": Instrument(4, (0, 10), (0, 40), f"{_SRS_ORS}; for 6 to 12"),
    "ors": Instrument(4, (0, 10), (0, 40), _SRS_ORS),
    "srs": Instrument(4, (0, 10), (0, 40), _SRS_ORS),
    "sdq": Instrument(25, (0, 2), (0, 40), "Goodman, 1997: a child's own strengths and difficulties, each 0 to 2"),
    "wemwbs": Instrument(14, (1, 5), (14, 70), "Tennant and others, 2007: worded positively throughout"),
    "swemwbs": Instrument(7, (1, 5), (7, 35), "Stewart-Brown and others, 2009: seven of the WEMWBS"),
    "dass21": Instrument(21, (0, 3), (0, 126), "Lovibond and Lovibond, 1995: no item is about suicide, on purpose"),
    "ghq12": Instrument(12, (0, 3), (0, 36), "Goldberg and Williams, 1988: the twelve leave severe depression out"),
}
"""By the letters and digits of the instrument's code, so that `phq9`, `phq-9` and `PHQ 9` are one."""

_VERSIONS: Mapping[str, tuple[str, ...]] = {"cpic": ("cpic48", "cpic49")}
"""Instruments whose forms number their items differently: what a number means is known of these forms alone."""

_NUMBER = re.compile(r"\d+")
_MARKS = frozenset({"", "q", "i", "item", "question", "no", "nr", "number", "score", "answer", "a", "items"})


def _letters_and_digits(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def instrument(code: str, version: str | None = None) -> Instrument | None:
    """The instrument of this code, however it is written; None for one that is not registered, or whose form is not."""
    plain = _letters_and_digits(code)
    if plain not in _VERSIONS:
        return INSTRUMENTS.get(plain)
    for number in _NUMBER.findall(version or ""):
        if plain + number in _VERSIONS[plain]:
            return INSTRUMENTS[plain + number]
    return None


def judge_items(code: str, items: Mapping[str, float] | None, version: str | None = None) -> Risk:
    """What these answers say of a risk of harm; `Risk.NONE` where no answers are given.

    An item is named by its number, however that is written: `6`, `item-6`, `q06`, `phq9_6`, `PHQ-9 item 6`. Answers to
    an instrument that is not registered, or in a form of it that is not, under a name that has no one number of its
    items, or out of the item's range, can't be judged. Where a name has other words beside its number, it can signal,
    and never be read as none.
    """
    if not items:
        return Risk.NONE
    plain = _letters_and_digits(code)
    known = instrument(code, version)
    judged = []
    for name, answer in items.items():
        if (by_name := _named_item(known or _any_form(plain), name)) is not None:
            judged.append(_judge_item(*by_name, answer))
            continue
        number, only = _item_number(plain, _letters_and_digits(name))
        risk = _judge_item(known, number, answer)
        judged.append(risk if only or risk is Risk.SIGNALS else Risk.NOT_JUDGED)
    return next((each for each in (Risk.SIGNALS, Risk.NOT_JUDGED) if each in judged), Risk.NONE)


def _any_form(plain: str) -> Instrument | None:
    return INSTRUMENTS[_VERSIONS[plain][0]] if plain in _VERSIONS else None


def _judge_item(known: Instrument | None, number: int | None, answer: float) -> Risk:
    if known is None or number is None or not 1 <= number <= known.items:
        return Risk.NOT_JUDGED
    if answer >= known.risk.get(number, float("inf")):
        return Risk.SIGNALS
    if answer >= known.look.get(number, float("inf")):
        return Risk.NOT_JUDGED
    return Risk.NONE if known.answers[0] <= answer <= known.answers[1] else Risk.NOT_JUDGED


def _named_item(known: Instrument | None, name: str) -> tuple[Instrument, int] | None:
    """The item that a name without any number is of, by a word of it."""
    plain = _letters_and_digits(name)
    if known is None or any(each.isdigit() for each in plain):
        return None
    return next(((known, number) for part, number in known.named.items() if part in plain), None)


def _item_number(code: str, name: str) -> tuple[int | None, bool]:
    """The one number that a name has beside the code's own, and whether it has nothing else but words for an item."""
    # The code first, so that its own digits are not taken for the item's; a name that is all number is the item's.
    rest = name.removeprefix(code) or name
    if rest == name:
        rest = name.removeprefix(code.rstrip("0123456789"))
    numbers = _NUMBER.findall(rest)
    return (int(numbers[0]) if len(numbers) == 1 else None), set(_NUMBER.split(rest)) <= _MARKS


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
