"""Turns validation errors into findings that name the field and the rule, and never a value.

A finding never repeats a name that somebody outside chose either: an unknown key may be a person's name. It gives the
key's position and the known field that it most resembles.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from difflib import get_close_matches
from enum import Enum
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import asyncpg
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.messaging.core.records import Finding

NO_NUL = "must not contain the character U+0000"
_NUL_STATES = ("22021", "22P05")
_RULES = {
    "22003": "has a number that is too large to be stored",
    "22007": "has a date or time that cannot be stored",
    "22008": "has a date or time that is out of range",
    "23502": "lacks a required value",
    "23503": "refers to something that is not known here",
    "23505": "repeats something that must be unique",
    "23514": "breaks a rule for stored values",
}
UNKNOWN = "(unknown field)"
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_NUMBERED = re.compile(r"(?:item|q)?[_ -]?\d{1,3}")
# Some of our own rules concern several fields; their message starts with the field at fault.
_OWN_RULE = re.compile(r"(?P<field>[a-z0-9_., ]+): (?P<rule>.+)", re.DOTALL)
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
_MOST = 20
_TOO_MANY = 2_000
_ALIKE = 0.7

Shape = type[BaseModel] | TypeAdapter[Any]


def findings_of(error: ValidationError, shape: Shape, *, for_requester: bool = False) -> list[Finding]:
    """One finding per error, at most twenty. `shape` is the type that the record was read as.

    `for_requester`: only the sender sees the findings, in the same response. Then a plain unknown name is repeated.
    """
    if error.error_count() > _TOO_MANY:
        # Pydantic turns each error into a dictionary: three million of them once took a process three gigabytes and a
        # minute.
        return [Finding("value", f"breaks its rules in more than {_TOO_MANY} places")]
    return [
        _finding(item["loc"], item["type"], item["msg"], shape, for_requester)
        for item in error.errors(include_input=False, include_url=False, include_context=False)[:_MOST]
    ]


def findings_of_error(error: Exception, event: Any | None = None) -> list[Finding]:
    """Findings for an error that carries none. Its message may quote the record and is not used.

    A value that PostgreSQL refuses (SQLSTATE classes 22 and 23) breaks a rule; `event` shows which field it was, where
    that can be seen.
    """
    if not is_of_the_value(error):
        return [Finding("record", f"could not be handled ({type(error).__name__})")]
    assert isinstance(error, asyncpg.PostgresError)  # noqa: S101 - for the type checker: is_of_the_value checked it
    state = error.sqlstate or ""
    if state in _NUL_STATES:
        fields = sorted(set(_fields_with_nul(event, ())))[:_MOST]
        return [Finding(field, NO_NUL) for field in fields or ["record"]]
    constraint = getattr(error, "constraint_name", None)
    named = f" ({constraint})" if constraint else ""
    return [Finding("record", _RULES.get(state, "has a value that cannot be stored") + named)]


def is_of_the_value(error: Exception) -> bool:
    """Whether PostgreSQL refused a value, as opposed to the operation."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(("22", "23"))


def _fields_with_nul(value: Any, path: tuple[int | str, ...]) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield ".".join(map(str, path)) or "record"
        return
    parts: Iterable[tuple[int | str, Any]] = ()
    if isinstance(value, BaseModel):
        parts = value
    elif isinstance(value, Mapping):
        # These keys may be anybody's choice and are not repeated.
        parts = ((str(key) if _NUMBERED.fullmatch(str(key)) else UNKNOWN, each) for key, each in value.items())
    elif isinstance(value, Sequence | Set) and not isinstance(value, bytes):
        parts = enumerate(value)
    for name, part in parts:
        yield from _fields_with_nul(part, (*path, name))


def _finding(location: tuple[int | str, ...], kind: str, message: str, shape: Shape, for_requester: bool) -> Finding:
    if kind == "json_invalid":
        return Finding("value", "must be JSON, complete and well-formed")
    if kind == "extra_forbidden":
        *place, name = location
        shown, fields = _walk(shape, place)
        shown_name = _plain(name) if for_requester else _unknown(str(name), fields)
        return Finding(".".join((*shown, shown_name)), "is not a field of this record")
    shown, _ = _walk(shape, location)
    field = ".".join(shown) or "value"
    if kind == "union_tag_invalid":
        return Finding(field, "is of no known kind")
    if kind == "missing":
        return Finding(field, "must be given")
    if kind == "value_error" and (match := _OWN_RULE.fullmatch(message.removeprefix("Value error, "))):
        # The message of a nested part names that part's own field.
        return Finding(".".join((*shown, match["field"])), match["rule"])
    return Finding(field, _rule(kind, message))


def _rule(kind: str, message: str) -> str:
    """Pydantic's message, where it speaks of Python, as somebody reads it who sent JSON."""
    if kind in ("uuid_type", "uuid_parsing"):
        return "must be a UUID"
    if kind in ("too_long", "too_short", "string_too_long", "string_too_short"):
        # "List should have at most 50 items after validation, not 87380"
        return "must" + message.partition(" should")[2].partition(" after validation")[0]
    return _MEMBER.sub(r"\1", message.removeprefix("Value error, ").replace("Input should", "must"))


def _unknown(name: str, fields: Sequence[str]) -> str:
    nearest = get_close_matches(name, fields, n=1, cutoff=_ALIKE)
    return f"(unknown field, nearest to {nearest[0]})" if nearest else UNKNOWN


def name_within(shape: Shape, name: str) -> str:
    """A key of a record in a form that may be shown: itself if the record type has such a key anywhere."""
    return name if name in _known_names(_type_of(shape)) or _NUMBERED.fullmatch(name) else UNKNOWN


def _plain(name: int | str) -> str:
    return str(name) if isinstance(name, int) or _PLAIN_NAME.fullmatch(name) else UNKNOWN


def _walk(shape: Shape, location: Sequence[int | str]) -> tuple[list[str], list[str]]:
    """A location in a form that may be shown, and the fields known there.

    A mapping's key is the sender's choice; every other part is the name of a field or kind, or pydantic's own.
    """
    models, is_key, shown = list(_models(_type_of(shape))), False, []
    for part in location:
        if isinstance(part, int):
            shown.append(str(part))
        elif is_key:
            shown.append(name_within(shape, part))
            is_key = False
        elif annotations := [m.model_fields[part].annotation for m in models if part in m.model_fields]:
            shown.append(part)
            is_key = any(map(_is_mapping, annotations))
            models = [model for annotation in annotations for model in _models(annotation)]
        else:
            of_this_kind = [model for model in models if part in _kinds(model)]
            models = of_this_kind or models
            shown.append(part if part == "[key]" else _plain(part))
    return shown, sorted({name for model in models for name in model.model_fields})


def _type_of(shape: Shape) -> Any:
    return shape._type if isinstance(shape, TypeAdapter) else shape


def _parts(annotation: Any) -> Iterator[Any]:
    """A type and all types that it is composed of."""
    yield annotation
    for part in get_args(annotation):
        if get_origin(annotation) is not Literal:
            yield from _parts(part)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    return (part for part in _parts(annotation) if isinstance(part, type) and issubclass(part, BaseModel))


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Annotated, Union, UnionType):
        return any(_is_mapping(part) for part in get_args(annotation))
    return isinstance(origin, type) and issubclass(origin, Mapping)


@cache
def _kinds(model: type[BaseModel]) -> frozenset[str]:
    """The literal codes that distinguish this record type from the others of a union."""
    literals = (field.annotation for field in model.model_fields.values() if get_origin(field.annotation) is Literal)
    return frozenset(str(code) for literal in literals for code in get_args(literal))


def _known_names(annotation: Any) -> set[str]:
    """Every field name that can occur anywhere in a record of this type, and every code that can be a key."""
    names: set[str] = set()
    for part in _parts(annotation):
        if isinstance(part, type) and issubclass(part, BaseModel):
            names |= _names_in(part)
        elif isinstance(part, type) and issubclass(part, Enum):
            names |= {str(code.value) for code in part}
    return names


@cache
def _names_in(model: type[BaseModel]) -> frozenset[str]:
    within = (_known_names(field.annotation) for field in model.model_fields.values())
    return frozenset(model.model_fields).union(*within)
