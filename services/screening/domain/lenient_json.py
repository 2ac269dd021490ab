"""JSON as far as it can be read, for what is certain in a record that is wrong somewhere.

Nothing that is read here becomes a screening. `shared.contracts.strict_json` refuses what is not plain JSON; here every
value of a repeated key counts, numbers that are not finite are read, and a text that is cut off, lacks a comma or was
written by `str()` is read up to what can be made out. Time and memory grow with the text alone, whatever it holds.
"""

import json
import re
from collections import Counter
from typing import Any

Node = Any
"""Text, number, boolean, None, a list of nodes, or `Pairs`."""


class Pairs(list[tuple[str, Node]]):
    """An object's members in their order, repeated keys included."""

    __slots__ = ()


# Possessive, so that no text makes the search go back. A string that is cut off ends with the text.
_TOKEN = re.compile(
    r'"(?P<double>[^"\\]*+(?:\\.[^"\\]*+)*+)(?:"|\\?\Z)'
    r"|'(?P<single>[^'\\]*+(?:\\.[^'\\]*+)*+)'"
    r"|(?P<mark>[{}\[\]:,])"
    r"|(?P<bare>[^\s{}\[\]:,\"]++)",
    re.DOTALL,
)
_WORDS = {"true": True, "false": False, "null": None, "none": None, "nan": None}


def decoded(value: bytes) -> str:
    """The text of a record, in whichever of JSON's encodings; what cannot be decoded is replaced."""
    return value.decode(json.detect_encoding(value), "replace").removeprefix("\ufeff")


def read_leniently(text: str) -> tuple[Node, bool]:
    """The JSON value, and whether the text was well-formed but for repeated keys and numbers that are not finite.

    Of a text that was not, the value is the list of what is at its top.
    """
    try:
        return _DECODER.decode(text), True
    except (ValueError, RecursionError):
        return _Reader().read(text), False


# A float has no limit on its digits, as an integer has.
_DECODER = json.JSONDecoder(object_pairs_hook=Pairs, parse_int=float, strict=False)


class _Reader:
    """Reads token by token, and holds what is open in a list of its own: no text is nested too deeply for it."""

    def __init__(self) -> None:
        self._top: list[Node] = []
        self._open: list[list[Node]] = [self._top]
        # Of each open object, the key that waits for its value.
        self._keys: list[str | None] = [None]
        self._kinds: Counter[type[list[Node]]] = Counter()

    def read(self, text: str) -> list[Node]:
        for token in _TOKEN.finditer(text):
            mark = token["mark"]
            if mark is None:
                self._take(_scalar(token))
            elif mark in "{[":
                self._begin(Pairs() if mark == "{" else [])
            elif mark in "}]":
                self._end(Pairs if mark == "}" else list)
            elif mark == ",":
                self._keys[-1] = None
            else:
                self._name()
        return self._top

    def _take(self, value: Node) -> None:
        inner = self._open[-1]
        if not isinstance(inner, Pairs):
            inner.append(value)
        elif self._keys[-1] is None and not isinstance(value, list):
            self._keys[-1] = value if isinstance(value, str) else ""
        else:
            inner.append((self._keys[-1] or "", value))
            self._keys[-1] = None

    def _begin(self, container: list[Node]) -> None:
        self._take(container)
        self._open.append(container)
        self._keys.append(None)
        self._kinds[type(container)] += 1

    def _end(self, kind: type[list[Node]]) -> None:
        """Closes the innermost that is open of this kind, with all that was left open in it."""
        while self._kinds[kind]:
            self._keys.pop()
            closed = type(self._open.pop())
            self._kinds[closed] -= 1
            if closed is kind:
                return

    def _name(self) -> None:
        """A colon behind what was taken for an element: members without the brace that should have opened them."""
        inner = self._open[-1]
        if not isinstance(inner, Pairs) and inner and isinstance(inner[-1], str):
            key = inner.pop()
            self._begin(Pairs())
            self._keys[-1] = key


def _scalar(token: re.Match[str]) -> Node:
    if token["double"] is not None:
        return _unescaped(token["double"])
    if token["single"] is not None:
        return token["single"]
    bare = token["bare"].strip("'`;")
    if bare.lower() in _WORDS:
        return _WORDS[bare.lower()]
    try:
        return float(bare)
    except ValueError:
        return bare


def _unescaped(body: str) -> str:
    if "\\" not in body:
        return body
    try:
        return str(json.loads(f'"{body}"', strict=False))
    except ValueError:
        return body
