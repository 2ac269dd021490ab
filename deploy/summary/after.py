"""The summary's parts about what happened beside the sessions, and after the end."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from deploy.summary.table import heading
from deploy.summary.words import CONCERNS, number, percent, words

Part = Mapping[str, Any]
# An area may ask earlier or later; the occasions keep their names.
_FOLLOW_UPS = {
    6: "At the first follow-up, 6 months after the end or when the area has it,",
    12: "At the second follow-up, 12 months after the end or when the area has it,",
}


def print_beside(console: Console, rows: Sequence[Part]) -> None:
    """Intake, moved sessions, concerns and cases that went on, as sentences; nothing of what did not happen."""
    times: dict[str, Counter[str]] = {}
    for row in rows:
        times.setdefault(row["fact"], Counter())[row["outcome"]] += row["times"]
    if intake := times.get("parent-assessed"):
        console.print(
            f"{number(intake.total())} parents were assessed alone; for {number(intake['suitable'])} of them the "
            "service was suitable."
        )
    if planned := times.get("session-scheduled"):
        moved = number(planned["moved"])
        console.print(f"{number(planned.total())} sessions were planned; {moved} of them were moved.")
    if concerns := times.get("concern"):
        by_code = ", ".join(
            f"{words(CONCERNS, code).lower()} {number(count)}" for code, count in concerns.most_common()
        )
        console.print(f"Providers told referrers of {number(concerns.total())} concerns, none about abuse: {by_code}.")
    if reopened := times.get("reopened"):
        many = "1 case was" if reopened.total() == 1 else f"{number(reopened.total())} cases were"
        console.print(f"{many} opened again after the end.")


def print_afterwards(console: Console, summary: Part) -> None:
    """Who was asked again, and who came again; nothing where no case has ended that long ago."""
    asked = summary["follow_up"]
    ended = [row for row in summary["came_again"] if row["ended"]]
    if not asked and not ended:
        return
    heading(console, "Afterwards")
    for row in asked:
        fathers = f", of fathers {percent(row['fathers_share'])}" if row["fathers_asked"] else ""
        console.print(
            f"{_FOLLOW_UPS[row['months']]} {number(row['asked'])} parents were asked how they are or said so first; "
            f"{number(row['answered'])} answered ({percent(row['share'])}{fathers})."
        )
    for row in ended:
        same = f", {number(row['same_reason'])} for the same service" if row["again"] else ""
        console.print(
            f"Of {number(row['ended'])} families whose support ended {row['months']} months ago or earlier, "
            f"{number(row['again'])} were referred again within {row['months']} months ({percent(row['share'])}{same})."
        )
