"""The summary in plain headings and sentences, for a commissioner: no codes, no names of anything technical."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from deploy.stack.terminal import harmless
from deploy.summary.table import heading, table
from deploy.summary.words import HELD_BACK, STEPS, day, days, number, percent, words

Part = Mapping[str, Any]
# A position in a list, such as the 0 in `parents.0.name`.
_PLACE = re.compile(r"\.\d+(?=\.|$)")
_SHARES, _COUNTS = ("share", "mix"), ("count", "people")


def print_report(console: Console, summary: Part) -> None:
    """Prints everything: how far parents came, the areas, then chapter by chapter as in the board's report."""
    _opening(console, summary)
    if summary["chapters"]:
        _funnel(console, summary["funnel"])
        _areas(console, summary["areas"])
        for chapter in summary["chapters"]:
            _chapter(console, chapter)
    _unreadable(console, summary["dead_letters"], of_some_areas=bool(summary["area"] or summary["region"]))
    if summary["chapters"]:
        _closing(console, summary)


def findings_of(dead_letters: Iterable[Part]) -> list[tuple[str, int]]:
    """What was wrong with the records that could not be read, as `field: rule`, most frequent first.

    Which parent or child of a family it was makes no difference here.
    """
    counted = Counter(
        f"{_PLACE.sub('', finding['field'])}: {finding['rule']}"
        for letter in dead_letters
        for finding in letter["findings"]
    )
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))


def _opening(console: Console, summary: Part) -> None:
    area, region = summary["area"], summary["region"]
    where = ""
    if area:
        where = f" in {harmless(area['name'])}"
    elif region:
        where = f" in the region {harmless(region['name'])}"
    console.print(f"What became of the families{where}", style="bold underline")
    if not summary["chapters"]:
        console.print(
            "The first report is being made. Ask again in a minute."
            if summary["is_due"]
            else "Nothing has been reported yet."
        )
        return
    until = day(summary["known_until"])
    if summary["every_count"]:
        console.print(
            f"Everything that is known until {until}. You administer this, so nothing is held back: it is for your own "
            "work, and not to be passed on. What may be passed on is the board's report.",
            style="yellow",
        )
    else:
        console.print(
            f"Everything that was known until {until}, when the board's report of this quarter was made. These are "
            "that report's numbers, the same for every reader."
        )
    if summary["is_due"]:
        console.print("Newer numbers are being made: ask again in a minute.", style="yellow")


def _funnel(console: Console, funnel: Sequence[Part]) -> None:
    heading(console, "How far parents came, beside the national programme")
    by_step = {step["step"]: step for step in funnel}
    started, completed = by_step["started"]["parents"], by_step["completed"]["parents"]
    console.print(
        f"{number(by_step['referred']['parents']['people'])} parents were referred to a service. "
        f"{number(started['people'])} came to a session ({percent(started['share'])} of them), and of those "
        f"{number(completed['people'])} completed ({percent(completed['share'])}). "
        f"Nationally {percent(by_step['started']['national']['share'])} came and "
        f"{percent(by_step['completed']['national']['share'])} of those completed."
    )
    console.print("Shares in the table are of the parents who were referred.", style="dim")
    table(
        console,
        ("Step", "Parents", "Share", "Fathers", "Share", "Nationally", "Share"),
        (
            (
                words(STEPS, step["step"]),
                *(
                    text
                    for whose in ("parents", "fathers", "national")
                    for text in (number(step[whose]["people"]), percent(step[whose]["share_of_referred"]))
                ),
            )
            for step in funnel
        ),
    )


def _areas(console: Console, areas: Sequence[Part]) -> None:
    if not areas:
        return
    heading(console, "Area by area")
    console.print(
        "Parents, and the share of those referred who started, with its 95% interval: where intervals overlap, areas "
        "may differ by chance alone.",
        style="dim",
    )
    table(
        console,
        ("Area", "Referred", "Started", "Completed", "Share who started", "Interval"),
        (
            (
                row["area_name"],
                *(number(row[step]) for step in ("referred", "started", "completed")),
                percent(row["started_share"]),
                "-" if row["low"] is None else f"{percent(row['low'])} to {percent(row['high'])}",
            )
            for row in areas
        ),
    )


def _chapter(console: Console, chapter: Part) -> None:
    heading(console, harmless(chapter["title"]))
    console.print(harmless(chapter["about"]), style="dim")
    for part in chapter["parts"]:
        console.print()
        console.print(harmless(part["title"]), style="italic")
        if part["left_out"]:
            console.print("  Left out: it can't be shown without giving a small count away.", style="dim")
        elif not part["rows"]:
            console.print("  Nobody yet.", style="dim")
        else:
            _part(console, part)
        if part["national"]:
            console.print(f"  Nationally {harmless(part['national'])}.", style="dim")


def _part(console: Console, part: Part) -> None:
    _, what, of_how_many = part["columns"]
    name, _, beside = what.partition(", with its ")
    if part["kind"] in _SHARES:
        console.print(f"  “Of” counts {harmless(of_how_many.removeprefix('Of how many '))}.", style="dim")
        rows = (
            (
                row["label"],
                HELD_BACK if row["met"] is None else number(row["met"]),
                HELD_BACK if row["count"] is None else number(row["count"]),
                _share(row),
                _between(row),
            )
            for row in part["rows"]
        )
        table(console, ("", "How many", "Of", "Share", "95% interval"), rows)
    elif part["kind"] in _COUNTS:
        table(console, ("", what), ((row["label"], _marked(row["text"], row)) for row in part["rows"]))
    elif part["kind"] == "days":
        console.print(f"  “Of” counts {harmless(of_how_many.removeprefix('Of how many '))}.", style="dim")
        rows = (
            (row["label"], *(_held(row, days(row[end])) for end in ("value", "beside")), _held(row, row["counted"]))
            for row in part["rows"]
        )
        table(console, ("In days", "Half within", "Nine in ten within", "Of"), rows)
    else:
        console.print(f"  {harmless(name)}{', with its ' if beside else ''}{harmless(beside)}.", style="dim")
        texts = ((row["label"], _marked(row["text"], row), _held(row, row["counted"])) for row in part["rows"])
        table(console, ("", "", "Of"), texts)


def _held(row: Part, text: str) -> str:
    return HELD_BACK if row["held"] else text


def _marked(text: str, row: Part) -> str:
    return HELD_BACK if row["held"] else harmless(text)


def _share(row: Part) -> str:
    if row["held"]:
        return HELD_BACK
    return "-" if row["value"] is None else percent(row["value"])


def _between(row: Part) -> str:
    return "" if row["low"] is None else f"{percent(row['low'])} to {percent(row['high'])}"


def _unreadable(console: Console, dead_letters: Part, *, of_some_areas: bool) -> None:
    heading(console, "What could not be read")
    if of_some_areas:
        console.print("A record that can't be read is of no area: this is about all of them.", style="dim")
    count = dead_letters["count"]
    if count:
        console.print(
            f"{number(count)} {'record was' if count == 1 else 'records were'} set aside, because of what is wrong "
            "with them. Nothing else waited for them."
        )
        rows = ((row["finding"], number(row["records"])) for row in dead_letters["by_finding"])
        table(console, ("Field, and the rule that it breaks", "Times"), rows)
    elif not dead_letters["not_asked"]:
        console.print("Every record could be read.")
    for problem in dead_letters["not_asked"]:
        console.print(f"There may be more: {harmless(problem)}", style="yellow")


def _closing(console: Console, summary: Part) -> None:
    if summary["every_count"]:
        console.print(
            "\nNumbers below ten can point to one family: don't pass them on, nor others that give them away.",
            style="dim",
        )
    elif summary["smallest"] > 1:
        console.print(
            f"\n{HELD_BACK}: held back. It is a count of fewer than {summary['smallest']}, or a figure from which such "
            "a count could be worked out, also together with the reports of earlier quarters. Those who administer an "
            "area see its counts as they are.",
            style="dim",
        )
