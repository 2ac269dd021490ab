"""The table of fields: what of an answer each role may see, field by field and parent by parent.

It is `fields.yaml`, and no view is rendered but through it: a field that is not in it is an error, so nobody can show
one that nobody thought about. docs/access-matrix.* is made from it too.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from shared.access.roles import Role

WITHHELD = "withheld"
"""What stands in place of a code that would tell of a sign of abuse, and of the harmless ones that it hides among."""
_SERVICES = Path(__file__).parents[2] / "services"
_ANY = "*"
_ALL = "**"
_REMOVED = object()


class UnknownFieldError(Exception):
    """A view shows a field that the table of fields does not have, or there is no such view. Holds no value."""


@dataclass(frozen=True)
class Audience:
    """Who looks: the roles by which they reach the record, and the people whom their own agency screened.

    `people` are ids as they are shown; None where whoever looks sees everybody of a case. A token of the stack's own
    has no role.
    """

    roles: frozenset[Role] = frozenset()
    people: frozenset[str] | None = None


@dataclass(frozen=True)
class Field:
    """A field of a view: the roles that see it, None for whoever may ask; whether a code in it may tell of abuse."""

    roles: frozenset[Role] | None = None
    signals: bool = False


@dataclass(frozen=True)
class View:
    """One answer: its fields by their path, such as `items.reason`.

    `*` stands for any name of a map, `**` for everything below. `people_of` names by a list's path the fields of its
    rows that say whose a row is.
    """

    name: str
    fields: Mapping[str, Field]
    people_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all of it is for whoever may ask."""
        return self.fields.get(_ALL) == Field()

    @cached_property
    def inner(self) -> frozenset[str]:
        """The paths below which there are fields."""
        return frozenset(path for name in self.fields for path in _above(name))

    def shown(self, content: Any, audience: Audience, leaf: Callable[[Any], bool] | None = None) -> Any:
        """What of this content the audience sees. Raises UnknownFieldError.

        `leaf` says of a value that is no map or list whether it may be shown as a field; without it, any may.
        """
        return _Showing(self, audience, leaf).of(content)


class _Showing:
    def __init__(self, view: View, audience: Audience, leaf: Callable[[Any], bool] | None) -> None:
        self._view = view
        self._audience = audience
        self._leaf = leaf
        self._inner = view.inner
        self._sees_signs = bool(audience.roles & signs().seen_by)

    def of(self, content: Any) -> Any:
        found = content if self._view.is_whole else self._part(content, "")
        return {} if found is _REMOVED else found

    def _part(self, node: Any, path: str) -> Any:
        if isinstance(node, Mapping):
            return self._map(node, path)
        if isinstance(node, list | tuple):
            parts = [self._part(each, path) for each in self._rows(node, path)]
            kept = [part for part in parts if part is not _REMOVED]
            return _REMOVED if parts and not kept else kept
        known = self._view.fields.get(path)
        if known is None:
            if node is None and path in self._inner:
                return None
            raise UnknownFieldError(f"{self._view.name}: the table of fields has no {path or 'value'}")
        if self._leaf is not None and not self._leaf(node):
            raise UnknownFieldError(f"{self._view.name}: {path} is no plain value, so its fields can't be known")
        return node if self._sees(known) else _REMOVED

    def _map(self, node: Mapping[Any, Any], path: str) -> Any:
        if self._below(path):
            return node if self._sees(self._view.fields[f"{path}.{_ALL}" if path else _ALL]) else _REMOVED
        shown = {}
        paths = {name: self._path(path, str(name)) for name in node}
        withhold = not self._sees_signs and any(
            self._signals(paths[name]) and signs().shown_by(value) for name, value in node.items()
        )
        for name, value in node.items():
            part = self._part(value, paths[name])
            if part is not _REMOVED:
                shown[name] = WITHHELD if withhold and self._signals(paths[name]) else part
        return _REMOVED if node and not shown else shown

    def _rows(self, rows: Collection[Any], path: str) -> Iterator[Any]:
        whose, people = self._view.people_of.get(path), self._audience.people
        for row in rows:
            if (
                whose is None
                or people is None
                or all(row.get(name) is None or str(row[name]) in people for name in whose)
            ):
                yield row

    def _path(self, path: str, name: str) -> str:
        for candidate in (name, _ANY):
            below = f"{path}.{candidate}" if path else candidate
            if below in self._view.fields or below in self._inner:
                return below
        raise UnknownFieldError(f"{self._view.name}: the table of fields has no {f'{path}.{name}' if path else name}")

    def _below(self, path: str) -> bool:
        return (f"{path}.{_ALL}" if path else _ALL) in self._view.fields

    def _signals(self, path: str) -> bool:
        known = self._view.fields.get(path)
        return known is not None and known.signals

    def _sees(self, known: Field) -> bool:
        return known.roles is None or bool(known.roles & self._audience.roles)


def _above(path: str) -> Iterator[str]:
    parts = path.split(".")
    for length in range(1, len(parts)):
        yield ".".join(parts[:length])


@dataclass(frozen=True)
class Signs:
    """Who sees an agency's sign of abuse, and the codes that nobody else is shown.

    Besides those that tell of one they are others by which a case ends, so that what is withheld tells nothing.
    """

    seen_by: frozenset[Role]
    codes: frozenset[str]
    requests: re.Pattern[str]

    def shown_by(self, value: Any) -> bool:
        """Whether a code, or one of several, in a list or with commas between them, is one of these."""
        if isinstance(value, list | tuple):
            return any(map(self.shown_by, value))
        if not isinstance(value, str):
            return False
        return any(part in self.codes for part in value.split(", ")) or bool(self.requests.search(value))


@cache
def _document() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("fields.yaml").read_text(encoding="utf-8"))
    return found


@cache
def signs() -> Signs:
    """Who sees signs of abuse, and by which codes one is told."""
    read = _document()["signs"]
    return Signs(
        frozenset(map(Role, read["seen_by"])),
        frozenset(read["shown_by"].split()) | frozenset(read["hidden_among"].split()),
        re.compile(read["requests"]),
    )


@cache
def views() -> Mapping[str, View]:
    """Every view by its name: a request, a page's template, or what every refusal says. A service may bring its own."""
    found = dict(_document()["views"])
    for path in sorted(_SERVICES.glob("*/fields.yaml")):
        found |= yaml.safe_load(path.read_text(encoding="utf-8"))["views"]
    return {name: _view(name, read) for name, read in found.items()}


def view_of(name: str) -> View:
    """The view of this name. Raises UnknownFieldError where there is none."""
    try:
        return views()[name]
    except KeyError:
        raise UnknownFieldError(f"{name}: the table of fields has no such view") from None


def _view(name: str, read: Mapping[str, Any]) -> View:
    fields: dict[str, Field] = {}
    for audience, names in read.items():
        if audience == "people_of":
            continue
        roles = None if audience == "all" else frozenset(map(Role, audience.split()))
        for each in names.split():
            fields[each.removesuffix("!")] = Field(roles, each.endswith("!"))
    people_of = {path: tuple(names.split()) for path, names in read.get("people_of", {}).items()}
    return View(name, fields, people_of)
