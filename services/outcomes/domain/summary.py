"""The summary: the numbers of the board's report once more, as a commissioner asks for them, beside the national ones.

It is made of a report's chapters alone, so it can't say what the report doesn't: both are one publication.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from services.outcomes.domain.funnel import funnel
from services.outcomes.domain.report.document import Line, ReportChapter

Chapters = Sequence[ReportChapter]
_STEPS: Mapping[str, tuple[str, bool]] = {
    "referred": ("parents-started", False),
    "started": ("parents-started", True),
    "completed": ("parents-completed", True),
    "answered-6-months": ("parents-answered-6-months", True),
    "answered-12-months": ("parents-answered-12-months", True),
}
"""Each step of the funnel: the indicator that has it, and whether as those who met it."""
_FATHERS = ("fathers",)


def steps(chapters: Chapters) -> list[dict[str, Any]]:
    """How far parents came, fathers among them, beside the national ones. What is held back is None."""
    return [asdict(step) for step in funnel(_counts(chapters, ()), _counts(chapters, _FATHERS))]


def beside_each_other(areas: Mapping[str, Chapters], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The areas by their names, with how far the parents of each came."""
    found = []
    for area, chapters in areas.items():
        known = _counts(chapters, ())
        counts = {step: known[step] for step in ("referred", "started", "completed")}
        share = line_of(chapters, "parents-started")
        found.append(
            {
                "area": area,
                "area_name": names.get(area, area),
                **counts,
                "started_share": share.value if share else None,
                "low": share.low if share else None,
                "high": share.high if share else None,
            }
        )
    return sorted(found, key=lambda each: (each["area_name"], each["area"]))


def line_of(chapters: Chapters, indicator: str, of: tuple[str, ...] = ()) -> Line | None:
    """The line of an indicator for these categories, where the report has it."""
    for chapter in chapters:
        for part in chapter.parts:
            if part.indicator == indicator:
                for line in part.lines:
                    if line.of == of:
                        return line
    return None


def _counts(chapters: Chapters, of: tuple[str, ...]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for step, (indicator, met) in _STEPS.items():
        line = line_of(chapters, indicator, of)
        found[step] = None if line is None else line.met if met else line.count
    return found
