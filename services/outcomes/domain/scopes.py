"""Which area or region a summary is asked for, by its id or its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar


@dataclass(frozen=True, slots=True)
class Area:
    """An area by its code."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Region:
    """Areas that evaluate together, by their codes. They share what was counted, never a case."""

    id: str
    name: str
    areas: Sequence[str]


def find_area(wanted: str, areas: Sequence[Area]) -> Area:
    """The area of this code or name, in whatever case it is written.

    Raises LookupError with a sentence that names those there are.
    """
    return _find("area", wanted, areas)


def find_region(wanted: str, regions: Sequence[Region]) -> Region:
    """The region of this id or name, in whatever case it is written.

    Raises LookupError with a sentence that names those there are.
    """
    return _find("region", wanted, regions)


class _Registered(Protocol):
    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


_Kind = TypeVar("_Kind", bound=_Registered)


def _find(kind: str, wanted: str, registered: Sequence[_Kind]) -> _Kind:
    meant = wanted.strip().casefold()
    found = [each for each in registered if each.id.casefold() == meant]
    found = found or [each for each in registered if each.name.casefold() == meant]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(each.id for each in found)
        raise LookupError(f"More than one {kind} is called {wanted!r}. Give the id of one: {ids}.")
    known = ", ".join(f"{each.name} ({each.id})" for each in registered)
    if not known:
        raise LookupError(f"There is no {kind} {wanted!r}: the directory has none.")
    raise LookupError(f"There is no {kind} {wanted!r}. Registered: {known}.")
