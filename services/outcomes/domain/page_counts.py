"""The indicators that the pages show: what is counted, and what of it is held back when it is published."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.outcomes.domain.disclosure.figures import Figures, Place
from services.outcomes.domain.funnel import SHARE_OF
from shared.contracts.instruments import reliable_change

Figure = tuple[str, str]
"""What is counted: the figure and the item of it, as `("funnel", "fathers started")`."""
Counts = dict[Figure, int]


@dataclass(frozen=True, slots=True, order=True)
class Of:
    """Of which area, year of the screening and kind of service; '' and 0 are all of them."""

    area: str = ""
    year: int = 0
    service: str = ""

    @property
    def chosen(self) -> int:
        """How many of the three are chosen."""
        return bool(self.area) + bool(self.year) + bool(self.service)


EVERY = Of()
WAITS = ("referred", "accepted", "assessed", "whole")
STEPS = ("referred", "started", "completed", "answered-6-months", "answered-12-months")


def summed(counts: Mapping[Figure, int]) -> Counts:
    """With how many waits and changes there are: those are stored by their length, and shown together."""
    found = Counter({figure: count for figure, count in counts.items() if figure[0] not in ("days", "change")})
    for (figure, item), count in counts.items():
        if figure == "days":
            found["waited", item.rpartition(" ")[0]] += count
        elif figure == "change":
            measure, _, points = item.rpartition(" ")
            found["changed", f"{measure} all"] += count
            if verdict := verdict_on(measure, float(points)):
                found["changed", f"{measure} {verdict}"] += count
    return dict(found)


def verdict_on(measure: str, points: float) -> str | None:
    """`better` or `worse`, where the instrument's own error doesn't explain the change; None where it may."""
    code, version, *_ = [*measure.split(" "), ""]
    known = reliable_change(code, version)
    if known is None or abs(points) < known.points:
        return None
    return "better" if (points < 0) == known.lower_is_better else "worse"


def held_back(published: Mapping[Of, Counts], smallest: Mapping[str, int]) -> list[tuple[Of, Figure]]:
    """What must not be shown of all that is published, each count of it being known to whoever reads all of it.

    `smallest` is what each area asks for, and '' the largest of it, which is that of all areas together.
    """
    k = smallest[""]
    document: dict[Any, dict[Figure, int]] = {of: summed(counts) for of, counts in published.items()}
    figures = Figures(document)
    items = sorted({figure for counts in document.values() for figure in counts})
    for of, counts in document.items():
        for figure in items:
            counts.setdefault(figure, 0)
        figures.count(*((of, figure) for figure in items))
        _within(figures, of, items)
    if EVERY in document:
        for chosen in ("area", "year", "service"):
            parts = [of for of in document if getattr(of, chosen)]
            for figure in items:
                figures.total((EVERY, figure), [(of, figure) for of in parts])
    return [(place[0], place[1]) for place in figures.held_back(k, headlines=(EVERY,))]


def _within(figures: Figures, of: Any, items: Iterable[Figure]) -> None:
    """What hangs together within one page."""
    known = set(items)

    def at(figure: str, item: str) -> Place:
        return (of, (figure, item))

    if {("families", "screened"), ("families", "referred")} <= known:
        figures.part(at("families", "referred"), at("families", "screened"))
        figures.total(at("families", "screened"), [at(*each) for each in known if each[0] == "flow"])
        sent = [at(*each) for each in known if each[0] == "flow" and not each[1].endswith(" none")]
        figures.total(at("families", "referred"), sent)
    for step, whole in SHARE_OF.items():
        named = [("funnel", f"{who} {each}") for who in ("parents", "fathers") for each in (whole, step)]
        if known.issuperset(named):
            figures.cross(*((of, each) for each in named))
    for measure in {item.rpartition(" ")[0] for figure, item in known if figure == "changed"}:
        whole_cell, better, worse = (("changed", f"{measure} {each}") for each in ("all", "better", "worse"))
        if better in known:
            rest = figures.part((of, better), (of, whole_cell))
            if worse in known:
                figures.part((of, worse), rest)
        elif worse in known:
            figures.part((of, worse), (of, whole_cell))
    for months in ("6", "12"):
        if {("again", f"ended {months}"), ("again", f"again {months}")} <= known:
            figures.part(at("again", f"again {months}"), at("again", f"ended {months}"))
