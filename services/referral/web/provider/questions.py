"""The questions of a form, how they are answered, and what is said where an answer is missing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.messaging.core.records import Finding
from shared.service.requests import InvalidRequestError
from shared.web.forms import Form

_LONDON = ZoneInfo("Europe/London")
_LONGEST_WORDS = 4000
_LONGEST_LINE = 100
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")


@dataclass(frozen=True)
class Question:
    """One question. `given` is what is filled in already: a value, several, or of a day its three parts."""

    name: str
    kind: Literal["radios", "checkboxes", "date", "time", "words", "line"]
    legend: str
    missing: str = ""
    """What to say where there is no answer; a question without it may stay unanswered."""
    items: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    given: tuple[str, ...] = ()
    inline: bool = False
    within: tuple[float, float] | None = None
    """Of a line that takes a number: the lowest and the highest."""

    def as_shown(self, error: str, form: Form | None) -> dict[str, Any]:
        """For a template; with a form, as it was answered there."""
        given = self.given if form is None else self._answered(form)
        return {
            "name": self.name,
            "kind": self.kind,
            "legend": self.legend,
            "hint": self.hint,
            "items": [list(each) for each in self.items],
            "given": list(given),
            "inline": self.inline,
            "error": error,
            "first": f"{self.name}-day" if self.kind == "date" else self.name,
        }

    def _answered(self, form: Form) -> tuple[str, ...]:
        if self.kind == "date":
            return tuple(form.get(f"{self.name}-{part}") for part in ("day", "month", "year"))
        return tuple(form.all(self.name))

    def read(self, form: Form) -> Any:
        """The answer: a code, codes, a day, a time or words; empty where there is none. Raises ValueError, in words."""
        given = self._answered(form)
        known = {value for value, _ in self.items}
        match self.kind:
            case "radios":
                answer: Any = given[0] if given and given[0] in known else ""
            case "checkboxes":
                answer = [each for each in given if each in known]
            case "date":
                answer = _day(given)
            case "time":
                answer = _time(given[0] if given else "")
            case "words" | "line":
                answer = given[0] if given else ""
                longest = _LONGEST_WORDS if self.kind == "words" else _LONGEST_LINE
                if len(answer) > longest:
                    raise ValueError(f"Use at most {longest:,} characters")
        if self.missing and answer in ("", [], None):
            raise ValueError(self.missing)
        return answer if self.within is None or answer == "" else _number(answer, *self.within)


def answers(questions: tuple[Question, ...], form: Form) -> dict[str, Any]:
    """Every answer by its question's name. Raises InvalidRequestError, whose rules are what to say of each."""
    found, findings = {}, []
    for each in questions:
        try:
            found[each.name] = each.read(form)
        except ValueError as error:
            findings.append(Finding(each.name, str(error)))
    if findings:
        raise InvalidRequestError(findings)
    return found


def choice(name: str, legend: str, items: Mapping[str, str], missing: str = "", **more: Any) -> Question:
    """A question with one answer of these."""
    return replace(Question(name, "radios", legend, missing, tuple(items.items())), **more)


def starts_at(day: date, at: time) -> datetime:
    """When a clock on a wall here shows this."""
    return datetime.combine(day, at, _LONDON)


def parts_of(value: date | datetime) -> tuple[str, str, str]:
    """A day as it is filled in."""
    if isinstance(value, datetime):
        value = value.astimezone(_LONDON).date()
    return str(value.day), str(value.month), str(value.year)


def time_of(value: datetime) -> str:
    """A time as it is filled in."""
    return f"{value.astimezone(_LONDON):%H:%M}"


def _number(given: str, lowest: float, highest: float) -> float:
    plain = given.strip()
    if _NUMBER.fullmatch(plain) and lowest <= float(plain) <= highest:
        return float(plain)
    raise ValueError(f"Enter a number from {lowest:g} to {highest:g}, such as {(lowest + highest) // 2:g}")


def _day(given: tuple[str, ...]) -> date | None:
    if not any(given):
        return None
    try:
        day, month, year = (int(each) if each.isascii() and len(each) <= 4 else 0 for each in given)
        return date(year, month, day)
    except ValueError:
        raise ValueError("Enter a real day, such as 27 3 2026") from None


def _time(given: str) -> time | None:
    if not given:
        return None
    try:
        return time.fromisoformat(given.replace(".", ":").rjust(5, "0")).replace(tzinfo=None)
    except ValueError:
        raise ValueError("Enter a time, such as 14:30") from None
