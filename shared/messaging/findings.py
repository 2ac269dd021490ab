"""From a validation error to findings that name field and rule, and never a value."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Any

import asyncpg
from pydantic import BaseModel, ValidationError

from shared.messaging.records import Finding

NO_NUL = "text must not contain a NUL character"
_NUL_STATES = ("22021", "22P05")
_RULES = {
    "22003": "has a number that is too large to be stored",
    "22007": "has a date or time that cannot be stored",
    "22008": "has a date or time that is out of range",
    "23502": "lacks something that must be given",
    "23503": "names something that is not known here",
    "23505": "says again what can be said once",
    "23514": "breaks a rule of what may be stored",
}
_MOST = 20
_TOO_MANY = 2_000
_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
# Some of our own rules speak of more than one field; they start with the field that they mean.
_OWN_RULE = re.compile(r"(?P<field>[a-z0-9_., ]+): (?P<rule>.+)", re.DOTALL)


def findings_of(error: ValidationError) -> list[Finding]:
    """One finding for each thing that is wrong, at most twenty.

    A field's name comes from the record where it is one that we do not know, so a name that is not plain is not
    repeated: somebody may have put a person's name there.
    """
    if error.error_count() > _TOO_MANY:
        # Each would become a dictionary first: three million of them once took a process three gigabytes and a minute.
        return [Finding("value", f"breaks its rules in more than {_TOO_MANY} places")]
    return [
        _finding(item["loc"], item["type"], item["msg"])
        for item in error.errors(include_input=False, include_url=False, include_context=False)[:_MOST]
    ]


def findings_of_fault(error: Exception, event: Any | None = None) -> list[Finding]:
    """What an error that is nobody's finding says about a record. Its message may quote the record and is not used.

    What PostgreSQL refuses for the value itself (SQLSTATE classes 22 and 23) is a rule that the record breaks; `event`
    tells which of its fields it was, where that can be seen.
    """
    if not is_of_the_value(error):
        return [Finding("record", f"could not be handled ({type(error).__name__})")]
    assert isinstance(error, asyncpg.PostgresError)  # noqa: S101 - for the type checker: just asked
    state = error.sqlstate or ""
    if state in _NUL_STATES:
        fields = sorted(set(_fields_with_nul(event, ())))[:_MOST]
        return [Finding(field, NO_NUL) for field in fields or ["record"]]
    constraint = getattr(error, "constraint_name", None)
    named = f" ({constraint})" if constraint else ""
    return [Finding("record", _RULES.get(state, "has a value that cannot be stored") + named)]


def is_of_the_value(error: Exception) -> bool:
    """Whether PostgreSQL refused a value, and not what was done with it."""
    return isinstance(error, asyncpg.PostgresError) and (error.sqlstate or "").startswith(("22", "23"))


def _fields_with_nul(value: Any, path: tuple[int | str, ...]) -> Iterator[str]:
    if isinstance(value, str):
        if "\0" in value:
            yield ".".join(_shown(part) for part in path) or "record"
        return
    parts: Iterable[tuple[int | str, Any]] = ()
    if isinstance(value, BaseModel):
        parts = value
    elif isinstance(value, Mapping):
        parts = ((str(key), each) for key, each in value.items())
    elif isinstance(value, Sequence | Set) and not isinstance(value, bytes):
        parts = enumerate(value)
    for name, part in parts:
        yield from _fields_with_nul(part, (*path, name))


def _finding(location: tuple[int | str, ...], kind: str, message: str) -> Finding:
    field = ".".join(_shown(part) for part in location) or "value"
    if kind == "json_invalid":
        return Finding("value", "must be JSON, complete and well-formed")
    if kind == "extra_forbidden":
        return Finding(field, "is not a field of this record")
    if kind == "union_tag_invalid":
        return Finding(field, "is of no known kind")
    if kind == "missing":
        return Finding(field, "must be given")
    if kind == "value_error" and (match := _OWN_RULE.fullmatch(message.removeprefix("Value error, "))):
        # A rule of a part speaks of the part's own field.
        return Finding(".".join((*map(_shown, location), match["field"])), match["rule"])
    rule = message.removeprefix("Value error, ").replace("Input should", "must")
    return Finding(field, rule)


def _shown(part: int | str) -> str:
    return str(part) if isinstance(part, int) or part == "[key]" else plain_name(part)


def plain_name(name: str) -> str:
    """A field's name as it may be repeated: from outside, somebody may have put a person's name there."""
    return name if _PLAIN_NAME.fullmatch(name) else "(a name that is not plain)"
