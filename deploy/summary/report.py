"""The summary in plain headings and sentences, for a commissioner: no codes, no names of anything technical."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console

from deploy.stack.terminal import harmless
from deploy.summary.after import print_afterwards, print_beside
from deploy.summary.areas import print_areas
from deploy.summary.cost import print_cost
from deploy.summary.measures import print_measures
from deploy.summary.reach import print_reach
from deploy.summary.table import heading, table
from deploy.summary.training import print_training
from deploy.summary.words import (
    CHANGES,
    DAYS,
    DECISIONS,
    ENDINGS,
    HELD_BACK,
    LEVELS,
    REASONS,
    SERVICES,
    SOURCES,
    STEPS,
    VIEWS,
    day,
    days,
    number,
    percent,
    words,
)

Part = Mapping[str, Any]
_COUNTED = ("referrals", "accepted", "declined", "started", "parents", "fathers")
# A position in a list, such as the 0 in `parents.0.name`.
_PLACE = re.compile(r"\.\d+(?=\.|$)")


def print_report(console: Console, summary: Part) -> None:
    """Prints everything, in the order of a family's way."""
    _opening(console, summary)
    _decisions(console, summary["screenings"])
    _front_doors(console, summary["screenings"]["by_front_door"])
    _referrals(console, summary)
    print_areas(console, summary["areas"])
    _funnel(console, summary["funnel"])
    print_reach(console, summary["reach"])
    _days(console, summary["days"])
    _endings(console, summary)
    print_beside(console, summary["beside"])
    _difference(console, summary)
    print_afterwards(console, summary)
    print_cost(console, summary["cost"])
    print_training(console, summary["training"])
    _unreadable(console, summary["dead_letters"], of_some_areas=bool(summary["area"] or summary["region"]))
    if held_back := summary.get("held_back"):
        console.print(
            f"\n{HELD_BACK}: held back. It is a count below {held_back['fewer_than']}, or a figure from which such a "
            "count could be worked out. Those who administer an area see its counts as they are.",
            style="dim",
        )
        return
    console.print(
        "\nNumbers below ten can point to one family: don't publish them, nor others that give them away.",
        style="dim",
    )


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
    period, screenings = summary["period"], summary["screenings"]
    if not screenings["screenings"]:
        console.print("No screening has arrived yet.")
        return
    console.print(
        f"From {day(period['first'])} to {day(period['last'])}, {number(screenings['screenings'])} screenings were "
        f"decided, in {number(screenings['cases'])} cases. A case is one family's way, from a worried professional to "
        "the end of the support."
    )
    corrected = screenings["screenings"] - screenings["cases"]
    if corrected:
        console.print(f"{number(corrected)} screenings were followed by a newer one of the same case, which counts.")
    agreement = summary["agreement"]
    console.print(
        f"{number(agreement['agreed'])} of {number(agreement['parents'])} parents agreed to a referral "
        f"({percent(agreement['share'])}); of fathers, {number(agreement['fathers_agreed'])} of "
        f"{number(agreement['fathers'])} ({percent(agreement['fathers_share'])})."
    )


def _decisions(console: Console, screenings: Part) -> None:
    heading(console, "What was decided")
    table(
        console,
        ("Decision", "Screenings", "Cases", "Share of cases"),
        (
            (
                words(DECISIONS, row["decision"]),
                number(row["screenings"]),
                number(row["cases"]),
                percent(row["cases"] / screenings["cases"]),
            )
            for row in screenings["by_decision"]
        ),
    )
    if screenings["by_reason"]:
        heading(console, "Why not yet, or not this support")
        console.print("One case can have several reasons.", style="dim")
        table(
            console,
            ("Reason", "Cases"),
            ((_sentence(words(REASONS, row["reason"])), number(row["cases"])) for row in screenings["by_reason"]),
        )


def _front_doors(console: Console, rows: Sequence[Part]) -> None:
    heading(console, "Where families came from")
    console.print(
        "Referred: to a service for parental conflict. Safety: to specialist domestic abuse support.", style="dim"
    )
    doors: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        door = doors.setdefault((row["agency_name"], row["source"]), Counter())
        door["cases"] += row["cases"]
        door["referred"] += row["referred"]
        door[row["decision"]] += row["cases"]
    table(
        console,
        ("Front door", "Kind", "Cases", "Referred", "Share", "Safety"),
        (
            (
                name,
                _sentence(words(SOURCES, source)),
                number(door["cases"]),
                number(door["referred"]),
                percent(door["referred"] / door["cases"]),
                number(door["domestic-abuse-pathway"]),
            )
            for (name, source), door in sorted(doors.items(), key=lambda item: (-item[1]["cases"], item[0]))
        ),
        texts=2,
    )


def _referrals(console: Console, summary: Part) -> None:
    heading(console, "Which service they were referred to")
    services: dict[str, Counter[str]] = {}
    for row in summary["referrals"]:
        services.setdefault(row["service"], Counter()).update({part: row[part] for part in _COUNTED})
    table(
        console,
        ("Service", "Referrals", "Accepted", "Declined", "Began", "Parents", "Fathers"),
        (
            (words(SERVICES, service), *(number(counts[part]) for part in _COUNTED))
            for service, counts in sorted(services.items(), key=lambda item: (-item[1]["referrals"], item[0]))
        ),
    )
    heading(console, "Who was asked to help, and where")
    table(
        console,
        ("Provider", "Area", "Service", "Referrals", "Began"),
        (
            (
                row["provider_name"],
                row["area_name"],
                words(SERVICES, row["service"]),
                number(row["referrals"]),
                number(row["started"]),
            )
            for row in summary["referrals"]
        ),
        texts=3,
    )
    heading(console, "How much help the families need")
    table(
        console,
        ("Level of need", "Cases", "Referred to a service"),
        (
            (words(LEVELS, row["level_of_need"]), number(row["cases"]), number(row["referred"]))
            for row in summary["screenings"]["by_level_of_need"]
        ),
    )


def _funnel(console: Console, funnel: Sequence[Part]) -> None:
    heading(console, "How far parents came, beside the national programme")
    console.print("Shares are of the parents who were referred.", style="dim")
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
    completed = next(step for step in funnel if step["step"] == "completed")
    console.print(
        f"Of the parents who started, {percent(completed['parents']['share'])} completed; nationally "
        f"{percent(completed['national']['share'])}."
    )


def _days(console: Console, rows: Sequence[Part]) -> None:
    heading(console, "How long families wait, in days")
    table(
        console,
        ("From one step to the next", "Half within", "Nine in ten within", "Counted"),
        (
            (
                words(DAYS, f"{row['from']} {row['to']}"),
                days(row["median"]),
                days(_whole(row["p90"])),
                number(row["n"]),
            )
            for row in rows
        ),
    )


def _endings(console: Console, summary: Part) -> None:
    heading(console, "How cases ended")
    referred = ((words(ENDINGS, row["reason"]), row["referred"]) for row in summary["endings"])
    table(console, ("Ending", "Cases"), ((ending, number(cases)) for ending, cases in referred if cases))
    earlier = sum(row["not_referred"] for row in summary["endings"])
    if earlier:
        console.print(f"{number(earlier)} more cases ended before anybody was asked to help.")
    for row in summary["attendance"]:
        fathers = f", fathers {percent(row['fathers_share'])}" if row["fathers_expected"] else ""
        console.print(
            f"{_sentence(row['who'])} came to {percent(row['share'])} of the sessions they were expected at{fathers} "
            f"({number(row['sessions'])} sessions)."
        )


def _difference(console: Console, summary: Part) -> None:
    voice = summary["childs_voice"]
    if voice["children"]:
        heading(console, "The voice of the child")
        console.print(
            f"Views were sought from {number(voice['sought'])} of {number(voice['children'])} children "
            f"({percent(voice['sought'] / voice['children'])})."
        )
        rows = ((words(VIEWS, row["views_source"]), number(row["children"])) for row in voice["by_source"])
        table(console, ("How", "Children"), rows)
    if summary["changes"] or summary["measures"]:
        heading(console, "What changed")
    for who in ("parents", "children"):
        of_these = [row for row in summary["changes"] if row["who"] == who]
        if of_these:
            counts = ", ".join(f"{number(row['people'])} {words(CHANGES, row['change'])}" for row in of_these)
            console.print(f"Asked what had changed, {who} said: {counts}.")
    if summary["measures"]:
        print_measures(console, summary["measures"])


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


def _whole(count: float | None) -> float | None:
    return None if count is None else round(count, 0)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
