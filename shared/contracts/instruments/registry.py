"""The instruments that are registered: read once, when one is first asked for, from the files beside this one. Each is
checked as it is read.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

import yaml

from shared.contracts.instruments.entry import Instrument

VERSIONS: Mapping[str, tuple[str, ...]] = {"cpic": ("cpic48", "cpic49")}
"""Instruments whose forms number their items differently: what a number means is known of these forms alone."""

NUMBER = re.compile(r"\d+")


@cache
def instruments() -> Mapping[str, Instrument]:
    """By the letters and digits of the instrument's code."""
    found: dict[str, Instrument] = {}
    for file in sorted(files("shared.contracts.instruments").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".yaml"):
            continue
        for codes, entry in yaml.safe_load(file.read_text("utf-8")).items():
            known = Instrument.model_validate(entry)
            for code in codes.split():
                if code in found:
                    raise ValueError(f"{file.name}: {code} is registered already")
                found[code] = known
    return MappingProxyType(found)


def letters_and_digits(text: str) -> str:
    """A code or a name however it is written, so that `phq9`, `phq-9` and `PHQ 9` are one."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())


def instrument(code: str, version: str | None = None) -> Instrument | None:
    """The instrument of this code, however it is written; None for one that is not registered, or whose form is not."""
    plain = letters_and_digits(code)
    if plain not in VERSIONS:
        return instruments().get(plain)
    for number in NUMBER.findall(version or ""):
        if plain + number in VERSIONS[plain]:
            return instruments()[plain + number]
    return None


def listed() -> tuple[Instrument, ...]:
    """Those that a provider records on a page, by their names."""
    return tuple(
        sorted({each.code: each for each in instruments().values() if each.entry}.values(), key=lambda e: e.name)
    )
