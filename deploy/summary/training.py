"""The summary's part about training: who was trained, and whether their referrals got better."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.stack.terminal import harmless
from deploy.summary.words import number, percent, words

MODULES: Mapping[str, str] = {
    "understanding-separation": "Understanding separation",
    "childrens-experiences": "Children's experiences",
    "engaging-parents": "Engaging with parents",
    "needs-of-mums-and-dads": "Needs of mums and dads",
    "collaborative-arrangements": "Collaborative arrangements",
    "train-the-trainer": "Train the trainer",
}
STANDINGS: Mapping[str, str] = {
    "never-trained": "Whoever was never trained",
    "before-training": "Before their training",
    "after-training": "After their training",
}


def print_training(console: Console, training: Mapping[str, Any]) -> None:
    """Prints nothing where nobody was trained."""
    if not training["trained"]:
        return
    console.print("\nWho was trained", style="bold")
    console.print(
        f"{number(training['trained'])} practitioners. Of the {number(training['screen'])} who screen, "
        f"{number(training['trained_who_screen'])} were. {number(training['champions'])} are champions of their agency."
    )
    modules = _table("Module", "Trained", "Confidence before", "After", "Later", "Used it", "Of those asked later")
    for row in training["by_module"]:
        modules.add_row(
            harmless(words(MODULES, row["module"])),
            number(row["practitioners"]),
            _mean(row["confidence_before"]),
            _mean(row["confidence_after"]),
            _mean(row["confidence_later"]),
            number(row["used"]),
            number(row["answered_later"]),
        )
    console.print(modules)
    quality = _table("Screenings", "Practitioners", "Screenings", "Complete", "Led to a referral")
    for row in training["quality"]:
        quality.add_row(
            words(STANDINGS, row["standing"]),
            number(row["practitioners"]),
            number(row["screenings"]),
            percent(row["complete_share"]),
            percent(row["referred_share"]),
        )
    console.print(quality)
    console.print("Complete: it needed no more information. It shows what happened, not why.", style="dim")


def _table(first: str, *numbers: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column(first)
    for heading in numbers:
        table.add_column(heading, justify="right")
    return table


def _mean(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
