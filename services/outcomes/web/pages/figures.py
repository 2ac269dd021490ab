"""The figures of the pages, each as the lines of a table and the bars of a chart."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.outcomes.domain.intervals import mean_with_interval, quantile
from services.outcomes.domain.page_counts import STEPS, WAITS, Counts, Figure, summed
from services.outcomes.domain.report.funnels import funnel_plot
from services.outcomes.domain.small_numbers import wilson
from services.outcomes.web.pages.funnel_words import shown_funnel
from services.outcomes.web.pages.words import (
    DEFINITIONS,
    HELD_BACK,
    OCCASIONS,
    SERVICES,
    SOURCES,
    TITLES,
    number,
    percent,
    words,
)
from services.outcomes.web.pages.words import STEPS as STEP_WORDS
from services.outcomes.web.pages.words import WAITS as WAIT_WORDS

_NOBODY = "nobody"
_LINE = 52
"""How high a bar is with its label."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody may see of what was counted. `held` is empty for whoever gets every count."""

    counts: Counts
    held: frozenset[Figure]
    totals: Counts = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "totals", summed(self.counts))

    def count(self, figure: str, item: str) -> int | None:
        """A count; None where it is held back."""
        return None if (figure, item) in self.held else self.totals.get((figure, item), 0)

    def spread(self, figure: str, item: str) -> dict[float, int]:
        """How many there are of each number of days or points."""
        return {
            float(name.rpartition(" ")[2]): count
            for (kind, name), count in self.counts.items()
            if kind == figure and name.rpartition(" ")[0] == item
        }


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


def _share(part: int | None, whole: int | None) -> float | None:
    return None if part is None or not whole else part / whole


def _percent_of(part: int | None, whole: int | None) -> str:
    return _NOBODY if whole == 0 else percent(_share(part, whole))


def _interval(part: int | None, whole: int | None) -> tuple[float, float] | None:
    share = _share(part, whole)
    return None if share is None or not whole else wilson(share, whole)


def _between(interval: tuple[float, float] | None) -> str:
    return HELD_BACK if interval is None else f"{interval[0]:.0%} to {interval[1]:.0%}"


def _shared_bar(label: str, part: int | None, whole: int | None) -> _Bar:
    interval = _interval(part, whole)
    low, high = interval or (None, None)
    return _Bar(label, _percent_of(part, whole), 0.0 if whole == 0 else _share(part, whole), low, high)


def funnel(seen: Seen) -> Drawn:
    """How far parents come, and fathers among them."""
    whole, fathers = seen.count("funnel", "parents referred"), seen.count("funnel", "fathers referred")
    rows, bars = [], []
    for step in STEPS:
        people, men = (seen.count("funnel", f"{who} {step}") for who in ("parents", "fathers"))
        label = words(STEP_WORDS, step)
        rows.append([label, number(people), _percent_of(people, whole), number(men), _percent_of(men, fathers)])
        bars.append(_Bar(label, f"{number(people)} parents, {_percent_of(people, whole)}", _share(people, whole or 1)))
    return Drawn("funnel", ("Step", "Parents", "Share of referred", "Fathers", "Share of fathers"), rows, bars)


def flow(seen: Seen) -> Drawn:
    """Which families come from which front door to which service."""
    pairs = [item.split(" ", 1) for figure, item in seen.totals if figure == "flow"]
    pairs += [item.split(" ", 1) for figure, item in seen.held if figure == "flow"]
    sources = sorted({source for source, _ in pairs})
    services = sorted({service for _, service in pairs}, key=lambda code: (code == "none", code))
    found = {(a, b): seen.count("flow", f"{a} {b}") for a in sources for b in services}
    most = max((count for count in found.values() if count), default=1)
    rows = [[words(SOURCES, source), *(number(found[source, each]) for each in services)] for source in sources]
    bars = [
        _Bar(
            f"{words(SOURCES, source)} to {words(SERVICES, service)}",
            f"{number(count)} families",
            None if count is None else count / most,
        )
        for (source, service), count in found.items()
        if service != "none" and count != 0
    ]
    return Drawn("flow", ("Front door", *(words(SERVICES, each) for each in services)), rows, bars)


def waiting(seen: Seen) -> Drawn:
    """How long families wait from step to step."""
    rows, bars = [], []
    halves: list[tuple[str, float | None, str]] = []
    for step in WAITS:
        count = seen.count("waited", step)
        label = words(WAIT_WORDS, step)
        if count is None:
            rows.append([label, HELD_BACK, HELD_BACK, HELD_BACK])
            halves.append((label, None, HELD_BACK))
            continue
        spread = seen.spread("days", step)
        half, most = quantile(spread, 0.5), quantile(spread, 0.9)
        rows.append([label, _days(half), _days(most), number(count)])
        halves.append((label, half or 0.0, f"half within {_days(half)} days" if count else _NOBODY))
    longest = max((half for _, half, _ in halves if half), default=1.0)
    bars = [_Bar(label, text, None if half is None else half / longest) for label, half, text in halves]
    return Drawn("waiting", ("From step to step", "Half within (days)", "Nine in ten within", "Counted"), rows, bars)


def _days(days: float | None) -> str:
    return _NOBODY if days is None else f"{days:,.1f}".removesuffix(".0")


def change(seen: Seen) -> Drawn:
    """How scores changed, with intervals."""
    measures = {item.rpartition(" ")[0] for figure, item in (*seen.totals, *seen.held) if figure == "changed"}
    found = []
    for measure in sorted(measures):
        count, better, worse = (seen.count("changed", f"{measure} {each}") for each in ("all", "better", "worse"))
        known = mean_with_interval(seen.spread("change", measure)) if count else None
        instrument, version, occasion = measure.split(" ")
        label = f"{instrument.upper()} (version {version}) {words(OCCASIONS, occasion).lower()}"
        found.append((label, count, known, (better, worse)))
    widest = max((max(map(abs, known)) for _, _, known, _ in found if known), default=0.0) or 1.0
    rows = [
        [
            label,
            number(count),
            HELD_BACK if count is None else f"{known[0]:+.1f}" if known else _NOBODY,
            HELD_BACK if count is None else f"{known[1]:+.1f} to {known[2]:+.1f}" if known else _NOBODY,
            *(_percent_of(each, count) for each in verdicts),
        ]
        for label, count, known, verdicts in found
    ]
    bars = []
    for label, count, known, _ in found:
        if known is None:
            text, share = (HELD_BACK, None) if count is None else (_NOBODY, 0.5)
            bars.append(_Bar(label, text, share))
        else:
            # Nought is in the middle: a score may rise or fall.
            middle, low, high = (0.5 + each / widest / 2 for each in known)
            bars.append(_Bar(label, f"{known[0]:+.1f}", middle, low, high))
    columns = ("Measure", "People", "Mean change", "95% interval", "Better", "Worse")
    return Drawn("change", columns, rows, bars)


def fathers(seen: Seen) -> Drawn:
    """How many of the parents of each step are fathers."""
    rows, bars = [], []
    for step in STEPS:
        men, people = (seen.count("funnel", f"{who} {step}") for who in ("fathers", "parents"))
        label = words(STEP_WORDS, step)
        between = _NOBODY if people == 0 else _between(_interval(men, people))
        rows.append([label, number(men), number(people), _percent_of(men, people), between])
        bars.append(_shared_bar(label, men, people))
    return Drawn("fathers", ("Step", "Fathers", "All parents", "Share", "95% interval"), rows, bars)


def again(seen: Seen) -> Drawn:
    """Which families are referred again."""
    rows, bars = [], []
    for months in (6, 12):
        came, ended = (seen.count("again", f"{what} {months}") for what in ("again", "ended"))
        label = f"Within {months} months"
        between = _NOBODY if ended == 0 else _between(_interval(came, ended))
        rows.append([label, number(ended), number(came), _percent_of(came, ended), between])
        bars.append(_shared_bar(label, came, ended))
    return Drawn("again", ("When", "Families whose support ended", "Came again", "Share", "95% interval"), rows, bars)


def areas(seen_by_area: Sequence[tuple[str, Seen]], *, published: bool) -> Drawn:
    """The areas beside each other. `seen_by_area` has each by its name. Where these are published numbers, with a plot
    of those that are not held back."""
    rows, bars = [], []
    shares: dict[str, tuple[int, int] | None] = {}
    for name, seen in seen_by_area:
        screened, sent = (seen.count("families", item) for item in ("screened", "referred"))
        referred, started = (seen.count("funnel", f"parents {step}") for step in ("referred", "started"))
        share = _percent_of(started, referred)
        shares[name] = None if started is None or referred is None else (started, referred)
        rows.append([name, number(screened), number(sent), number(referred), number(started), share])
        bars.append(_shared_bar(name, started, referred))
    columns = ("Area", "Families screened", "Families referred", "Parents referred", "Started", "Share")
    plot = funnel_plot("parents-started", "area", shares) if published else None
    return Drawn("areas", columns, rows, bars, shown_funnel("areas-funnel", plot, {}) if plot else None)


FIGURES: Mapping[str, Callable[[Seen], Drawn]] = {
    "funnel": funnel,
    "flow": flow,
    "waiting": waiting,
    "change": change,
    "fathers": fathers,
    "again": again,
}
