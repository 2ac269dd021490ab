"""Who can be read of a refused record's people, so that their family is recognised elsewhere."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from services.screening.domain.lenient_json import Node, Pairs
from shared.contracts.base import Reference, ShortText
from shared.contracts.front_door import Name
from shared.contracts.written import Date

_MOST_PARENTS = 8
_MOST_CHILDREN = 20
_DATE: TypeAdapter[date] = TypeAdapter(Date)
_SHORT: TypeAdapter[str] = TypeAdapter(ShortText)


@dataclass(frozen=True)
class ReadableParent:
    """A parent whose ref, name and birth could be read, and of the rest what could be."""

    ref: str
    given: str
    family: str
    date_of_birth: date
    postcode: str | None = None
    phone: str | None = None
    email: str | None = None

    def identity(self) -> dict[str, str | None]:
        """What recognises them again, as it is sealed."""
        return {
            "given": self.given,
            "family": self.family,
            "date_of_birth": self.date_of_birth.isoformat(),
            "postcode": self.postcode,
            "phone": self.phone,
            "email": self.email,
        }


@dataclass(frozen=True)
class ReadableFamily:
    """Those of a record's parents and children who could be read, each by themselves."""

    parents: tuple[ReadableParent, ...] = ()
    births: tuple[date, ...] = ()


class _Known(BaseModel):
    """The least by which a parent is recognised."""

    model_config = ConfigDict(extra="ignore", strict=True)

    ref: Reference
    name: Name
    date_of_birth: Date


def readable_family(root: Node) -> ReadableFamily:
    """Those who can be read. Somebody of whom something is given twice is nobody in particular, and left out."""
    parents = [parent for each in _elements(root, "parents") if (parent := _parent(each))]
    births = [born for each in _elements(root, "children") if (born := _date(_one(each, "date_of_birth")))]
    return ReadableFamily(tuple(parents[:_MOST_PARENTS]), tuple(births[:_MOST_CHILDREN]))


def _elements(root: Node, field: str) -> Iterator[Pairs]:
    for top in root if isinstance(root, list) and not isinstance(root, Pairs) else [root]:
        for key, value in top if isinstance(top, Pairs) else ():
            if key == field and isinstance(value, list):
                yield from (each for each in value if isinstance(each, Pairs))


def _parent(members: Pairs) -> ReadableParent | None:
    name = _one(members, "name")
    try:
        known = _Known.model_validate(
            {
                "ref": _one(members, "ref"),
                "name": dict(name) if isinstance(name, Pairs) and _has_each_once(name) else None,
                "date_of_birth": _one(members, "date_of_birth"),
            }
        )
    except ValidationError:
        return None
    contact = _one(members, "contact")
    address = _one(contact, "address")
    return ReadableParent(
        known.ref,
        known.name.given,
        known.name.family,
        known.date_of_birth,
        postcode=_short(_one(address, "postcode")),
        phone=_short(_one(contact, "phone")),
        email=_short(_one(contact, "email")),
    )


def _one(node: Node, key: str) -> Any:
    """The value of a key that is given once."""
    values = [value for name, value in node if name == key] if isinstance(node, Pairs) else []
    return values[0] if len(values) == 1 else None


def _has_each_once(members: Iterable[tuple[str, Node]]) -> bool:
    keys = [key for key, _ in members]
    return len(set(keys)) == len(keys)


def _short(value: Any) -> str | None:
    try:
        return _SHORT.validate_python(value, strict=True)
    except ValidationError:
        return None


def _date(value: Any) -> date | None:
    try:
        return _DATE.validate_python(value)
    except ValidationError:
        return None
