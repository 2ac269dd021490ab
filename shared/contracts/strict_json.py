"""JSON from parties outside, read without a guess.

RFC 8259 leaves open what a repeated key means; most readers keep the last value. Here a repeated key could hide an
answer (`"physical-harm": "yes", … "physical-harm": "no"`), so it is refused, as are `NaN` and `Infinity`, which are not
JSON at all and which no reader of ours would take back.
"""

import re

import jiter

_REPEATED = re.compile(r'Detected duplicate key "(?P<key>.*)" at line \d+ column \d+', re.DOTALL)
_NOT_FINITE = re.compile(rb"(?<![\w\"])-?(?:NaN|Infinity)\b")


class StrictJsonError(ValueError):
    """The text is no JSON, or JSON that two readers could read differently.

    `key` is the repeated key, where that is what is wrong; `rule` says what must hold, and never repeats a value.
    """

    def __init__(self, rule: str, key: str | None = None) -> None:
        super().__init__(rule)
        self.rule = rule
        self.key = key


def check_json(text: bytes) -> None:
    """Raises StrictJsonError unless this is one JSON text in UTF-8 with every key once in its object.

    A number that is too large for a float (`1e999`) is grammatical; the fields of the contracts refuse it by name.
    """
    try:
        jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        repeated = _REPEATED.fullmatch(str(error))
        if repeated:
            raise StrictJsonError("must not be given twice", repeated["key"]) from None
        if "recursion limit" in str(error):
            raise StrictJsonError("must not be nested so deeply") from None
        if _NOT_FINITE.search(text):
            raise StrictJsonError("must be JSON: NaN and Infinity are no JSON numbers") from None
        raise StrictJsonError("must be JSON, complete and well-formed") from None
