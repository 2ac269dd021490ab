"""Reads the valid parts of a document and reports the others with position and rule."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

_UNUSABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
Part = TypeVar("Part", bound=BaseModel)
Report = Callable[[str], None]


def without_nothing(value: Any) -> Any:
    """The value without nulls, blank texts and control characters: publishers use all of these for "nothing"."""
    if isinstance(value, Mapping):
        parts = {name: without_nothing(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None}
    if isinstance(value, list):
        return [part for part in map(without_nothing, value) if part is not None]
    if isinstance(value, str):
        # Characters that PostgreSQL and UTF-8 cannot hold, and no text needs.
        return _UNUSABLE.sub("", value) if _UNUSABLE.sub("", value).strip() else None
    return value


def salvaged(model: type[Part], data: Any, needed: frozenset[str], report: Report) -> Part | None:
    """The part without fields that violate the model; None if a `needed` field is missing or invalid."""
    while True:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            problems = error.errors(include_url=False, include_input=False)
        beyond_help = False
        for problem in problems:
            location = problem["loc"]
            place = location[:-1] if problem["type"] == "missing" else location
            beyond_help |= not place or (len(place) == 1 and place[0] in needed)
            report(f"{path(location)}: {problem['msg']}")
            if not beyond_help:
                _take_out(data, place)
        if beyond_help:
            return None
        data = without_nothing(data)


def path(location: tuple[str | int, ...]) -> str:
    """A location in a document as text, such as `.languages[0].code`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _take_out(data: Any, place: tuple[str | int, ...]) -> None:
    # A location may contain the branch of a union, which is not part of the data and is skipped.
    part: Any = data
    steps: list[tuple[Any, str | int]] = []
    for step in place:
        if (isinstance(part, dict) and step in part) or (isinstance(part, list) and isinstance(step, int)):
            holder: Any = part
            steps.append((holder, step))
            part = holder[step]
    holder, last = steps[-1]
    holder[last] = None
