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
        # A rule of a part speaks of the part's own field.
        return Finding(".".join((*map(_shown, location), match["field"])), match["rule"])
    rule = message.removeprefix("Value error, ").replace("Input should", "must")
    return Finding(field, rule)


def _shown(part: int | str) -> str:
    return str(part) if isinstance(part, int) or part == "[key]" else plain_name(part)


def plain_name(name: str) -> str:
    """A field's name as it may be repeated: from outside, somebody may have put a person's name there."""
    return name if _PLAIN_NAME.fullmatch(name) else "(a name that is not plain)"
