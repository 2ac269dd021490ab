"""From a validation error to findings that name field and rule, and never a value."""

import re

from pydantic import ValidationError

from shared.messaging.records import Finding

_PLAIN_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
# Some of our own rules speak of more than one field; they start with the field that they mean.
_OWN_RULE = re.compile(r"(?P<field>[a-z0-9_., ]+): (?P<rule>.+)", re.DOTALL)


def findings_of(error: ValidationError) -> list[Finding]:
    """One finding for each thing that is wrong, at most twenty.

    A field's name comes from the record where it is one that we do not know, so a name that is not plain is not
    repeated: somebody may have put a person's name there.
    """
    return [
        _finding(item["loc"], item["type"], item["msg"])
        for item in error.errors(include_input=False, include_url=False, include_context=False)[:20]
    ]


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
        return Finding(match["field"], match["rule"])
    rule = message.removeprefix("Value error, ").replace("Input should", "must")
    return Finding(field, rule)


def _shown(part: int | str) -> str:
    if isinstance(part, int) or _PLAIN_NAME.fullmatch(part) or part == "[key]":
        return str(part)
    return "(a name that is not plain)"
