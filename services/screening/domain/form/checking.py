"""What is still wrong with a page of the form, field by field, in words that say what to do.

The rules are those of the contract (`shared/contracts/front_door.py`), said where the mistake is made. The contract
itself is asked once more when the form is sent.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from stdnum.gb import nhs

from services.screening.domain.form.questions import Page, Question, Values, one
from shared.contracts.front_door import age_on
from shared.contracts.identifiers import Identifier
from shared.contracts.instruments import score_finding
from shared.contracts.offer import MAXIMUM_CHILD_AGE
from shared.contracts.vocabulary import AbuseIndicator, ConflictIndicator, IdentifierKind

_LONGEST = {"textarea": 4000}
_SHORT = 300
_REFERENCE = 200
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_OVERDUE, _EXPECTED_WITHIN = timedelta(days=60), timedelta(days=365)
_OLDEST = 1900
TODAY, YESTERDAY, OTHER_DAY, NO_DAY = "today", "yesterday", "other", "no"
"""How a day is said that is mostly today."""
INDICATORS = frozenset(map(str, (*AbuseIndicator, *ConflictIndicator)))


def problems_of(page: Page, values: Values, today: date) -> dict[str, str]:
    """By question, what is wrong with it. Empty where the page is complete."""
    found: dict[str, str] = {}
    for question in page.kind.questions:
        if question.is_asked(values) and (problem := _problem(question, values)):
            found[question.name] = problem
    for name, problem in _together(page, values, today):
        found.setdefault(name, problem)
    return found


def day_of(values: Values, name: str) -> date | None:
    """The day that three fields say; None where they say none."""
    parts = [one(values, f"{name}-{part}") for part in ("year", "month", "day")]
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        return None
    try:
        found = date(*map(int, parts))
    except ValueError:
        return None
    return found if found.year >= _OLDEST else None


def day_chosen(question: Question, values: Values, today: date) -> dict[str, list[str]]:
    """What a choice among Today, Yesterday, Another day and Not yet says, by the names of the fields that keep it.

    A day is kept as the day that it is: a draft that is opened tomorrow says the same.
    """
    name, chosen = question.name, one(values, f"{question.name}-when")
    kept = {each: [one(values, each)] for each in question.fields if one(values, each)}
    if chosen in (TODAY, YESTERDAY):
        day = today - timedelta(days=int(chosen == YESTERDAY))
        kept = {f"{name}-{part}": [str(getattr(day, part))] for part in ("day", "month", "year")}
    elif chosen == NO_DAY:
        kept = {f"{name}-when": [NO_DAY]}
    elif chosen == OTHER_DAY:
        kept |= {f"{name}-when": [OTHER_DAY]}
    if question.decides and (kept or chosen):
        kept[question.decides] = ["no" if chosen == NO_DAY else "yes"]
    return kept


def choice_of_day(question: Question, values: Values, today: date) -> str:
    """Which of Today, Yesterday, Another day and Not yet a day that is kept says; empty where it was not answered."""
    day = day_of(values, question.name)
    if day is not None and today - day in (timedelta(0), timedelta(days=1)):
        return TODAY if day == today else YESTERDAY
    if any(one(values, each) for each in question.fields):
        return OTHER_DAY
    chosen, decided = one(values, f"{question.name}-when"), one(values, question.decides)
    return chosen or {"yes": OTHER_DAY, "no": NO_DAY}.get(decided, "")


def _problem(question: Question, values: Values) -> str:
    if question.kind == "date":
        return _of_day(question, values)
    given = [each for each in values.get(question.name, ()) if each]
    if not given:
        return "" if question.optional else (question.missing or f"Answer: {question.label}")
    if question.options and not set(given) <= set(question.options):
        return question.missing or f"Select one of the answers to: {question.label}"
    text = given[-1]
    longest = (
        _REFERENCE if question.name in ("family_ref", "instrument_version") else _LONGEST.get(question.kind, _SHORT)
    )
    if len(text) > longest:
        return f"{question.label} must be at most {longest:,} characters"
    return _of_text(question, text)


def _of_text(question: Question, text: str) -> str:
    if question.kind == "email" and not _EMAIL.fullmatch(text):
        return "Enter an email address in the right format, such as name@example.org.uk"
    if question.kind == "number" and not (text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 20):
        return question.missing
    if question.name == "postcode" and not _POSTCODE.fullmatch(text):
        return "Enter a full UK postcode, such as SO23 8UJ"
    if question.name == "nhs_number" and not nhs.is_valid(text):
        return "Check the NHS number: it has ten digits, and the last one must fit the others"
    if question.name == "pupil_number" and not _is_pupil_number(text):
        return "Check the pupil number: it has thirteen characters, and its letter must fit the digits"
    if question.name == "address" and (
        len(lines := text.splitlines()) > 20 or any(len(line) > _SHORT for line in lines)
    ):
        return "Address must be at most 20 lines"
    return ""


def _of_day(question: Question, values: Values) -> str:
    if not any(one(values, each) for each in question.fields):
        # Whoever chose "Another day" means one, though it may be left out.
        return "" if question.optional and one(values, f"{question.name}-when") != OTHER_DAY else question.missing
    return (
        "" if day_of(values, question.name) else f"{question.label.rstrip('?')}: enter a real date, such as 27 3 2015"
    )


def _is_pupil_number(text: str) -> bool:
    try:
        Identifier(kind=IdentifierKind.UPN, value=text)
    except ValueError:
        return False
    return True


def _together(page: Page, values: Values, today: date) -> Iterator[tuple[str, str]]:
    """What is wrong with a page beyond one field."""
    for name, words in _PAST.get(page.kind.name, {}).items():
        if (day := day_of(values, name)) and day > today:
            yield name, words
    if (
        page.kind.name == "parent-talk"
        and one(values, "held") == "no"
        and any(one(values, each) for each in INDICATORS)
    ):
        yield "held", "You have answered some of the questions: select the day, or take the answers out"
    if page.kind.name == "parent-contact":
        yield from _of_contact(values)
    if page.kind.name == "parent-ready":
        yield from _of_measure(values)
    if page.kind.name == "child":
        yield from _of_child(values, today)


_PAST: Mapping[str, Mapping[str, str]] = {
    "parent": {"born": "Date of birth must be in the past"},
    "parent-talk": {"held_on": "The day of the conversation must be today or in the past"},
    "parent-ready": {"privacy_notice_on": "The day of the privacy notice must be today or in the past"},
    "child": {"born": "Date of birth must be in the past. For an unborn child, give the expected day"},
}


def _of_contact(values: Values) -> Iterator[tuple[str, str]]:
    if one(values, "address") and not one(values, "postcode"):
        yield "postcode", "Enter the postcode of the address"
    needs = {
        "phone": ("phone", "phone"),
        "text": ("phone", "phone"),
        "email": ("email", "email"),
        "post": ("address", "address"),
    }
    for method in values.get("safe_methods", ()):
        field, word = needs.get(method, ("", ""))
        if field and not one(values, field):
            yield field, f"Enter the {word}, which you selected as safe"


def _of_measure(values: Values) -> Iterator[tuple[str, str]]:
    parts = {name: one(values, name) for name in ("instrument", "instrument_version", "instrument_score")}
    if not any(parts.values()):
        return
    for name, text in parts.items():
        if not text:
            yield name, "Enter the measure, its version and its score, or none of the three"
    if parts["instrument"] and (not _SLUG.fullmatch(parts["instrument"]) or not 2 <= len(parts["instrument"]) <= 60):
        yield "instrument", "Enter the short name in small letters, digits and hyphens, such as core-10"
    if parts["instrument_score"]:
        score = _number(parts["instrument_score"])
        if score is None:
            yield "instrument_score", "Enter the score as a number"
        elif score_finding(parts["instrument"], score):
            yield "instrument_score", "Check the score: the measure has none like that"


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if abs(found) < 1e9 else None


def _of_child(values: Values, today: date) -> Iterator[tuple[str, str]]:
    born, expected = day_of(values, "born"), day_of(values, "expected")
    typed = {
        name: any(one(values, f"{name}-{part}") for part in ("day", "month", "year")) for name in ("born", "expected")
    }
    if typed["born"] == typed["expected"]:
        yield "born", "Enter the date of birth, or the expected day of an unborn child, and not both"
    if born and born <= today and age_on(born, today) > MAXIMUM_CHILD_AGE:
        yield "born", f"Date of birth must be that of a child, who is not over {MAXIMUM_CHILD_AGE}"
    if expected and not -_OVERDUE <= expected - today <= _EXPECTED_WITHIN:
        yield "expected", "The expected day must be within a year from now, or at most 60 days ago"
