"""Which answers signal a risk of harm, under whatever name a record gives them."""

from collections.abc import Mapping
from enum import StrEnum

from shared.contracts.instruments.entry import Instrument
from shared.contracts.instruments.registry import NUMBER, VERSIONS, instrument, instruments, letters_and_digits


class Risk(StrEnum):
    """What an instrument's answers say of a risk of harm. `not-judged` is never read as `none`: a person looks."""

    SIGNALS = "signals"
    NONE = "none"
    NOT_JUDGED = "not-judged"


_MARKS = frozenset({"", "q", "i", "item", "question", "no", "nr", "number", "score", "answer", "a", "items"})


def judge_items(code: str, items: Mapping[str, float] | None, version: str | None = None) -> Risk:
    """What these answers say of a risk of harm; `Risk.NONE` where no answers are given.

    An item is named by its number, however that is written: `6`, `item-6`, `q06`, `phq9_6`, `PHQ-9 item 6`. Answers to
    an instrument that is not registered, or in a form of it that is not, under a name that has no one number of its
    items, or out of the item's range, can't be judged. Where a name has other words beside its number, it can signal,
    and never be read as none.
    """
    if not items:
        return Risk.NONE
    plain = letters_and_digits(code)
    known = instrument(code, version)
    judged = []
    for name, answer in items.items():
        if (by_name := _named_item(known or _any_form(plain), name)) is not None:
            judged.append(_judge_item(*by_name, answer))
            continue
        number, only = _item_number(plain, letters_and_digits(name))
        risk = _judge_item(known, number, answer)
        judged.append(risk if only or risk is Risk.SIGNALS else Risk.NOT_JUDGED)
    return next((each for each in (Risk.SIGNALS, Risk.NOT_JUDGED) if each in judged), Risk.NONE)


def _any_form(plain: str) -> Instrument | None:
    return instruments()[VERSIONS[plain][0]] if plain in VERSIONS else None


def _judge_item(known: Instrument | None, number: int | None, answer: float) -> Risk:
    if known is None or not known.judged or number is None or not 1 <= number <= known.items:
        return Risk.NOT_JUDGED
    if answer >= known.risk.get(number, float("inf")):
        return Risk.SIGNALS
    if answer >= known.look.get(number, float("inf")):
        return Risk.NOT_JUDGED
    lowest, highest = known.answers_to(number)
    return Risk.NONE if lowest <= answer <= highest else Risk.NOT_JUDGED


def _named_item(known: Instrument | None, name: str) -> tuple[Instrument, int] | None:
    """The item that a name without any number is of, by a word of it."""
    plain = letters_and_digits(name)
    if known is None or any(each.isdigit() for each in plain):
        return None
    return next(((known, number) for part, number in known.named.items() if part in plain), None)


def _item_number(code: str, name: str) -> tuple[int | None, bool]:
    """The one number that a name has beside the code's own, and whether it has nothing else but words for an item."""
    # The code first, so that its own digits are not taken for the item's; a name that is all number is the item's.
    rest = name.removeprefix(code) or name
    if rest == name:
        rest = name.removeprefix(code.rstrip("0123456789"))
    numbers = NUMBER.findall(rest)
    return (int(numbers[0]) if len(numbers) == 1 else None), set(NUMBER.split(rest)) <= _MARKS
