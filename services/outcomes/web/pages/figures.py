"""The figures of the pages, each as the lines of a table and the bars of a chart, made of a report's chapters."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.outcomes.domain.report.document import Line, Part, ReportChapter
from services.outcomes.domain.report.funnels import funnel_plot
from services.outcomes.domain.summary import beside_each_other, line_of, steps
from services.outcomes.web.pages.funnel_words import shown_funnel
from services.outcomes.web.pages.report_words import measure_in_words
from services.outcomes.web.pages.words import (
    DEFINITIONS,
    HELD_BACK,
    OCCASIONS,
    SOURCES,
    TITLES,
    number,
    percent,
    words,
)
from services.outcomes.web.pages.words import STEPS as STEP_WORDS
from services.outcomes.web.pages.words import WAITS as WAIT_WORDS

Chapters = Sequence[ReportChapter]
_NOBODY = "nobody"
_LINE = 52
"""How high a bar is with its label."""


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    text: str
    share: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """A figure: its table, and its bars as shares of the widest that there may be."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    bars: Sequence[_Bar]
    plot: Mapping[str, Any] | None = None
    """A funnel plot of it, as a template takes that."""

    def shown(self) -> dict[str, Any]:
        """As the page's template takes it. Widths are in the units of a chart that is 480 wide."""
        return {
            "title": TITLES[self.name],
            "definition": DEFINITIONS[self.name],
            "summary": ". ".join(f"{bar.label}: {bar.text}" for bar in self.bars),
            "columns": list(self.columns),
            "rows": [list(row) for row in self.rows],
            "plot": self.plot,
            "height": _LINE * len(self.bars) + 8,
            "bars": [
                {
                    "label": bar.label,
                    "text": bar.text,
                    "y": _LINE * place,
                    "width": _wide(bar.share),
                    "low": None if bar.low is None else _wide(bar.low),
                    "wide": None if bar.low is None or bar.high is None else _wide(bar.high) - _wide(bar.low),
                    "held": bar.share is None,
                }
                for place, bar in enumerate(self.bars)
            ],
        }


def _wide(share: float | None) -> int:
    return 0 if share is None else round(min(1.0, max(0.0, share)) * 470)


def _part(chapters: Chapters, indicator: str, by: tuple[str, ...] = ()) -> Part | None:
    """What the report shows of an indicator; None where it is left out."""
    parts = (part for chapter in chapters for part in chapter.parts)
    return next((p for p in parts if (p.indicator, p.by) == (indicator, by) and not p.left_out), None)


def _percent_of(part: int | None, whole: int | None) -> str:
    if whole == 0:
        return _NOBODY
    return HELD_BACK if part is None or whole is None else percent(part / whole)


def _between(line: Line | None) -> str:
    """The interval of a share."""
    if line is None or line.met is None or line.count is None:
        return HELD_BACK
    return _NOBODY if line.low is None or line.high is None else f"{percent(line.low)} to {percent(line.high)}"


def _bar(label: str, line: Line | None) -> _Bar:
    """The bar of a share."""
    if line is None or line.met is None or line.count is None:
        return _Bar(label, HELD_BACK, None)
    return _Bar(label, _percent_of(line.met, line.count), line.value or 0.0, line.low, line.high)


def funnel(chapters: Chapters) -> Drawn:
    """How far parents come, and fathers among them."""
    rows, bars = [], []
    found = steps(chapters)
    whole, fathers = (found[0][who]["people"] for who in ("parents", "fathers"))
    for step in found:
        people, men = step["parents"]["people"], step["fathers"]["people"]
        label = words(STEP_WORDS, step["step"])
        nationally = percent(step["national"]["share_of_referred"])
        rows.append(
            [label, number(people), _percent_of(people, whole), number(men), _percent_of(men, fathers), nationally]
        )
        share = None if people is None or whole is None else people / (whole or 1)
        text = HELD_BACK if share is None else f"{number(people)} parents, {_percent_of(people, whole)}"
        bars.append(_Bar(label, text, share))
    columns = ("Step", "Parents", "Share of referred", "Fathers", "Share of fathers", "Share nationally")
    return Drawn("funnel", columns, rows, bars)


def flow(chapters: Chapters) -> Drawn:
    """Which families come from which front door, and how many of them go on to a service."""
    part = _part(chapters, "cases-referred", ("source",))
    rows, bars = [], []
    for line in part.lines if part else ():
        label = words(SOURCES, line.of[0])
        share = _percent_of(line.met, line.count)
        rows.append([label, number(line.count), number(line.met), share, _between(line)])
        bars.append(_bar(label, line))
    columns = ("Front door", "Families", "Referred to a service", "Share", "95% interval")
    return Drawn("flow", columns, rows, bars)


def waiting(chapters: Chapters) -> Drawn:
    """How long families wait from step to step."""
    rows, bars = [], []
    halves: list[tuple[str, float | None, str]] = []
    for indicator, label in WAIT_WORDS.items():
        line = line_of(chapters, indicator)
        if line is None or line.count is None:
            rows.append([label, HELD_BACK, HELD_BACK, HELD_BACK])
            halves.append((label, None, HELD_BACK))
            continue
        rows.append([label, _days(line.value), _days(line.beside), number(line.count)])
        text = f"half within {_days(line.value)} days" if line.count else _NOBODY
        halves.append((label, line.value or 0.0, text))
    longest = max((half for _, half, _ in halves if half), default=1.0)
    bars = [_Bar(label, text, None if half is None else half / longest) for label, half, text in halves]
    return Drawn("waiting", ("From step to step", "Half within (days)", "Nine in ten within", "Counted"), rows, bars)


def _days(days: float | None) -> str:
    return _NOBODY if days is None else f"{days:,.1f}".removesuffix(".0")


def _changes(chapters: Chapters) -> Iterator[tuple[str, Line, str, str]]:
    """Each measure with the line of its change, and the shares of who is better and worse."""
    for occasion, when in OCCASIONS.items():
        part = _part(chapters, f"change-{occasion}")
        for line in part.lines if part else ():
            label = f"{measure_in_words(line.of[-1])} {when}"
            verdicts = [line_of(chapters, f"reliably-{each}-{occasion}", line.of) for each in ("better", "worse")]
            better, worse = ("not known" if each is None else _percent_of(each.met, each.count) for each in verdicts)
            yield label, line, better, worse


def change(chapters: Chapters) -> Drawn:
    """How scores changed, with intervals."""
    found = [each for each in _changes(chapters) if each[1].count != 0]
    widest = max((max(abs(line.low or 0), abs(line.high or 0)) for _, line, _, _ in found), default=0.0) or 1.0
    rows, bars = [], []
    for label, line, better, worse in found:
        if line.count is None or line.value is None:
            rows.append([label, number(line.count), HELD_BACK, HELD_BACK, better, worse])
            bars.append(_Bar(label, HELD_BACK, None))
            continue
        between = _NOBODY if line.low is None or line.high is None else f"{line.low:+.1f} to {line.high:+.1f}"
        rows.append([label, number(line.count), f"{line.value:+.1f}", between, better, worse])
        # Nought is in the middle: a score may rise or fall.
        middle, low, high = (None if e is None else 0.5 + e / widest / 2 for e in (line.value, line.low, line.high))
        bars.append(_Bar(label, f"{line.value:+.1f}", middle, low, high))
    columns = ("Measure", "People", "Mean change", "95% interval", "Better", "Worse")
    return Drawn("change", columns, rows, bars)


def fathers(chapters: Chapters) -> Drawn:
    """How many of the parents of each step are fathers."""
    rows, bars = [], []
    for step in steps(chapters):
        men, people = step["fathers"]["people"], step["parents"]["people"]
        label, share = words(STEP_WORDS, step["step"]), _percent_of(men, people)
        rows.append([label, number(men), number(people), share])
        bars.append(_Bar(label, share, None if men is None or people is None else men / (people or 1)))
    return Drawn("fathers", ("Step", "Fathers", "All parents", "Share"), rows, bars)


def again(chapters: Chapters) -> Drawn:
    """Which families are referred again."""
    rows, bars = [], []
    for months in (6, 12):
        line = line_of(chapters, f"came-again-{months}-months")
        label = f"Within {months} months"
        count, met = (line.count, line.met) if line else (None, None)
        rows.append([label, number(count), number(met), _percent_of(met, count), _between(line)])
        bars.append(_bar(label, line))
    return Drawn("again", ("When", "Families whose support ended", "Came again", "Share", "95% interval"), rows, bars)


def areas(each_area: Mapping[str, Chapters], names: Mapping[str, str], *, published: bool) -> Drawn:
    """The areas beside each other; where these are published numbers, with a plot of those that are not held back."""
    rows, bars = [], []
    shares: dict[str, tuple[int, int] | None] = {}
    for row in beside_each_other(each_area, names):
        line = line_of(each_area[row["area"]], "parents-started")
        counts = [number(row[step]) for step in ("referred", "started", "completed")]
        rows.append([row["area_name"], *counts, _percent_of(row["started"], row["referred"]), _between(line)])
        bars.append(_bar(row["area_name"], line))
        known = row["started"] is not None and row["referred"] is not None
        shares[row["area"]] = (row["started"], row["referred"]) if known else None
    columns = ("Area", "Parents referred", "Started", "Completed", "Share who started", "95% interval")
    plot = funnel_plot("parents-started", "area", shares) if published else None
    return Drawn("areas", columns, rows, bars, shown_funnel("areas-funnel", plot, names) if plot else None)


FIGURES: Mapping[str, Callable[[Chapters], Drawn]] = {
    "funnel": funnel,
    "flow": flow,
    "waiting": waiting,
    "change": change,
    "fathers": fathers,
    "again": again,
}
