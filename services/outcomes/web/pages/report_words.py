"""A report in a board's words: what its numbers are called, and how each is written."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from services.outcomes.domain.indicators.indicator import Kind
from services.outcomes.domain.report.document import Line, Part, ReportChapter
from services.outcomes.web.pages.funnel_words import shown_funnel
from services.outcomes.web.pages.money_words import pounds_between, shown_money
from services.outcomes.web.pages.words import HELD_BACK, SERVICES, SOURCES, number, percent, words
from shared.contracts.instruments import instrument

_DECISIONS: Mapping[str, str] = {
    "refer": "Refer to a service",
    "not-ready": "Not ready yet",
    "not-suitable": "Not suitable for this support",
    "universal-offer": "Help that is open to everybody, first",
    "more-information": "More information needed first",
    "domestic-abuse-pathway": "Specialist domestic abuse support",
}
_ENDINGS: Mapping[str, str] = {
    "no-contact": "No contact could be made",
    "withdrawn": "A parent withdrew",
    "unsuitable": "The service turned out not to suit",
    "halted-for-safety": "Stopped for safety",
    "under-way": "Still under way",
}
_VIEWS: Mapping[str, str] = {
    "direct": "Asked directly",
    "third-party": "Heard through somebody else",
    "observation": "Observed",
}
_PEOPLE: Mapping[str, str] = {
    "fathers": "Fathers",
    "others": "Other parents",
    "parents": "Parents",
    "children": "Children",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "front-door-mix": SOURCES,
    "decision-mix": _DECISIONS,
    "ending-mix": _ENDINGS,
    "childs-views-mix": _VIEWS,
    "source": SOURCES,
    "service": SERVICES,
    "father": _PEOPLE,
    "who": _PEOPLE,
    "completed": {"completed": "Completed", "stopped-earlier": "Stopped earlier"},
}
_GROUPS: Mapping[str, str] = {
    "disability: yes": "Disability: disabled",
    "disability: no": "Disability: not disabled",
    "employment: working": "Employment: in work",
    "employment: workless": "Employment: out of work",
    **{
        f"first_language: {code}": f"First language: {name}"
        for code, name in {
            "ar": "Arabic",
            "bn": "Bengali",
            "cy": "Welsh",
            "en": "English",
            "pa": "Panjabi",
            "pl": "Polish",
            "pt": "Portuguese",
            "ro": "Romanian",
            "so": "Somali",
            "ur": "Urdu",
        }.items()
    },
}
_UNITS: Mapping[str, str] = {"attendances": "times that somebody was expected", "people": "people with both scores"}
_NOBODY = "nobody yet"


def shown(chapters: Sequence[ReportChapter], names: Mapping[str, str] = MappingProxyType({})) -> list[dict[str, Any]]:
    """The chapters as a page and a PDF take them: nothing in it is a code. `names` are those of areas and providers."""
    return [
        {
            "name": chapter.name,
            "title": chapter.title,
            "about": chapter.about,
            "parts": [_part(part) for part in chapter.parts],
            "money": shown_money(chapter.money, names) if chapter.money else None,
            "funnels": [
                shown_funnel(f"{chapter.name}-funnel-{number}", plot, names)
                for number, plot in enumerate(chapter.funnels, 1)
            ],
        }
        for chapter in chapters
    ]


def _part(part: Part) -> dict[str, Any]:
    indicator = part.of
    unit = _UNITS.get(indicator.unit, indicator.unit) if not indicator.per else indicator.per
    rows = [_row(part, line) for line in part.lines]
    return {
        "title": indicator.question,
        "definition": f"{indicator.definition}. Counted are: {_small(indicator.denominator)}. "
        f"Left out: {_small(indicator.exclusions)}.",
        "columns": ["", _HEADINGS[indicator.kind], f"Of how many {unit}"],
        "rows": [] if part.is_of_nobody else rows,
        "left_out": part.left_out,
        "national": None if part.national is None else percent(part.national),
        "has_bars": indicator.kind in (Kind.SHARE, Kind.MIX),
    }


_HEADINGS: Mapping[Kind, str] = {
    Kind.COUNT: "How many",
    Kind.PEOPLE: "How many",
    Kind.SHARE: "Share, with its 95% interval",
    Kind.MIX: "Share, with its 95% interval",
    Kind.DAYS: "Days: half within, nine of ten within",
    Kind.MEAN: "Mean, with its 95% interval",
    Kind.CHANGE: "Mean change in points, with its 95% interval",
    Kind.RATIO: "Cost of each",
}


def _small(text: str) -> str:
    """A sentence's beginning within another; what is in capitals as a whole stays."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _row(part: Part, line: Line) -> dict[str, Any]:
    held = line.count is None or (part.of.kind in (Kind.SHARE, Kind.MIX) and line.met is None)
    return {
        "label": _label(part, line),
        "text": HELD_BACK if held else _value(part.of.kind, line),
        "count": number(line.count),
        "share": line.value if part.of.kind in (Kind.SHARE, Kind.MIX) else None,
        "low": line.low,
        "high": line.high,
        "held": held,
    }


def _label(part: Part, line: Line) -> str:
    names = [*part.by, *([part.indicator] if part.of.kind is Kind.MIX else [])]
    found = [_category(name, code) for name, code in zip(names, line.of, strict=False)]
    # What an indicator always has, such as its instrument, comes after what it is broken down by.
    found += [measure_in_words(code) for code in line.of[len(names) :]]
    return ", ".join(found) or "All"


def _category(name: str, code: str) -> str:
    group, colon, value = code.partition(": ")
    if colon:
        return _GROUPS.get(code) or f"{words({}, group.replace('_', '-'))}: {value.replace('-', ' ')}"
    return words(_WORDS.get(name, {}), code)


def measure_in_words(code: str) -> str:
    """An instrument by its name and version."""
    name, _, version = code.partition(" ")
    known = instrument(name, version)
    return f"{known.name} ({version})" if known else code


def _value(kind: Kind, line: Line) -> str:
    if kind in (Kind.COUNT, Kind.PEOPLE):
        return number(line.count)
    if line.value is None:
        return HELD_BACK if kind is Kind.RATIO and line.count else _NOBODY
    match kind:
        case Kind.SHARE | Kind.MIX:
            return f"{percent(line.value)} ({percent(line.low)} to {percent(line.high)}): {number(line.met)}"
        case Kind.DAYS:
            return f"{_days(line.value)}, {_days(line.beside)}"
        case Kind.RATIO:
            return pounds_between(line.low, line.high)
        case _:
            interval = "" if line.low is None or line.high is None else f" ({line.low:+.1f} to {line.high:+.1f})"
            return f"{line.value:+.1f}{interval}"


def _days(count: float | None) -> str:
    return "" if count is None else f"{count:,.1f}".removesuffix(".0")
