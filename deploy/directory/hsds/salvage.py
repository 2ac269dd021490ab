"""Takes what is good of a part of a document, and says the rest: place and rule, line by line."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

_UNUSABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
Part = TypeVar("Part", bound=BaseModel)
Report = Callable[[str], None]


def without_nothing(value: Any) -> Any:
    """The value without nulls, blank texts and control characters: HSDS says "nothing" in all these ways."""
    if isinstance(value, Mapping):
        parts = {name: without_nothing(part) for name, part in value.items()}
        return {name: part for name, part in parts.items() if part is not None}
    if isinstance(value, list):
        return [part for part in map(without_nothing, value) if part is not None]
    if isinstance(value, str):
        # What PostgreSQL and UTF-8 can't hold, and no word is made of.
        return _UNUSABLE.sub("", value) if _UNUSABLE.sub("", value).strip() else None
    return value


def salvaged(model: type[Part], data: Any, needed: frozenset[str], report: Report) -> Part | None:
    """The part without what is not as the model has it; None where it lacks something that is `needed`."""
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
    """The place in a document, such as `.languages[0].code`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)


def _take_out(data: Any, place: tuple[str | int, ...]) -> None:
    # A union names its branch within the place: what is no step of the data is passed over.
    part: Any = data
    steps: list[tuple[Any, str | int]] = []
    for step in place:
        if (isinstance(part, dict) and step in part) or (isinstance(part, list) and isinstance(step, int)):
            holder: Any = part
            steps.append((holder, step))
            part = holder[step]
    holder, last = steps[-1]
    holder[last] = None
