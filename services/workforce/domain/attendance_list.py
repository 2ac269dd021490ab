"""An attendance list as training providers and agencies keep it: a CSV file, one practitioner a line.

It is read whole before anything is done with it. Everything that is wrong is found, by line and field.
"""

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from services.workforce.domain.attendance import Line
from services.workforce.domain.errors import InvalidError
from services.workforce.domain.session import Outcome
from shared.contracts.practitioners import practitioner_id
from shared.contracts.workforce import Profession, TrainingModule

REQUIRED = ("agency", "practitioner", "attended")
OPTIONAL = ("name", "email", "profession", "completed_on")
MOST_LINES = 2_000
_MOST_FINDINGS = 50
_LONGEST = 300
_OUTCOMES: Mapping[str, Outcome] = {"yes": "completed", "partly": "partly", "no": "absent"}
_RATINGS = {f"{occasion}_{module}": (occasion, module) for occasion in ("before", "after") for module in TrainingModule}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line with the practitioner's own id, name and address, which are sealed before they are stored anywhere."""

    line: Line
    own_id: str
    name: str | None
    email: str | None


def read_attendance_list(content: bytes) -> list[Listed]:
    """The lines of the list. Raises InvalidError with everything that is wrong, by line and field."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidError([("list", "must be text in UTF-8")]) from None
    heading = text.partition("\n")[0]
    # Spreadsheets of some countries separate with semicolons.
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in heading else ",", strict=True)
    try:
        _check_columns(list(reader.fieldnames or ()))
        rows = [(reader.line_num, row) for row in reader if any(value for value in row.values())]
    except csv.Error:
        raise InvalidError([(f"line {reader.line_num}", "is not CSV: look at its quotation marks")]) from None
    if not rows:
        raise InvalidError([("list", "must have at least one line below the heading")])
    if len(rows) > MOST_LINES:
        raise InvalidError([("list", f"must have at most {MOST_LINES} lines")])
    findings: list[tuple[str, str]] = []
    listed = [_Reader(number, row, findings).read() for number, row in rows]
    if findings:
        raise InvalidError(findings[:_MOST_FINDINGS])
    return [each for each in listed if each]


def _check_columns(columns: list[str]) -> None:
    if not columns:
        raise InvalidError([("list", f"must begin with a heading: {', '.join(REQUIRED)}")])
    known = {*REQUIRED, *OPTIONAL, *_RATINGS}
    findings = [(f"column {name}", "must be there") for name in REQUIRED if name not in columns]
    findings += [
        (f"column {place}", "is none that is known: `parley training attend --help` lists them")
        for place, name in enumerate(columns, 1)
        if name not in known
    ]
    findings += [(f"column {name}", "is there twice") for name in known if columns.count(name) > 1]
    if findings:
        raise InvalidError(findings)


def _day(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError("not written as a day")
    return date.fromisoformat(text)


class _Reader:
    def __init__(self, number: int, row: Mapping[str | None, str | list[str] | None], findings: list[tuple[str, str]]):
        self._number = number
        self._row = row
        self._findings = findings

    def read(self) -> Listed | None:
        before = len(self._findings)
        if None in self._row:
            self._find("", "has more fields than the heading")
        agency, own_id = self._needed("agency"), self._needed("practitioner")
        outcome = self._value("attended", _OUTCOMES.__getitem__, "must be yes, partly or no", needed=True)
        profession = self._value("profession", Profession, f"must be one of {', '.join(Profession)}")
        completed_on = self._value("completed_on", _day, "must be a date such as 2026-03-31")
        ratings: dict[str, dict[TrainingModule, int]] = {"before": {}, "after": {}}
        for column, (occasion, module) in _RATINGS.items():
            score = self._value(column, int, "must be a whole number")
            if score is not None:
                ratings[occasion][module] = score
        if len(self._findings) > before or outcome is None:
            return None
        line = Line(self._number, agency, practitioner_id(agency, own_id), outcome, profession, completed_on, **ratings)
        return Listed(line, own_id, self._text("name") or None, self._text("email") or None)

    def _text(self, column: str) -> str:
        value = self._row.get(column)
        text = value.strip() if isinstance(value, str) else ""
        if len(text) > _LONGEST:
            self._find(column, f"must have at most {_LONGEST} characters")
            return ""
        return text

    def _needed(self, column: str) -> str:
        text = self._text(column)
        if not text:
            self._find(column, "must be given")
        return text

    def _value(self, column: str, read: Callable[[str], T], rule: str, *, needed: bool = False) -> T | None:
        text = self._text(column)
        if not text and not needed:
            return None
        try:
            return read(text)
        except (ValueError, KeyError):
            self._find(column, rule)
            return None

    def _find(self, column: str, rule: str) -> None:
        self._findings.append((f"line {self._number} {column}".strip(), rule))
