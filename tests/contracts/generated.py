"""Any valid value of a contract, made from what the contract says of itself: its fields, types and bounds."""

import types
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

import annotated_types
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

# Everything that text may hold, and what looks like something else: names of numbers, quotes, a line's end, an emoji.
_WORDS = st.sampled_from(
    ["NaN", "Infinity", '"', "\\", "\n\t", "\N{WATERMELON}", "Łęgowska", "-Infinity", "null", "\x7f"]
)
_TEXT = st.one_of(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12), _WORDS)
_FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False), st.floats(-100, 100), st.integers(-5, 5).map(float)
)


def values(annotation: Any, metadata: Sequence[Any] = ()) -> st.SearchStrategy[Any]:
    """Values of a type with these bounds. Rules of more than one field are left to the contract, which refuses."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return values(inner, [*_flat(more), *metadata])
    if origin in (Union, types.UnionType):
        return st.one_of([values(each, metadata) for each in get_args(annotation)])
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    bounds = _bounds(metadata)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return st.deferred(lambda: fields_of(annotation))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = get_args(annotation)
        return st.dictionaries(values(key), values(value), min_size=bounds.get("min_length", 0), max_size=3)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Sequence | Set):
        return _several(origin, get_args(annotation), bounds)
    return _plain(annotation, bounds)


def fields_of(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """The fields of a contract, as its constructor takes them; those with a default are sometimes left out."""
    needed: dict[str, Any] = {}
    optional: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        (needed if field.is_required() else optional)[field.alias or name] = values(field.annotation, field.metadata)
    return st.fixed_dictionaries(needed, optional=optional)


def _several(origin: type, parts: tuple[Any, ...], bounds: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if issubclass(origin, tuple) and parts[-1] is not Ellipsis:
        return st.tuples(*map(values, parts))
    least = bounds.get("min_length", 0)
    most = min(bounds.get("max_length", 3), max(3, least))
    return st.lists(
        values(parts[0]), min_size=least, max_size=most, unique_by=repr if issubclass(origin, Set) else None
    )


def _plain(kind: Any, bounds: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    if kind in (None, types.NoneType):
        return st.none()
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(bounds.get("ge", bounds.get("gt", -(2**31)) + ("gt" in bounds)), bounds.get("le", 2**31))
    if kind is float:
        low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
        if low is None and high is None:
            return _FLOATS
        return st.floats(low, high, allow_nan=False, allow_infinity=False, exclude_min="gt" in bounds)
    if kind is UUID:
        return st.uuids()
    if kind is datetime:
        return st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    if kind is date:
        return st.dates(date(1900, 1, 1), date(2200, 1, 1))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if kind is str:
        least, most = bounds.get("min_length", 0), bounds.get("max_length", 4000)
        if pattern := bounds.get("pattern"):
            made = st.from_regex(pattern).map(lambda text: text.rstrip("\n"))
        else:
            made = st.one_of(_TEXT, st.just("x" * most)) if most <= 4000 else _TEXT
        return made.filter(lambda text: least <= len(text) <= most)
    if kind is Any:
        return st.one_of(st.none(), st.booleans(), st.integers(0, 9), _TEXT)
    raise TypeError(f"values of {kind} are not known: say here how they are made")


def _flat(metadata: Sequence[Any]) -> list[Any]:
    return [each for item in metadata for each in (item.metadata if isinstance(item, FieldInfo) else [item])]


def _bounds(metadata: Sequence[Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in metadata:
        for name in ("ge", "gt", "le", "lt", "min_length", "max_length", "pattern"):
            if (value := getattr(each, name, None)) is not None:
                found[name] = value
        if isinstance(each, annotated_types.Len):
            found |= {"min_length": each.min_length} | ({"max_length": each.max_length} if each.max_length else {})
    return found
